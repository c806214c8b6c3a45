"""One deployment for the whole run of these tests."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import httpx
import pytest

from tests.deploy.deployment import Deployment
from tests.deploy.running import deployed


@pytest.fixture(scope="session")
def deployment() -> Iterator[Deployment]:
    """The platform in containers, healthy; or the one of folder FOVEA_TEST_DEPLOYMENT, as it is."""
    running = os.environ.get("FOVEA_TEST_DEPLOYMENT")
    with nullcontext(Deployment.of(Path(running))) if running else deployed() as made:
        yield made


@pytest.fixture
def client(deployment: Deployment) -> Iterator[httpx.Client]:
    """Signed in as the administrator."""
    with deployment.sign_in() as opened:
        yield opened


@pytest.fixture(scope="session")
def media_folder() -> Iterator[Path]:
    """A folder for the files that are sent."""
    with tempfile.TemporaryDirectory(prefix="fovea-sent-") as name:
        yield Path(name)
