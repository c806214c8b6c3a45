"""One deployment for the whole run of these tests."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.deploy.deployment import Deployment
from tests.deploy.running import deployed


@pytest.fixture(scope="session")
def deployment() -> Iterator[Deployment]:
    """The platform in containers, healthy."""
    with deployed() as made:
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
