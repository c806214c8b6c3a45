"""A day claims a place only where most of it was taken there."""

from datetime import datetime

import pytest

from db.connect import Database
from library.browse import timeline
from tests.integration.library_rows import OWNER, new_asset


@pytest.mark.parametrize(
    ("places", "claimed"),
    [
        ([None] * 150 + ["Lund"] * 18, None),
        (["Lund"] * 2 + [None], "Lund"),
        (["Lund", None], None),  # half is not most
        (["Lund", "Malmö"], None),
        (["Lund"] * 2 + ["Malmö"] * 2 + ["Lund"], "Lund"),
        (["Lund", "Malmö", "Ystad", "Lund"], None),
        ([None], None),
        (["Lund"], "Lund"),
    ],
)
@pytest.mark.parametrize("taken", [None, datetime(2019, 6, 1, 12)])
def test_a_day_has_a_place_where_most_of_it_agrees(
    database: Database, places: list[str | None], claimed: str | None, taken: datetime | None
) -> None:
    with database.transaction() as connection:
        for place in places:
            new_asset(connection, place_name=place, taken_local=taken)
        (day,) = timeline(connection, OWNER)["days"]
    assert (day["count"], day["place"]) == (len(places), claimed)
