"""What every adapter must do, asked of the deployment's own servers: the same tests as without containers."""

import os
import subprocess
import sys

import pytest

from tests.deploy.deployment import ROOT, Deployment


@pytest.mark.parametrize(
    ("tests", "setting"),
    [
        ("tests/integration/test_bus.py", "FOVEA_TEST_BROKER_URL"),
        ("tests/integration/test_tokens.py", "FOVEA_TEST_MONGODB_URL"),
    ],
)
def test_the_adapters_keep_their_contract_with_the_deployed_servers(
    tests: str, setting: str, deployment: Deployment
) -> None:
    url = deployment.broker_url() if "BROKER" in setting else deployment.mongodb_url()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", tests],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, setting: url},
    )
    assert done.returncode == 0, done.stdout[-6000:]
    assert "skipped" not in done.stdout.splitlines()[-1], done.stdout[-2000:]
    print(done.stdout.splitlines()[-1])
