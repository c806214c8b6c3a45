"""`fovea ingest` over a folder of hostile names and files: all of them are told, as JSON and as text."""

import json
from pathlib import Path

import pytest

from tests.hostile.described import picture
from tests.hostile.disguises import strangers
from tests.hostile.files import NAMES, HostileFile, make_oddities, write_down
from tests.running import RunningFovea, make_folder, remove_folder


@pytest.mark.parametrize("how", ["--copy", "--in-place"])
def test_a_folder_of_hostile_names_and_files_is_taken_in(how: str, tmp_path: Path) -> None:
    hidden = [name for name in NAMES if name.startswith(b".")]
    files = [HostileFile(b"names/" + name, picture(n, 32), "name") for n, name in enumerate(NAMES)]
    files += [HostileFile(b"others/" + name.encode(), data, "stranger") for name, data in strangers()]
    sources = tmp_path / "given"
    write_down(files, sources)
    make_oddities(sources / "odd")
    fovea = RunningFovea(make_folder("ingest-hostile"))
    try:
        for _ in range(2):
            done = fovea.command("ingest", str(sources), how, "--json")
            assert done.returncode == 1, done.stderr
            assert "Traceback" not in done.stderr
            assert "\x1b" not in done.stderr, "a name steers the terminal"
            items = json.loads(done.stdout)["items"]
            taken = [item for item in items if item["status"] != "refused"]
            refused = [item for item in items if item["status"] == "refused"]
            assert len(taken) >= len(NAMES) - len(hidden)
            assert all(item["reason"] for item in refused)
            assert {"nothing.jpg", "drawing.svg", "program.exe"} <= {Path(item["source"]).name for item in refused}
            assert all(item["path"].replace("\u200d", "").isprintable() for item in taken)
        listed = fovea.command("list", "--json", "--limit", "0")
        assert listed.returncode == 0, listed.stderr
        assert len(json.loads(listed.stdout)["items"]) >= len(NAMES) - len(hidden)
        assert (sources / "others" / "nothing.jpg").exists()
    finally:
        remove_folder(fovea.folder)
