"""Colours that a file states by number instead of by an embedded profile, brought to sRGB.

HEIF and AVIF name primaries and brightness curve by the numbers of ITU-T H.273 ("nclx"); cameras set to Adobe RGB
only write "R03" into the EXIF (DCF 2.0). Viewers that overlook this show such pictures dull, HDR ones grey.
Phones' HDR (PQ, HLG: ITU-R BT.2100) is mapped to a screen: 203 cd/m² becomes white (BT.2408), what is brighter is
rolled off by Reinhard's extended curve on the brightest channel.
"""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]

_WHITE_NITS, _PQ_PEAK_NITS, _HLG_PEAK_NITS = 203.0, 10_000.0, 1_000.0
_D65 = (0.3127, 0.3290)
# H.273 table 2; 0 is ours, for Adobe RGB (1998).
_PRIMARIES: dict[int, tuple[tuple[float, float], ...]] = {
    0: ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)),
    1: ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
_SRGB, _PQ, _HLG, _ADOBE_GAMMA = 13, 16, 18, 0
# BT.709's and BT.2020's camera curves are shown like sRGB: their pictures are graded on screens.
_LIKE_SRGB = {1, 2, 6, 13, 14, 15}
_MOST_HEAD_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ColourCode:
    """Primaries and transfer curve by their numbers in H.273."""

    primaries: int
    transfer: int

    @property
    def needs_change(self) -> bool:
        """Whether a screen would show these numbers wrongly, and we know better."""
        known = self.primaries in _PRIMARIES and self.transfer in {*_LIKE_SRGB, _PQ, _HLG, _ADOBE_GAMMA}
        return known and (self.primaries != 1 or self.transfer not in _LIKE_SRGB)


ADOBE_RGB = ColourCode(0, _ADOBE_GAMMA)


def colour_code(path: str) -> ColourCode | None:
    """The first colour code ("colr" box of kind "nclx") in the head of a HEIF or AVIF file."""
    with open(path, "rb") as file:  # noqa: PTH123  # the child knows paths as text
        head = file.read(_MOST_HEAD_BYTES)
    at = head.find(b"colrnclx")
    if at < 0 or len(head) < at + 12:
        return None
    return ColourCode(*struct.unpack_from(">HH", head, at + 8))


def to_srgb(pixels: NDArray[np.uint8] | NDArray[np.uint16], code: ColourCode) -> NDArray[np.uint8]:
    """Pixels (rows × columns × 3) as `code` means them, in sRGB of 8 bits."""
    signal = pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)
    linear = _linear(signal, code.transfer) @ _to_srgb_primaries(code.primaries).T
    if code.transfer in (_PQ, _HLG):
        linear = _roll_off(linear, (_PQ_PEAK_NITS if code.transfer == _PQ else _HLG_PEAK_NITS) / _WHITE_NITS)
    linear = np.clip(linear, 0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(encoded * 255.0), dtype=np.uint8)


def _linear(signal: Pixels, transfer: int) -> Pixels:
    """Light relative to white, from the numbers of a picture."""
    if transfer == _PQ:
        m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
        root = signal ** (1 / m2)
        light = (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
        return np.asarray(light * (_PQ_PEAK_NITS / _WHITE_NITS), dtype=np.float32)
    if transfer == _HLG:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
        luminance = scene @ np.array([0.2627, 0.6780, 0.0593], dtype=np.float32)
        light = scene * np.maximum(luminance, 1e-6)[..., None] ** 0.2
        return np.asarray(light * (_HLG_PEAK_NITS / _WHITE_NITS), dtype=np.float32)
    if transfer == _ADOBE_GAMMA:
        return np.asarray(signal ** (563 / 256), dtype=np.float32)
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _roll_off(linear: Pixels, peak: float) -> Pixels:
    brightest = np.maximum(linear.max(axis=-1, keepdims=True), 1e-6)
    # Above the brightest thing in the picture nothing needs room.
    peak = min(peak, max(1.0, float(np.quantile(brightest, 0.999))))
    mapped = brightest * (1 + brightest / peak**2) / (1 + brightest)
    return np.asarray(linear * (mapped / brightest), dtype=np.float32) if peak > 1 else linear


def _to_srgb_primaries(primaries: int) -> Pixels:
    return np.asarray(np.linalg.inv(_to_xyz(1)) @ _to_xyz(primaries), dtype=np.float32)


def _to_xyz(primaries: int) -> NDArray[np.float64]:
    """RGB to XYZ, by the chromaticities of red, green, blue and white (SMPTE RP 177)."""
    columns = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in _PRIMARIES[primaries]]).T
    x, y = _D65
    white = np.array([x / y, 1.0, (1 - x - y) / y])
    return np.asarray(columns * np.linalg.solve(columns, white), dtype=np.float64)
