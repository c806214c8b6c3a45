"""Connections to PostgreSQL are the same whatever server is behind them."""

from datetime import UTC, datetime

import psycopg
import pytest

from api import tus
from db.connect import Database, connect
from db.uploads import Upload


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Etc/UTC"])
def test_instants_are_utc_whatever_zone_the_server_was_set_up_for(database_url: str, zone: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as opened:
        name = opened.info.dbname
        opened.execute(f"""alter database "{name}" set timezone = '{zone}'""")
    with connect(database_url) as alone:
        assert _now(alone).tzinfo is UTC
    for durable in (True, False):
        with Database(database_url, durable=durable) as database, database.transaction() as connection:
            assert _now(connection).tzinfo is UTC


def test_an_upload_says_when_it_expires_in_whatever_zone_that_is_known(upload: Upload) -> None:
    berlin = datetime.fromisoformat("2026-11-20T15:30:00+01:00")
    assert tus.progress(upload, 0, berlin)["Upload-Expires"] == "Fri, 20 Nov 2026 14:30:00 GMT"


@pytest.fixture
def upload() -> Upload:
    at = datetime.now(UTC)
    values = {"id": "a" * 32, "owner_id": 1, "account_id": 1, "path": "a.jpg", "bytes": 9, "sha512": None}
    rest = {"metadata": "", "came_by": "web", "state": "receiving", "created_at": at, "expires_at": at}
    known = {**values, **rest}
    return Upload(**{name: known.get(name) for name in Upload.__dataclass_fields__})


def _now(connection: psycopg.Connection[dict[str, datetime]]) -> datetime:
    row = connection.execute("select now() as now").fetchone()
    assert row is not None
    return row["now"]
