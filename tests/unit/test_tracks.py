"""Tracks: what counts as a point, and how few of them are enough."""

from itertools import pairwise
from math import hypot

from hypothesis import given
from hypothesis import strategies as st

from core.geo import distance_km
from core.tracks import TrackPoint, read_points, simplify


def test_points_come_in_order_and_without_what_is_none() -> None:
    rows = [
        ("-", "48.1", "11.5", "500", "3"),  # of the file as a whole
        ("2", "48.2", "11.5", "500", "3"),
        ("1", "48.1", "11.5", "-", "-"),
        ("1", "48.9", "11.9", "-", "3"),
        ("3", "0", "0", "0", "3"),
        ("4", "48.1", "11.5", "500", "0"),
        ("5", "91", "11.5", "500", "3"),
        ("1e99", "48.1", "11.5", "500", "3"),
        ("x", "nan", "", "", ""),
    ]
    assert read_points(rows) == [TrackPoint(1.0, 48.1, 11.5, None), TrackPoint(2.0, 48.2, 11.5, 500.0)]


def test_a_steady_drive_needs_its_ends_only_and_a_stop_its_middle() -> None:
    drive = [TrackPoint(float(s), 48.0 + s * 1e-4, 11.0, None) for s in range(100)]
    assert simplify(drive) == [drive[0], drive[-1]]
    stop = [TrackPoint(100.0 + s, drive[-1].lat, 11.0, None) for s in range(60)]
    assert simplify(drive + stop) == [drive[0], drive[-1], stop[-1]]


POINTS = st.lists(
    st.tuples(st.floats(0, 3600), st.floats(-0.01, 0.01), st.floats(-0.01, 0.01)),
    max_size=60,
    unique_by=lambda p: p[0],
).map(
    lambda rows: [
        TrackPoint(s, 48.0 + a, 179.995 + b if b < 0.005 else -179.995 + b, None) for s, a, b in sorted(rows)
    ]
)


@given(POINTS)
def test_at_every_second_the_place_is_kept(points: list[TrackPoint]) -> None:
    kept = simplify(points, tolerance_m=30.0)
    assert set(kept) <= set(points)
    assert kept[:1] == points[:1]
    assert kept[-1:] == points[-1:]
    for before, after in pairwise(kept):
        for point in points:
            if before.at_s < point.at_s < after.at_s:
                share = (point.at_s - before.at_s) / (after.at_s - before.at_s)
                turn = (after.lon - before.lon + 180) % 360 - 180
                lat, lon = before.lat + share * (after.lat - before.lat), before.lon + share * turn
                assert distance_km(point.lat, point.lon, lat, lon) * 1000 <= 31.0


@given(POINTS, st.integers(2, 10))
def test_never_more_than_asked_for(points: list[TrackPoint], most: int) -> None:
    assert len(simplify(points, tolerance_m=0.1, most=most)) <= most


def test_a_long_way_with_noise_keeps_its_shape() -> None:
    points = [
        TrackPoint(float(s), 48 + (s % 7) * 1e-6 + s * 1e-5, 11 + (s // 600) * 1e-2, 400.0) for s in range(5000)
    ]
    kept = simplify(points)
    assert len(kept) <= 500
    assert hypot(kept[-1].lat - points[-1].lat, kept[-1].lon - points[-1].lon) == 0
