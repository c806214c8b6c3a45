"""The trash over HTTP: who may do what, and what is seen of it."""

import hashlib

from fastapi.testclient import TestClient

from db import jobs
from media.derived import DerivedFolder
from tests.integration.api.conftest import Served
from tests.integration.api.stocked import jpeg


def _upload(client: TestClient, seed: int, path: str) -> dict[str, object]:
    sent = client.post("/api/v1/assets", params={"path": path}, content=jpeg(seed))
    told: dict[str, object] = sent.json()
    assert sent.status_code in (200, 201), sent.text
    return told


def _id(told: dict[str, object]) -> int:
    asset = told["asset"]
    assert isinstance(asset, dict)
    return int(asset["id"])


def test_put_list_restore(writer: TestClient, reader: TestClient) -> None:
    ids = [_id(_upload(writer, seed, f"{seed}.jpg")) for seed in range(2)]
    assert writer.delete(f"/api/v1/assets/{ids[0]}").status_code == 204
    assert reader.get(f"/api/v1/assets/{ids[0]}").status_code == 404
    assert reader.get(f"/api/v1/assets/{ids[0]}/original").status_code == 404
    assert [item["id"] for item in reader.get("/api/v1/assets").json()["items"]] == [ids[1]]
    (lying,) = reader.get("/api/v1/trash").json()["items"]
    assert (lying["id"], lying["path"], lying["deleted_at"][-1]) == (ids[0], "0.jpg", "Z")
    assert writer.delete(f"/api/v1/assets/{ids[0]}").status_code == 404
    restored = writer.post(f"/api/v1/assets/{ids[0]}/restore")
    assert (restored.status_code, restored.json()["id"]) == (200, ids[0])
    assert writer.post(f"/api/v1/assets/{ids[0]}/restore").status_code == 404
    assert reader.get("/api/v1/trash").json() == {"items": [], "next": None}


def test_what_lies_in_the_trash_has_its_thumbnail_and_nothing_more(
    served: Served, admin: TestClient, writer: TestClient, reader: TestClient
) -> None:
    asset_id = _id(_upload(writer, 1, "a.jpg"))
    folder = DerivedFolder(served.store.data, hashlib.sha512(jpeg(1)).digest())
    folder.path.mkdir(parents=True)
    folder.thumbnail.write_bytes(b"RIFF a thumbnail")
    folder.preview.write_bytes(b"a preview")
    writer.delete(f"/api/v1/assets/{asset_id}")
    thumbnail = reader.get(f"/api/v1/assets/{asset_id}/thumbnail")
    assert (thumbnail.status_code, thumbnail.content) == (200, b"RIFF a thumbnail")
    for more in ("preview", "original", "frames/0", "metadata"):
        assert reader.get(f"/api/v1/assets/{asset_id}/{more}").status_code == 404, more
    with served.database.transaction() as connection:
        connection.execute("update asset set owner_id = 2 where id = %s", (asset_id,))
    assert reader.get(f"/api/v1/assets/{asset_id}/thumbnail").status_code == 404, "somebody else's"
    with served.database.transaction() as connection:
        connection.execute("update asset set owner_id = 1 where id = %s", (asset_id,))
        jobs.recover(connection, all_running=True)
    admin.delete("/api/v1/trash").raise_for_status()
    assert reader.get(f"/api/v1/assets/{asset_id}/thumbnail").status_code == 404, "gone for good"


def test_uploading_the_same_file_restores_it_and_says_so(writer: TestClient) -> None:
    first = _upload(writer, 1, "a.jpg")
    assert (first["status"], first["role"], first["restored"]) == ("new", "original", False)
    writer.delete(f"/api/v1/assets/{_id(first)}")
    again = _upload(writer, 1, "b.jpg")
    assert (again["status"], again["restored"], _id(again)) == ("known", True, _id(first))


def test_only_who_may_write_puts_and_only_an_administrator_empties(
    served: Served, admin: TestClient, writer: TestClient, reader: TestClient
) -> None:
    asset_id = _id(_upload(writer, 1, "a.jpg"))
    assert reader.delete(f"/api/v1/assets/{asset_id}").status_code == 403
    assert writer.delete(f"/api/v1/assets/{asset_id}").status_code == 204
    assert reader.post(f"/api/v1/assets/{asset_id}/restore").status_code == 403
    for client in (reader, writer):
        assert client.delete("/api/v1/trash").status_code == 403
    assert admin.delete("/api/v1/trash", params={"older_than_days": 1}).json()["removed"] == 0
    with served.database.transaction() as connection:
        jobs.recover(connection, all_running=True)
    assert admin.delete("/api/v1/trash").json() == {"removed": 1, "freed_bytes": len(jpeg(1)), "left": 0}
    assert [path for path in served.store.originals.rglob("*") if path.is_file()] == []
    assert _upload(writer, 1, "a.jpg")["status"] == "new"


def test_every_file_of_an_asset_is_handed_out_and_a_sidecar_only_to_be_saved(writer: TestClient) -> None:
    photo = _id(_upload(writer, 1, "trip/a.jpg"))
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><script>alert(1)</script></x:xmpmeta>'
    sent = writer.post("/api/v1/assets", params={"path": "trip/a.xmp"}, content=xmp)
    assert (sent.status_code, sent.json()["role"], _id(sent.json())) == (201, "sidecar", photo)
    files = writer.get(f"/api/v1/assets/{photo}").json()["files"]
    assert [(file["role"], file["in_place"], file["former"]) for file in files] == [
        ("original", False, []),
        ("sidecar", False, []),
    ]
    whole = writer.get(f"/api/v1/assets/{photo}/files/{files[0]['sha512']}")
    assert (whole.content, whole.headers["content-type"]) == (jpeg(1), "image/jpeg")
    beside = writer.get(f"/api/v1/assets/{photo}/files/{files[1]['sha512']}")
    assert beside.content == xmp
    assert beside.headers["content-type"] == "application/octet-stream"
    assert beside.headers["content-disposition"].startswith("attachment")
    assert beside.headers["x-content-type-options"] == "nosniff"
    assert writer.get(f"/api/v1/assets/{photo}/files/{'0' * 128}").status_code == 404
    alone = writer.post("/api/v1/assets", params={"path": "trip/b.xmp"}, content=xmp)
    assert (alone.status_code, "without its photo" in alone.json()["detail"]) == (415, True)
