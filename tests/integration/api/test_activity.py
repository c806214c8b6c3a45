"""Activity: how far the analyses are, what failed, and what each page costs the database."""

from typing import LiteralString

import pytest
from fastapi.testclient import TestClient

from tests.integration.api.asking import counting, listed_operations, walk
from tests.integration.api.conftest import Served
from tests.integration.api.stocked import add_asset, analyse_richly


@pytest.fixture
def partly_failed(served: Served) -> list[int]:
    """Thirty photos: `metadata` did ten of them a minute ago, `preview` failed at 23 for two reasons."""
    a_minute_ago = "update job set state = 'done', changed_at = now() - interval '1 minute' where asset_id <= %s"
    failed = "update job set state = 'failed', error = %s where analysis = 'preview' and asset_id > %s"
    with served.database.transaction() as connection:
        made = [add_asset(connection, f"{n}.jpg") for n in range(30)]
        connection.execute(a_minute_ago, (made[9],))
        connection.execute(failed, ("a.jpg is broken", made[6]))
        connection.execute(failed, ("other", made[-1] - 1))
    return made


def test_activity_counts_and_says_how_fast_it_goes(
    writer: TestClient, admin: TestClient, partly_failed: list[int]
) -> None:
    by_name = {one["name"]: one for one in writer.get("/api/v1/analyses").json()["items"]}
    metadata = by_name["metadata"]
    assert (metadata["waiting"], metadata["done"], metadata["failed"]) == (20, 10, 0)
    assert metadata["rate_per_min"] == pytest.approx(10, rel=0.1)
    assert metadata["left_s"] == pytest.approx(120, rel=0.1)
    assert by_name["objects"]["left_s"] == 0
    assert writer.post("/api/v1/analyses/preview/pause").status_code == 403
    assert admin.post("/api/v1/analyses/metadata/pause").status_code == 204
    paused = next(one for one in writer.get("/api/v1/analyses").json()["items"] if one["name"] == "metadata")
    assert paused["paused"] and paused["left_s"] is None
    assert admin.post("/api/v1/analyses/metadata/resume").status_code == 204
    assert admin.post("/api/v1/analyses/nothing/pause").status_code == 404
    metrics = writer.get("/api/metrics").text
    assert 'fovea_assets{kind="photo"} 30.0' in metrics
    assert 'fovea_jobs{analysis="metadata",state="done"} 10.0' in metrics
    status = writer.get("/api/v1/status").json()
    assert (status["assets"], status["photos"], status["bytes"]) == (30, 30, 30_000)


def test_failures_come_by_reason_and_are_done_again(writer: TestClient, partly_failed: list[int]) -> None:
    path = "/api/v1/analyses/preview"
    failures = writer.get(f"{path}/failures", params={"limit": 1}).json()
    assert failures["items"][0]["reason"] == "a.jpg is broken"
    assert failures["items"][0]["count"] == 22
    assert [one["id"] for one in failures["items"][0]["assets"]] == partly_failed[7:27]
    assert [one["reason"] for one in walk(writer, f"{path}/failures", 1)] == ["a.jpg is broken", "other"]
    one = {"which": "failed", "asset_id": partly_failed[-1]}
    assert writer.post(f"{path}/requeue", json=one).json() == {"queued": 1}
    assert writer.post(f"{path}/requeue", json={"which": "failed"}).json() == {"queued": 22}
    assert writer.post("/api/v1/analyses/nothing/requeue", json={"which": "failed"}).status_code == 404
    assert writer.get("/api/v1/analyses/nothing/failures").status_code == 404


def test_concurrency_is_set_and_shown(writer: TestClient, admin: TestClient, partly_failed: list[int]) -> None:
    def slots() -> dict[str, int | None]:
        return {one["name"]: one["slots"] for one in writer.get("/api/v1/analyses").json()["items"]}

    path = "/api/v1/analyses/{}/concurrency"
    assert set(slots().values()) == {None}
    assert writer.post(path.format("text"), json={"slots": 3}).status_code == 403
    assert admin.post(path.format("text"), json={"slots": 3}).status_code == 204
    assert slots()["text"] == 3 and slots()["objects"] is None
    assert admin.post(path.format("text"), json={"slots": None}).status_code == 204
    assert set(slots().values()) == {None}
    assert admin.post(path.format("nothing"), json={"slots": 3}).status_code == 404
    for wrong in (0, -1, 65, "x"):
        assert admin.post(path.format("text"), json={"slots": wrong}).status_code == 422


def test_a_rerun_is_listed_and_taken_back(
    reader: TestClient, writer: TestClient, partly_failed: list[int]
) -> None:
    for _ in range(3):
        assert writer.post("/api/v1/analyses/preview/requeue", json={"which": "failed"}).status_code == 200
    writer.post("/api/v1/analyses/metadata/requeue", json={"which": "all"})
    listed = walk(reader, "/api/v1/activity/deeds", 1)
    assert [one["title"] for one in listed] == ["metadata: all", "preview: failed"], "nothing to do is no deed"
    assert (listed[1]["state"], listed[1]["done"], listed[1]["total"]) == ("running", 0, 23)
    path = f"/api/v1/activity/deeds/{listed[1]['id']}"
    assert reader.post(f"{path}/cancel").status_code == 403
    assert writer.post(f"{path}/cancel").json()["state"] == "cancelled"
    assert reader.get(path).json()["ended_at"] is not None
    assert writer.post(f"{path}/cancel").status_code == 409
    assert reader.get("/api/v1/activity/deeds/999").status_code == 404
    failures = reader.get("/api/v1/analyses/preview/failures").json()["items"]
    assert [one["count"] for one in failures] == [22, 1], "with their reasons, as if nobody had asked"


BUDGET = {
    "/api/v1/assets?limit={n}": 3,
    "/api/v1/assets?limit={n}&day=2022-05-03": 3,
    "/api/v1/assets/timeline": 3,
    "/api/v1/assets/{id}": 6,
    "/api/v1/assets/{id}/thumbnail": 3,
    "/api/v1/analyses?limit={n}": 3,
    "/api/v1/activity/deeds?limit={n}": 3,
    "/api/v1/activity/deeds/{deed}/refusals?limit={n}": 4,
    "/api/v1/uploads?limit={n}": 3,
    "/api/v1/analyses/preview/failures?limit={n}": 4,
    "/api/v1/map?west=-180&south=-90&east=180&north=90&zoom=4": 3,
    "/api/v1/map?west=-180&south=-90&east=180&north=90&zoom=4&cell_px=16&taken=2019..2023-05": 3,
    "/api/v1/map/months": 3,
    "/api/v1/status": 4,
    "/api/v1/assets/{id}/similar?limit={n}": 6,
    "/api/v1/search?q=bus&limit={n}": 8,
    "/api/v1/search?q=bus&limit={n}&sort=oldest": 8,
    "/api/v1/search/facets?q=bus": 5,
    "/api/v1/search/suggest?q=bu": 4,
    "/api/v1/searches?limit={n}": 3,
    "/api/v1/trash?limit={n}": 4,
    "/api/v1/users?limit={n}": 3,
    "/api/v1/tokens?limit={n}": 4,
    "/api/v1/sessions?limit={n}": 4,
    "/api/v1/users/{user}/tokens?limit={n}": 5,
    "/api/v1/users/{user}/sessions?limit={n}": 5,
    "/api/v1/assets/{id}/belonging?limit={n}": 3,
    "/api/v1/faces/{face}/similar?limit={n}": 7,
}


@pytest.fixture
def many(served: Served, dated: list[int]) -> dict[str, int]:
    """More than a page of everything that there are lists of; ids of an asset and of a face."""
    with served.database.transaction() as connection:
        faces = [analyse_richly(connection, asset_id) for asset_id in dated]
        for number in range(30):
            asset_id = add_asset(connection, f"trash/{number}.jpg")
            connection.execute("update asset set deleted_at = now() where id = %s", (asset_id,))
        for statement in MANY:
            connection.execute(statement)
        deed = connection.execute("select max(id) as id from deed").fetchone()
    assert deed is not None
    return {"id": dated[0], "face": faces[0], "deed": deed["id"], "user": 1}


MANY: tuple[LiteralString, ...] = (
    "insert into account (login, role) select 'user ' || n, 'viewer' from generate_series(1, 30) n",
    "insert into token (kind, account_id, token_hash, scopes) select 'api', 1, sha256(n::text::bytea), '{read}'"
    " from generate_series(1, 30) n",
    "insert into token (kind, account_id, token_hash) select 'session', id, sha256((id || ' ' || n)::bytea)"
    " from account, generate_series(1, 30) n",
    "insert into upload (id, owner_id, account_id, path, bytes, came_by, expires_at)"
    " select md5(n::text), 1, 1, n || '.jpg', 1000, 'api', now() + interval '1 day' from generate_series(1, 30) n",
    "insert into deed (owner_id, kind, title, analysis, total)"
    " select 1, 'rerun', 'objects: all', 'objects', 10 from generate_series(1, 30) n",
    "insert into belonging (owner_id, deed, asset_id, asset_sha512, other_sha512, files)"
    " select a.owner_id, 'split', a.id, a.sha512, a.sha512, '[]' from asset a, generate_series(1, 30) n",
    "insert into refusal (deed_id, path, kept, reason)"
    " select (select max(id) from deed), n || '.jpg', '/card/' || n || '.jpg', 'reason ' || n"
    " from generate_series(1, 30) n",
    "insert into saved_search (owner_id, name, query)"
    " select 1, 'search ' || n, 'bus' from generate_series(1, 30) n",
    "update job set state = 'failed', error = 'reason ' || asset_id where analysis = 'preview'",
)


def test_every_list_has_its_budget() -> None:
    pages = {
        address.partition("?")[0].replace("{face}", "{id}").replace("{deed}", "{id}").replace("{user}", "{id}")
        for address in BUDGET
    }
    lists = {one["path"].replace("{name}", "preview") for one in listed_operations() if one["method"] == "get"}
    assert lists <= pages


@pytest.mark.parametrize(("address", "most"), BUDGET.items())
def test_a_page_costs_a_fixed_number_of_statements(
    served: Served, many: dict[str, int], monkeypatch: pytest.MonkeyPatch, address: str, most: int
) -> None:
    client = served.client(served.token("anna", "read", "write", "admin"))
    counts = set()
    for n in (2, 5, 25):
        with counting(monkeypatch) as seen:
            answer = client.get(address.format(n=n, **many))
        assert answer.status_code in ((404,) if "thumbnail" in address else (200,)), answer.text
        if "{n}" in address and "day=" not in address:
            assert len(answer.json()["items"]) == min(n, 7 if "analyses?" in address else n)
        counts.add(len(seen))
    assert len(counts) == 1, counts
    assert counts.pop() <= most
