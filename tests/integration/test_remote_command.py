"""The command over HTTP: the same words, answers and exit codes as beside the library, through a real server."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_main_job import make_speaking_video
from tests.media_files import media_files
from tests.running import RunningFovea, make_folder, remove_folder
from tests.tcp_gate import Gate, nobody_there

Done = subprocess.CompletedProcess[str]


@dataclass
class Elsewhere:
    """A running library, and somebody on another machine: no data folder, but an address and a token."""

    fovea: RunningFovea
    away: Path
    files: Path
    token: str
    names: dict[str, int]

    def here(self, *words: str) -> Done:
        return self.fovea.command(*words)

    def variables(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FOVEA_")}
        certificate = str(self.fovea.data / "tls" / "certificate.pem")
        said = {"FOVEA_URL": self.fovea.address, "FOVEA_TOKEN": self.token, "FOVEA_CA_FILE": certificate}
        return {**kept, **said, **more}

    def there(self, *words: str, **more: str) -> Done:
        return subprocess.run(
            [sys.executable, "-m", "fovea.main", *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            env=self.variables(**more),
            cwd=self.away,
        )

    def start(self, *words: str, **more: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "fovea.main", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.variables(**more),
            cwd=self.away,
        )

    def through(self, gate: Gate) -> str:
        return f"https://localhost:{gate.port}"


def make_token(fovea: RunningFovea, *scopes: str) -> str:
    words = [word for scope in scopes for word in ("--scope", scope)]
    return str(json.loads(fovea.command("user", "token", "anna", *words, "--json").stdout)["token"])


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    folder = make_folder("remote")
    fovea = RunningFovea(folder)
    files = folder / "trip"
    (files / "more").mkdir(parents=True)
    shutil.copy(media_files().path("bus"), files / "bus.jpg")
    shutil.copy(media_files().path("zidane"), files / "more" / "zidane.jpg")
    make_speaking_video(files / "said.mp4")
    fovea.start()
    fovea.sign_in().close()
    done = fovea.command("ingest", str(files), "--wait", "--json")
    assert done.returncode == 0, done.stderr
    names = {Path(one["path"]).stem: one["asset_id"] for one in json.loads(done.stdout)["items"]}
    (folder / "away").mkdir()
    yield Elsewhere(fovea, folder / "away", files, make_token(fovea, "read", "write", "admin"), names)
    assert not (folder / "away" / "data").exists(), "a library was opened on the machine that has none"
    fovea.stop()
    remove_folder(folder)


SAME = [
    ("list",),
    ("list", "--json"),
    ("list", "--limit", "1", "--json"),
    ("list", "--limit", "0", "--json"),
    ("show", "{said}", "--json"),
    ("show", "trip/bus.jpg", "--json"),
    ("show", "trip/bus.jpg"),
    ("show", "zidane.jpg"),
    ("show", "more/ZIDANE.JPG", "--json"),
    ("show", "{files}/more/zidane.jpg", "--json"),
    ("search", "bus", "--json"),
    ("search", "bus"),
    ("search", "puppy", "-nothing", "--sort", "newest", "--limit", "1", "--json"),
    ("search", "said:country", "has:speech", "--json"),
    ("similar", "{bus}", "--json"),
    ("similar", "{files}/more/zidane.jpg", "--limit", "0", "--json"),
    ("analyse", "objects", "--all", "--dry-run", "--json"),
    ("analyse", "speech", "--stale", "--dry-run"),
    ("trash", "list", "--json"),
    # and what goes wrong
    ("show", "99999", "--json"),
    ("show", "nowhere/bus.jpg"),
    ("list", "--after", "nonsense"),
    ("search", 'taken:"yesterday'),
    ("search", "folder:lisbon"),
    ("search", "puppy", "--limit", "0", "--json"),
    ("search", "--saved", "nothing of this name"),
    ("similar", "99999"),
    ("analyse", "nothing", "--stale"),
    ("trash", "restore", "99999"),
    ("trash", "put", "{bus}", "99999"),
    ("ingest", "/nowhere/at/all"),
]


@pytest.mark.parametrize("words", SAME, ids=" ".join)
def test_the_same_question_has_the_same_answer(elsewhere: Elsewhere, words: tuple[str, ...]) -> None:
    asked = [word.format(files=elsewhere.files, **elsewhere.names) for word in words]
    here, there = elsewhere.here(*asked), elsewhere.there(*asked)
    assert there.stdout == here.stdout
    assert there.stderr == here.stderr
    assert there.returncode == here.returncode


def test_status_counts_the_same(elsewhere: Elsewhere) -> None:
    def shown(done: Done) -> Any:
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        for analysis in told["analyses"]:  # how fast it went "lately" changes from second to second
            assert isinstance(analysis.pop("rate_per_min"), float)
        return told

    here, there = (shown(run("status", "--json")) for run in (elsewhere.here, elsewhere.there))
    assert there == here
    assert list(there) == list(here) and there["photos"] == 2
    assert elsewhere.there("status").stdout == elsewhere.here("status").stdout


def test_a_search_is_kept_and_done_again(elsewhere: Elsewhere) -> None:
    assert elsewhere.there("search", "object:bus", "--sort", "oldest", "--save", "Buses").returncode == 0
    for words in (("--saved", "--json"), ("--saved",), ("--saved", "buses", "--json")):
        here, there = elsewhere.here("search", *words), elsewhere.there("search", *words)
        assert (there.stdout, there.returncode) == (here.stdout, 0)
    assert "Buses  object:bus  (oldest)" in elsewhere.there("search", "--saved").stdout


def test_the_trash_takes_and_gives_back(elsewhere: Elsewhere) -> None:
    asset_id = str(elsewhere.names["zidane"])
    put = elsewhere.there("trash", "put", "trip/more/zidane.jpg", asset_id, "--json")
    assert json.loads(put.stdout) == {"items": [{"id": int(asset_id)}], "next": None}
    assert elsewhere.there("trash", "list", "--json").stdout == elsewhere.here("trash", "list", "--json").stdout
    assert elsewhere.there("show", asset_id).returncode == 1
    assert elsewhere.there("trash", "restore", "trip/more/zidane.jpg").stdout == "1 restored\n"
    assert elsewhere.there("show", asset_id).returncode == 0
    assert elsewhere.there("trash", "empty").returncode == 2, "it asks first, and nobody is there to answer"
    emptied = json.loads(elsewhere.there("trash", "empty", "--yes", "--json").stdout)
    assert emptied == {"removed": 0, "freed_bytes": 0, "left": 0}


def test_an_analysis_is_done_again(elsewhere: Elsewhere) -> None:
    done = json.loads(elsewhere.there("analyse", "preview", "--all", "--json").stdout)
    assert done["queued"] == 3 and done["mean_s"] > 0 and set(done) == {"queued", "mean_s", "work_s"}
    video = str(elsewhere.names["said"])
    said = elsewhere.there("analyse", "speech", "--asset", video, "--language", "en", "--json")
    assert json.loads(said.stdout) == {"asset_id": int(video), "language": "en", "queued": True}
    photo = str(elsewhere.names["bus"])
    refused = elsewhere.there("analyse", "speech", "--asset", photo, "--language", "en")
    assert (refused.returncode, "is a photo" in refused.stderr) == (2, True)
    elsewhere.fovea.wait_until_done(3)


def test_accounts_and_tokens_as_far_as_http_goes(elsewhere: Elsewhere) -> None:
    made = json.loads(elsewhere.there("user", "add", "vera", "--json").stdout)
    assert list(made) == ["id", "login", "role", "password"] and made["role"] == "viewer"
    assert elsewhere.there("user", "add", "vera").returncode == 1
    token = json.loads(elsewhere.there("user", "token", "anna", "--days", "1", "--json").stdout)
    assert list(token) == ["id", "name", "scopes", "expires_at", "token"]
    assert elsewhere.there("list", FOVEA_TOKEN=token["token"]).returncode == 0
    others = elsewhere.there("user", "token", "vera")
    assert others.returncode == 1 and "run `fovea user token` on the server" in others.stderr


def new_photo(path: Path, number: int) -> Path:
    """A photo of its own: the bus with another quality."""
    path.parent.mkdir(parents=True, exist_ok=True)
    source = media_files().path("bus")
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(source), "-vf", f"scale={300 + number}:-2", str(path)]
    subprocess.run(command, check=True)
    return path


def test_files_are_sent_and_analysed(elsewhere: Elsewhere, tmp_path: Path) -> None:
    album = tmp_path / "album"
    for number in range(3):
        new_photo(album / "in" / f"{number}.jpg", number)
    (album / "broken.jpg").write_bytes(b"no picture")
    (album / "empty.jpg").write_bytes(b"")
    (album / "link.jpg").symlink_to(album / "in" / "0.jpg")
    first = elsewhere.there("ingest", str(album), str(album / "link.jpg"), "--wait", "--json")
    assert first.returncode == 1, "two were refused"
    items = json.loads(first.stdout)["items"]
    taken = [one for one in items if one["status"] == "new"]
    assert [one["path"] for one in taken] == [f"album/in/{number}.jpg" for number in range(3)]
    for one in taken:
        shown = json.loads(elsewhere.here("show", str(one["asset_id"]), "--json").stdout)
        assert shown["sha512"] == one["sha512"] == hashlib.sha512(Path(one["source"]).read_bytes()).hexdigest()
        assert not shown["busy"] and shown["analyses"]["objects"]["state"] == "done", "--wait waited"
    here, there = (
        run("ingest", str(album), str(album / "link.jpg"), "--json") for run in (elsewhere.here, elsewhere.there)
    )
    assert there.stdout == here.stdout
    assert there.stderr == here.stderr and there.stderr.count("refused:") == 3
    assert {one["status"] for one in json.loads(there.stdout)["items"]} == {"known", "refused"}
    assert len(list(album.rglob("*.jpg"))) == 6, "everything stays where it is"
    asset_id = str(taken[0]["asset_id"])
    elsewhere.there("trash", "put", asset_id)
    again = elsewhere.there("ingest", str(album / "in" / "0.jpg"))
    assert again.stdout == "0 new, 1 known already, 0 refused, 1 came out of the trash\n"


def test_what_moved_is_gone_here_once_it_is_there(elsewhere: Elsewhere, tmp_path: Path) -> None:
    photo = new_photo(tmp_path / "moved" / "photo.jpg", 10)
    digest = hashlib.sha512(photo.read_bytes()).hexdigest()
    broken = tmp_path / "moved" / "broken.jpg"
    broken.write_bytes(b"no picture")
    done = elsewhere.there("ingest", str(photo.parent), "--move", "--json")
    assert [one["status"] for one in json.loads(done.stdout)["items"]] == ["refused", "new"]
    assert broken.exists() and not photo.exists()
    asset_id = json.loads(done.stdout)["items"][1]["asset_id"]
    original = elsewhere.fovea.sign_in()
    with closing(original):
        stored = original.get(f"assets/{asset_id}/original").content
    assert hashlib.sha512(stored).hexdigest() == digest


def test_what_somebody_still_writes_to_stays_here(elsewhere: Elsewhere, tmp_path: Path) -> None:
    photo = new_photo(tmp_path / "kept" / "photo.jpg", 11)
    wanted = hashlib.sha512(photo.read_bytes()).hexdigest()
    elsewhere.there("ingest", str(photo))
    holder = subprocess.Popen(
        [sys.executable, "-c", f"f = open({str(photo)!r}, 'ab'); print(); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None and holder.stdout.readline()
    done = elsewhere.there("ingest", str(photo), "--move", "--json")
    holder.communicate(b"\n")
    (item,) = json.loads(done.stdout)["items"]
    assert item["status"] == "refused" and "may still be written to" in item["reason"]
    assert hashlib.sha512(photo.read_bytes()).hexdigest() == wanted
    elsewhere.there("ingest", str(photo), "--move")
    assert not photo.exists()


def test_in_place_is_refused_with_its_reason(elsewhere: Elsewhere) -> None:
    done = elsewhere.there("ingest", str(elsewhere.files), "--in-place")
    assert done.returncode == 2
    assert "cannot reach" in done.stderr


@pytest.mark.parametrize("words", [("rescan",), ("backup", "x"), ("verify",)], ids=" ".join)
def test_what_works_beside_the_library_only_says_so(elsewhere: Elsewhere, words: tuple[str, ...]) -> None:
    done = elsewhere.there(*words)
    assert done.returncode == 2, done.stderr
    assert "run it on that machine" in done.stderr


def large_video(path: Path, frames: int) -> Path:
    """Noise that nothing makes smaller: about a third of a megabyte a frame."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = ["-f", "lavfi", "-i", f"nullsrc=s=640x360:r=25,geq=random(1)*255:128:128,trim=end_frame={frames}"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *noise, "-c:v", "rawvideo", str(path)], check=True)
    return path


def offsets(elsewhere: Elsewhere, path: str) -> list[tuple[str, int]]:
    """State and offset of every upload of this path."""
    with closing(elsewhere.fovea.sign_in()) as client:
        listed = client.get("uploads", params={"limit": 0}).json()["items"]
    return [(one["state"], one["offset"]) for one in listed if one["path"] == path]


def wait_for(true: Callable[[], bool], limit_s: float = 60) -> None:
    deadline = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_large_file_survives_broken_connections(elsewhere: Elsewhere, tmp_path: Path) -> None:
    video = large_video(tmp_path / "large.avi", 120)
    assert video.stat().st_size > 35_000_000
    gate = Gate(("127.0.0.1", elsewhere.fovea.port))
    cuts = 0

    def cut() -> None:
        nonlocal cuts
        for least in (1, 17_000_000):
            wait_for(lambda least=least: any(offset >= least for _, offset in offsets(elsewhere, "large.avi")))
            gate.shut()
            cuts += 1
            time.sleep(1)
            gate.reopen()

    cutting = threading.Thread(target=cut)
    cutting.start()
    done = elsewhere.there("ingest", str(video), "--json", FOVEA_URL=elsewhere.through(gate))
    cutting.join(60)
    gate.close()
    assert done.returncode == 0, done.stderr
    assert cuts == 2 and "going on in" in done.stderr
    (item,) = json.loads(done.stdout)["items"]
    assert (item["status"], item["role"], item["restored"]) == ("new", "original", False)
    assert item["sha512"] == hashlib.sha512(video.read_bytes()).hexdigest()
    assert offsets(elsewhere, "large.avi") == [("done", video.stat().st_size)], "one upload, gone on with"
    again = elsewhere.there("ingest", str(video), "--json")
    assert json.loads(again.stdout)["items"] == [{**item, "status": "known"}]


def test_the_next_run_goes_on_where_a_killed_one_was(elsewhere: Elsewhere, tmp_path: Path) -> None:
    video = large_video(tmp_path / "killed.avi", 200)
    killed = elsewhere.start("ingest", str(video), "--move")
    wait_for(lambda: any(offset >= 8_000_000 for _, offset in offsets(elsewhere, "killed.avi")))
    killed.kill()
    killed.communicate()
    (seen,) = offsets(elsewhere, "killed.avi")
    assert seen[0] == "receiving" and video.exists()
    size = video.stat().st_size
    done = elsewhere.there("ingest", str(video), "--move")
    assert done.returncode == 0, done.stderr
    assert offsets(elsewhere, "killed.avi") == [("done", size)], "one upload, not two"
    assert not video.exists()


@pytest.mark.parametrize(
    ("changed", "code", "told"),
    [
        ({"FOVEA_TOKEN": ""}, 2, "fovea user token"),
        ({"FOVEA_TOKEN": "fovea_" + "a" * 43}, 1, "revoked"),
        ({"FOVEA_TOKEN": "two\nlines"}, 2, "FOVEA_TOKEN"),
        ({"FOVEA_URL": "https://localhost:{closed}"}, 1, "cannot be reached"),
        ({"FOVEA_URL": "http://photos.example"}, 2, "https://"),
        ({"FOVEA_URL": "photos.example"}, 2, "FOVEA_URL"),
        ({"FOVEA_URL": "http://localhost:{port}"}, 1, "localhost"),
        ({"FOVEA_URL": "https://localhost:{port}/elsewhere"}, 1, "FOVEA_URL"),
        ({"FOVEA_CA_FILE": ""}, 1, "FOVEA_CA_FILE"),
        ({"FOVEA_CA_FILE": "/nowhere.pem"}, 2, "FOVEA_CA_FILE"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_with_what_to_do(
    elsewhere: Elsewhere, changed: dict[str, str], code: int, told: str
) -> None:
    ports = {"closed": nobody_there(), "port": elsewhere.fovea.port}
    more = {name: value.format(**ports) for name, value in changed.items()}
    for words in (("status",), ("ingest", str(elsewhere.files / "bus.jpg"))):
        began = time.monotonic()
        done = elsewhere.there(*words, **more)
        assert (done.returncode, done.stdout) == (code, ""), done.stderr
        assert told in done.stderr and done.stderr.startswith("fovea: ") and "Traceback" not in done.stderr
        assert time.monotonic() - began < 20
        assert elsewhere.token not in done.stderr


def test_a_token_that_may_only_read_sends_nothing(elsewhere: Elsewhere) -> None:
    token = make_token(elsewhere.fovea, "read")
    assert elsewhere.there("list", FOVEA_TOKEN=token).returncode == 0
    for words in (("ingest", str(elsewhere.files / "bus.jpg")), ("trash", "put", "1"), ("user", "add", "x")):
        done = elsewhere.there(*words, FOVEA_TOKEN=token)
        assert done.returncode == 1 and "needs the scope" in done.stderr, done.stderr
