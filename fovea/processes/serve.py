"""Serving the API: of `fovea service api`, and the process that `fovea up` starts as
`python -m fovea.processes.serve CERTIFICATE KEY`.
"""

import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from fastapi import FastAPI

from api.main import create_app
from api.server import make_server
from api.settings import ApiSettings
from db.connect import Database
from engines.door import EngineDoor
from fovea.adapters import open_bus, open_store, open_tokens
from fovea.logs import set_up_logs
from fovea.processes.children import die_with_parent
from fovea.settings import Settings
from library.ingest import Ingest
from media.store import Store
from media.weights import WeightStore, default_folder, load_manifest

_WEB = Path(__file__).parents[2] / "web" / "dist" / "browser"
_CONNECTIONS_MOST = 20


class IngestPerThread:
    """An `Ingest` for each thread of the pool, since each holds a connection to the queue of its own."""

    def __init__(self, settings: Settings, database: Database, store: Store, url: str) -> None:
        self._settings = settings
        self._database = database
        self._store = store
        self._url = url
        self._local = threading.local()

    def __call__(self) -> Ingest:
        made: Ingest | None = getattr(self._local, "ingest", None)
        if made is None:
            made = self._local.ingest = Ingest(self._database, self._store, open_bus(self._settings, self._url))
        return made


def compose(settings: Settings, api_settings: ApiSettings, url: str) -> FastAPI:
    """The application with what it works with: database, tokens, store, engines and queue."""
    data = settings.data.resolve()
    database = Database(url, most=_CONNECTIONS_MOST)
    store = open_store(settings)
    weights = WeightStore(settings.weights or default_folder(os.environ), load_manifest())
    return create_app(
        database=database,
        tokens=open_tokens(settings, database),
        store=store,
        data=data,
        engines=EngineDoor(weights.path, 2),
        ingest=IngestPerThread(settings, database, store, url),
        settings=api_settings,
    )


def main(arguments: Sequence[str]) -> None:
    """A child of `fovea up`: the API and the web app over TLS, until told to stop."""
    die_with_parent()
    certificate, key = arguments
    settings = Settings()
    api_settings = ApiSettings()
    if api_settings.web is None and _WEB.is_dir():
        api_settings = api_settings.model_copy(update={"web": _WEB})
    set_up_logs(settings.log)
    url = settings.database_url or os.environ["FOVEA_CHILD_DATABASE_URL"]
    app = compose(settings, api_settings, url)
    make_server(app, api_settings, Path(certificate), Path(key)).run()


if __name__ == "__main__":
    main(sys.argv[1:])
