"""What a stored file is: its kind, and rectangles within its picture."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What an asset is, as stored in the database and shown to people."""

    PHOTO = "photo"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in fractions (0..1) of the upright picture: left, top, width, height."""

    x: float
    y: float
    w: float
    h: float

    @classmethod
    def from_pixels(cls, left: float, top: float, right: float, bottom: float, width: int, height: int) -> "Box":
        """A box from pixel corners, cut to the picture of `width` × `height` pixels."""
        x0, x1 = sorted((min(max(left / width, 0.0), 1.0), min(max(right / width, 0.0), 1.0)))
        y0, y1 = sorted((min(max(top / height, 0.0), 1.0), min(max(bottom / height, 0.0), 1.0)))
        return cls(x0, y0, x1 - x0, y1 - y0)

    def iou(self, other: "Box") -> float:
        """Intersection over union with another box, 0..1."""
        inner_w = min(self.x + self.w, other.x + other.w) - max(self.x, other.x)
        inner_h = min(self.y + self.h, other.y + other.h) - max(self.y, other.y)
        if inner_w <= 0 or inner_h <= 0:
            return 0.0
        inner = inner_w * inner_h
        return inner / (self.w * self.h + other.w * other.h - inner)

    def covers(self, other: "Box") -> float:
        """The share of another box, 0..1, that lies in this one."""
        inner_w = min(self.x + self.w, other.x + other.w) - max(self.x, other.x)
        inner_h = min(self.y + self.h, other.y + other.h) - max(self.y, other.y)
        if inner_w <= 0 or inner_h <= 0:
            return 0.0
        return inner_w * inner_h / (other.w * other.h)
