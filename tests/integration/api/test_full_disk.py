"""A disk that is full, for real: said so before anything is stored where that can be known."""

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from library.uploads import Limits, Uploads
from media.partial import PartialFiles
from tests.integration.api.conftest import Served
from tests.integration.api.stocked import jpeg
from tests.integration.api.test_uploads import TUS, announce, offset_of, send
from tests.small_volumes import SmallVolume, kinds, small_volume

MB = 1_000_000


@pytest.fixture(params=kinds())
def volume(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallVolume]:
    """Asked for before `served`, whose data folder it is."""
    with small_volume(tmp_path / "data", request.param, 24 * MB) as made:
        yield made


@pytest.fixture
def tight(volume: SmallVolume, served: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    """The server keeps nothing back for the database, so that the disk itself has the last word."""
    monkeypatch.setattr("media.store._KEEP_FREE_BYTES", 0)
    parts = served.app.state.parts
    uploads = Uploads(served.database, PartialFiles(served.data, keep_free_bytes=0), Limits(2**50, 0, 3600))
    served.app.state.parts = dataclasses.replace(parts, uploads=uploads)
    return served


def _photo(size: int) -> bytes:
    return jpeg() + b"\0" * (size - len(jpeg()))


def test_what_cannot_fit_is_refused_before_its_first_byte(volume: SmallVolume, tight: Served) -> None:
    client = tight.client(tight.token("emil", "read", "write"))
    refused = announce(client, shutil.disk_usage(tight.data).total + MB)
    assert refused.status_code == 507, refused.text
    assert "free some space" in refused.json()["detail"]
    if volume.kind == "mounted":  # the other kind is a limit of one file, not of all together
        assert announce(client, 16 * MB).status_code == 201
        assert announce(client, 16 * MB).status_code == 507, "what others announced is not there to be given away"
        plain = client.post("/api/v1/assets", params={"path": "a.jpg"}, content=_photo(19 * MB))
        assert plain.status_code == 507, plain.text
    assert not [path for path in (tight.data / "originals").rglob("*") if path.is_file()]
    assert not list((tight.data / "incoming").iterdir())


def test_a_disk_that_fills_up_on_the_way(volume: SmallVolume, tight: Served) -> None:
    client, photo = tight.client(tight.token("emil", "read", "write")), _photo(12 * MB)
    address = announce(client, len(photo)).headers["location"]
    assert send(client, address, 0, photo[: 2 * MB]).status_code == 204
    volume.fill(4 * MB)
    try:
        full = send(client, address, 2 * MB, photo[2 * MB :])
        assert full.status_code == 507, full.text
        assert "free some space" in full.json()["detail"]
        there = offset_of(client, address)
        assert 2 * MB <= there < 8 * MB
        assert not [path for path in (tight.data / "originals").rglob("*") if path.is_file()]
        again = send(client, address, there, photo[there : there + 8 * MB])
        assert again.status_code == 507 and offset_of(client, address) >= there
        assert client.get("/api/v1/status").json()["assets"] == 0
    finally:
        volume.free()
    there = offset_of(client, address)
    done = send(client, address, there, photo[there:])
    assert (done.status_code, done.headers["x-asset-status"]) == (204, "new"), done.text
    assert client.get(f"/api/v1/assets/{done.headers['x-asset-id']}/original").content == photo
    assert client.head(address, headers=TUS).headers["upload-offset"] == str(len(photo))


def test_a_plain_upload_on_a_full_disk_leaves_nothing(volume: SmallVolume, tight: Served) -> None:
    client, photo = tight.client(tight.token("emil", "read", "write")), _photo(12 * MB)
    volume.fill(4 * MB)
    try:
        pieces = (photo[start : start + MB] for start in range(0, len(photo), MB))
        full = client.post("/api/v1/assets", params={"path": "a.jpg"}, content=pieces)  # without a length
        assert full.status_code == 507, full.text
        assert not list((tight.data / "incoming").iterdir())
        assert not [path for path in (tight.data / "originals").rglob("*") if path.is_file()]
    finally:
        volume.free()
    assert client.post("/api/v1/assets", params={"path": "a.jpg"}, content=photo).status_code == 201
