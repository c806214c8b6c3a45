"""Asking whether servers are there, while the application runs, ends and runs again."""

from api.standing import Standing


def test_it_asks_again_after_it_was_closed() -> None:
    asked: list[str] = []
    standing = Standing({"database": lambda: asked.append("database")})
    assert standing.look() == {"database": True}
    standing.close()
    assert standing.call("database", lambda: 7) == 7
    standing.close()
    assert standing.look() == {"database": True}
    standing.close()
    assert asked[0] == "database"
