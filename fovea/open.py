"""Opening a library for a verb of the command: as the owner of the data folder, with or without `fovea up`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bus.messages import Bus
from db import jobs
from db.connect import Database, connect
from db.embedded import EmbeddedPostgres
from db.embedded_place import keep_private
from db.migrate import migrate
from db.tokens import TokenStore
from engines.door import EngineDoor
from fovea.adapters import open_bus, open_store, open_tokens
from fovea.processes.only_one import is_served
from fovea.questions import must_be_here
from fovea.settings import Settings
from media.store import Store
from media.weights import WeightStore, default_folder, load_manifest
from workers.catalogue import declarations
from workers.contract import Tools

OWNER_ID = 1
"""The account that the first migration makes; what comes by inbox or local command belongs to it."""


@dataclass(frozen=True, slots=True)
class Library:
    """An open library. `embedded` is None when FOVEA_DATABASE_URL names another server."""

    settings: Settings
    data: Path
    url: str
    database: Database
    store: Store
    weights: WeightStore
    owner_id: int
    embedded: EmbeddedPostgres | None

    def bus(self) -> Bus:
        """A queue connection of one's own; close it."""
        return open_bus(self.settings, self.url)

    def tokens(self) -> TokenStore:
        """Where sessions and tokens are kept."""
        return open_tokens(self.settings, self.database)

    def tools(self, threads: int = 2) -> Tools:
        """What analyses need on this machine."""
        return Tools(EngineDoor(self.weights.path, threads), self.weights.path, self.data)


@contextmanager
def open_library(settings: Settings | None = None, *, register: bool = False) -> Iterator[Library]:
    """The library of FOVEA_DATA; its database is started when nobody has yet, and stopped by the last one out.

    settings: those of `fovea up`. A verb gives none, and is refused while FOVEA_URL names another library.
    register: also write down which analyses this version of the code knows, unless a server runs: it did, and the
    weights need not be hashed again.
    Raises ServiceAway when the database cannot be reached.
    """
    if settings is None:
        settings = Settings()
        must_be_here(settings)
    data = settings.data.resolve()
    data.mkdir(parents=True, exist_ok=True)
    if settings.database_url:
        keep_private(data)
    embedded = None if settings.database_url else EmbeddedPostgres(data)
    try:
        url = embedded.start() if embedded else settings.database_url
        with connect(url) as connection:
            is_new = bool(migrate(connection))
        with Database(url) as database:
            library = _compose(settings, url, database, embedded)
            if is_new or (register and not is_served(data)):
                register_analyses(library)
            yield library
    finally:
        if embedded:
            embedded.release()


@contextmanager
def open_deployed(settings: Settings) -> Iterator[Library]:
    """The library of FOVEA_DATABASE_URL as a service finds it: nothing is started, migrated or declared."""
    with Database(settings.database_url) as database:
        yield _compose(settings, settings.database_url, database, None)


def _compose(settings: Settings, url: str, database: Database, embedded: EmbeddedPostgres | None) -> Library:
    data = settings.data.resolve()
    weights = WeightStore(settings.weights or default_folder(os.environ), load_manifest())
    return Library(settings, data, url, database, open_store(settings), weights, OWNER_ID, embedded)


def register_analyses(library: Library) -> None:
    """Make the database know the analyses of this code, so that ingest creates their jobs."""
    declared = declarations(library.tools())
    with library.database.transaction() as connection:
        jobs.register_analyses(connection, declared)
