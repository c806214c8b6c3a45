"""Many rows at once, by COPY."""

from collections.abc import Iterable, Sequence

from psycopg import sql

from db.connect import Connection


def copy_rows(
    connection: Connection,
    table: str,
    columns: str,
    rows: Iterable[Sequence[object]],
    types: Sequence[str] | None = None,
) -> None:
    """Rows for these columns (names between spaces). With `types` they go in binary form: quicker for vectors."""
    names = sql.SQL(", ").join(sql.Identifier(name) for name in columns.split())
    into = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), names)
    if types:
        into += sql.SQL(" with (format binary)")
    with connection.cursor().copy(into) as copy:
        if types:
            copy.set_types(types)
        for row in rows:
            copy.write_row(row)
