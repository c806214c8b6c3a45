"""What may stand for what: kinds of a thing and the thing they are a kind of, never what lies beside it."""

import pytest

from core.kinds_of_things import Kinds
from engines.coco import NAMES
from library.label_kinds import label_kinds

_TREE = """# a comment
0\t\tthing
1\t0\tanimal
2\t1\tdog|domestic dog|=dog
3\t1\tcat|=cat
4\t2\tpuppy
5\t1\tmouse
6\t0\tcomputer mouse|mouse|=mouse
7\t0\tbody of water
8\t7\tocean
9\t7\tlake|=lakeside
a\t0\tartifact
b\ta\troom
c\tb\tkitchen
d\ta\toven|=oven
e\ta\tstructure
f\te\tshop|=butcher shop
"""


@pytest.mark.parametrize(
    ("asked", "label", "fits"),
    [
        ("dog", "dog", True),
        ("puppy", "dog", True),
        ("dogs", "puppy", True),
        ("animal", "cat", True),
        ("big brown dog", "cat", False),
        ("big brown dog", "puppy", True),
        ("dog", "cat", False),
        ("domestic dog", "cat", False),
        ("dog", "cat, dog", True),
        ("dog", "cat, mouse", False),
        ("mouse", "mouse", True),
        ("animal", "mouse", False),  # the label is a computer's
        ("ocean", "lakeside", True),
        ("ocean", "dog", False),
        ("kitchen", "oven", True),
        ("kitchen", "butcher shop", False),
        ("dog", "wedding", True),  # nothing is known about it
        ("wedding", "dog", True),
        ("dog", "a cat sat here", True),  # a sentence is no label
    ],
)
def test_a_label_counts_for_what_it_is_or_is_a_kind_of(asked: str, label: str, fits: bool) -> None:
    assert Kinds(_TREE.splitlines()).may_stand_for(label, asked) is fits


def test_no_label_of_coco_stands_for_another_one_beside_it() -> None:
    kinds = label_kinds()
    both = {(a, b) for a in NAMES for b in NAMES if a < b and kinds.may_stand_for(b, a)}
    assert both == {("bird", "kite"), ("hot dog", "sandwich"), ("cake", "donut")}  # these are kinds of each other
    assert all(kinds.is_label(name) and kinds.may_stand_for(name, name) for name in NAMES)


@pytest.mark.parametrize(
    ("asked", "right", "wrong"),
    [
        ("automobile", "car", "truck"),
        ("kittens", "cat", "dog"),
        ("parrot", "macaw", "hummingbird"),
        ("public transport", "bus", "car"),
        ("lorry", "truck", "car"),
        ("fruit", "banana", "carrot"),
        ("sofa", "couch", "chair"),
        ("bathroom", "toilet", "dog"),
        ("sea", "seashore", "sea lion"),
        ("whale", "killer whale", "elephant"),
    ],
)
def test_everyday_words_mean_labels(asked: str, right: str, wrong: str) -> None:
    assert label_kinds().may_stand_for(right, asked)
    assert not label_kinds().may_stand_for(wrong, asked)
