"""The deployment end to end, through the front door: up, sign-in, upload, every analysis, search, pictures."""

import hashlib
import time
from pathlib import Path

import httpx

from tests.deploy.deployment import WORKERS, Deployment, wait_for
from tests.deploy.files import make_photo
from tests.media_files import media_files

HEALTHY_LIMIT_S = 60.0
_ONE_SHOTS = {"migrate", "weights", "certificates"}


def _upload(client: httpx.Client, path: Path, name: str) -> int:
    answer = client.post("assets", params={"path": name}, content=path.read_bytes())
    assert answer.status_code in {200, 201}, answer.text
    return int(answer.json()["asset"]["id"])


def test_every_service_is_healthy_soon_after_the_start(deployment: Deployment) -> None:
    deployment.compose("down", "--timeout", "20")
    seconds = deployment.up()
    services = deployment.compose("config", "--services").split()
    assert {f"worker-{name}" for name in WORKERS} <= set(services)
    for service in set(services) - _ONE_SHOTS:
        states = [deployment.inspect(each)["State"] for each in deployment.containers(service)]
        assert states, service
        assert {state["Health"]["Status"] for state in states} == {"healthy"}, service
    print(f"start to healthy: {seconds:.1f} s")
    assert seconds < HEALTHY_LIMIT_S


def test_a_photo_gets_every_answer_and_is_found_and_shown(deployment: Deployment, client: httpx.Client) -> None:
    bus = media_files().path("bus")
    asset_id = _upload(client, bus, "Madrid/bus.jpg")
    video_id = _upload(client, media_files().path("speech-video"), "speech.mp4")
    deployment.wait_until_done(2, limit_s=240)

    asset = client.get(f"assets/{asset_id}").raise_for_status().json()
    states = {name: one["state"] for name, one in asset["analyses"].items()}
    assert states == dict.fromkeys(set(WORKERS) - {"speech"}, "done")
    video = client.get(f"assets/{video_id}").raise_for_status().json()
    assert video["analyses"]["speech"]["state"] == "done"
    assert video["speech"]["segments"]
    assert "bus" in {each["label"] for each in asset["objects"]}
    found = client.get("search", params={"q": "text:emisiones"}).raise_for_status().json()["items"]
    assert asset_id in [each["asset"]["id"] for each in found]

    original = client.get(f"assets/{asset_id}/original")
    assert hashlib.sha512(original.content).hexdigest() == asset["sha512"]
    for what in ("original", "preview", "thumbnail"):
        whole = client.get(f"assets/{asset_id}/{what}").raise_for_status()
        part = client.get(f"assets/{asset_id}/{what}", headers={"Range": "bytes=100-299"})
        assert part.status_code == 206
        assert part.content == whole.content[100:300]
        assert part.headers["Content-Range"] == f"bytes 100-299/{len(whole.content)}"
        assert whole.headers["Cache-Control"].startswith("private, ")
        again = client.get(f"assets/{asset_id}/{what}", headers={"If-None-Match": whole.headers["ETag"]})
        assert again.status_code == 304
        assert "sandbox" in whole.headers["Content-Security-Policy"]


def test_files_cannot_be_reached_past_the_api(deployment: Deployment, client: httpx.Client) -> None:
    newest = client.get("assets", params={"limit": 1}).json()["items"][0]
    asset = client.get(f"assets/{newest['id']}").json()
    sha512 = asset["sha512"]
    with httpx.Client(base_url=deployment.address, verify=deployment.certificate()) as stranger:
        for path in (f"/_data/originals/{sha512[:2]}/{sha512[2:4]}/{sha512}.jpg", "/_data/", "/_data/../_data/"):
            assert stranger.get(path).status_code == 404, path
        assert stranger.get(f"/api/v1/assets/{asset['id']}/original").status_code == 401


def test_what_lies_in_the_inbox_is_taken(deployment: Deployment, client: httpx.Client, media_folder: Path) -> None:
    before = client.get("status").json()["photos"]
    photo = make_photo(media_folder, 1)
    deployment.compose("cp", str(photo), "inbox:/inbox/by hand.jpg")
    wait_for("the photo of the inbox", lambda: client.get("status").json()["photos"] == before + 1)
    deployment.wait_until_done(before + 1, limit_s=120)


def test_kill_9_of_the_broker_loses_nothing(
    deployment: Deployment, client: httpx.Client, media_folder: Path
) -> None:
    before = client.get("status").json()["photos"]
    _upload(client, make_photo(media_folder, 2), "two.jpg")
    restarts = deployment.restarts("rabbitmq")
    assert deployment.kill("rabbitmq") == 1
    _upload(client, make_photo(media_folder, 3), "three.jpg")
    deployment.wait_until_done(before + 2, limit_s=240)
    assert deployment.restarts("rabbitmq") == restarts + 1
    rows = deployment.ask("select state, count(*)::int as n from job group by state")
    assert {row["state"] for row in rows} <= {"done", "skipped"}


def test_two_api_processes_share_sessions_events_and_revocations(deployment: Deployment) -> None:
    deployment.up("--scale", "api=2", "--no-recreate")
    with deployment.sign_in() as client:
        made = client.post("tokens", json={"name": "script", "scopes": ["read"]}).raise_for_status().json()
        bearer = {"Authorization": f"Bearer {made['token']}"}
        hosts = [deployment.inspect(each)["NetworkSettings"]["Networks"] for each in deployment.containers("api")]
        addresses = [next(iter(networks.values()))["IPAddress"] for networks in hosts]
        assert len(addresses) == 2
        asked = [httpx.get(f"http://{host}:8000/api/v1/status", headers=bearer) for host in addresses]
        assert [answer.status_code for answer in asked] == [200, 200]
        client.delete(f"tokens/{made['id']}").raise_for_status()
        revoked = time.monotonic()
        asked = [httpx.get(f"http://{host}:8000/api/v1/status", headers=bearer) for host in addresses]
        assert [answer.status_code for answer in asked] == [401, 401]
        assert time.monotonic() - revoked < 1.0
