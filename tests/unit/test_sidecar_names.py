"""Whose a sidecar is, by its name, in all the spellings that programs and Google Takeout have for it."""

import json

import pytest

from core.sidecar_names import edited_from, names_beside

LONG = "a very long title that Google Takeout cuts off somewhere in here.jpg"
PIXEL = "PXL_20240612_182549759.NIGHT.PORTRAIT-01.COVER.jpg"
WORD = ".supplemental-metadata"


def takeout(title: str) -> bytes:
    return json.dumps({"title": title, "photoTakenTime": {"timestamp": "1600000000"}}).encode()


@pytest.mark.parametrize(
    ("name", "title", "photo"),
    [
        ("IMG_1.jpg.json", "IMG_1.jpg", "IMG_1.jpg"),
        ("IMG_1.jpg.supplemental-metadata.json", "IMG_1.jpg", "IMG_1.jpg"),
        ("IMG_1.jpg..json", "IMG_1.jpg", "IMG_1.jpg"),
        ("img_1.jpg.json", "IMG_1.jpg", "IMG_1.JPG"),
        ("IMG_1.jpg(1).json", "IMG_1.jpg", "IMG_1(1).jpg"),
        ("IMG_1(1).jpg.json", "IMG_1.jpg", "IMG_1(1).jpg"),
        ("IMG_1.jpg.supplemental-metadata(2).json", "IMG_1.jpg", "IMG_1(2).jpg"),
        ("IMG_1.jpg.suppl(12).json", "IMG_1.jpg", "IMG_1(12).jpg"),
        ("IMG_1.jpg(3).supplemental-metadata.json", "IMG_1.jpg", "IMG_1(3).jpg"),
        (f"{LONG[:46]}.json", LONG, f"{LONG[:47]}.jpg"),
        (f"{LONG[:46]}(1).json", LONG, f"{LONG[:47]}(1).jpg"),
        (f"{PIXEL[:46]}.json", PIXEL, PIXEL),
        (f"{PIXEL[:46]}(1).json", "", PIXEL.replace(".jpg", "(1).jpg")),
        ("what_.jpg.json", "what?.jpg", "what_.jpg"),
        ("noending.json", "noending", "noending"),
        ("Peanut Butter Balls.supplemental-metadata.json", "Peanut Butter Balls", "Peanut Butter Balls.jpg"),
        ("Strand.json", "Strand", "Strand.HEIC"),
        ("IMG_1(2).json", "IMG_1", "IMG_1(2).png"),
    ],
)
def test_whose_a_takeout_file_is(name: str, title: str, photo: str) -> None:
    assert names_beside(name, takeout(title)).place_of(photo) is not None


@pytest.mark.parametrize("length", range(1, len(WORD)))
def test_the_word_is_cut_anywhere(length: int) -> None:
    wanted = names_beside(f"IMG_2041 copy.jpg{WORD[:length]}.json", takeout("IMG_2041 copy.jpg"))
    assert wanted.place_of("IMG_2041 copy.jpg") == 0


@pytest.mark.parametrize(
    ("name", "title", "other"),
    [
        ("IMG_1.jpg.json", "IMG_1.jpg", "IMG_11.jpg"),
        ("IMG_1.jpg.json", "IMG_1.jpg", "IMG_1(1).jpg"),
        ("IMG_1.jpg(1).json", "IMG_1.jpg", "IMG_1.jpg"),
        ("IMG_1.jpg.json", "IMG_1.jpg", "IMG_1.png"),
        (f"{LONG[:46]}.json", LONG, f"{LONG[:47]}(1).jpg"),
        ("Peanut.json", "Peanut", "Peanut Butter.jpg"),
    ],
)
def test_whose_it_is_not(name: str, title: str, other: str) -> None:
    assert names_beside(name, takeout(title)).place_of(other) is None


@pytest.mark.parametrize(
    ("name", "photo", "fits"),
    [
        ("IMG_1.xmp", "IMG_1.JPG", True),
        ("IMG_1.jpg.XMP", "IMG_1.jpg", True),
        ("case2.jpg.xmp", "case2.JPG", True),
        ("CASE3.XMP", "case3.cr2", True),
        ("IMG_9_01.jpg.xmp", "IMG_9.jpg", True),
        ("IMG_9_02.CR2.xmp", "IMG_9.CR2", True),
        ("IMG_9_01.jpg.xmp", "IMG_9_01.jpg", True),
        ("PXL_1.MP.xmp", "PXL_1.MP.jpg", True),
        ("IMG_1.jpg.xmp", "IMG_1.png", False),
        ("IMG_9_01.jpg.xmp", "IMG_8.jpg", False),
    ],
)
def test_whose_an_xmp_is(name: str, photo: str, fits: bool) -> None:
    assert (names_beside(name, b"").place_of(photo) is not None) == fits


def test_the_exact_name_comes_before_the_duplicates() -> None:
    wanted = names_beside("IMG_9_01.jpg.xmp", b"")
    exact, duplicate = wanted.place_of("IMG_9_01.jpg"), wanted.place_of("IMG_9.jpg")
    assert exact is not None
    assert duplicate is not None
    assert exact < duplicate


@pytest.mark.parametrize(
    "word",
    [
        *("edited", "effects", "smile", "mix", "bearbeitet", "modifié", "editado", "ha editado", "modificato"),
        *("bewerkt", "edytowane", "編集済み", "editat", "redigerad", "redigeret", "muokattu", "düzenlendi"),
        *(
            "измененный",
            "відредаговано",
            "수정됨",
            "已修改",
            "已編輯",
            "đã chỉnh sửa",
            "upraveno",
        ),
        *("επεξεργασμένο", "संपादित", "แก้ไขแล้ว", "נערך", "معدل", "edi", "e"),
    ],
)
def test_edited_in_every_language(word: str) -> None:
    assert edited_from(f"IMG_77-{word}.jpg") == "img_77"
    assert edited_from(f"IMG_77-{word}(1).jpg") == "img_77(1)"


@pytest.mark.parametrize(
    "name", ["IMG_77.jpg", "2019-05-01.jpg", "IMG-20190501-WA0001.jpg", "a-1b.jpg", "-edited.jpg"]
)
def test_what_is_no_edited_version(name: str) -> None:
    assert edited_from(name) is None


def test_accents_in_one_sign_or_two_are_the_same_name() -> None:
    wanted = names_beside("Caf\u00e9.jpg.xmp", b"<x:xmpmeta")
    assert wanted.place_of("Cafe\u0301.JPG") is not None
    assert wanted.place_of("Cafe.jpg") is None
