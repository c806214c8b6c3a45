"""`fovea up` on a real S3 server: all is analysed, served from an empty cache, and nothing lost by its absence."""

import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from db.connect import connect
from media.s3_client import Address
from tests.media_files import media_files
from tests.running import RunningFovea, make_folder, remove_folder
from tests.s3_server import S3Server, s3_server


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.fixture(scope="module")
def address(server: S3Server) -> Address:
    return server.bucket()


@pytest.fixture(scope="module")
def fovea(address: Address) -> Iterator[RunningFovea]:
    folder = make_folder("s3")
    settings = {
        "FOVEA_S3__BUCKET": address.bucket,
        "FOVEA_S3__ENDPOINT": address.endpoint,
        "FOVEA_S3__PREFIX": "library",
        "FOVEA_S3__ACCESS_KEY": address.access_key,
        "FOVEA_S3__SECRET_KEY": address.secret_key,
    }
    running = RunningFovea(folder, environment=settings)
    running.start()
    yield running
    if running.process is not None:
        running.stop()
    remove_folder(folder)


@pytest.fixture(scope="module")
def files(fovea: RunningFovea) -> dict[str, Path]:
    """A photo by HTTP; photos, a large page and a video by inbox; all analysed."""
    media = media_files()
    scan = fovea.folder / "scan.png"
    page = Image.open(media.path("page") / "page.png").convert("L")
    page.resize((5200, 6800)).save(scan)  # so large that it is read from the original
    large = fovea.folder / "large.bmp"  # so large that it is not brought before it is handed out
    Image.effect_noise((3600, 3300), 60).convert("RGB").save(large)
    given = {
        "bus.jpg": media.path("bus"),
        "zidane.jpg": media.path("zidane"),
        "speech.mp4": media.path("speech-video"),
        "scan.png": scan,
        "large.bmp": large,
    }
    with closing(fovea.sign_in()) as client:
        sent = client.post("assets?path=bus.jpg", content=given["bus.jpg"].read_bytes())
        sent.raise_for_status()
    fovea.inbox.mkdir(exist_ok=True)
    for name in ("zidane.jpg", "speech.mp4", "scan.png", "large.bmp"):
        shutil.copy(given[name], fovea.inbox / name)
    fovea.wait_until_done(5)
    return given


def empty_cache(fovea: RunningFovea) -> None:
    for path in (fovea.data / "cache").rglob("*"):
        if path.is_file():
            path.unlink()


def jobs_of(fovea: RunningFovea) -> dict[str, set[str]]:
    """State → which analyses of which files ended so, with their errors."""
    with connect(fovea.database_url()) as connection:
        rows = connection.execute(
            "select a.name, j.analysis, j.state, j.error, j.attempts from job j join asset a on a.id = j.asset_id"
        ).fetchall()
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["state"], set()).add(f"{row['analysis']} of {row['name']}: {row['error']}")
    return found


def assets(client: httpx.Client) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in client.get("assets").json()["items"]}


def test_all_analyses_end_and_nothing_is_kept_in_the_data_folder(
    fovea: RunningFovea, files: dict[str, Path], server: S3Server, address: Address
) -> None:
    assert set(jobs_of(fovea)) <= {"done", "skipped"}, jobs_of(fovea)
    assert not (fovea.data / "originals").exists()
    assert not (fovea.data / "derived").exists()
    keys = server.keys(address)
    assert sum(key.startswith("library/originals/") for key in keys) == len(files)
    assert sum(key.endswith("/set.json") for key in keys) == len(files)
    with closing(fovea.sign_in()) as client:
        found = client.get("search", params={"q": "bus"}).json()["items"]
        assert found[0]["asset"]["name"] == "bus.jpg"


def test_an_emptied_cache_is_filled_by_who_asks(fovea: RunningFovea, files: dict[str, Path]) -> None:
    empty_cache(fovea)
    with closing(fovea.sign_in()) as client:
        for name, asset in assets(client).items():
            data = files[name].read_bytes()
            whole = client.get(f"assets/{asset['id']}/original")
            assert whole.status_code == 200 and whole.content == data
            part = client.get(f"assets/{asset['id']}/original", headers={"Range": "bytes=1000-1999"})
            assert part.status_code == 206 and part.content == data[1000:2000]
            for what, magic in (("preview", b"\xff\xd8\xff"), ("thumbnail", b"RIFF")):
                assert client.get(f"assets/{asset['id']}/{what}").content.startswith(magic)


def test_a_large_original_is_streamed_from_where_it_is(fovea: RunningFovea, files: dict[str, Path]) -> None:
    data = files["large.bmp"].read_bytes()
    empty_cache(fovea)
    with closing(fovea.sign_in()) as client:
        address = f"assets/{assets(client)['large.bmp']['id']}/original"
        tag = f'"{hashlib.sha512(data).hexdigest()}"'
        for asked, start, end in (
            ("bytes=1000-1999", 1000, 2000),
            ("bytes=35000000-", 35_000_000, len(data)),
            ("bytes=-10", len(data) - 10, len(data)),
            (f"bytes=5-{len(data) + 5}", 5, len(data)),
        ):
            part = client.get(address, headers={"Range": asked, "If-Range": tag})
            assert part.status_code == 206 and part.content == data[start:end]
            assert part.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(data)}"
        for several in ("bytes=0-1,5-9", "bytes=9-1", "lines=1-2"):
            assert client.get(address, headers={"Range": several}).content == data
        assert client.get(address, headers={"Range": "bytes=0-9", "If-Range": '"another"'}).content == data
        outside = client.get(address, headers={"Range": f"bytes={len(data)}-"})
        assert outside.status_code == 416 and outside.headers["Content-Range"] == f"bytes */{len(data)}"
        head = client.head(address)
        assert (head.status_code, head.headers["Content-Length"], head.content) == (200, str(len(data)), b"")
        assert head.headers["ETag"] == tag and head.headers["Content-Type"] == "image/bmp"
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    largest = max((path.stat().st_size for path in (fovea.data / "cache").rglob("*") if path.is_file()), default=0)
    assert largest < len(data)


def test_workers_bring_what_they_need(fovea: RunningFovea, files: dict[str, Path]) -> None:
    empty_cache(fovea)
    for analysis in ("metadata", "preview", "speech", "text"):
        done = fovea.command("analyse", analysis, "--all", "--yes")
        assert done.returncode == 0, done.stderr
    fovea.wait_until_done(len(files))
    assert set(jobs_of(fovea)) <= {"done", "skipped"}, jobs_of(fovea)


def test_verify_looks_into_the_bucket(
    fovea: RunningFovea, files: dict[str, Path], server: S3Server, address: Address
) -> None:
    assert fovea.command("verify").returncode == 0
    key = next(key for key in server.keys(address) if key.endswith(".jpg") and "/originals/" in key)
    good = server.client.get_object(Bucket=address.bucket, Key=key)["Body"].read()
    server.client.put_object(Bucket=address.bucket, Key=key, Body=good[:-1] + b"!")
    wrong = fovea.command("verify")
    assert wrong.returncode == 1
    assert key.removeprefix("library/originals/") in wrong.stdout.replace("\n", "") + wrong.stderr
    server.client.put_object(Bucket=address.bucket, Key=key, Body=good)
    assert fovea.command("verify").returncode == 0


def test_a_backup_brings_the_originals_out_of_a_bucket_and_a_restore_into_one(
    fovea: RunningFovea, files: dict[str, Path], server: S3Server, address: Address
) -> None:
    target = fovea.folder / "backup"
    done = fovea.command("backup", str(target))
    assert done.returncode == 0, done.stderr
    copied = {path.read_bytes() for path in (target / "originals").rglob("*") if path.is_file()}
    assert copied == {path.read_bytes() for path in files.values()}
    again = RunningFovea(fovea.folder / "again", environment={**fovea.environment, "FOVEA_S3__PREFIX": "again"})
    done = again.command("restore", str(target))
    assert done.returncode == 0, done.stderr
    assert sum(key.startswith("again/originals/") for key in server.keys(address)) == len(files)
    assert again.command("verify").returncode == 0


def test_while_the_storage_is_away_it_is_said_and_afterwards_nothing_is_lost(
    fovea: RunningFovea, files: dict[str, Path], server: S3Server
) -> None:
    empty_cache(fovea)
    server.kill()
    with closing(fovea.sign_in()) as client:
        asset = assets(client)["bus.jpg"]
        for answer in (
            client.get(f"assets/{asset['id']}/original"),
            client.get(f"assets/{asset['id']}/preview"),
            client.get(f"assets/{assets(client)['large.bmp']['id']}/original"),
            client.post("assets?path=late.jpg", content=files["zidane.jpg"].read_bytes() + b"late"),
            client.get(f"{fovea.address}/api/health/ready"),
        ):
            assert answer.status_code == 503, answer.text
        assert client.get("search", params={"q": "bus"}).status_code == 200
        shutil.copy(media_files().path("presidents") / "obama.jpg", fovea.inbox / "obama.jpg")
        assert fovea.command("analyse", "objects", "--all", "--yes").returncode == 0
        time.sleep(5)
        server.start()
        fovea.wait_until_done(len(files) + 1)
        assert set(jobs_of(fovea)) <= {"done", "skipped"}, jobs_of(fovea)
        assert set(assets(client)) == {*files, "obama.jpg"}
        assert client.get(f"assets/{asset['id']}/original").content == files["bus.jpg"].read_bytes()
        assert client.get(f"{fovea.address}/api/health/ready").status_code == 200
