"""Files in and out: uploads, pictures, originals with ranges, and what the web app is served as."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from email.utils import unquote
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.settings import ApiSettings
from core.errors import TemporaryError
from db import results
from db.jobs import requeue
from media.child import Child
from media.derived import MOTION, DerivedFolder
from media.rendering import render_picture
from media.store_folder import FolderStore
from tests.integration.api.conftest import Served
from tests.integration.api.stocked import jpeg
from tests.media_files import media_files

BYTES = "application/octet-stream"


def upload(client: TestClient, path: str, content: Any, **headers: str) -> Any:
    return client.post(
        "/api/v1/assets", params={"path": path}, content=content, headers={"Content-Type": BYTES, **headers}
    )


def test_an_upload_is_stored_once_under_every_path(served: Served, writer: TestClient) -> None:
    photo = jpeg()
    first = upload(writer, "2022/Lisbon/a.jpg", photo)
    assert first.status_code == 201, first.text
    assert first.json()["status"] == "new"
    assert first.json()["asset"]["name"] == "a.jpg" and first.json()["asset"]["busy"] is True
    again = upload(writer, "elsewhere/b.jpg", photo)
    assert (again.status_code, again.json()["status"]) == (200, "known")
    shown = writer.get(f"/api/v1/assets/{first.json()['asset']['id']}").json()
    assert shown["files"][0]["paths"] == ["2022/Lisbon/a.jpg", "elsewhere/b.jpg"]
    assert shown["sha512"] == hashlib.sha512(photo).hexdigest()
    assert writer.get(f"/api/v1/assets/{shown['id']}/original").content == photo
    assert not list(served.store.incoming.iterdir())
    with served.database.transaction() as connection:
        came = connection.execute("select distinct came_by from file_path").fetchall()
    assert [row["came_by"] for row in came] == ["api"]


def test_twenty_uploads_of_one_file_at_once_make_one_asset(served: Served) -> None:
    token, photo, together = served.token("emil", "read", "write"), jpeg(7), threading.Barrier(20)

    def send(number: int) -> tuple[int, int]:
        client = served.client(token)
        together.wait()
        answer = upload(client, f"{number}/same.jpg", photo)
        return answer.status_code, answer.json()["asset"]["id"]

    with ThreadPoolExecutor(20) as pool:
        seen = list(pool.map(send, range(20)))
    assert sorted(status for status, _ in seen) == [200] * 19 + [201]
    assert len({asset_id for _, asset_id in seen}) == 1
    assert len([path for path in served.store.originals.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize("content", [b"", b"<html>no</html>", b"\x7fELF" + b"\0" * 64, b"%PDF-1.7\n"])
def test_what_is_no_photo_or_video_is_refused_with_its_reason(
    served: Served, writer: TestClient, content: bytes
) -> None:
    answer = upload(writer, "x.jpg", content)
    assert answer.status_code == 415, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.json()["detail"]) > 10
    assert not [path for path in served.data.rglob("*") if path.is_file()]


def test_too_large_is_refused_by_announcement_and_by_count(served: Served, writer: TestClient) -> None:
    piece = b"\xff\xd8\xff" + b"\0" * 999_997
    announced = upload(writer, "x.jpg", piece * 21)
    unannounced = upload(writer, "x.jpg", (piece for _ in range(21)))
    for answer in (announced, unannounced):
        assert answer.status_code == 413, answer.text
        assert "20,000,000" in answer.json()["detail"]
    assert not list(served.store.incoming.iterdir())


def test_a_full_disk_is_said_so(served: Served, writer: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: FolderStore) -> None:
        raise TemporaryError("the disk is full; free some space")

    monkeypatch.setattr(FolderStore, "receive", full)  # no test may fill a disk
    answer = upload(writer, "x.jpg", jpeg())
    assert answer.status_code == 507
    assert "full" in answer.json()["detail"]


def test_bytes_that_changed_on_the_way_are_not_kept(served: Served, writer: TestClient) -> None:
    photo = jpeg()
    wrong = upload(writer, "x.jpg", photo, **{"X-Sha512": hashlib.sha512(b"other").hexdigest()})
    assert wrong.status_code == 400
    assert upload(writer, "x.jpg", photo, **{"X-Sha512": "short"}).status_code == 422
    assert writer.get("/api/v1/status").json()["assets"] == 0
    right = upload(writer, "x.jpg", photo, **{"X-Sha512": hashlib.sha512(photo).hexdigest().upper()})
    assert right.status_code == 201


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "/abs/a.jpg", "a\\b.jpg", "\u202egpj.exe", "ünï/çödé.jpg", "a" * 4000]
)
def test_no_path_leads_out_of_the_library(served: Served, writer: TestClient, path: str) -> None:
    answer = upload(writer, path, jpeg())
    assert answer.status_code == 201
    kept = answer.json()["path"]
    assert not kept.startswith("/") and ".." not in kept.split("/") and "\u202e" not in kept
    original = writer.get(f"/api/v1/assets/{answer.json()['asset']['id']}/original", params={"download": 1})
    disposition = original.headers["content-disposition"]
    assert disposition.startswith("attachment; filename")
    assert unquote(disposition.partition("''")[2] or disposition.split('"')[1])
    assert "/" not in disposition.partition("''")[2] and "\n" not in disposition


def test_originals_come_in_ranges(writer: TestClient) -> None:
    photo = jpeg(3)
    address = f"/api/v1/assets/{upload(writer, 'a.jpg', photo).json()['asset']['id']}/original"
    size = len(photo)

    def get(asked: str | bytes, **headers: str) -> Any:
        return writer.get(address, headers={"Range": asked, **headers})

    for asked, start, end in [
        ("bytes=0-9", 0, 10),
        ("bytes=100-", 100, size),
        ("bytes=-7", size - 7, size),
        (f"bytes=0-{size * 2}", 0, size),
        (f"bytes=-{size * 2}", 0, size),
    ]:
        answer = get(asked)
        assert answer.status_code == 206, asked
        assert answer.content == photo[start:end], asked
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
    for asked in (f"bytes={size}-", "bytes=-0", f"bytes={size}-{size + 5}"):
        answer = get(asked)
        assert answer.status_code == 416, asked
        assert answer.headers["content-range"] == f"bytes */{size}"
        assert answer.headers["content-type"] == "application/problem+json"
    for asked in (
        "bytes=9-5",
        "bytes=a-b",
        "lines=1-2",
        "bytes",
        "bytes=",
        "bytes=--5",
        b"bytes=\xb2-",
    ):
        assert get(asked).status_code == 200, asked  # RFC 9110 14.2: what is malformed is ignored
    several = get("bytes=0-4,10-14")
    assert several.status_code == 206
    assert several.headers["content-type"].startswith("multipart/byteranges")
    etag = writer.head(address).headers["etag"]
    assert get("bytes=0-9", **{"If-Range": etag}).status_code == 206
    assert get("bytes=0-9", **{"If-Range": '"another"'}).status_code == 200


def test_originals_are_named_cached_and_never_run(writer: TestClient) -> None:
    photo = jpeg(4)
    asset = upload(writer, 'ü "x";.jpg', photo).json()["asset"]
    address = f"/api/v1/assets/{asset['id']}/original"
    answer = writer.get(address)
    assert answer.headers["etag"] == f'"{hashlib.sha512(photo).hexdigest()}"'
    assert answer.headers["cache-control"] == "private, no-cache"
    for version, kept in ((asset["picture_version"], True), ("another", False), ("", False)):
        told = writer.get(address, params={"v": version}).headers
        assert told["cache-control"] == ("private, max-age=31536000, immutable" if kept else "private, no-cache")
        assert told["vary"] == "Authorization, Cookie"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"].startswith("inline; filename*=utf-8''%C3%BC%20%22x%22")
    assert writer.get(address, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert writer.get(address, headers={"If-None-Match": f'"x", W/{answer.headers["etag"]}'}).status_code == 304
    assert writer.get(address, headers={"If-None-Match": '"x"'}).status_code == 200
    head = writer.head(address)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(photo)), b"")


def test_pictures_are_there_once_they_are_made(served: Served, writer: TestClient) -> None:
    photo = jpeg(5, 640, 480)
    asset = upload(writer, "a.jpg", photo).json()["asset"]
    early = writer.get(f"/api/v1/assets/{asset['id']}/thumbnail")
    assert early.status_code == 404
    assert int(early.headers["retry-after"]) > 0
    assert early.headers["cache-control"] == "no-store"
    original = next(path for path in served.store.originals.rglob("*") if path.is_file())
    folder = DerivedFolder(served.data, hashlib.sha512(photo).digest())
    with folder.replacing() as fresh, Child() as child:
        render_picture(child, original, "image/jpeg", fresh / "preview.jpg", fresh / "thumbnail.webp")
        (fresh / "frame-1500.jpg").write_bytes((fresh / "preview.jpg").read_bytes())
    for end, kind, magic in [
        ("thumbnail", "image/webp", b"RIFF"),
        ("preview", "image/jpeg", b"\xff\xd8"),
        ("frames/1500", "image/jpeg", b"\xff\xd8"),
    ]:
        made = writer.get(f"/api/v1/assets/{asset['id']}/{end}", params={"v": asset["picture_version"]})
        assert (made.status_code, made.headers["content-type"]) == (200, kind)
        assert made.content.startswith(magic)
        assert "immutable" in made.headers["cache-control"] and "private" in made.headers["cache-control"]
        same = writer.get(f"/api/v1/assets/{asset['id']}/{end}", headers={"If-None-Match": made.headers["etag"]})
        assert same.status_code == 304 and same.headers["cache-control"] == "private, no-cache"
    with served.database.transaction() as connection:
        connection.execute("update job set state = 'done'")
    gone = writer.get(f"/api/v1/assets/{asset['id']}/frames/1501")
    assert gone.status_code == 404 and "retry-after" not in gone.headers
    with served.database.transaction() as connection:
        requeue(connection, 1, "preview", "all")
    assert "retry-after" in writer.get(f"/api/v1/assets/{asset['id']}/frames/1501").headers


def test_a_picture_finds_its_like_and_is_not_kept(served: Served, writer: TestClient) -> None:
    """With the real engine: the version names it, the picture goes through the decoding child."""
    with served.database.transaction() as connection:
        connection.execute(
            "update analysis set version = '1+efficientnet_lite0-0123456789ab' where name = 'embedding'"
        )
    photo = media_files().path("bus").read_bytes()
    found = writer.post("/api/v1/similar", content=photo, headers={"Content-Type": BYTES})
    assert found.status_code == 200, found.text
    assert found.json() == {"items": [], "next": None}
    assert not list(served.store.incoming.iterdir())
    text = writer.post("/api/v1/similar", content=b"no picture", headers={"Content-Type": BYTES})
    assert text.status_code == 415
    broken = writer.post("/api/v1/similar", content=photo[:20] + b"\0" * 500, headers={"Content-Type": BYTES})
    assert broken.status_code in (415, 422)


def test_the_web_app_answers_every_address_of_its_own(served: Served) -> None:
    client = served.client()
    for address in ("/", "/search", "/asset/17", "/first-start", "/deep/er/place"):
        page = client.get(address)
        assert page.status_code == 200 and "<app-root" in page.text, address
        assert page.headers["cache-control"] == "no-cache"
    script = client.get("/main-ABCDEF12.js")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"].startswith("text/javascript")
    assert client.get("/favicon.ico").headers["cache-control"] == "no-cache"
    assert client.get("/missing.js").status_code == 404
    assert client.get("/api/v1/nothing").headers["content-type"] == "application/problem+json"
    for way_out in (
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/media/../../secret.txt",
        "/a%00.js",
    ):
        answer = client.get(way_out)
        assert "outside" not in answer.text, way_out


def test_the_page_lets_in_no_script_or_style_but_its_own(served: Served) -> None:
    first, second = served.client().get("/"), served.client().get("/")
    policy = first.headers["content-security-policy"]
    assert (
        "script-src 'self'; " in policy and "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    )
    assert "unsafe" not in policy and "http" not in policy
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    assert f'ngCspNonce="{nonce}"' in first.text and f'<style nonce="{nonce}"' in first.text
    assert nonce not in second.text
    for header in ("x-content-type-options", "referrer-policy", "x-frame-options"):
        assert header in first.headers


def test_a_server_without_a_built_web_app_says_so(served: Served, tmp_path: Path) -> None:
    from fastapi import FastAPI  # noqa: PLC0415

    from api.web import add_web  # noqa: PLC0415

    app = FastAPI()
    add_web(app, ApiSettings(web=tmp_path / "nowhere").web)
    page = TestClient(app, base_url="https://fovea.test").get("/")
    assert page.status_code == 200 and "/api/docs" in page.text


def test_the_film_inside_a_photo_is_handed_out_in_ranges(served: Served, writer: TestClient) -> None:
    photo = jpeg(31)
    asset_id = upload(writer, "MVIMG_1.jpg", photo).json()["asset"]["id"]
    address = f"/api/v1/assets/{asset_id}/moving-part"
    assert writer.get(address).status_code == 404
    assert writer.get(f"/api/v1/assets/{asset_id}").json()["moving_part"] is None
    with served.store.derived(hashlib.sha512(photo).digest()).replacing() as folder:
        (folder / MOTION).write_bytes(bytes(range(200)))
    whole = writer.get(address)
    assert (whole.status_code, whole.headers["content-type"], len(whole.content)) == (200, "video/mp4", 200)
    part = writer.get(address, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, bytes(range(10, 20)))
    assert served.client().get(address).status_code == 401


def test_two_imports_of_equal_names_say_by_their_source_which_is_which(served: Served, writer: TestClient) -> None:
    right = {}
    photos, texts = {}, {}
    for person, seed in (("anna", 41), ("ben", 42)):
        photos[person] = jpeg(seed)
        texts[person] = b'{"photoTakenTime": {"timestamp": "15000000%d"}}' % seed
        params = {"path": "Photos from 2019/IMG_0001.jpg", "source": person}
        sent = writer.post("/api/v1/assets", params=params, content=photos[person])
        right[person] = sent.json()["asset"]["id"]
    for person, text in texts.items():  # both photos are there before the first sidecar comes
        params = {"path": "Photos from 2019/IMG_0001.jpg.json", "source": person}
        sent = writer.post("/api/v1/assets", params=params, content=text)
        assert (sent.status_code, sent.json()["role"], sent.json()["asset"]["id"]) == (
            201,
            "sidecar",
            right[person],
        )
    album = writer.post("/api/v1/assets", params={"path": "metadata.json"}, content=b'{"title": "Trip"}')
    assert (album.status_code, album.json()["title"]) == (415, "Left aside")


def test_pictures_made_anew_have_another_address(served: Served, writer: TestClient) -> None:
    asset = upload(writer, "a.jpg", jpeg(51)).json()["asset"]
    folder = served.store.derived(hashlib.sha512(jpeg(51)).digest())
    versions = [asset["picture_version"]]
    for number in range(3):
        with folder.replacing() as fresh:
            (fresh / "thumbnail.webp").write_bytes(b"RIFF %d" % number)
            (fresh / "preview.jpg").write_bytes(b"preview %d" % number)
        with served.database.transaction() as connection:
            results.set_picture(connection, asset["id"], width=10, height=10, duration_s=None, placeholder="x")
        shown = writer.get(f"/api/v1/assets/{asset['id']}").json()
        (listed,) = writer.get("/api/v1/assets").json()["items"]
        assert shown["picture_version"] == listed["picture_version"]
        versions.append(shown["picture_version"])
        for version in versions:
            answer = writer.get(f"/api/v1/assets/{asset['id']}/preview", params={"v": version})
            assert answer.content == b"preview %d" % number
            newest = version == versions[-1]
            assert ("immutable" in answer.headers["cache-control"]) is newest, (
                "what is old is not kept as if it were not"
            )
    assert len(set(versions)) == 4
    writer.delete(f"/api/v1/assets/{asset['id']}")
    (trashed,) = writer.get("/api/v1/trash").json()["items"]
    assert trashed["picture_version"] == versions[-1]


def test_what_a_browser_kept_is_let_go_with_the_session(served: Served, admin: TestClient) -> None:
    """Signing out says so, and so does the answer to a session that was ended elsewhere; to a script nothing
    does."""
    secret = admin.cookies["__Host-fovea"]
    assert admin.delete("/api/v1/session").headers["clear-site-data"] == '"cache"'
    late = served.client()
    late.cookies.set("__Host-fovea", secret)
    refused = late.get("/api/v1/assets")
    assert refused.status_code == 401 and refused.headers["clear-site-data"] == '"cache"'
    script = served.client(served.token("vera", "read"))
    assert "clear-site-data" not in script.delete("/api/v1/session").headers
    assert "clear-site-data" not in script.get("/api/v1/assets").headers
