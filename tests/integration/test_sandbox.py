"""What a decoder that a hostile file has taken over can reach: the file at hand, its own folder, nothing else."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from core.errors import ChildFailed
from media import sandbox
from media.child import Child
from media.exiftool import ExifTool
from media.keyframes import Sampling, write_keyframes
from media.limits import MIB, Limits, ProgramError, run_limited
from media.rendering import render_picture
from media.sandbox import Access
from media.sandbox_main import landlock_version
from media.staging import MAX_COPIED_BYTES, Staging, plain_name
from media.video import extract_sound, probe_video
from tests.media_files import media_files

HAS_LANDLOCK = landlock_version(ctypes.CDLL(None, use_errno=True)) >= 3
needs_landlock = pytest.mark.skipif(not HAS_LANDLOCK, reason="this kernel has no Landlock; seccomp alone holds")
_LIMITS = Limits(memory_bytes=1024 * MIB, file_bytes=MIB, wall_s=60.0)
_PYTHON = (Path(sys.prefix), Path(sys.base_prefix))


@pytest.fixture(params=["as we are", "not as nobody"])
def identity(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run by root, programs become nobody; the second time they do not, as where Fovea is no root itself."""
    if request.param == "not as nobody":
        monkeypatch.setattr(sandbox, "runs_as_nobody", lambda: False)
    return str(request.param)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A file that may be read, one that may not, a folder to write into; below a folder that only we open."""
    tmp_path.chmod(0o700)
    given, secret, output = tmp_path / "given.txt", tmp_path / "secret.txt", tmp_path / "output"
    given.write_text("given")
    given.chmod(0o444)
    secret.write_text("secret")
    output.mkdir()
    return given, secret, output


def attempt(code: str, folders: tuple[Path, Path, Path]) -> str:
    """What a program prints that may read the first of these and write into the last."""
    given, secret, output = folders
    before = f"given, secret, output = {str(given)!r}, {str(secret)!r}, {str(output)!r}\n"
    access = Access(read=(given, *_PYTHON), write=(output,))
    return run_limited([sys.executable, "-c", before + code], _LIMITS, "attempt", access).strip()


def refused(code: str, folders: tuple[Path, Path, Path]) -> bool:
    tried = (
        f"try:\n    {code}\n    print('done')\nexcept OSError as error:\n    print(error.errno in (1, 13, 38))\n"
    )
    return attempt("import os, signal, socket, ctypes\n" + tried, folders) == "True"


def test_what_is_given_can_be_read_and_written(folders: tuple[Path, Path, Path], identity: str) -> None:
    code = (
        "print(open(given).read())\nopen(output + '/made', 'w').write('made')\nopen('/dev/null', 'w').write('x')"
    )
    assert attempt(code, folders) == "given"
    assert (folders[2] / "made").read_text() == "made"
    assert (folders[2] / "made").stat().st_uid == os.geteuid(), "and it is ours afterwards"


FILES = [
    "open(secret).read()",
    "os.listdir(os.path.dirname(secret))",
    "open('/etc/passwd').read()",
    "open(f'/proc/{os.getppid()}/environ').read()",
    "open('/proc/1/cmdline').read()",
    "open(given, 'a').write('x')",
    "open(os.path.dirname(given) + '/new', 'w').write('x')",
    "os.truncate(given, 0)",
    "os.unlink(given)",
    "os.rename(given, output + '/given')",
]
CALLS = [
    "os.chmod(given, 0o777)",
    "os.utime(given)",
    "os.setxattr(given, 'user.fovea', b'x')",
    "os.symlink(secret, output + '/link')",
    "os.link(given, output + '/link')",
    "os.mkfifo(output + '/pipe')",
    "socket.socket()",
    "socket.socket(socket.AF_UNIX)",
    "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "os.kill(os.getppid(), 0)",
    "os.kill(1, signal.SIGTERM)",
    "os.killpg(0, signal.SIGCONT)",
    "os.pidfd_open(os.getppid())",
    "os.chroot(output)",
]


@pytest.mark.parametrize("code", [*(pytest.param(code, marks=needs_landlock) for code in FILES), *CALLS])
def test_nothing_else_is_reached(folders: tuple[Path, Path, Path], code: str, identity: str) -> None:
    before = folders[0].stat()
    assert refused(code, folders)
    after = folders[0].stat()
    assert after.st_mtime_ns == before.st_mtime_ns
    assert (after.st_mode, after.st_size) == (before.st_mode, before.st_size)


def test_new_namespaces_and_traces_are_refused(folders: tuple[Path, Path, Path], identity: str) -> None:
    code = "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nprint(*({call}, ctypes.get_errno()))"
    calls = {
        "libc.unshare(0x10000000)": "-1 1",  # CLONE_NEWUSER
        "libc.ptrace(16, os.getppid(), 0, 0)": "-1 1",
        "libc.syscall(435, 0, 0)": "-1 38",  # clone3: there is none
        "libc.syscall(425, 8, 0)": "-1 1",  # io_uring_setup
        "libc.syscall(56, 0x10000000, 0, 0, 0, 0)": "-1 1",  # clone
    }
    if os.uname().machine != "x86_64":
        del calls["libc.syscall(56, 0x10000000, 0, 0, 0, 0)"]
    for call, told in calls.items():
        assert attempt(code.replace("{call}", call), folders) == told, call


def test_a_network_that_is_there_is_not_reached(folders: tuple[Path, Path, Path]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert refused(f"socket.create_connection(('127.0.0.1', {port}))", folders)
        with pytest.raises(ProgramError):
            run_limited(["ffprobe", "-v", "error", f"http://127.0.0.1:{port}/x"], _LIMITS, "x", Access())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
def test_started_by_root_it_is_nobody_with_one_capability(folders: tuple[Path, Path, Path]) -> None:
    code = "import os, ctypes\nflag = ctypes.CDLL(None).prctl(39, 0, 0, 0, 0)  # PR_GET_NO_NEW_PRIVS\n"
    code += "print(*os.getresuid(), *os.getresgid(), os.getgroups(), flag)"
    assert attempt(code, folders) == "65534 65534 65534 65534 65534 65534 [] 1"
    assert refused("os.setuid(0)", folders)


def test_signals_are_as_a_program_expects_them(folders: tuple[Path, Path, Path]) -> None:
    """Python ignores SIGXFSZ, and what is ignored stays so over exec: files would be cut in silence."""
    with pytest.raises(ChildFailed, match="wrote more than it may"):
        run_limited(
            ["dd", "if=/dev/zero", f"of={folders[2]}/large", "bs=1M", "count=2"],
            _LIMITS,
            "x",
            Access((), (folders[2],)),
        )


def test_a_program_that_is_missing_is_said(folders: tuple[Path, Path, Path]) -> None:
    with pytest.raises(ProgramError, match="No such file"):
        run_limited(["no-such-program"], _LIMITS, "x", Access())


def test_it_still_ends_with_whoever_started_it(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys, time\n"
        "from media.limits import Limits, LongLived\nfrom media.sandbox import Access\n"
        "tool = LongLived(['sleep', '600'], Limits(1 << 30, 1 << 20, 60.0), Access())\n"
        "print(tool.process.pid, flush=True); time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        program = psutil.Process(int(parent.stdout.readline()))
        deadline = time.monotonic() + 60
        while program.name() != "sleep" and time.monotonic() < deadline:
            time.sleep(0.02)  # not before it is what it shall become
        parent.send_signal(signal.SIGKILL)
    while program.is_running() and program.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not program.is_running() or program.status() == psutil.STATUS_ZOMBIE


# ---- the decoders themselves


@pytest.fixture
def child() -> Iterator[Child]:
    with Child() as opened:
        yield opened


def test_pictures_films_and_tags_are_read_in_it(child: Child, tmp_path: Path, identity: str) -> None:
    picture, film = media_files().path("bus"), media_files().path("videos") / "small.mp4"
    made = render_picture(child, picture, "image/jpeg", tmp_path / "preview.jpg", tmp_path / "thumbnail.webp")
    assert (made.width, made.height) == (810, 1080)
    assert (tmp_path / "preview.jpg").stat().st_uid == os.geteuid()
    frames = tmp_path / "frames"
    frames.mkdir()
    assert write_keyframes(film, probe_video(film), frames, Sampling())
    assert {path.stat().st_uid for path in frames.iterdir()} == {os.geteuid()}
    assert extract_sound(film, tmp_path / "sound.wav") in (True, False)
    with ExifTool() as tool:
        assert tool.read(picture).values["File:MIMEType"] == "image/jpeg"


def test_a_child_has_only_the_file_at_hand(child: Child, tmp_path: Path) -> None:
    one, other = tmp_path / "one.png", tmp_path / "other.png"
    for path in (one, other):
        path.write_bytes((media_files().path("bus")).read_bytes())
    render_picture(child, one, "image/jpeg", tmp_path / "1.jpg", tmp_path / "1.webp")
    program = child._program
    assert program is not None
    assert list(program.staging.input.iterdir()) == [], "gone with its request"
    assert list(program.staging.output.iterdir()) == []
    rights = json.loads(next(part for part in program.process.args if part.startswith("{")))  # type: ignore[union-attr]
    assert not any(other.is_relative_to(path) for path in rights["read"] + rights["write"])


def test_a_large_file_elsewhere_gets_a_child_of_its_own(
    child: Child, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = tmp_path / "a picture, larger than is copied.jpg"
    picture.write_bytes(media_files().path("bus").read_bytes())
    monkeypatch.setattr("media.staging.MAX_COPIED_BYTES", 1000)
    assert picture.stat().st_size < MAX_COPIED_BYTES
    made = render_picture(child, picture, "image/jpeg", tmp_path / "p.jpg", tmp_path / "t.webp")
    assert made.width == 810
    with ExifTool() as tool:
        assert tool.read(picture).values["File:MIMEType"] == "image/jpeg"


def test_files_of_the_store_get_a_second_name_and_others_a_copy(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "incoming").mkdir(parents=True)
    original, elsewhere = data / "original.jpg", tmp_path / "elsewhere.jpg"
    for path in (original, elsewhere):
        path.write_bytes(b"picture")
        path.chmod(0o444)
    staging = Staging(data / "incoming")
    with staging.staged(original) as staged:
        assert staged is not None
        assert staged.samefile(original)
    with staging.staged(elsewhere) as staged:
        assert staged is not None
        assert not staged.samefile(elsewhere)
        assert staged.read_bytes() == b"picture"
    assert original.stat().st_nlink == elsewhere.stat().st_nlink == 1
    staging.close()
    assert list((data / "incoming").iterdir()) == []


def test_what_is_no_ordinary_file_is_not_taken(tmp_path: Path) -> None:
    staging = Staging()
    (tmp_path / "secret").write_text("secret")
    (staging.output / "link").symlink_to(tmp_path / "secret")
    (staging.output / "second").hardlink_to(tmp_path / "secret")
    (staging.output / "folder").mkdir()
    for name in ("link", "second", "folder", "missing"):
        with pytest.raises(ChildFailed, match=f"wrote no {name}"):
            staging.take(name, tmp_path / "taken")
    staging.clear()
    assert (tmp_path / "secret").read_text() == "secret"
    assert list(staging.output.iterdir()) == []
    staging.close()


def test_a_folder_that_was_tidied_away_is_made_anew(child: Child, tmp_path: Path) -> None:
    picture = media_files().path("bus")
    for number in range(2):
        render_picture(child, picture, "image/jpeg", tmp_path / f"{number}.jpg", tmp_path / f"{number}.webp")
        assert child._program is not None
        child._program.staging.close()


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("IMG_1234.HEIC", "IMG_1234.HEIC"),
        ("-rf.jpg", "original.jpg"),
        ("a b.jpg", "original.jpg"),
        ("x|", "original"),
        ("#x.mov\n", "original"),
        ("fd:3", "original"),
        ("ä.tif", "original.tif"),
    ],
)
def test_names_that_could_mean_something_are_replaced(name: str, plain: str) -> None:
    assert plain_name(name) == plain
