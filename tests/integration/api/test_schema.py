"""Schemathesis asks every operation for what its schema allows and for what it does not: no 500, nothing
undocumented, nothing malformed taken."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.main import describe_app
from api.tus import PIECE
from db.connect import Database
from tests.integration.api.conftest import Served, serving
from tests.integration.api.stocked import add_asset, analyse_richly, finish_all

OPERATIONS = schemathesis.openapi.from_dict(describe_app().openapi())
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]


@schemathesis.serializer(PIECE)
def piece_of_a_file(_: Any, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture(scope="module")
def library(
    postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory, password_hash: str
) -> Iterator[Served]:
    """One stocked library for all operations: making one for each would take longer than asking them."""
    name = f"schema_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'create database "{name}" template "{template_database}"')
    data = tmp_path_factory.mktemp("schema") / "data"
    with (
        Database(postgres_url.replace("/fovea?", f"/{name}?")) as database,
        serving(database, data, None, password_hash) as served,
    ):
        with served.database.transaction() as opened:
            for number in range(3):
                asset_id = add_asset(opened, f"{number}.jpg", at=(38.7, -9.1))
                finish_all(opened, asset_id)
                analyse_richly(opened, asset_id)
        yield served
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)')


@pytest.fixture
def asked(library: Served) -> dict[str, Any]:
    """How to reach it as an administrator's script; a token of its own, for some operations revoke it."""
    token = library.token("anna", "read", "write", "admin")
    return {"app": library.app, "headers": {"Authorization": f"Bearer {token}"}}


@OPERATIONS.exclude(operation_id="listen").parametrize()  # that one never ends; test_wire.py has it
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
def test_every_operation_keeps_to_its_schema(case: Any, asked: dict[str, Any]) -> None:
    case.call_and_validate(
        app=asked["app"], base_url="https://fovea.test", headers=asked["headers"], checks=CHECKS
    )


def test_the_schema_is_valid_openapi() -> None:
    assert len(list(OPERATIONS.get_all_operations())) >= 34
    assert Path(__file__).exists()
