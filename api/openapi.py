"""Prints the API's OpenAPI document: `python -m api.openapi > web/openapi.json`."""

import json
import sys

from api.main import describe_app


def openapi_text() -> str:
    """The document as it is kept in web/openapi.json, from which the web app's client is made."""
    return json.dumps(describe_app().openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(openapi_text())
