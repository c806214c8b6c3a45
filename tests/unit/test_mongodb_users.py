"""The set-up of MongoDB's users: who Fovea is there, what it may, and where its password comes from.

The script is run by a real JavaScript engine with a `db` that writes down what is asked of it: the stand-in for
the `mongo` image that tests can use where no image registry is reachable knows no users.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "containers" / "mongodb"
SECRET = "s3cret-of-many-letters"
NODE = shutil.which("node", path=f"{ROOT / '.tools' / 'node' / 'bin'}:/usr/local/bin:/usr/bin:/bin")

RECORDER = """
const vm = require('vm'), fs = require('fs'), asked = [];
const database = (name) => new Proxy({}, { get: (_, method) => (...given) => {
  if (method === 'getSiblingDB') return database(given[0]);
  asked.push({ database: name, method, given });
} });
vm.runInNewContext(fs.readFileSync(process.argv[1], 'utf8'), { db: database('given'), require, process });
console.log(JSON.stringify(asked));
"""


def run_script(folder: Path, password: str | None) -> "subprocess.CompletedProcess[str]":
    if NODE is None:
        pytest.skip("no Node.js on this machine to run the script with (`make run` brings one)")
    file = folder / "password"
    if password is not None:
        file.write_text(password)
    (script,) = SCRIPTS.glob("*.js")
    return subprocess.run(
        [NODE, "-e", RECORDER, str(script)],
        capture_output=True,
        text=True,
        check=False,
        env={"FOVEA_MONGODB_PASSWORD_FILE": str(file)},
    )


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_fovea_may_read_and_write_its_own_database_and_nothing_else(tmp_path: Path, end: str) -> None:
    done = run_script(tmp_path, SECRET + end)
    assert done.returncode == 0, done.stderr
    asked: list[dict[str, Any]] = json.loads(done.stdout)
    assert asked == [
        {
            "database": "fovea",
            "method": "createUser",
            "given": [{"user": "fovea", "pwd": SECRET, "roles": [{"role": "readWrite", "db": "fovea"}]}],
        }
    ]


@pytest.mark.parametrize("password", [None, "", "short", "\n"])
def test_without_a_password_worth_the_name_there_is_no_user(tmp_path: Path, password: str | None) -> None:
    done = run_script(tmp_path, password)
    assert done.returncode != 0
    assert "createUser" not in done.stdout
    assert not password or password.strip() == "" or f"'{password}'" not in done.stderr


def test_the_compose_file_guards_mongodb_and_gives_the_script_its_secret() -> None:
    """As the image's entry point reads it: a root user, which switches authentication on, from a file."""
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    service = re.search(r"^  mongodb:\n((?:    .*\n|\n)+)", compose, re.MULTILINE)
    assert service is not None
    told = service[1]
    assert re.search(r"MONGO_INITDB_ROOT_USERNAME: \w+", told)
    assert "MONGO_INITDB_ROOT_PASSWORD_FILE: /run/secrets/mongodb_root_password" in told
    assert re.search(r"- \./containers/mongodb:/docker-entrypoint-initdb\.d:ro", told)
    (script,) = SCRIPTS.glob("*.js")
    (read_from,) = re.findall(r"'/run/secrets/(\w+)'", script.read_text(encoding="utf-8"))
    assert read_from in told and "mongodb_root_password" in told
    assert "--noauth" not in told and "ports:" not in told, "reached from inside only"
    made = (ROOT / "containers" / "secrets.sh").read_text(encoding="utf-8")
    assert re.search(rf"mongodb://fovea:%s@mongodb\S*/fovea.*{read_from}", made), "one password on both sides"
