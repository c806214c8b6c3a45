"""Named SQL: a file holds queries, each under `-- name:` with a described purpose.

    -- name: asset_by_id
    -- The asset, or nothing when the caller may not see it.
    select …

SQL stays in `.sql` files so that it can be read, explained and prepared against the schema by a test.
"""

import re
from functools import cache
from pathlib import Path
from typing import LiteralString, cast

_HEAD = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@cache
def load_queries(subject: str) -> dict[str, LiteralString]:
    """Name → SQL of `db/<subject>.sql`. Raises FileNotFoundError for an unknown subject."""
    text = (Path(__file__).parent / f"{subject}.sql").read_text(encoding="utf-8")
    parts = _HEAD.split(text)[1:]
    named = {name: sql.strip() for name, sql in zip(parts[::2], parts[1::2], strict=True)}
    # The project's own files are as trusted as its code; the cast says so to the type checker.
    return {name: cast("LiteralString", sql) for name, sql in named.items()}


def subjects() -> list[str]:
    """Every subject that has a file of queries."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.sql"))
