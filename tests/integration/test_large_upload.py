"""A large video over a bad line: cut ten times, the web server killed, the platform restarted.

60 MB here; `make test-large` does the same with 4 GB.
"""

import base64
import hashlib
import os
import random
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest

from media.staging import PREFIX
from tests.running import RunningFovea, make_folder, remove_folder

BYTES = int(os.environ.get("FOVEA_TEST_UPLOAD_BYTES", "60_000_000"))
CUTS = 10
KILL_AT, RESTART_AT = 3, 6
SEED = 20261120
TUS = {"Tus-Resumable": "1.0.0"}
BLOCK = 1 << 20


class LongVideo:
    """A real MP4 with a long `free` box behind it, made up as it is read: the bytes differ everywhere."""

    def __init__(self, folder: Path, size: int) -> None:
        path = folder / "short.mp4"
        pattern = ["-f", "lavfi", "-i", "testsrc=d=1:s=320x240:r=10"]
        subprocess.run(["ffmpeg", "-v", "error", *pattern, str(path)], check=True)
        start = path.read_bytes()
        left = size - len(start)
        self.head = start + struct.pack(">I4sQ", 1, b"free", left)
        self.size = size
        self._noise = random.Random(SEED).randbytes(BLOCK)

    def read(self, start: int, length: int) -> bytes:
        end = min(start + length, self.size)
        found = bytearray(self.head[start:end])
        while start + len(found) < end:
            number, inside = divmod(start + len(found) - len(self.head), BLOCK)
            block = struct.pack(">Q", number) + self._noise[8:]
            found += block[inside : inside + end - start - len(found)]
        return bytes(found)

    def sha512(self) -> str:
        digest = hashlib.sha512()
        for start in range(0, self.size, BLOCK):
            digest.update(self.read(start, BLOCK))
        return digest.hexdigest()


class LineWasCut(Exception):
    pass


@pytest.fixture
def fovea() -> Iterator[RunningFovea]:
    running = RunningFovea(make_folder("large"))
    running.start()
    yield running
    if running.process is not None:
        running.stop()
    remove_folder(running.folder)


def _web_process(fovea: RunningFovea) -> psutil.Process:
    return next(each for each in fovea.children() if "fovea.processes.serve" in " ".join(each.cmdline()))


def _offset(client: httpx.Client, address: str) -> int:
    """Asks until the server answers: it may be starting again."""
    for _ in range(1200):
        try:
            answer = client.head(address, headers=TUS)
            answer.raise_for_status()
            return int(answer.headers["upload-offset"])
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server did not come back")


def _send(
    client: httpx.Client, address: str, video: LongVideo, offset: int, until: int, handed: list[int] | None = None
) -> httpx.Response:
    """The rest of the file in one request; the line is cut at `until`, unless that is the end.

    handed: as far as the line took it.
    """

    def body() -> Iterator[bytes]:
        for start in range(offset, until, BLOCK):
            yield video.read(start, min(BLOCK, until - start))
            if handed:
                handed[0] = min(start + BLOCK, until)
        if until < video.size:
            raise LineWasCut

    headers = {**TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
    headers["Content-Length"] = str(video.size - offset)
    return client.patch(address, content=body(), headers=headers, timeout=600)


def _send_and_cut(
    client: httpx.Client, address: str, video: LongVideo, offset: int, cut: int, handed: list[int]
) -> None:
    """Sends as far as `cut`; again while the piece before is still being written down."""
    while True:
        try:
            answer = _send(client, address, video, offset, max(cut, offset + 1), handed)
        except (LineWasCut, httpx.TransportError):
            return
        assert answer.status_code in (409, 423), answer.text
        time.sleep(0.5)
        offset = _offset(client, address)


def test_a_large_video_arrives_over_a_bad_line(fovea: RunningFovea, tmp_path: Path) -> None:
    video, chance = LongVideo(tmp_path, BYTES), random.Random(SEED)
    sha512 = video.sha512()
    names = (
        f"path {base64.b64encode(b'film/long.mp4').decode()},sha512 {base64.b64encode(sha512.encode()).decode()}"
    )
    with closing(fovea.sign_in()) as client:
        made = client.post("uploads", headers={**TUS, "Upload-Length": str(video.size), "Upload-Metadata": names})
        address = f"{fovea.address}{made.headers['location']}"
        cuts = sorted(chance.randrange(video.size // 50, video.size) for _ in range(CUTS))
        lost, handed = 0, [0]
        for number, cut in enumerate(cuts):
            offset = _offset(client, address)
            lost += max(0, handed[0] - offset)
            if number == KILL_AT:
                web = _web_process(fovea)
                threading.Timer(0.15, web.kill).start()
            _send_and_cut(client, address, video, offset, cut, handed)
            if number == KILL_AT:
                web.wait(60)
            if number == RESTART_AT:
                assert fovea.stop() == 0
                fovea.start()
        before_last = _offset(client, address)
        assert cuts[0] // 2 < before_last <= cuts[-1]
        assert client.get("status").json()["assets"] == 0
        began = time.monotonic()
        done = _send(client, address, video, before_last, video.size)
        while done.status_code in (409, 423):  # the piece before was still being written down
            time.sleep(0.5)
            done = _send(client, address, video, _offset(client, address), video.size)
        assert done.status_code == 204, done.text
        seconds = time.monotonic() - began
        assert done.headers["x-asset-status"] == "new"
        asset = client.get(f"assets/{done.headers['x-asset-id']}").json()
        assert (asset["sha512"], asset["bytes"], asset["path"]) == (sha512, video.size, "film/long.mp4")
        received = hashlib.sha512()
        with client.stream("GET", f"assets/{asset['id']}/original") as original:
            for chunk in original.iter_bytes():
                received.update(chunk)
        assert received.hexdigest() == sha512
    assert not list((fovea.data / "uploads").iterdir())
    incoming = [path.name for path in (fovea.data / "incoming").iterdir()]
    assert [name for name in incoming if not name.startswith(PREFIX)] == [], "decoders at work keep theirs"
    print(
        f"{video.size:,} bytes in {CUTS} pieces and a rest; {lost:,} bytes of cut pieces were sent again;"
        f" the last {video.size - before_last:,} bytes, with hashing and entering took {seconds:.1f} s"
    )
