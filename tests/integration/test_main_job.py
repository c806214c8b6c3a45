"""The main job from end to end, on real media with real models: the six questions, and the four ways in."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from core.media import Box
from tests.media_files import media_files
from tests.running import RunningFovea, make_folder, remove_folder, rows_of

# Drawn by eye on bus.jpg (810 × 1080 px): left, top, right, bottom.
BUS = (6, 232, 801, 745)
PERSONS = [(48, 398, 245, 904), (222, 405, 345, 860), (668, 392, 810, 880)]
ASK_NOT_S = 3.25
"""Where "ask" begins in the recording, by its loudness: silence until 3.2 s, voice from 3.25 s on."""


def make_speaking_video(path: Path) -> None:
    """The Kennedy recording under a still picture."""
    picture, sound = media_files().path("zidane"), media_files().path("jfk")
    command = ["ffmpeg", "-v", "error", "-loop", "1", "-i", str(picture), "-i", str(sound)]
    command += ["-vf", "scale=640:-2", "-r", "5", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest", str(path)]
    subprocess.run(command, check=True)


def make_phone_video(path: Path) -> None:
    """A QuickTime video with the tags that a phone writes: CreateDate in UTC, CreationDate with its zone."""
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=d=2:s=640x360:r=15"]
    for name, value in {
        "creation_time": "2021-07-04T16:22:10Z",
        "com.apple.quicktime.creationdate": "2021-07-04T17:22:10+0100",
        "com.apple.quicktime.make": "Apple",
        "com.apple.quicktime.model": "iPhone 12",
        "com.apple.quicktime.location.ISO6709": "+38.7139-009.1394+012.300/",
    }.items():
        command += ["-metadata", f"{name}={value}"]
    command += ["-movflags", "use_metadata_tags", "-pix_fmt", "yuv420p", str(path)]
    subprocess.run(command, check=True)


def make_quiet_video(path: Path) -> None:
    """30 s each of silence, of noise and of a tone."""
    sounds = ["anullsrc=r=16000:d=30", "anoisesrc=r=16000:d=30:a=0.2", "sine=frequency=440:r=16000:d=30"]
    command = ["ffmpeg", "-v", "error"]
    for sound in sounds:
        command += ["-f", "lavfi", "-t", "30", "-i", sound.replace(":d=30", "")]
    command += ["-f", "lavfi", "-t", "90", "-i", "color=c=gray:s=160x120:r=2"]
    command += ["-filter_complex", "[0:a][1:a][2:a]concat=n=3:v=0:a=1[a]", "-map", "[a]", "-map", "3:v"]
    subprocess.run([*command, "-pix_fmt", "yuv420p", str(path)], check=True)


@dataclass
class Trip:
    """A library that was filled through the command line without a server, and then looked at."""

    fovea: RunningFovea
    files: Path
    names: dict[str, int] = field(default_factory=dict)

    def show(self, name: str) -> dict[str, Any]:
        done = self.fovea.command("show", str(self.names[name]), "--json")
        assert done.returncode == 0, done.stderr
        shown: dict[str, Any] = json.loads(done.stdout)
        return shown

    def search(self, query: str, which: str = "items") -> list[dict[str, Any]]:
        """Exact hits; of `close` those that are only close in meaning."""
        done = self.fovea.command("search", query, "--json")
        assert done.returncode == 0, done.stderr
        hits: list[dict[str, Any]] = json.loads(done.stdout)[which]
        return hits


@pytest.fixture(scope="module")
def trip() -> Iterator[Trip]:
    made = Trip(RunningFovea(make_folder("trip")), make_folder("trip-files"))
    store = media_files()
    for name in ("bus", "heic-iphone", "jpeg-south-offset", "jpeg-west", "jpeg-east", "quicktime"):
        shutil.copy(store.path(name), made.files)
    make_speaking_video(made.files / "speaking.mp4")
    make_phone_video(made.files / "phone.mov")
    make_quiet_video(made.files / "quiet.mp4")
    done = made.fovea.command("ingest", str(made.files), "--wait", "--json")
    assert done.returncode == 0, done.stderr
    made.names = {Path(item["path"]).name: item["asset_id"] for item in json.loads(done.stdout)["items"]}
    yield made
    remove_folder(made.fovea.folder)
    remove_folder(made.files)


def test_every_analysis_ended_well(trip: Trip) -> None:
    done = trip.fovea.command("status", "--json")
    status = json.loads(done.stdout)
    assert (status["photos"], status["videos"]) == (5, 4)
    counts = {each["name"]: each for each in status["analyses"]}
    assert set(counts) >= {"metadata", "preview", "objects", "faces", "text", "embedding", "speech"}
    for name, each in counts.items():
        assert (each["waiting"], each["running"], each["failed"]) == (0, 0, 0), name
        assert each["done"] + each["skipped"] == (4 if name == "speech" else 9), name


def _matches(found: list[dict[str, Any]], label: str, corners: tuple[int, int, int, int]) -> bool:
    wanted = Box.from_pixels(*corners, 810, 1080)
    boxes = [Box(**each["box"]) for each in found if each["label"] == label]
    return any(box.iou(wanted) >= 0.7 for box in boxes)


def test_what_is_in_the_picture(trip: Trip) -> None:
    shown = trip.show("bus.jpg")
    assert (shown["width"], shown["height"]) == (810, 1080)
    assert _matches(shown["objects"], "bus", BUS)
    assert all(_matches(shown["objects"], "person", person) for person in PERSONS)
    assert "+yolo_onnx-" in shown["analyses"]["objects"]["version"]


def test_what_is_written_in_the_picture(trip: Trip) -> None:
    for query in ("text:emisiones", "emisiones", 'text:"cero emisiones"', "emisión", "emisionse"):
        hits = trip.search(query)
        assert [hit["asset"]["name"] for hit in hits][:1] == ["bus.jpg"], query
        assert any(why["kind"] == "text" for why in hits[0]["why"]), query


def test_what_is_said_to_the_second(trip: Trip) -> None:
    hits = trip.search('said:"ask not"')
    assert [hit["asset"]["name"] for hit in hits] == ["speaking.mp4"]
    said = [why for why in hits[0]["why"] if why["kind"] == "said"]
    assert any(abs(why["at_s"] - ASK_NOT_S) <= 1.0 for why in said), said
    speech = trip.show("speaking.mp4")["speech"]
    assert speech["language"] == "en"


@pytest.mark.parametrize(
    ("query", "name", "close"),
    [
        ("public transport", "bus.jpg", "bus"),
        ("puppy", "pug.heic", "dog"),
        ("duty to your nation", "speaking.mp4", "ask not"),
    ],
)
def test_what_is_meant_is_found_by_other_words(trip: Trip, query: str, name: str, close: str) -> None:
    hit = trip.search(query, "close")[0]
    assert hit["asset"]["name"] == name
    assert trip.search(query) == [], "it is not counted as a hit"
    texts = [why["text"] for why in hit["why"] if (why["kind"], why["asked"]) == ("meaning", query)]
    assert any(close in text for text in texts)
    assert trip.search("xqzptl") == trip.search("xqzptl", "close") == []


def test_silence_noise_and_a_tone_hold_no_words(trip: Trip) -> None:
    assert trip.show("quiet.mp4")["speech"]["segments"] == []


def test_who_is_seen_and_when(trip: Trip) -> None:
    faces = trip.show("speaking.mp4")["faces"]
    assert len(faces) >= 2
    assert all(face["at_s"] is not None for face in faces)
    assert trip.search("has:faces object:tie")


@pytest.mark.parametrize(
    ("name", "local", "offset_min", "source", "camera", "position", "place"),
    [
        ("pug.heic", "2023-02-21T14:33:08", 180, "tag", "iPhone 13 Pro", (44.85048, 34.97665), "Sudak, Ukraine"),
        ("adelaide.jpg", "2017-06-20T17:18:56", 570, "tag", "iPhone 6s", (-34.91889, 138.59686),
         "Adelaide, Australia"),
        ("oakland.jpg", "2012-12-23T14:47:49", -480, "position_time_zone", "iPhone 4S", (37.81467, -122.26417),
         "Oakland, United States"),
        ("beijing.jpg", "2016-03-24T14:49:51", 480, "gps_time", "iPhone 6 Plus", (40.00409, 116.48478),
         "Beijing, China"),
        ("jellyfish.mov", "2020-01-05T14:13:13", -480, "tag", None, (34.0533, -118.2423),
         "Los Angeles, United States"),
        ("phone.mov", "2021-07-04T17:22:10", 60, "tag", "iPhone 12", (38.7139, -9.1394), "Lisbon, Portugal"),
    ],
)  # fmt: skip
def test_where_and_when(
    trip: Trip,
    name: str,
    local: str,
    offset_min: int,
    source: str,
    camera: str | None,
    position: tuple[float, float],
    place: str,
) -> None:
    shown = trip.show(name)
    assert shown["taken_local"][:19] == local
    assert shown["utc_offset"] in (offset_min, f"{'-' if offset_min < 0 else '+'}{abs(offset_min) // 60:02}:"
                                   f"{abs(offset_min) % 60:02}")  # fmt: skip
    assert shown["offset_source"] == source
    assert (shown["camera"] or {}).get("model") == camera
    assert shown["position"]["lat"] == pytest.approx(position[0], abs=1e-4)
    assert shown["position"]["lon"] == pytest.approx(position[1], abs=1e-4)
    assert f"{shown['place']['name']}, {shown['place']['country']}" == place


def test_filters_of_time_place_camera_and_area(trip: Trip) -> None:
    def names(query: str) -> set[str]:
        return {hit["asset"]["name"] for hit in trip.search(query)}

    assert names("taken:2012..2017") == {"oakland.jpg", "beijing.jpg", "adelaide.jpg"}
    assert names("place:adelaide") == {"adelaide.jpg"}
    assert names("camera:iphone kind:video") == {"phone.mov"}
    assert names("within:-10,38,-9,39") == {"phone.mov"}
    assert names("has:speech") == {"speaking.mp4"}
    assert "bus.jpg" in names("no:position")


def test_one_analysis_on_one_file_needs_no_library(trip: Trip) -> None:
    other = RunningFovea(make_folder("once"))
    done = other.command("analyse", "objects", "--once", str(trip.files / "bus.jpg"))
    assert done.returncode == 0, done.stderr
    labels = [each["label"] for each in json.loads(done.stdout)["objects"]]
    assert labels.count("person") >= 3
    assert "bus" in labels
    assert not other.data.exists()
    remove_folder(other.folder)


def apart_from_names(rows: list[Any]) -> list[Any]:
    """Copies bring names of their own, which search finds; nothing else may change."""
    return [row for row in rows if row.get("kind") != "name"]


def test_the_same_set_by_four_ways_is_stored_once_and_analysed_once(trip: Trip) -> None:
    """Command (the fixture), inbox, API with a token, and the page's upload with its cookie."""
    trip.fovea.start()
    try:
        before = rows_of(trip.fovea.database_url())
        shutil.copytree(trip.files, trip.fovea.inbox, dirs_exist_ok=True)
        deadline = time.monotonic() + 300
        while trip.fovea.lying_in_inbox():
            assert time.monotonic() < deadline, trip.fovea.log.read_text()[-3000:]
            time.sleep(0.2)
        with closing(trip.fovea.sign_in()) as page:
            token = page.post("tokens", json={"name": "script", "scopes": ["read", "write"]}).json()["token"]
            for path in sorted(trip.files.iterdir()):
                sent = page.post("assets", params={"path": f"page/{path.name}"}, content=path.read_bytes())
                assert (sent.status_code, sent.json()["status"]) == (200, "known"), sent.text
                script = {"Authorization": f"Bearer {token}", "Cookie": ""}
                sent = page.post(
                    "assets", params={"path": f"api/{path.name}"}, content=path.read_bytes(), headers=script
                )
                assert (sent.status_code, sent.json()["status"]) == (200, "known"), sent.text
        again = trip.fovea.command("ingest", str(trip.files), "--wait", "--json")
        assert {item["status"] for item in json.loads(again.stdout)["items"]} == {"known"}
        after = rows_of(trip.fovea.database_url())
    finally:
        assert trip.fovea.stop() == 0
    for table in before:
        if table != "file_path":
            assert apart_from_names(after[table]) == apart_from_names(before[table]), table
    assert {"api", "page"} <= {row["word"] for row in after["vocabulary"] if row["kind"] == "name"}, (
        "the names of all copies are found"
    )
    assert len(after["file_path"]) == 4 * len(before["file_path"])
