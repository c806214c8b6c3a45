"""The HTTP application, composed from explicit parts."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api import docs, errors
from api.deps import Parts
from api.events import EventHub
from api.leases import Leases
from api.meter import Meter
from api.pace import Pace
from api.patience import Patience
from api.pieces import Senders
from api.routes import (
    analyses,
    assets,
    belonging,
    deeds,
    events,
    first_start,
    health,
    map,  # noqa: A004 - the subject's name
    media,
    metrics,
    search,
    session,
    sessions,
    similar,
    status,
    tokens,
    trash,
    upload,
    uploads,
    user_access,
    users,
)
from api.schemas.problems import Problem
from api.security import Shield
from api.settings import ApiSettings
from api.standing import Standing
from api.web import add_web
from core.errors import FoveaError, ServiceAway
from db.connect import Database
from db.tokens import TokenStore
from engines.door import EngineDoor
from library.ingest import Ingest
from library.uploads import Limits, Uploads
from media.child import Child
from media.partial import PartialFiles
from media.store import Store

_log = logging.getLogger(__name__)

_TIDY_EVERY_S = 60.0
_ENGINE_IDLE_S = 600.0
_STRANGERS_PER_S = 5.0  # requests of one address that show no valid session or token
_STRANGERS_BURST = 300

_DESCRIPTION = """Answers about your photos and videos: where, when, who, what, what is written, what is said.

Sign in for a cookie, or send `Authorization: Bearer TOKEN`. A change by cookie also needs the header `X-Fovea: 1`.
Lists answer `{"items": [...], "next": cursor or null}`; `after` takes the cursor, `limit` 0 means all.
A token with `write` and without `read` is answered 204 or 201 without a body: it changes, and is told nothing.
Errors are application/problem+json (RFC 9457). Boxes are fractions of the upright picture."""

_V1: tuple[APIRouter, ...] = (
    first_start.router,
    session.router,
    sessions.router,
    users.router,
    user_access.router,
    tokens.router,
    assets.router,
    upload.router,
    trash.router,
    belonging.router,
    uploads.router,
    media.router,
    search.router,
    similar.router,
    map.router,
    analyses.router,
    deeds.router,
    status.router,
    events.router,
)


def create_app(
    *,
    database: Database,
    tokens: TokenStore,
    store: Store,
    data: Path,
    engines: EngineDoor,
    ingest: Callable[[], Ingest],
    settings: ApiSettings,
) -> FastAPI:
    """The server's application. `ingest` gives an `Ingest` for the calling thread; `data` is the data folder.

    While the application runs (its lifespan), one thread listens to the database for news.
    """
    hub = EventHub(database.url)
    child, files = Child(), PartialFiles(data)
    standing = Standing(_questions(database, tokens, store, ingest))
    parts = Parts(
        database=database,
        tokens=tokens,
        store=store,
        data=data,
        engines=engines,
        child=child,
        ingest=ingest,
        events=hub,
        settings=settings,
        patience=Patience(tokens, settings.sign_in_failures, settings.sign_in_wait_s),
        pace=Pace(settings.requests_per_s, settings.requests_burst),
        pace_of_strangers=Pace(_STRANGERS_PER_S, _STRANGERS_BURST),
        uploads=Uploads(
            database,
            files,
            Limits(settings.upload_max_bytes, settings.upload_quota_bytes, settings.upload_keep_h * 3600),
        ),
        senders=Senders(files),
        meter=Meter(),
        standing=standing,
        leases=Leases(database, tokens),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        hub.start()
        parts.leases.start()
        tidying = asyncio.create_task(_tidy(parts))
        yield
        tidying.cancel()
        await run_in_threadpool(hub.close)
        await run_in_threadpool(parts.leases.close)
        await run_in_threadpool(child.close)
        standing.close()

    app = describe_app(lifespan)
    app.state.parts = parts
    add_web(app, settings.web)
    app.add_middleware(Shield, meter=parts.meter, leases=parts.leases)
    return app


def _questions(
    database: Database, tokens: TokenStore, store: Store, ingest: Callable[[], Ingest]
) -> dict[str, Callable[[], Any]]:
    """How the servers are asked that the API needs. Each raises when its server is away."""

    def database_answers() -> None:
        with database.statements() as connection:
            connection.execute("select 1")

    def store_answers() -> None:
        if not store.answers():
            raise ServiceAway("the store does not answer")

    return {
        "database": database_answers,
        "store": store_answers,
        "broker": lambda: ingest().bus.depths(),  # noqa: PLW0108 - a bus of the thread that asks
        "tokens": tokens.check,
    }


async def _tidy(parts: Parts) -> None:
    """While the application runs: unload idle engines, finish uploads that were cut off, forget abandoned ones."""

    def everything() -> None:
        parts.engines.unload_idle(_ENGINE_IDLE_S)
        parts.uploads.tidy(parts.ingest)

    while True:
        try:
            await run_in_threadpool(everything)
        except (FoveaError, OSError, psycopg.Error) as error:
            _log.warning("tidying up is put off: %s", error)
        await asyncio.sleep(_TIDY_EVERY_S)


def describe_app(lifespan: Any = None) -> FastAPI:
    """The application's routes and documents, without anything to work with."""
    app = FastAPI(
        title="Fovea",
        version=version("fovea"),
        description=_DESCRIPTION,
        license_info={"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        generate_unique_id_function=_operation_id,
        lifespan=lifespan,
    )
    for router in _V1:
        app.include_router(router, prefix="/api/v1")
    app.include_router(health.router, prefix="/api")
    app.include_router(metrics.router, prefix="/api")
    docs.add_docs(app)
    errors.install(app)
    _describe_problems(app)
    return app


def _describe_problems(app: FastAPI) -> None:
    """Add the form of errors to the OpenAPI document: routes refer to it, none answers it as its model."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        document = described()
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["schemas"] |= {**problem.pop("$defs", {}), "Problem": problem}
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _operation_id(route: APIRoute) -> str:
    """list_assets → listAssets: what a generated client calls its method."""
    first, *rest = route.name.split("_")
    return first + "".join(word.capitalize() for word in rest)
