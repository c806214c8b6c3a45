"""A real library backed up while its server imports more, destroyed, and restored elsewhere: it is the same again.

Backup and restore are cut off by kill -9 on the way.
"""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from library.backup_place import BackupPlace
from tests.integration.api.test_uploads import TUS, b64
from tests.integration.test_verify import spoil
from tests.media_files import media_files
from tests.running import RunningFovea, make_folder, remove_folder

FIRST, LATER = 8, 30


def make_pictures(folder: Path, count: int, seed: int) -> None:
    """Cuts of photos with people and buses, each another one."""
    chance = random.Random(seed)
    wholes = [Image.open(media_files().path(name)).convert("RGB") for name in ("bus", "zidane")]
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        whole = wholes[number % 2]
        width, height = whole.size
        left, top = chance.randrange(width // 3), chance.randrange(height // 3)
        cut = whole.crop((left, top, left + width // 2, top + height // 2))
        cut.thumbnail((400, 400))
        cut.save(folder / f"IMG_{seed}_{number:03}.jpg", quality=85)


@pytest.fixture
def top() -> Iterator[Path]:
    folder = make_folder("round-trip")
    yield folder
    remove_folder(folder)


def start(fovea: RunningFovea, *arguments: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "fovea.main", *arguments]
    return subprocess.Popen(command, env=fovea.variables(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kill_once(process: "subprocess.Popen[bytes]", there: Path, pattern: str) -> bool:
    """kill -9 once something of that name is there; whether it was still running."""
    deadline = time.monotonic() + 120
    while process.poll() is None and not any(there.glob(pattern)) and time.monotonic() < deadline:
        time.sleep(0.002)
    cut_off = process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    return cut_off


def decide(client: httpx.Client) -> str:
    """What only a person says: words, stars, the trash, a search, a token; and half an upload. The token."""
    ids = [each["id"] for each in client.get("assets", params={"limit": 0}).json()["items"]]
    changes = {"tags": ["holiday", "Lisboa"], "comment": "the day it rained", "rating": 4}
    client.patch(f"assets/{ids[0]}", json=changes).raise_for_status()
    client.patch(f"assets/{ids[1]}", json={"rating": 1}).raise_for_status()
    client.delete(f"assets/{ids[2]}").raise_for_status()
    search = {"name": "Rain", "query": "rained rating:>=3", "sort": "newest"}
    client.post("searches", json=search).raise_for_status()
    half = {**TUS, "Upload-Length": "100000", "Upload-Metadata": f"path {b64('half.jpg')}"}
    client.post("uploads", headers=half).raise_for_status()
    made = client.post("tokens", json={"name": "nightly", "scopes": ["read", "write"]}).raise_for_status()
    return str(made.json()["token"])


def everything(client: httpx.Client) -> dict[int, Any]:
    """All that the API says about each asset and what a person made."""
    listed = client.get("assets", params={"limit": 0}).raise_for_status().json()["items"]
    return {each["id"]: client.get(f"assets/{each['id']}").raise_for_status().json() for each in listed}


def apart_from_versions(told: Any) -> Any:
    """An answer without the versions of pictures: what was cut off in the middle is rendered anew."""
    if isinstance(told, dict):
        return {name: apart_from_versions(each) for name, each in told.items() if name != "picture_version"}
    return [apart_from_versions(each) for each in told] if isinstance(told, list) else told


def bearer(fovea: RunningFovea, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=f"{fovea.address}/api/v1/", verify=False, headers=headers, timeout=60)  # noqa: S501


@pytest.mark.timeout(900)
def test_a_library_destroyed_and_restored_elsewhere_is_the_same(top: Path) -> None:
    first, again = RunningFovea(top / "first"), RunningFovea(top / "again")
    backup = top / "backup"
    try:
        make_pictures(first.inbox / "Journey", FIRST, 1)
        first.start()
        first.wait_until_done(FIRST)
        with closing(first.sign_in()) as client:
            token = decide(client)
        first.wait_until_done(FIRST)  # what a person says is read by an analysis
        with bearer(first, token) as client:
            before = everything(client)
            trashed, searches = client.get("trash").json(), client.get("searches").json()
        assert len(before) == FIRST - 1

        make_pictures(first.inbox / "Later", LATER, 2)
        while first.unfinished_or_unknown() == 0:
            time.sleep(0.02)
        assert kill_once(start(first, "backup", str(backup)), backup, "originals/??/*/*"), (
            "cut off while it copied"
        )
        assert BackupPlace(backup).names() == []
        done = first.command("backup", str(backup), "--json")
        assert done.returncode == 0, done.stderr
        assert first.unfinished_or_unknown() > 0, "the server was at work all the while"
        made = json.loads(done.stdout)
        assert made["lacking"] == [] and made["files"] >= FIRST
        first.kill_everything()
        remove_folder(first.folder)

        assert kill_once(start(again, "restore", str(backup)), again.data, "originals/??/*/*")
        done = again.command("restore", str(backup), "--json")
        assert done.returncode == 0, done.stderr
        restored = json.loads(done.stdout)
        assert restored["files"] == made["files"] and restored["assets"] >= FIRST
        assert restored["previews"] >= FIRST and restored["tokens"] == 1
        quick = again.command("verify", "--orphan-age-s", "0", "--json")
        assert quick.returncode == 0, quick.stdout + quick.stderr

        again.start()
        again.wait_until_done(restored["assets"])
        with bearer(again, token) as client:
            after = everything(client)
            assert apart_from_versions(client.get("trash").json()) == apart_from_versions(trashed)
            assert client.get("searches").json() == searches
            assert client.get("uploads").json()["items"] == []
            for asset_id in after:
                assert client.get(f"assets/{asset_id}/thumbnail").raise_for_status().content[:4] == b"RIFF"
        for asset_id, known in before.items():
            assert apart_from_versions(after[asset_id]) == apart_from_versions(known), known["path"]
        assert {each["state"] for shown in after.values() for each in shown["analyses"].values()} == {"done"}
        again.sign_in().close()  # with the password from before
        verified = json.loads(again.command("verify", "--orphan-age-s", "0", "--json").stdout)
        assert verified["well"] and verified["findings"] == []
        assert (verified["files"], verified["previews"]) == (made["files"], restored["assets"])

        spoil(next((again.data / "originals").rglob("*.jpg")))
        found = again.command("verify", "--json")
        assert (found.returncode, json.loads(found.stdout)["counts"]["damaged"]) == (1, 1)
        assert again.stop() == 0
    finally:
        for fovea in (first, again):
            if fovea.process is not None:
                fovea.kill_everything()


@pytest.mark.timeout(300)
def test_a_restore_cut_off_after_its_rows_came_goes_on(top: Path) -> None:
    """What is left to do then (tokens, previews, jobs) is done by the next one, not lost."""
    first, again = RunningFovea(top / "first"), RunningFovea(top / "again")
    make_pictures(top / "pictures", 3, 3)
    assert first.command("ingest", str(top / "pictures")).returncode == 0
    assert first.command("user", "add", "anna", "--role", "administrator", "--json").returncode == 0
    token = json.loads(first.command("user", "token", "anna", "--json").stdout)
    assert token
    assert first.command("backup", str(top / "backup")).returncode == 0
    # as it is left when it dies after its rows were committed: a token that cannot be read ends it there
    snapshot = BackupPlace(top / "backup").find(None)
    lines, manifest = snapshot.tokens.read_text(), (snapshot.folder / "manifest.json").read_text()
    snapshot.tokens.write_text("no json\n")
    told = json.loads(manifest)
    told["sha512"]["tokens.jsonl"] = hashlib.sha512(b"no json\n").hexdigest()
    (snapshot.folder / "manifest.json").write_text(json.dumps(told))
    cut_off = again.command("restore", str(top / "backup"))
    assert cut_off.returncode == 1 and "tokens.jsonl cannot be read" in cut_off.stderr
    assert "Traceback" not in cut_off.stderr
    assert list(again.data.glob("restoring-*")), "it is known that it is not done"
    snapshot.tokens.write_text(lines)
    (snapshot.folder / "manifest.json").write_text(manifest)
    done = again.command("restore", str(top / "backup"), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["tokens"] == 1
    assert not list(again.data.glob("restoring-*"))
    assert again.command("restore", str(top / "backup")).returncode == 1, "and now it is a library like any other"
    assert json.loads(again.command("verify", "--json").stdout)["well"]
