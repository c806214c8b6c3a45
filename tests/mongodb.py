"""The real MongoDB that tests may use: FOVEA_TEST_MONGODB_URL, set by the test of the deployed shape."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from uuid import uuid4

from pymongo import MongoClient

SET = "FOVEA_TEST_MONGODB_URL"
WHY_NOT = f"{SET} names no MongoDB (Debian 12 has none; `make deploy-test` brings one)"


def server_url() -> str | None:
    """The server, or None where there is none."""
    return os.environ.get(SET)


@contextmanager
def own_database(server: str) -> Iterator[str]:
    """The address of an empty database of this test alone; it is dropped at the end."""
    name = f"fovea_test_{uuid4().hex[:12]}"
    url = urlsplit(server)._replace(path=f"/{name}").geturl()
    yield url
    with MongoClient(url) as client:
        client.drop_database(name)
