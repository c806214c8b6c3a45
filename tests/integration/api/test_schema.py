"""Schemathesis asks every operation for what its schema allows and for what it does not: no 500, nothing
undocumented, nothing malformed taken."""

from pathlib import Path
from typing import Any

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
from tests.integration.api.conftest import Served
from tests.integration.api.stocked import add_asset, analyse_richly, finish_all

OPERATIONS = schemathesis.openapi.from_dict(describe_app().openapi())
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]


@pytest.fixture
def asked(served: Served) -> dict[str, Any]:
    """A stocked library, and how to reach it as an administrator's script."""
    with served.database.transaction() as connection:
        for number in range(3):
            asset_id = add_asset(connection, f"{number}.jpg", at=(38.7, -9.1))
            finish_all(connection, asset_id)
            analyse_richly(connection, asset_id)
    token = served.token("anna", "read", "write", "admin")
    return {"app": served.app, "headers": {"Authorization": f"Bearer {token}"}}


@OPERATIONS.exclude(operation_id="listen").parametrize()  # that one never ends; test_wire.py has it
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
def test_every_operation_keeps_to_its_schema(case: Any, asked: dict[str, Any]) -> None:
    case.call_and_validate(
        app=asked["app"], base_url="https://fovea.test", headers=asked["headers"], checks=CHECKS
    )


def test_the_schema_is_valid_openapi() -> None:
    assert len(list(OPERATIONS.get_all_operations())) >= 34
    assert Path(__file__).exists()
