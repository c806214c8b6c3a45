"""Uploads in pieces by the tus protocol: every break can be gone on from, nothing is half-stored."""

import base64
import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from core.errors import ServiceAway
from library.ingest import Ingest
from library.uploads import Limits
from media.partial import PartialFiles
from tests.integration.api.asking import walk
from tests.integration.api.conftest import OURS, Served
from tests.integration.api.stocked import jpeg

TUS = {"Tus-Resumable": "1.0.0"}
BINARY = {"Content-Type": "application/octet-stream"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}
ROOT = "/api/v1/uploads"


def b64(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def announce(client: TestClient, size: int, path: str = "2022/a.jpg", **metadata: str) -> Any:
    pairs = ",".join(f"{key} {b64(value)}" for key, value in {"path": path, **metadata}.items())
    return client.post(ROOT, headers={**TUS, "Upload-Length": str(size), "Upload-Metadata": pairs})


def send(client: TestClient, address: str, offset: int, piece: Any, **headers: str) -> Any:
    return client.patch(address, content=piece, headers={**PIECE, "Upload-Offset": str(offset), **headers})


def offset_of(client: TestClient, address: str) -> int:
    answer = client.head(address, headers=TUS)
    assert answer.status_code == 200, answer.text
    assert answer.headers["tus-resumable"] == "1.0.0" and answer.headers["cache-control"] == "no-store"
    return int(answer.headers["upload-offset"])


def nothing_is_left(served: Served) -> bool:
    return not [path for path in served.data.rglob("*") if path.is_file()]


def test_what_the_server_can_do_is_open_to_all(served: Served) -> None:
    answer = served.client().options(ROOT)
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0" and answer.headers["tus-max-size"] == "20000000"
    for extension in ("creation", "creation-with-upload", "termination", "checksum", "expiration"):
        assert extension in answer.headers["tus-extension"].split(",")
    assert "sha1" in answer.headers["tus-checksum-algorithm"].split(",")


def test_a_file_in_pieces_enters_like_any_other(served: Served, writer: TestClient) -> None:
    photo = jpeg(1, 640, 480)
    made = announce(writer, len(photo), "2022/Lisbon/ä.jpg")
    assert made.status_code == 201, made.text
    address = made.headers["location"]
    assert address.startswith(f"{ROOT}/") and "upload-expires" in made.headers
    assert offset_of(writer, address) == 0
    third = len(photo) // 3
    for start in (0, third):
        answer = send(writer, address, start, photo[start : start + third])
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(start + third)), answer.text
        assert "x-asset-id" not in answer.headers
        assert offset_of(writer, address) == start + third
    assert writer.get("/api/v1/status").json()["assets"] == 0
    last = send(writer, address, 2 * third, photo[2 * third :])
    assert (last.status_code, last.headers["x-asset-status"]) == (204, "new"), last.text
    asset = writer.get(f"/api/v1/assets/{last.headers['x-asset-id']}").json()
    assert asset["sha512"] == hashlib.sha512(photo).hexdigest()
    assert asset["files"][0]["paths"] == ["2022/Lisbon/ä.jpg"]
    assert writer.get(f"/api/v1/assets/{asset['id']}/original").content == photo
    assert not list((served.data / "uploads").iterdir()) and not list(served.store.incoming.iterdir())
    # An answer that got lost: whoever asks again hears the same.
    assert offset_of(writer, address) == len(photo)
    again = send(writer, address, len(photo), b"")
    assert (again.status_code, again.headers["x-asset-id"]) == (204, str(asset["id"]))
    shown = writer.get(address).json()
    assert (shown["state"], shown["asset_id"], shown["status"]) == ("done", asset["id"], "new")


@pytest.mark.parametrize("in_pieces", [True, False])
@pytest.mark.parametrize("spoiled", [lambda data: data[:-1] + b"\0", lambda data: data[:500], lambda _: b""])
def test_what_rotted_is_made_whole_by_the_same_file(
    served: Served, writer: TestClient, in_pieces: bool, spoiled: Callable[[bytes], bytes]
) -> None:
    photo = jpeg(1, 640, 480)
    writer.post("/api/v1/assets", content=photo, params={"path": "a.jpg"}, headers=BINARY)
    (place,) = (path for path in (served.data / "originals").rglob("*") if path.is_file())
    place.chmod(0o644)
    place.write_bytes(spoiled(photo))
    if in_pieces:
        address = announce(writer, len(photo), "a.jpg").headers["location"]
        answer = send(writer, address, 0, photo)
        assert answer.headers["x-asset-status"] == "known"
    else:
        answer = writer.post("/api/v1/assets", content=photo, params={"path": "a.jpg"}, headers=BINARY)
        assert answer.json()["status"] == "known"
    assert place.read_bytes() == photo


def test_the_whole_file_may_come_with_the_announcement(served: Served, admin: TestClient) -> None:
    photo = jpeg(2)
    headers = {**PIECE, "Upload-Length": str(len(photo)), "Upload-Metadata": f"filename {b64('b.jpg')}"}
    first = admin.post(ROOT, content=photo, headers=headers)
    assert (first.status_code, first.headers["x-asset-status"]) == (201, "new"), first.text
    assert first.headers["upload-offset"] == str(len(photo))
    again = admin.post(ROOT, content=photo, headers=headers)
    assert (again.headers["x-asset-id"], again.headers["x-asset-status"]) == (first.headers["x-asset-id"], "known")
    half = admin.post(ROOT, content=photo[:100], headers=headers)
    assert offset_of(admin, half.headers["location"]) == 100
    with served.database.transaction() as connection:
        came = connection.execute("select distinct came_by from file_path").fetchall()
    assert [row["came_by"] for row in came] == ["web"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Upload-Length": "-1"}, 422),
        ({"Upload-Length": "x"}, 422),
        ({"Upload-Length": "0"}, 415),
        ({"Upload-Length": str(2**70)}, 422),
        ({"Upload-Length": "20000001"}, 413),
        ({"Upload-Metadata": ""}, 400),
        ({"Upload-Metadata": "path ???"}, 400),
        ({"Upload-Metadata": f"path {b64('a.jpg')},sha512 {b64('zz')}"}, 400),
        ({"Upload-Metadata": f"path {b64('a.jpg')},sha512 {b64('abcd')}"}, 400),
        ({"Upload-Metadata": "path " + b64("a" * 8000)}, 400),
    ],
)
def test_a_malformed_announcement_is_refused(
    served: Served, writer: TestClient, headers: dict[str, str], status: int
) -> None:
    sent = {**TUS, "Upload-Length": "100", "Upload-Metadata": f"path {b64('a.jpg')}", **headers}
    answer = writer.post(ROOT, headers=sent)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert nothing_is_left(served)


def test_a_piece_in_the_wrong_place_or_form_is_refused(served: Served, writer: TestClient) -> None:
    address = announce(writer, 1000).headers["location"]
    assert send(writer, address, 0, b"a" * 10).status_code == 204
    for offset in (0, 9, 11, 1000):
        assert send(writer, address, offset, b"b").status_code == 409
    assert send(writer, address, 10, b"b", **{"Content-Type": "text/plain"}).status_code == 415
    assert send(writer, address, 10, b"b", **{"Tus-Resumable": "2"}).status_code == 412
    assert send(writer, address, 10, b"b" * 991).status_code == 413
    assert send(writer, address, 10, iter([b"b" * 500, b"b" * 500])).status_code == 413  # without a length
    assert writer.patch(address, content=b"b", headers=PIECE).status_code == 422
    assert offset_of(writer, address) == 10
    assert send(writer, f"{ROOT}/{'0' * 32}", 0, b"b").status_code == 404
    other = served.client(served.token("anna", "read", "write"))
    assert other.head(address, headers=TUS).status_code == 404
    assert send(other, address, 10, b"b").status_code == 404
    assert served.client(served.token("vera", "read")).head(address, headers=TUS).status_code == 403


def test_a_piece_with_a_checksum_counts_as_a_whole_or_not_at_all(served: Served, writer: TestClient) -> None:
    photo = jpeg(3)
    address = announce(writer, len(photo)).headers["location"]
    for algorithm in ("sha1", "sha256", "sha512"):
        right = b64(hashlib.new(algorithm, photo[:50]).digest())
        wrong = b64(hashlib.new(algorithm, b"other").digest())
        offset = offset_of(writer, address)
        refused = send(writer, address, offset, photo[:50], **{"Upload-Checksum": f"{algorithm} {wrong}"})
        assert refused.status_code == 460 and offset_of(writer, address) == offset
        if algorithm == "sha512":
            assert send(
                writer, address, offset, photo[:50], **{"Upload-Checksum": f"{algorithm} {right}"}
            ).headers["upload-offset"] == str(offset + 50)
    for header in ("md4 abc", "sha1 ???", "sha1 " + b64("short"), ""):
        assert send(writer, address, 50, b"x", **{"Upload-Checksum": header}).status_code == 400
    whole = b64(hashlib.sha512(photo[50:]).digest())
    done = send(writer, address, 50, photo[50:], **{"Upload-Checksum": f"sha512 {whole}"})
    assert done.headers["x-asset-status"] == "new"


def test_a_death_in_the_middle_of_a_checked_piece_takes_it_back(tmp_path: Path) -> None:
    name, files = "0" * 32, PartialFiles(tmp_path, keep_free_bytes=0)
    files.create(name)
    with files.open(name, 100) as held:
        held.write(b"a" * 10)
    held = files.open(name, 100)
    held.begin_checked()
    held.write(b"b" * 90)
    held.close()  # as the kernel does when the process dies
    after = PartialFiles(tmp_path, keep_free_bytes=0)
    assert after.offset(name) == 10
    with after.open(name, 100) as again:
        assert again.offset == 10
        again.write(b"c" * 90)
        assert again.digest() == hashlib.sha512(b"a" * 10 + b"c" * 90).digest()


@pytest.mark.parametrize(
    "content", [b"plain text" * 50, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7 .."]
)
def test_what_is_no_photo_is_refused_at_its_end(served: Served, writer: TestClient, content: bytes) -> None:
    address = announce(writer, len(content), "x.jpg").headers["location"]
    refused = send(writer, address, 0, content)
    assert refused.status_code == 415 and len(refused.json()["detail"]) > 10
    assert writer.head(address, headers=TUS).status_code == 410
    assert send(writer, address, 0, content).status_code == 410
    shown = writer.get(address).json()
    assert shown["state"] == "refused" and shown["reason"] == refused.json()["detail"]
    assert nothing_is_left(served)


def test_bytes_other_than_announced_are_not_kept(served: Served, writer: TestClient) -> None:
    photo = jpeg(4)
    right = hashlib.sha512(photo).hexdigest()
    address = announce(writer, len(photo), sha512=hashlib.sha512(b"other").hexdigest()).headers["location"]
    assert send(writer, address, 0, photo).status_code == 400
    assert nothing_is_left(served)
    address = announce(writer, len(photo), sha512=right.upper()).headers["location"]
    assert send(writer, address, 0, photo).headers["x-asset-status"] == "new"


def test_one_sender_at_a_time(served: Served, writer: TestClient) -> None:
    address = announce(writer, 1000).headers["location"]
    uploads = served.app.state.parts.uploads
    other_process = PartialFiles(served.data)  # locks are the kernel's: they hold between processes as well
    with other_process.open(address.rpartition("/")[2], 1000):
        refused = send(writer, address, 0, b"a" * 10)
        assert refused.status_code == 423, refused.text
        assert writer.delete(address, headers=TUS).status_code == 423
        assert offset_of(writer, address) == 0
    assert send(writer, address, 0, b"a" * 10).status_code == 204
    assert uploads.limits.keep_s == 168 * 3600


def test_two_pieces_at_the_same_moment_do_not_mix(served: Served) -> None:
    token, photo = served.token("emil", "read", "write"), jpeg(5, 1200, 900)
    address = announce(served.client(token), len(photo)).headers["location"]
    together = threading.Barrier(8)
    seen: list[int] = []

    def race() -> None:
        client = served.client(token)
        together.wait()
        seen.append(send(client, address, 0, photo).status_code)

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen.count(204) == 1 and set(seen) <= {204, 409, 423}, seen
    assets = served.client(token).get("/api/v1/assets").json()["items"]
    assert len(assets) == 1
    assert served.client(token).get(f"/api/v1/assets/{assets[0]['id']}/original").content == photo


def test_ending_an_upload_removes_it(served: Served, writer: TestClient) -> None:
    address = announce(writer, 1000).headers["location"]
    send(writer, address, 0, b"a" * 500)
    assert writer.delete(address, headers=TUS).status_code == 204
    assert writer.head(address, headers=TUS).status_code == 404
    assert nothing_is_left(served)


def test_uploads_are_listed_page_by_page_to_their_sender(served: Served, writer: TestClient) -> None:
    made = [announce(writer, 1000 + n, f"{n}.jpg").headers["location"].rpartition("/")[2] for n in range(7)]
    assert [one["id"] for one in walk(writer, ROOT, 3)] == made[::-1]
    assert writer.get(ROOT, params={"limit": 0}).json()["next"] is None
    assert writer.get(ROOT, params={"after": "WyJhIiwiYiJd"}).status_code == 400
    other = served.client(served.token("anna", "read", "write"))
    assert other.get(ROOT).json()["items"] == []


def test_a_quota_holds_before_anything_is_stored(served: Served, writer: TestClient) -> None:
    photo = jpeg(6, 320, 240)
    size = len(photo)
    served.app.state.parts.uploads.limits = Limits(20_000_000, 3 * size, 3600)
    first = announce(writer, size).headers["location"]
    announce(writer, size)
    announce(writer, size)
    refused = announce(writer, 1)
    assert refused.status_code == 413 and "quota" in refused.json()["detail"]
    plain = writer.post("/api/v1/assets", params={"path": "p.jpg"}, content=photo)
    assert plain.status_code == 413 and "quota" in plain.json()["detail"]
    assert send(writer, first, 0, photo).headers["x-asset-status"] == "new"
    assert announce(writer, 1).status_code == 413, "what was brought counts as what is coming did"
    other = served.client(served.token("anna", "read", "write"))
    assert announce(other, size).status_code == 201, "another account has its own"
    with served.database.transaction() as connection:
        connection.execute("delete from asset")
    assert announce(writer, size).status_code == 201, "what is gone for good counts no more"


def test_a_plain_upload_counts_against_the_quota_too(served: Served, writer: TestClient) -> None:
    photo = jpeg(7, 320, 240)
    served.app.state.parts.uploads.limits = Limits(20_000_000, int(len(photo) * 1.5), 3600)
    other = jpeg(8, 320, 240)
    assert writer.post("/api/v1/assets", params={"path": "p.jpg"}, content=photo).status_code == 201
    assert writer.post("/api/v1/assets", params={"path": "q.jpg"}, content=other).status_code == 413
    assert writer.post("/api/v1/assets", params={"path": "r.jpg"}, content=iter([other])).status_code == 413
    assert not list(served.store.incoming.iterdir())


def test_what_nobody_goes_on_with_is_forgotten(served: Served, writer: TestClient) -> None:
    address = announce(writer, 1000).headers["location"]
    kept = announce(writer, 1000).headers["location"]
    send(writer, address, 0, b"a" * 500)
    with served.database.transaction() as connection:
        connection.execute("update upload set expires_at = now() where id = %s", (address.rpartition("/")[2],))
    assert writer.head(address, headers=TUS).status_code == 404
    parts = served.app.state.parts
    for path in (served.data / "uploads").iterdir():
        if path.name in address:
            os.utime(path, (1, 1))
    parts.uploads.tidy(parts.ingest)
    assert [path.name for path in (served.data / "uploads").iterdir()] == [kept.rpartition("/")[2]]


def test_what_was_whole_when_the_server_died_is_entered_by_the_next(served: Served, writer: TestClient) -> None:
    photo = jpeg(9)
    address = announce(writer, len(photo), "late.jpg").headers["location"]
    (served.data / "uploads" / address.rpartition("/")[2]).write_bytes(photo)
    parts = served.app.state.parts
    parts.uploads.tidy(parts.ingest)
    assert writer.get(address).json()["state"] == "done"
    assert writer.get("/api/v1/assets").json()["items"][0]["name"] == "late.jpg"
    assert not list((served.data / "uploads").iterdir())


def test_a_failure_while_entering_loses_nothing(
    served: Served, writer: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is in its place already when the database goes away; the sender, or the next start, goes on."""
    photo = jpeg(10)
    address = announce(writer, len(photo)).headers["location"]
    with monkeypatch.context() as patch:
        patch.setattr(Ingest, "enter", _away)
        patch.setattr(Ingest, "_enter", _away, raising=False)
        assert send(writer, address, 0, photo).status_code == 503
    assert [path for path in served.store.originals.rglob("*") if path.is_file()]
    assert offset_of(writer, address) == len(photo)
    assert writer.get("/api/v1/status").json()["assets"] == 0
    done = send(writer, address, len(photo), b"")
    assert (done.status_code, done.headers["x-asset-status"]) == (204, "new"), done.text
    assert writer.get(f"/api/v1/assets/{done.headers['x-asset-id']}/original").content == photo


def _away(*_: object, **__: object) -> None:
    raise ServiceAway("PostgreSQL does not answer")


def test_by_cookie_it_needs_our_header(served: Served, admin: TestClient) -> None:
    address = announce(admin, 1000).headers["location"]
    del admin.headers["X-Fovea"]
    assert announce(admin, 1000).status_code == 403
    assert send(admin, address, 0, b"a").status_code == 403
    assert admin.delete(address, headers=TUS).status_code == 403
    assert admin.delete(address, headers={**TUS, **OURS}).status_code == 204
