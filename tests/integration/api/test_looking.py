"""Lists, days, one asset, the map, activity: what the pages of the web app are made from."""

import json
import math
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.media import Kind
from db import jobs, results
from fovea.browse import asset_lines, summary_line
from library import browse
from tests.integration.api.asking import walk
from tests.integration.api.conftest import Served
from tests.integration.api.stocked import NOON, VERSION, add_asset, analyse_richly, finish_all

CONTRACT = {
    "id",
    "sha512",
    "kind",
    "mime",
    "name",
    "path",
    "files",
    "bytes",
    "width",
    "height",
    "duration_s",
    "taken_at",
    "taken_local",
    "taken",
    "utc_offset",
    "offset_source",
    "taken_source",
    "camera",
    "position",
    "place",
    "objects",
    "faces",
    "text",
    "speech",
    "tags",
    "comment",
    "rating",
    "analyses",
    "proposals",
    "near_duplicates",
}


@pytest.mark.parametrize("limit", [1, 2, 7, 29, 30, 31, 500])
def test_pages_of_any_size_make_up_the_whole_list(reader: TestClient, dated: list[int], limit: int) -> None:
    whole = reader.get("/api/v1/assets", params={"limit": 0}).json()
    assert whole["next"] is None
    assert sorted(one["id"] for one in whole["items"]) == sorted(dated)
    assert walk(reader, "/api/v1/assets", limit) == whole["items"]


def test_the_list_is_newest_first_and_stays_put_while_others_arrive(
    served: Served, reader: TestClient, dated: list[int]
) -> None:
    whole = reader.get("/api/v1/assets", params={"limit": 0}).json()["items"]
    times = [one["taken_local"] for one in whole if one["taken_local"]]
    assert times == sorted(times, reverse=True)
    first = reader.get("/api/v1/assets", params={"limit": 10}).json()
    with served.database.transaction() as connection:
        add_asset(connection, "just now.jpg", taken=datetime(2030, 1, 1))
    second = reader.get("/api/v1/assets", params={"limit": 10, "after": first["next"]}).json()
    assert first["items"] + second["items"] == whole[:20]


def test_the_days_add_up_to_the_list(reader: TestClient, dated: list[int]) -> None:
    days = reader.get("/api/v1/assets/timeline").json()["days"]
    assert [day["day"] for day in days] == [*sorted((one["day"] for one in days[:-1]), reverse=True), None]
    assert sum(day["count"] for day in days) == len(dated)
    assert days[0] == {"day": "2022-05-03", "count": 3, "place": "Lisbon"}
    for day in days:
        found = walk(reader, "/api/v1/assets", 2, day=day["day"] or "none")
        assert len(found) == day["count"]
        assert {(one["taken_local"] or "")[:10] for one in found} == {day["day"] or ""}


@pytest.mark.parametrize("day", ["2022-5", "yesterday", "9999-12-31", "0000-01-01", "2022-05-03T10:00:00"])
def test_a_day_that_is_none_is_said_so(reader: TestClient, day: str) -> None:
    assert reader.get("/api/v1/assets", params={"day": day}).status_code in (400, 422)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(max_size=60),
        st.binary(max_size=40).map(lambda b: __import__("base64").urlsafe_b64encode(b).decode()),
    )
)
def test_no_cursor_breaks_the_list(reader: TestClient, after: str) -> None:
    for path in ("/api/v1/assets", "/api/v1/analyses/objects/failures"):
        assert reader.get(path, params={"after": after}).status_code in (400, 422)


def test_another_owners_assets_are_not_there(served: Served, admin: TestClient) -> None:
    with served.database.transaction() as connection:
        connection.execute("insert into account (login, role) values ('stranger', 'administrator')")
        row = connection.execute("select id from account where login = 'stranger'").fetchone()
        assert row is not None
        theirs = add_asset(connection, "secret.jpg", taken=NOON, at=(38.7, -9.1), owner_id=row["id"])
        face = analyse_richly(connection, theirs)
        connection.execute("update job set state = 'failed', error = 'broken' where asset_id = %s", (theirs,))
    assert admin.get("/api/v1/assets", params={"limit": 0}).json()["items"] == []
    assert admin.get("/api/v1/assets/timeline").json()["days"] == []
    for end in ("", "/metadata", "/thumbnail", "/preview", "/frames/0", "/original", "/similar"):
        assert admin.get(f"/api/v1/assets/{theirs}{end}").status_code == 404, end
    assert admin.patch(f"/api/v1/assets/{theirs}", json={"rating": 1}).status_code == 404
    assert admin.get(f"/api/v1/faces/{face}/similar").status_code == 404
    assert admin.get("/api/v1/search", params={"q": "bus"}).json()["items"] == []
    world = {"west": -180, "south": -90, "east": 180, "north": 90, "zoom": 3}
    assert admin.get("/api/v1/map", params=world).json()["clusters"] == []
    assert admin.get("/api/v1/analyses/preview/failures").json()["items"] == []
    again = admin.post("/api/v1/analyses/preview/requeue", json={"which": "all", "asset_id": theirs})
    assert again.json() == {"queued": 0}
    assert admin.get("/api/v1/status").json()["assets"] == 0


def test_an_asset_has_the_keys_of_the_contract(served: Served, reader: TestClient) -> None:
    with served.database.transaction() as connection:
        asset_id = add_asset(
            connection, "2022/Lisbon/clip.mp4", kind=Kind.VIDEO, taken=NOON, at=(38.7, -9.1), place="Lisbon"
        )
        finish_all(connection, asset_id)
        face = analyse_richly(connection, asset_id, video=True)
    shown = reader.get(f"/api/v1/assets/{asset_id}").json()
    assert set(shown) >= CONTRACT
    box = {"x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4}
    assert shown["objects"] == [{"label": "bus", "score": 0.91, "certainty": None, "box": box, "at_s": 1.5}]
    line = {"text": "cero emisiones", "score": 0.97, "certainty": None, "box": box, "at_s": 1.5, "read": True}
    assert shown["text"] == [line]
    assert shown["faces"][0]["id"] == face
    assert shown["faces"][0]["box"] == pytest.approx(box, abs=1e-6)
    (segment,) = shown["speech"]["segments"]
    assert (segment["text"], segment["language"], segment["language_unsure"]) == (" ask not", "en", False)
    assert shown["tags"] == [{"label": "trolleybus", "score": 0.6, "certainty": None, "source": "embedding"}]
    assert shown["frames"] == [{"at_s": 1.5, "ms": 1500}]
    assert shown["taken_local"] == "2022-05-03T12:00:00"
    assert (shown["taken_at"], shown["utc_offset"]) == ("2022-05-03T11:00:00Z", "+01:00")
    assert shown["camera"] == {"make": "Canon", "model": "EOS R6", "lens": "RF 35"}
    assert shown["position"]["lat"] == 38.7 and shown["position"]["direction_deg"] == 90
    assert shown["place"] == {"name": "Lisbon", "admin": "Lisboa", "country": "Portugal"}
    assert shown["files"][0]["path"] == shown["path"] == "2022/Lisbon/clip.mp4"
    assert shown["files"][0]["sha512"] == shown["sha512"]
    assert shown["analyses"]["objects"] == {
        "state": "done",
        "version": VERSION,
        "error": None,
        "can_retry": False,
    }
    assert shown["busy"] is False
    assert reader.get(f"/api/v1/assets/{asset_id}/metadata").json()["tags"]["EXIF:Make"] == "Canon"
    with served.database.transaction() as connection:  # the command line says the same
        assert json.loads(json.dumps(browse.show_asset(connection, 1, asset_id))) == shown
    text = "\n".join(asset_lines(shown))
    for answer in ("Lisbon", "2022-05-03", "1 faces", "bus", "cero emisiones", "ask not"):
        assert answer in text
    assert "clip.mp4" in summary_line(reader.get("/api/v1/assets").json()["items"][0])


def test_an_older_result_stays_readable_until_the_new_one_is_there(served: Served, reader: TestClient) -> None:
    with served.database.transaction() as connection:
        asset_id = add_asset(connection, "a.jpg")
        finish_all(connection, asset_id)
        analyse_richly(connection, asset_id)
        connection.execute("update analysis set version = '2+better' where name = 'objects'")
        jobs.requeue(connection, 1, "objects", "stale")
    shown = reader.get(f"/api/v1/assets/{asset_id}").json()
    assert shown["objects"][0]["label"] == "bus"
    assert shown["analyses"]["objects"] == {
        "state": "waiting",
        "version": VERSION,
        "error": None,
        "can_retry": False,
    }
    assert shown["busy"] is True
    with served.database.transaction() as connection:
        results.save_result(connection, asset_id, "objects", "2+better", {"objects": []})
    assert reader.get(f"/api/v1/assets/{asset_id}").json()["objects"] == []


def test_what_a_person_decides_is_kept_and_found(served: Served, writer: TestClient) -> None:
    with served.database.transaction() as connection:
        asset_id = add_asset(connection, "a.jpg")
    address = f"/api/v1/assets/{asset_id}"
    shown = writer.patch(
        address, json={"rating": 4, "comment": "The ferry\nto Cacilhas", "tags": ["ferry", "ferry", "tejo"]}
    )
    assert shown.status_code == 200, shown.text
    assert shown.json()["rating"] == 4
    assert [tag["label"] for tag in shown.json()["tags"]] == ["ferry", "tejo"]
    assert writer.patch(address, json={"tags": ["ferry"]}).json()["comment"] == "The ferry\nto Cacilhas"
    assert writer.patch(address, json={"rating": None}).json()["rating"] is None
    for query in ("cacilhas", "tag:ferry", '"ferry to cacilhas"'):
        hits = writer.get("/api/v1/search", params={"q": query}).json()["items"]
        assert [hit["asset"]["id"] for hit in hits] == [asset_id], query
    assert writer.get("/api/v1/search", params={"q": "tejo"}).json()["items"] == []
    for wrong in (
        {"rating": 6},
        {"rating": 0},
        {"comment": "a\0b"},
        {"tags": [""]},
        {"lat": 1},
        {"comment": None},
    ):
        assert writer.patch(address, json=wrong).status_code == 422, wrong


def test_search_and_similar_answer_in_their_documented_form(served: Served, reader: TestClient) -> None:
    with served.database.transaction() as connection:
        first, second = add_asset(connection, "a.jpg", taken=NOON), add_asset(connection, "b.jpg")
        face = analyse_richly(connection, first)
        analyse_richly(connection, second)
    found = reader.get("/api/v1/search", params={"q": "bus emisiones", "limit": 1}).json()
    assert found["total"] == 2
    assert {why["kind"] for why in found["items"][0]["why"]} == {"object", "text"}
    assert [chip["text"] for chip in found["chips"]] == ["bus", "emisiones"]
    assert (
        walk(reader, "/api/v1/search", 1, q="bus")
        == reader.get("/api/v1/search", params={"q": "bus"}).json()["items"]
    )
    for sort in ("match", "newest", "oldest"):
        asked = {"q": "bus", "sort": sort}
        whole = reader.get("/api/v1/search", params={**asked, "limit": 0}).json()["items"]
        assert walk(reader, "/api/v1/search", 1, **asked) == whole
    assert reader.get("/api/v1/search", params={"q": "bus", "sort": "size"}).status_code == 422
    facets = {facet["field"]: facet["values"] for facet in reader.get("/api/v1/search/facets").json()["facets"]}
    assert facets["object"][0]["text"] == "object:bus"
    assert reader.get("/api/v1/search", params={"q": "taken:never"}).status_code == 400
    assert any(
        one["text"] == "object:bus"
        for one in reader.get("/api/v1/search/suggest", params={"q": "bu"}).json()["items"]
    )
    alike = reader.get(f"/api/v1/assets/{first}/similar").json()["items"]
    assert [one["asset"]["id"] for one in alike] == [second]
    faces = reader.get(f"/api/v1/faces/{face}/similar").json()["items"]
    assert [one["asset"]["id"] for one in faces] == [second]
    assert faces[0]["certainty"] is None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    box=st.tuples(st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90)),
    zoom=st.floats(0, 24),
)
def test_the_map_counts_every_asset_in_the_box_once(
    served: Served, box: tuple[float, float, float, float], zoom: float
) -> None:
    west, east = box[0], box[2]
    south, north = sorted((box[1], box[3]))
    spots = [
        (38.7, -9.1),
        (38.70001, -9.10001),
        (-17.7, 178.0),
        (-16.5, -179.9),
        (90.0, 10.0),
        (-90.0, -10.0),
        (0.0, 180.0),
    ]
    with served.database.transaction() as connection:
        if not browse.status(connection, 1)["assets"]:
            for number, spot in enumerate(spots):
                add_asset(connection, f"{number}.jpg", at=spot)
        found = browse.map_clusters(connection, 1, (west, south, east, north), zoom)["clusters"]

    def inside(lon: float) -> bool:
        return west <= lon <= east if west <= east else lon >= west or lon <= east

    expected = sum(1 for lat, lon in spots if south <= lat <= north and inside(lon))
    assert sum(one["count"] for one in found) == expected
    for one in found:
        w, s, e, n = one["bounds"]
        assert w - 1e-9 <= one["lon"] <= e + 1e-9 and s - 1e-9 <= one["lat"] <= n + 1e-9
        assert all(math.isfinite(value) for value in one["bounds"])


def test_the_map_comes_apart_while_zooming_in(served: Served, reader: TestClient) -> None:
    with served.database.transaction() as connection:
        made = [
            add_asset(connection, f"{n}.jpg", at=(38.7 + n * 0.01, -9.1), taken=NOON + timedelta(n))
            for n in range(4)
        ]
    area = {"west": -10, "south": 38, "east": -9, "north": 39}
    far = reader.get("/api/v1/map", params={**area, "zoom": 2}).json()["clusters"]
    near = reader.get("/api/v1/map", params={**area, "zoom": 14}).json()["clusters"]
    assert [one["count"] for one in far] == [4]
    assert far[0]["asset_id"] == made[-1]
    assert [one["count"] for one in near] == [1, 1, 1, 1]
    for cluster in (*far, *near):
        shown = reader.get(f"/api/v1/assets/{cluster['asset_id']}").json()
        assert cluster["picture_version"] == shown["picture_version"], "its thumbnail may be kept for ever"
    assert reader.get("/api/v1/map", params={**area, "south": 40, "zoom": 2}).status_code == 400
    assert reader.get("/api/v1/map", params={**area, "west": "nan", "zoom": 2}).status_code == 422


def test_the_map_of_a_stretch_of_time(served: Served, reader: TestClient) -> None:
    world = {"west": -180, "south": -90, "east": 180, "north": 90, "zoom": 4}
    months = "/api/v1/map/months"
    assert reader.get(months).json() == {"months": [], "undated": 0}
    with served.database.transaction() as connection:
        taken = [datetime(2019, 5, 31, 23, 59), datetime(2019, 6, 1), datetime(2021, 6, 30, 12), None]
        for number, each in enumerate(taken):
            add_asset(connection, f"{number}.jpg", at=(10.0 * number, 10.0 * number), taken=each)
        add_asset(connection, "nowhere.jpg", taken=taken[0])
        connection.execute(
            "update asset set deleted_at = now() where id = %s",
            (add_asset(connection, "trashed.jpg", at=(1, 1), taken=taken[0]),),
        )

    def counted(**asked: object) -> int:
        found = reader.get("/api/v1/map", params={**world, **asked}).raise_for_status().json()
        return sum(one["count"] for one in found["clusters"])

    assert counted() == 4, "without a stretch of time the undated are there, too"
    assert counted(taken="2019..2021") == 3
    assert counted(taken="2019-05") == 1
    assert counted(taken="2019-06..2021-06-30") == 2
    assert counted(taken="2019-06-01..") == 2
    assert counted(taken="..2019-05-31") == 1
    assert counted(taken="2020") == 0
    assert counted(taken="..9999-12-31") == 3
    for wrong in ("never", "2021..2019", "..", "2019-13"):
        assert reader.get("/api/v1/map", params={**world, "taken": wrong}).status_code == 400, wrong
    assert reader.get(months).json() == {
        "months": [
            {"month": "2019-05", "count": 1},
            {"month": "2019-06", "count": 1},
            {"month": "2021-06", "count": 1},
        ],
        "undated": 1,
    }


def test_the_map_in_finer_cells(served: Served, reader: TestClient) -> None:
    with served.database.transaction() as connection:
        for number in range(8):
            add_asset(connection, f"{number}.jpg", at=(0.5, number * 0.3))
    area = {"west": -10, "south": -10, "east": 10, "north": 10, "zoom": 6}
    coarse = reader.get("/api/v1/map", params=area).json()["clusters"]
    fine = reader.get("/api/v1/map", params={**area, "cell_px": 8}).json()["clusters"]
    assert len(coarse) < len(fine) == 8
    assert sum(one["count"] for one in coarse) == 8
    assert reader.get("/api/v1/map", params={**area, "cell_px": 2}).status_code == 422


def test_searches_are_saved_by_those_who_may_write(writer: TestClient, reader: TestClient) -> None:
    asked = {"name": "Buses", "query": "bus place:lisbon", "sort": "oldest"}
    assert reader.post("/api/v1/searches", json=asked).status_code == 403
    made = writer.post("/api/v1/searches", json=asked)
    assert made.status_code == 201
    assert reader.get("/api/v1/searches").json()["items"] == [made.json()]
    assert writer.post("/api/v1/searches", json={"name": "x", "query": "taken:never"}).status_code == 400
    assert writer.delete(f"/api/v1/searches/{made.json()['id']}").status_code == 204
    assert writer.delete(f"/api/v1/searches/{made.json()['id']}").status_code == 404
    assert reader.get("/api/v1/searches").json() == {"items": [], "next": None}


@pytest.mark.parametrize("route", ["search", "search/facets"])
def test_a_filter_that_does_not_exist_is_said_with_queries_to_offer(reader: TestClient, route: str) -> None:
    answer = reader.get(f"/api/v1/{route}", params={"q": "beach folder:lisbon"})
    assert answer.status_code == 400
    told = answer.json()
    assert (told["type"], told["title"]) == ("/api/docs#unknown-filter", "Unknown filter")
    assert "folder:" in told["detail"]
    known = told["filter"].pop("known")
    assert {"taken", "place", "no", "is"} <= set(known)
    assert told["filter"] == {
        "name": "folder",
        "nearest": "name",
        "corrected": "beach name:lisbon",
        "as_words": 'beach "folder:lisbon"',
    }
    nothing_like = reader.get(f"/api/v1/{route}", params={"q": "zq:1"}).json()["filter"]
    assert (nothing_like["nearest"], nothing_like["corrected"]) == (None, None), "said, not left out"
    for q in ("beach name:lisbon", 'beach "folder:lisbon"', "10:30", "https://example.org", "Note: milk"):
        assert reader.get(f"/api/v1/{route}", params={"q": q}).status_code == 200, q


def test_what_a_broken_file_keeps_from_beginning_is_said(served: Served, reader: TestClient) -> None:
    """Not "waiting" or "not looked at yet" for ever; and trying again is offered only where it can help."""
    with served.database.transaction() as connection:
        connection.execute("update analysis set after = '{preview}' where name = 'objects'")
        connection.execute("update analysis set after = '{objects}' where name = 'text'")
        asset_id = add_asset(connection, "half.jpg")
        finish_all(connection, asset_id)
        connection.execute("delete from job where asset_id = %s and analysis in ('objects', 'text')", (asset_id,))

    def shown() -> dict[str, dict[str, object]]:
        return dict(reader.get(f"/api/v1/assets/{asset_id}").json()["analyses"])

    assert [shown()[name]["state"] for name in ("objects", "text")] == ["waiting", "waiting"]
    broken = "update job set state = 'failed', error = 'cut short', permanent = true, version = analysis.version"
    with served.database.transaction() as connection:
        connection.execute(
            broken + " from analysis where asset_id = %s and analysis = 'preview' and name = 'preview'",
            (asset_id,),
        )
    assert (shown()["preview"]["state"], shown()["preview"]["can_retry"]) == ("failed", False)
    for name in ("objects", "text"):
        assert (shown()[name]["state"], shown()[name]["can_retry"]) == ("skipped", False)
        assert shown()[name]["error"] == "it needs preview, which failed: cut short"
    (failure,) = reader.get("/api/v1/analyses/preview/failures").json()["items"]
    assert (failure["reason"], failure["can_retry"]) == ("cut short", False)
    (row,) = [one for one in reader.get("/api/v1/analyses?limit=0").json()["items"] if one["name"] == "preview"]
    assert (row["failed"], row["can_retry"]) == (1, 0)
    with served.database.transaction() as connection:
        assert jobs.requeue(connection, 1, "preview", "retryable") == 0
        connection.execute("update analysis set version = '2+better' where name = 'preview'")
    assert shown()["preview"]["can_retry"] is True  # another version may read it
    with served.database.transaction() as connection:
        assert jobs.requeue(connection, 1, "preview", "retryable") == 1
