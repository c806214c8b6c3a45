"""Every named query fits the migrated schema."""

import re

import pytest

from db.connect import Database
from db.queries import load_queries, subjects

NAMED = re.compile(r"%\((\w+)\)s")


@pytest.mark.parametrize("subject", subjects())
def test_each_query_can_be_prepared(database: Database, subject: str) -> None:
    """PostgreSQL parses and analyses it: tables, columns, functions and types are right."""
    queries = load_queries(subject)
    assert queries, f"db/{subject}.sql names no query"
    with database.transaction() as connection:
        for name, text in queries.items():
            lines = text.splitlines()
            assert lines[0].startswith("-- "), f"{subject}.{name} is not described"
            body = "\n".join(line for line in lines if not line.lstrip().startswith("--")).strip().rstrip(";")
            for number, parameter in enumerate(dict.fromkeys(NAMED.findall(body)), 1):
                body = body.replace(f"%({parameter})s", f"${number}")
            connection.execute(f"prepare checked as {body.replace('%%', '%')}".encode(), prepare=False)
            connection.execute("deallocate checked")
