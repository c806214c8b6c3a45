"""Faces that lie on their side, stand on their head or are tilted (report 47), and small ones in large photos."""

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from core.findings import FoundFace, Picture
from engines.contract import FaceFinder
from fovea.analyse import analyse_once
from tests.engine_door import door, picture
from tests.media_files import media_files

REPORTS = Path(__file__).parent.parent / "data" / "reports" / "47-turned-faces"
PORTRAITS = ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg")


def finder(**options: object) -> FaceFinder:
    return door().get("yunet_sface", FaceFinder, options)


def only_face(seen: Picture) -> FoundFace:
    found = finder().find(seen)
    assert len(found) == 1
    return found[0]


def tilted(seen: Picture, degrees: float) -> tuple[Picture, np.ndarray]:
    """The picture turned clockwise on a grey ground that holds all of it, and the map of its points."""
    height, width = seen.shape[:2]
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    size = (round(abs(width * cos) + abs(height * sin)), round(abs(width * sin) + abs(height * cos)))
    turn = np.array([[cos, -sin], [sin, cos]])
    shift = np.array(size) / 2 - turn @ (width / 2, height / 2)
    turn = np.column_stack([turn, shift])
    return np.asarray(cv2.warpAffine(seen, turn, size, borderValue=(110, 110, 110)), np.uint8), turn


@pytest.mark.parametrize("name", ["face_90.jpg", "face_180.jpg"])
def test_the_face_of_report_47_is_found(name: str) -> None:
    seen = cv2.imread(str(REPORTS / name))
    assert only_face(np.asarray(seen, np.uint8)).score > 0.85


@pytest.mark.parametrize("name", PORTRAITS)
@pytest.mark.parametrize("degrees", [90, 180, 270, 45, 135, 225, 315, 70, 200])
def test_turned_faces_are_found_where_they_are_and_recognised(name: str, degrees: int) -> None:
    portrait = picture("presidents", name)
    upright = only_face(portrait)
    seen, turn = tilted(portrait, degrees)
    face = only_face(seen)
    before = np.array(upright.points) * (portrait.shape[1], portrait.shape[0])
    after = np.array(face.points) * (seen.shape[1], seen.shape[0])
    moved = before @ turn[:, :2].T + turn[:, 2]
    assert np.abs(after - moved).max() < 0.35 * upright.width_px, "each point where it was, none exchanged"
    centre = (face.box.x + face.box.w / 2) * seen.shape[1], (face.box.y + face.box.h / 2) * seen.shape[0]
    assert np.abs(np.array(centre) - moved.mean(axis=0)).max() < 0.4 * upright.width_px
    assert float(face.vector @ upright.vector) > 0.4, "one person, however the picture lies"


def test_turned_faces_can_be_left_out() -> None:
    lying = np.ascontiguousarray(np.rot90(picture("presidents", "biden.jpg")))
    assert finder(turned_score=1).find(lying) == []
    assert len(finder().find(lying)) == 1


@pytest.mark.parametrize(
    ("name", "file"),
    [("pictures", "coffee.png"), ("pictures", "chelsea.png"), ("pictures", "rocket.jpg"), ("page", "page.png")],
)
def test_turning_adds_nobody_to_pictures_of_things(name: str, file: str) -> None:
    for quarter in range(4):
        seen = np.ascontiguousarray(np.rot90(picture(name, file), quarter))
        assert len(finder().find(seen)) == len(finder(turned_score=1).find(seen))


def large_photo(place: Path, width_px: int | None) -> Path:
    """A photo of 12 MP with nobody in it, and twelve faces of this width."""
    with Image.open(media_files().path("pictures") / "coffee.png") as opened:
        scene = opened.convert("RGB").resize((4000, 3000))
    for cell in range(12 if width_px else 0):
        portrait = picture("presidents", PORTRAITS[cell % 4])
        face = only_face(portrait)
        height, width = portrait.shape[:2]
        margin = 0.35 * face.width_px
        top, left = max(0, int(face.box.y * height - margin)), max(0, int(face.box.x * width - margin))
        bottom = int((face.box.y + face.box.h) * height + margin)
        right = int((face.box.x + face.box.w) * width + margin)
        cut = Image.fromarray(np.ascontiguousarray(portrait[top:bottom, left:right, ::-1]))
        scale = (width_px or 0) / face.width_px
        small = cut.resize((round(cut.width * scale), round(cut.height * scale)), Image.Resampling.LANCZOS)
        scene.paste(small, (300 + 950 * (cell % 4), 250 + 950 * (cell // 4)))
    scene.save(place, quality=93)
    return place


@pytest.mark.parametrize("width_px", [36, 48])
def test_small_faces_of_a_large_photo_are_found(tmp_path: Path, width_px: int) -> None:
    photo = large_photo(tmp_path / "group.jpg", width_px)
    found = analyse_once("faces", photo)
    assert found["looked_at_px"] == 4000
    assert found["complaint"] is None
    centres = sorted(
        (round((face["box"]["x"] * 4000 - 300) / 950), round((face["box"]["y"] * 3000 - 250) / 950))
        for face in found["faces"]
    )
    assert centres == sorted((cell % 4, cell // 4) for cell in range(12))
    assert all(abs(face["width_px"] - width_px) < 0.35 * width_px for face in found["faces"])


def test_a_photo_that_shows_nobody_is_not_looked_at_in_full(tmp_path: Path) -> None:
    found = analyse_once("faces", large_photo(tmp_path / "coffee.jpg", None))
    assert (found["faces"], found["looked_at_px"]) == ([], None)


def test_the_closer_look_can_be_switched_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOVEA_FACES__OPTIONS", '{"small_px": 0}')
    found = analyse_once("faces", large_photo(tmp_path / "group.jpg", 36))
    assert len(found["faces"]) < 6
    assert found["looked_at_px"] is None
