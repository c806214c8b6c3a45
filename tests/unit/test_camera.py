"""One maker under one name, whatever its files call it."""

import pytest

from core.camera import clean_make, clean_model, maker_spellings
from core.capture import read_capture
from tests.unit.test_capture import NOW

MAKERS = {
    "Agfa": "AgfaPhoto",
    "AgfaPhoto GmbH": "AgfaPhoto",
    "Apple Computer, Inc.": "Apple",
    "Arashi Vision": "Insta360",
    "Asahi Optical Co.,Ltd.": "Pentax",
    "CASIO COMPUTER CO.,LTD.": "Casio",
    "Canon Inc.": "Canon",
    "EASTMAN KODAK COMPANY": "Kodak",
    "EPSON": "Epson",
    "FLIR": "FLIR",
    "FLIR Systems AB": "FLIR",
    "FLIR Systems, Inc.": "FLIR",
    "FUJI PHOTO FILM CO., LTD.": "Fujifilm",
    "FUJIFILM": "Fujifilm",
    "FUJIFILM Corporation": "Fujifilm",
    "Flir": "FLIR",
    "Fuji": "Fujifilm",
    "General Imaging Co.": "GE",
    "HP": "HP",
    "HTC": "HTC",
    "HTC Corporation": "HTC",
    "Hewlett-Packard": "HP",
    "Hewlett-Packard Company": "HP",
    "JK Imaging, Ltd.": "Kodak",
    "KONICA MINOLTA": "Konica Minolta",
    "Konica Minolta Camera, Inc.": "Konica Minolta",
    "LEICA": "Leica",
    "LEICA CAMERA AG": "Leica",
    "LG ELECTRONICS": "LG",
    "LG Electronics, Inc.": "LG",
    "LGE": "LG",
    "Leica Camera AG": "Leica",
    "MINOLTA CO.,LTD": "Minolta",
    "Matsushita Electric Industrial Co., Ltd.": "Panasonic",
    "Motorola Mobility": "Motorola",
    "NIKON CORPORATION": "Nikon",
    "NORITSU KOKI": "Noritsu Koki",
    "OLYMPUS CORPORATION": "Olympus",
    "OLYMPUS IMAGING CORP.  ": "Olympus",
    "OLYMPUS OPTICAL CO.,LTD": "Olympus",
    "OLYMPUS_IMAGING_CORP.": "Olympus",
    "OM Digital Solutions": "OM System",
    "PENTAX Corporation": "Pentax",
    "Phase One A/S": "Phase One",
    "RICOH IMAGING COMPANY, LTD.": "Ricoh",
    "Research In Motion": "BlackBerry",
    "SAMSUNG DIGITAL IMA": "Samsung",
    "SAMSUNG ELECTRONICS CO., LTD.": "Samsung",
    "SAMSUNG TECHWIN Co.": "Samsung",
    "SANYO ELECTRIC CO.,LTD.": "Sanyo",
    "SEIKO EPSON CORP.": "Epson",
    "Samsung Techwin": "Samsung",
    "Sony Ericsson": "Sony Ericsson",
    "Victor Hasselblad AB": "Hasselblad",
    "XIAOMI": "Xiaomi",
    "htc": "HTC",
    "samsung": "Samsung",
    "xiaomi": "Xiaomi",
}


@pytest.mark.parametrize("written", MAKERS)
def test_one_name(written: str) -> None:
    cleaned = clean_make(written)
    assert cleaned == MAKERS[written]
    assert clean_make(cleaned or "") == cleaned
    spellings = maker_spellings(written, cleaned)
    assert written.strip().lower() in {each.lower() for each in (*spellings, cleaned or "")}


@pytest.mark.parametrize(
    ("make", "model", "expected"),
    [
        ("RICOH IMAGING COMPANY, LTD.", "PENTAX K-3 II", ("Pentax", "K-3 II")),
        ("PENTAX RICOH IMAGING", "PENTAX K-5", ("Pentax", "K-5")),
        ("RICOH", "RICOH THETA S", ("Ricoh", "THETA S")),
        ("JK Imaging, Ltd.", "KODAK PIXPRO FZ53", ("Kodak", "PIXPRO FZ53")),
        ("FUJI PHOTO FILM CO., LTD.", "FinePix S2Pro", ("Fujifilm", "FinePix S2Pro")),
    ],
)
def test_brands_of_one_company(make: str, model: str, expected: tuple[str, str]) -> None:
    camera = read_capture({"IFD0:Make": make, "IFD0:Model": model}, NOW).camera
    assert (camera.make, camera.model) == expected
    assert make in camera.spellings or make.lower() == expected[0].lower()


def test_what_is_no_name_of_a_company_alone_stays() -> None:
    assert clean_make("Camera") == "Camera"
    assert clean_make("Imaging") == "Imaging"
    assert clean_make(" ,. ") is None
    assert maker_spellings("", None) == ()
    assert maker_spellings("FUJIFILM", "Fujifilm") == ("Fuji",)
    assert clean_model("FinePix", ("Fuji", "Fujifilm")) == "FinePix"
