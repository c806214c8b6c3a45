"""Saying over HTTP which language is spoken in a video."""

from fastapi.testclient import TestClient

from core.media import Kind
from db import choices, results
from tests.integration.api.conftest import Served
from tests.integration.api.stocked import VERSION, add_asset, analyse_richly, finish_all


def test_a_language_is_said_and_taken_back(served: Served, writer: TestClient) -> None:
    with served.database.transaction() as connection:
        video, photo = add_asset(connection, "a.mp4", kind=Kind.VIDEO), add_asset(connection, "a.jpg")
        finish_all(connection, video)
    said = writer.put(f"/api/v1/assets/{video}/language", json={"language": "de-AT"})
    assert said.status_code == 200, said.text
    assert said.json() == {"asset_id": video, "language": "de", "queued": 1}
    with served.database.transaction() as connection:
        assert choices.choice_of(connection, video, "speech") == {"language": "de"}
    with served.database.transaction() as connection:
        analyse_richly(connection, video, video=True)  # finds English, as before the choice
    shown = writer.get(f"/api/v1/assets/{video}").json()["speech"]
    assert (shown["language"], shown["language_source"]) == ("en", "speech")
    with served.database.transaction() as connection:
        forced = {"language": "de", "language_probability": 1.0, "segments": []}
        results.save_result(connection, video, "speech", VERSION, forced)
    shown = writer.get(f"/api/v1/assets/{video}").json()["speech"]
    assert (shown["language"], shown["language_source"]) == ("de", "person")
    back = writer.put(f"/api/v1/assets/{video}/language", json={"language": None})
    assert back.json() == {"asset_id": video, "language": None, "queued": 0}
    assert writer.put(f"/api/v1/assets/{photo}/language", json={"language": "de"}).status_code == 400
    assert writer.put(f"/api/v1/assets/{video}/language", json={"language": "xx"}).status_code == 400
    assert writer.put("/api/v1/assets/999999/language", json={"language": "de"}).status_code == 404
    reader = served.client(served.token("emil", "read"))
    assert reader.put(f"/api/v1/assets/{video}/language", json={"language": "de"}).status_code == 403
