"""Backup, its check and verify in the api's container, while the platform runs."""

import json
from pathlib import Path

import httpx

from tests.deploy.deployment import Deployment
from tests.deploy.files import make_photo

_PLACE = "/tmp/backup-of-tests"  # noqa: S108 (the container's own memory, apart from the library)


def test_a_running_platform_is_backed_up_and_verified(
    deployment: Deployment, client: httpx.Client, media_folder: Path
) -> None:
    photo = make_photo(media_folder, 4711)
    client.post("assets", params={"path": "backed up.jpg"}, content=photo.read_bytes()).raise_for_status()
    assert deployment.command("user", "token", "anna", "--json").returncode == 0
    try:
        done = deployment.command("backup", _PLACE, "--json")
        assert done.returncode == 0, done.stderr
        made = json.loads(done.stdout)
        assert made["lacking"] == [] and made["files"] >= 1
        again = json.loads(deployment.command("backup", _PLACE, "--keep", "1", "--json").stdout)
        assert again["removed"] == [made["name"]], "the second one stays"
        checked = deployment.command("restore", _PLACE, "--check", "--json")
        assert checked.returncode == 0 and json.loads(checked.stdout)["whole"], checked.stderr
        refused = deployment.command("restore", _PLACE)
        assert refused.returncode == 1
        assert "other connections" in refused.stderr, "nothing is restored into a platform that runs"
        verified = json.loads(deployment.command("verify", "--json").stdout)
        assert verified["finished"] and verified["files"] >= made["files"]
        assert (verified["counts"]["damaged"], verified["counts"]["missing"]) == (0, 0)
    finally:
        deployment.compose("exec", "-T", "api", "rm", "-rf", _PLACE, check=False)
