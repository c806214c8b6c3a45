"""Every word of certainty that is shown against what is right, on material that nothing was fitted to.

Things and tags: the photos of the tests' media, each answer judged by eye once (bench/judged.json); what an
engine finds beyond that is left out of the count, and said. Text: whole lines of a page whose text is known.
Similar faces: the 20 persons of Olivetti's faces, each photo asked for its like among all others, as the library
does. Similar pictures: parts of the same photo, and of different ones. Languages: there are two clips with a known
language, in English, which measures nothing; their words rest on others' measurement (decisions/070).
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageOps

from bench.mix import mixed
from core.certainty import LEAST_RIGHT, certainty_of_score
from core.findings import Picture
from core.likeness import face_certainty, picture_likeness
from core.media import Box
from engines.contract import FaceFinder, ObjectDetector, PictureEmbedder, TextReader
from engines.pixels import limit_side
from tests.engine_door import door
from tests.media_files import media_files

_JUDGED = Path(__file__).with_name("judged.json")
_PREVIEW_PX = 1440
_TOLERANCE = 0.05
_ENOUGH = 15
_CUT = re.compile(r"-(middle|corner)$")
Answers = dict[str | None, list[bool]]
"""Right or wrong, by the word that stood beside it."""


def bench_calibration(folder: Path) -> dict[str, Any]:
    """Of each kind of answer and each word: how many, how many right, what the word promises, whether it holds.

    `holds` is judged at five points below what is promised. `per_cents_shown`: what is shown as a per cent.
    """
    things, tags, not_judged = _seen()
    return {
        "kinds": {
            "things": table_of(things),
            "tags": table_of(tags),
            "lines of text": table_of(lines_by_word()),
            "similar faces": table_of(faces_by_word()),
        },
        "not_judged": not_judged,
        "similar_pictures": _pictures(folder),
        "without_material": ["language of speech", "similar faces in other libraries"],
        "per_cents_shown": [],
    }


def table_of(answers: Answers) -> dict[str, dict[str, Any]]:
    """`holds` is null where there are too few answers to tell."""
    table: dict[str, dict[str, Any]] = {}
    for word, least in LEAST_RIGHT.items():
        right = answers.get(word, [])
        if right:
            share = sum(right) / len(right)
            holds = share >= least - _TOLERANCE if len(right) >= _ENOUGH else None
            table[word] = {"answers": len(right), "right": round(share, 3), "promised": least, "holds": holds}
    return table


def _seen() -> tuple[Answers, Answers, int]:
    """Things and tags of the photos that were looked at by eye, and how many answers nobody judged."""
    detector, embedder = door().get("yolo_onnx", ObjectDetector), door().get("efficientnet_lite0", PictureEmbedder)
    things: Answers = defaultdict(list)
    tags: Answers = defaultdict(list)
    not_judged = 0
    for name, judged in json.loads(_JUDGED.read_text(encoding="utf-8")).items():
        picture = _preview(media_files().path(name.partition("/")[0]), name)
        for found in detector.detect(picture):
            alike = [r for label, box, r in judged["objects"] if label == found.label and _same(box, found.box)]
            if alike:
                things[certainty_of_score(detector.identity, found.score)].append(alike[0])
            not_judged += not alike
        known = dict(judged["tags"])
        for tag in embedder.embed(picture)[1]:
            if tag.label in known:
                tags[certainty_of_score(embedder.identity, tag.score)].append(known[tag.label])
            not_judged += tag.label not in known
    return things, tags, not_judged


def _same(box: Sequence[float], found: Box) -> bool:
    return Box(*box).iou(found) >= 0.5


def _preview(place: Path, name: str) -> Picture:
    pillow_heif.register_heif_opener()
    with Image.open(place if place.is_file() else place / name.partition("/")[2]) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
        return limit_side(np.asarray(upright)[:, :, ::-1].copy(), _PREVIEW_PX)


def lines_by_word() -> Answers:
    """Lines of pages: right when the whole line stands in the page's text, spaces and signs aside."""
    reader = door().get("rapidocr_text", TextReader)
    folder = media_files().path("small-print")
    truth = _letters((folder / "linn.txt").read_text(encoding="utf-8", errors="replace"))
    answers: Answers = defaultdict(list)
    page = _preview(folder, "small-print/linn.png")
    for picture in (page, limit_side(page, 1100), limit_side(page, 900)):
        for line in reader.read(picture):
            word = certainty_of_score(reader.identity, line.score)
            answers[word].append(_letters(line.text) in truth)
    return answers


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text).lower()


def faces_by_word() -> Answers:
    """Every photo asked for its like among the others; what is beyond chance, right or not."""
    finder = door().get("yunet_sface", FaceFinder)
    folder = media_files().path("orl-faces")
    vectors, persons = [], []
    for path in sorted(folder.glob("*.pgm")):
        found = finder.find(np.asarray(Image.open(path).convert("RGB")))
        if found:
            vectors.append(max(found, key=lambda face: face.box.w).vector)
            persons.append(path.name.partition("-")[0])
    cosines = np.stack(vectors) @ np.stack(vectors).T
    answers: Answers = defaultdict(list)
    for a, b in _pairs(len(persons)):
        word = face_certainty(float(cosines[a, b]), len(persons) - 1)
        if word is not None:
            answers[word].append(persons[a] == persons[b])
    return answers


def _pictures(folder: Path) -> dict[str, Any]:
    """Words for pairs of parts of one photo, and of different photos."""
    embedder = door().get("efficientnet_lite0", PictureEmbedder)
    paths = mixed(60, folder)
    vectors = np.stack([embedder.embed(_preview(path, path.name))[0] for path in paths])
    cosines = vectors @ vectors.T
    related: dict[str, int] = defaultdict(int)
    unrelated: dict[str, int] = defaultdict(int)
    for a, b in _pairs(len(paths)):
        if a < b:
            one = _CUT.sub("", paths[a].stem) == _CUT.sub("", paths[b].stem)
            word = picture_likeness(float(cosines[a, b]), len(paths) - 1, "efficientnet_lite0") or "chance"
            (related if one else unrelated)[word] += 1
    return {"parts_of_one_photo": dict(related), "different_photos": dict(unrelated)}


def _pairs(count: int) -> Iterator[tuple[int, int]]:
    return ((a, b) for a in range(count) for b in range(count) if a != b)
