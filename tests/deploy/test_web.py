"""The pages, by the tests of the embedded shape, through Nginx. They come first: they claim the library."""

import os
import subprocess
import sys

from tests.deploy.deployment import ROOT, Deployment


def test_the_pages_work_through_the_front_door(deployment: Deployment) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "tests/e2e"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "FOVEA_TEST_DEPLOYMENT": str(deployment.folder)},
    )
    assert done.returncode == 0, done.stdout[-12000:]
    assert "skipped" not in done.stdout.splitlines()[-1], done.stdout[-2000:]
    print(done.stdout.splitlines()[-1])
