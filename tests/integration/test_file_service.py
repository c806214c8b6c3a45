"""The file service: workers without the storage's keys do their work, and get the files of their own job only."""

import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.errors import ServiceAway, TemporaryError
from db.connect import connect
from media.s3_client import Address
from media.store import Lease
from media.store_s3 import S3Store
from media.store_served import ServedFiles
from tests.media_files import media_files
from tests.running import free_port
from tests.running_services import RunningServices, wait_until
from tests.s3_server import S3Server, s3_server
from tests.small_things import photo_of_small_people

ANALYSES = ("metadata", "preview", "objects", "faces", "speech")


@dataclass
class Shape:
    """Services over a bucket: only `files` and `inbox` have its keys."""

    running: RunningServices
    address: Address
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        with connect(self.running.database_url) as connection:
            found = connection.execute(sql, values)  # type: ignore[arg-type]
            return found.fetchall() if found.description else []


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.fixture
def shape(database_url: str, server: S3Server, tmp_path: Path) -> Iterator[Shape]:
    address, port = server.bucket(), free_port()
    keys = {
        "FOVEA_S3__BUCKET": address.bucket,
        "FOVEA_S3__ENDPOINT": address.endpoint,
        "FOVEA_S3__ACCESS_KEY": address.access_key,
        "FOVEA_S3__SECRET_KEY": address.secret_key,
    }
    running = RunningServices(tmp_path, database_url)
    made = Shape(running, address, port)
    running.start("migrate", **keys).process.wait()
    running.start("files", FOVEA_PORT=str(port), **keys)
    running.start("inbox", **keys)
    yield made
    running.kill_all()


def test_workers_without_keys_do_all_their_work(shape: Shape, tmp_path: Path) -> None:
    shape.running.start("reconciler")
    (tmp_path / "worker").mkdir()
    settings = {"FOVEA_FILES_URL": shape.url, "FOVEA_DATA": str(tmp_path / "worker")}
    worker = shape.running.start("worker", *ANALYSES, **settings)
    assert not any("S3" in name for name in worker.environment)
    photo_of_small_people(tmp_path / "lake.jpg")  # faces and objects look at its original
    given = {
        "bus.jpg": media_files().path("bus"),
        "speech.mp4": media_files().path("speech-video"),
        "lake.jpg": tmp_path / "lake.jpg",
    }
    for name, path in given.items():
        (shape.running.inbox / name).write_bytes(path.read_bytes())

    def ended() -> bool:
        jobs = shape.rows("select state, error from job where analysis = any(%(names)s)", names=list(ANALYSES))
        assert [job for job in jobs if job["state"] == "failed"] == []
        return len(jobs) >= 13 and all(job["state"] in ("done", "skipped") for job in jobs)

    wait_until(ended, "all analyses end", 300)
    store = S3Store(tmp_path / "look", shape.address, 1 << 30)
    for asset in shape.rows("select kind, sha512, width, placeholder from asset"):
        names = store.derived(asset["sha512"]).names()
        assert {"preview.jpg", "thumbnail.webp"} <= names
        assert any(name.startswith("frame-") for name in names) == (asset["kind"] == "video")
        assert asset["width"] > 0
    assert shape.rows("select count(*)::int as n from term where analysis = 'objects'")[0]["n"] > 0
    assert "nation" in str(shape.rows("select data from result where analysis = 'speech'"))
    closer = shape.rows(
        "select r.analysis, r.data from result r join asset a on a.id = r.asset_id"
        " where a.name = 'lake.jpg' and r.analysis in ('objects', 'faces')"
    )
    assert {each["analysis"]: each["data"]["complaint"] for each in closer} == {"objects": None, "faces": None}
    looked_at = {each["analysis"]: each["data"]["looked_at_px"] for each in closer}
    assert looked_at == {"objects": 4000, "faces": 4000}, "originals come for a closer look"
    kept = [path for path in (tmp_path / "worker").rglob("*") if path.is_file()]
    assert kept == [], "nothing of the library stays with the worker"
    assert worker.healthy() == 0
    assert shape.running.services[1].healthy() == 0
    assert worker.end()[0] == 0


@dataclass
class Holding:
    """Two assets; the job of the first is held."""

    shape: Shape
    lease: Lease
    mine: dict[str, Any]
    other: dict[str, Any]
    client: httpx.Client

    def get(self, what: str, key: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.lease.key if key is None else key}"}
        return self.client.get(f"/jobs/{self.lease.job_id}/{what}", headers=headers)

    def put(self, body: bytes) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.lease.key}"}
        return self.client.put(f"/jobs/{self.lease.job_id}/derived", headers=headers, content=body)


@pytest.fixture
def holding(shape: Shape) -> Iterator[Holding]:
    for name in ("bus", "zidane"):
        (shape.running.inbox / f"{name}.jpg").write_bytes(media_files().path(name).read_bytes())
    files = "select f.*, a.sha512 as of_asset from file f join asset a on a.id = f.asset_id order by f.asset_id"
    wait_until(lambda: len(shape.rows(files)) == 2, "both are stored", 60)
    mine, other = shape.rows(files)
    (job,) = shape.rows(
        "update job set state = 'running', leased_by = 'test', lease_until = now() + interval '5 minutes',"
        " lease_key = gen_random_uuid() where asset_id = %(asset)s and analysis = 'preview'"
        " returning id, lease_key::text as key",
        asset=mine["asset_id"],
    )
    with httpx.Client(base_url=shape.url, timeout=60) as client:
        wait_until(lambda: _lives(client), "the file service answers", 60)
        yield Holding(shape, Lease(job["id"], job["key"]), mine, other, client)


def _lives(client: httpx.Client) -> bool:
    try:
        return client.get("/api/health/live").is_success
    except httpx.HTTPError:
        return False


def packed(**files: bytes) -> bytes:
    """A set of derived files, names with `_` for a dot."""
    buffer = BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name.replace("_", "."))
            member.size = len(content)
            archive.addfile(member, BytesIO(content))
    return buffer.getvalue()


def test_a_job_gives_its_own_files_only(holding: Holding) -> None:
    assert holding.get(f"files/{holding.mine['location']}").content == media_files().path("bus").read_bytes()
    assert holding.get(f"files/{holding.other['location']}").status_code == 404
    for key in ("-", "wrong", "00000000-0000-0000-0000-000000000000", "' or true --"):
        assert holding.get(f"files/{holding.mine['location']}", key).status_code == 403
        assert holding.get("derived", key).status_code == 403
    for what in ("files/..%2f..%2fetc%2fpasswd", "files//etc/passwd", "derived/..%2fx.jpg", "derived/nothing.jpg"):
        assert holding.get(what).status_code == 404, what
    other = holding.shape.rows("select id from job where asset_id = %(id)s", id=holding.other["asset_id"])
    headers = {"Authorization": f"Bearer {holding.lease.key}"}
    assert holding.client.get(f"/jobs/{other[0]['id']}/derived", headers=headers).status_code == 403
    assert holding.client.get("/jobs/99999999/derived", headers=headers).status_code == 403


def test_a_set_is_taken_whole_or_not_at_all(holding: Holding) -> None:
    assert holding.put(packed(preview_jpg=b"one", thumbnail_webp=b"two")).status_code == 204
    assert holding.get("derived").json() == ["preview.jpg", "thumbnail.webp"]
    assert holding.get("derived/preview.jpg").content == b"one"
    link = BytesIO()
    with tarfile.open(fileobj=link, mode="w") as archive:
        member = tarfile.TarInfo("preview.jpg")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(member)
    whole = packed(preview_jpg=b"three", frame_jpg=b"x" * 100_000)
    for body in (
        b"no archive",
        link.getvalue(),
        packed(**{"../x_jpg": b"x"}),
        packed(**{"/etc/x_jpg": b"x"}),
        packed(**{".hidden_jpg": b"x"}),
        packed(preview_jpg=b"x")[:700],
        whole[: len(whole) // 2],
    ):
        assert holding.put(body).status_code == 400, body[:40]
    assert holding.get("derived/preview.jpg").content == b"one"
    store = S3Store(holding.shape.running.folder / "look", holding.shape.address, 1 << 30)
    assert store.derived(holding.other["of_asset"]).names() == set(), "another asset's are not touched"


def test_the_right_ends_with_the_lease(holding: Holding) -> None:
    assert holding.get("derived").status_code == 200
    holding.shape.rows(
        "update job set lease_until = now() - interval '1 s' where id = %(id)s", id=holding.lease.job_id
    )
    assert holding.get("derived").status_code == 403
    assert holding.put(packed(preview_jpg=b"late")).status_code == 403
    holding.shape.rows(
        "update job set lease_until = now() + interval '1 h', state = 'done' where id = %(id)s",
        id=holding.lease.job_id,
    )
    assert holding.get(f"files/{holding.mine['location']}").status_code == 403


def test_what_goes_wrong_is_said_as_by_any_store(holding: Holding, tmp_path: Path) -> None:
    with closing(ServedFiles(holding.shape.url, tmp_path)) as served:
        place = served.place("store", holding.mine["location"])
        with served.hold_for(holding.lease) as files:
            brought = files.bring(place)
            assert brought.read_bytes() == media_files().path("bus").read_bytes()
            assert files.bring(place) == brought
            assert not files.path("store", holding.other["location"]).exists()
            elsewhere = tmp_path / "in place.jpg"
            assert files.path("in_place", str(elsewhere)) == elsewhere
            with files.derived(b"").replacing() as fresh:
                (fresh / "preview.jpg").write_bytes(b"made")
            assert files.derived(b"").preview.read_bytes() == b"made"
        assert not brought.exists(), "gone with the job"
        with (
            served.hold_for(Lease(holding.lease.job_id, "wrong")) as files,
            pytest.raises(TemporaryError, match="not yours"),
        ):
            files.bring(place)
    with (
        closing(ServedFiles(f"http://127.0.0.1:{free_port()}", tmp_path)) as away,
        away.hold_for(holding.lease) as files,
        pytest.raises(ServiceAway, match="file service"),
    ):
        files.bring(away.place("store", holding.mine["location"]))
