"""Titles, captions, ratings and keywords, wherever programs write them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.descriptions import (
    SIDECAR,
    Description,
    Keyword,
    described,
    description_terms,
    keywords_of,
    read_description,
)

_TREE = {
    "Hierarchy": [{"Keyword": "Places", "Children": [{"Keyword": "Alps", "Children": [{"Keyword": "Peak"}]}]}]
}


@pytest.mark.parametrize(
    ("tags", "keywords"),
    [
        ({"XMP-dc:Subject": ["snow", "peak"]}, [("snow",), ("peak",)]),
        ({"XMP-dc:Subject": "alone"}, [("alone",)]),
        ({"IPTC:Keywords": ["Zürich", 2019]}, [("Zürich",), ("2019",)]),
        ({"XMP-lr:HierarchicalSubject": ["Places|Alps|Peak"]}, [("Places", "Alps", "Peak")]),
        ({"XMP-digiKam:TagsList": ["People/Family/Gran"]}, [("People", "Family", "Gran")]),
        ({"XMP-microsoft:LastKeywordXMP": ["Animals/Dog", "Sun"]}, [("Animals", "Dog"), ("Sun",)]),
        ({"XMP-mediapro:CatalogSets": "Places|Alps"}, [("Places", "Alps")]),
        ({"XMP-mwg-kw:KeywordInfo": _TREE}, [("Places", "Alps", "Peak")]),
        ({"IFD0:XPKeywords": "one; two;;"}, [("one",), ("two",)]),
        ({"XMP-pdf:Keywords": "one, two words"}, [("one",), ("two words",)]),
        ({"ASF:Category": "Travel;Snow"}, [("Travel",), ("Snow",)]),
        # The same in several places, as most programs write it.
        (
            {"XMP-lr:HierarchicalSubject": ["A|Peak"], "XMP-dc:Subject": ["peak"], "IPTC:Keywords": "PEAK"},
            [("A", "Peak")],
        ),
        ({"XMP-dc:Subject": [None, {"a": 1}, True, "", " \x00 "]}, []),
    ],
)
def test_keywords(tags: dict[str, Any], keywords: list[tuple[str, ...]]) -> None:
    found = read_description(tags).keywords
    assert [(*word.within, word.label) for word in found] == keywords


@pytest.mark.parametrize(
    ("tags", "rating"),
    [
        ({"XMP-xmp:Rating": 5}, 5),
        ({"XMP-xmp:Rating": "3"}, 3),
        ({"XMP-xmp:Rating": 0, "IFD0:Rating": 4}, 4),
        ({"XMP-xmp:Rating": -1}, None),  # rejected, which is no number of stars
        ({"XMP-xmp:Rating": 99}, None),
        ({"XMP-microsoft:RatingPercent": 1}, 1),
        ({"XMP-microsoft:RatingPercent": 25}, 2),
        ({"IFD0:RatingPercent": 50}, 3),
        ({"ASF:SharedUserRating": 75}, 4),
        ({"XMP-microsoft:RatingPercent": 99}, 5),
        ({"XMP-microsoft:RatingPercent": 0}, None),
        ({"XMP-xmp:Rating": [5]}, None),
    ],
)
def test_ratings(tags: dict[str, Any], rating: int | None) -> None:
    assert read_description(tags).rating == rating


@pytest.mark.parametrize(
    ("tags", "title", "caption"),
    [
        ({"XMP-dc:Title": "Walk", "IFD0:ImageDescription": "The top\r\nin snow"}, "Walk", "The top\nin snow"),
        ({"IPTC:ObjectName": "Oma", "IPTC:Caption-Abstract": "Größe"}, "Oma", "Größe"),
        ({"XMP-dc:Title": {"de": "Gipfel", "x-default": "Peak"}}, "Peak", ""),
        ({"IFD0:XPTitle": "Peak", "IFD0:XPComment": "Cold"}, "Peak", "Cold"),
        ({"Keys:Title": "Clip", "Keys:Description": "Sea"}, "Clip", "Sea"),
        ({"ASF:Title": "Clip", "ASF:Description": "Sea"}, "Clip", "Sea"),
        ({"IFD0:ImageDescription": "OLYMPUS DIGITAL CAMERA         "}, "", ""),
        ({"IFD0:ImageDescription": "SONY DSC", "ExifIFD:UserComment": "By the lake"}, "", "By the lake"),
        ({"IFD0:ImageDescription": "DCIM\\100MEDIA\\DJI_0001.JPG"}, "", ""),
        ({"IFD0:ImageDescription": "   "}, "", ""),
        ({"IFD0:ImageDescription": "default"}, "", ""),
        ({"IFD0:ImageDescription": "日本"}, "", "日本"),
        ({"XMP-dc:Title": 1984}, "1984", ""),
    ],
)
def test_titles_and_captions(tags: dict[str, Any], title: str, caption: str) -> None:
    found = read_description(tags)
    assert (found.title, found.caption) == (title, caption)


def test_the_file_goes_before_its_sidecar_and_both_are_kept() -> None:
    own = Description(title="Own", rating=3, keywords=keywords_of([("Peak",)]))
    beside = Description("Other", "Cold", 5, keywords_of([("A", "peak"), ("Snow",)]), SIDECAR)
    counts = described([own, Description(source=SIDECAR), beside])
    assert (counts["title"], counts["title_source"]) == ("Own", "file")
    assert (counts["caption"], counts["caption_source"]) == ("Cold", "sidecar")
    assert (counts["rating"], counts["rating_source"]) == (3, "file")
    assert [(word["label"], word["source"]) for word in counts["keywords"]] == [
        ("Peak", "file"),
        ("Snow", "sidecar"),
    ]
    assert [(said["source"], said["title"], said["rating"]) for said in counts["said"]] == [
        ("file", "Own", 3),
        ("sidecar", "Other", 5),
    ]
    assert {(term.kind, term.words) for term in description_terms([own, beside])} == {
        ("tag", "Peak"),
        ("tag", "A"),
        ("tag", "Snow"),
        ("comment", "Own"),
        ("comment", "Other"),
        ("comment", "Cold"),
    }
    nothing = described([])
    assert (nothing["title"], nothing["title_source"], nothing["keywords"], nothing["said"]) == (
        None,
        None,
        [],
        [],
    )


_NAMES = ["XMP-dc:Subject", "XMP-mwg-kw:KeywordInfo", "XMP-dc:Title", "XMP-xmp:Rating", "IFD0:ImageDescription"]
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Keyword", "Children", "Hierarchy", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(_NAMES), _VALUES))
def test_nothing_in_a_file_can_break_it(tags: dict[str, Any]) -> None:
    found = read_description(tags)
    assert found.rating in (None, 1, 2, 3, 4, 5)
    assert all(isinstance(word, Keyword) and word.label.strip() for word in found.keywords)
    described([found])
    description_terms([found])
