"""Makes tests/data/library-COMMIT.{dump,json}: a small real library by the code of an earlier commit.

    python tests/make_old_library.py 6ce2281 tests/data

The commit is checked out into a temporary folder, and its own `fovea ingest --wait` analyses a few of the test
media with real weights; a person's decisions are made through its own library. The dump is
pg_dump's custom format, which needs no server of the same age. The JSON beside it holds what the old program
answered, question by question, for tests/integration/test_upgrade.py.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SEARCHES = (
    "bus",
    "kind:video",
    "holiday",
    "said:the",
    "place:oakland",
    "camera:canon",
    "has:position",
    "text:the",
)
WORLD = (-180.0, -85.0, 180.0, 85.0)


def main() -> None:
    """Make both files. Needs git, the environment, the weights and the test media."""
    commit, target = sys.argv[1], Path(sys.argv[2])
    folder = Path(tempfile.mkdtemp(prefix="fovea-old-"))
    folder.chmod(0o755)
    tree = folder / "tree"
    subprocess.run(["git", "-C", ROOT, "worktree", "add", "--detach", tree, commit], check=True)
    try:
        environment = {**os.environ, "PYTHONPATH": str(tree), "FOVEA_DATA": str(folder / "data")}
        _collect(folder / "media", folder / "shelf")
        fovea = [sys.executable, "-m", "fovea.main"]
        # files that are refused or fail are part of it, hence no check of the exit code
        subprocess.run([*fovea, "ingest", folder / "media", "--wait"], env=environment, cwd=tree, check=False)
        _write_sidecar(folder / "media" / "Journey" / "bus.xmp")
        subprocess.run([*fovea, "ingest", folder / "media", "--wait"], env=environment, cwd=tree, check=False)
        subprocess.run(
            [*fovea, "ingest", "--in-place", folder / "shelf", "--wait"], env=environment, cwd=tree, check=True
        )
        inside = [sys.executable, __file__, "inside", str(folder), str(target.resolve() / f"library-{commit}")]
        subprocess.run(inside, env=environment, cwd=tree, check=True)
    finally:
        subprocess.run(["git", "-C", ROOT, "worktree", "remove", "--force", tree], check=True)
        shutil.rmtree(folder, ignore_errors=True)


def _collect(media: Path, shelf: Path) -> None:
    import piexif  # noqa: PLC0415

    from tests.media_files import media_files  # noqa: PLC0415 (the old tree has one of its own)

    store = media_files()
    for name, below in (
        ("bus", ""),
        ("jpeg-west", "oakland.jpg"),
        ("jpeg-town", "carinthia.jpg"),
        ("formats-hopper", "hopper.jpg"),
        ("formats-hopper", "hopper.png"),
        ("speech-video", ""),
        ("broken", "truncated.jpg"),
    ):
        source = store.path(name) if store.path(name).is_file() else store.path(name) / below
        (media / "Journey").mkdir(parents=True, exist_ok=True)
        shutil.copy(source, media / "Journey" / source.name)
    variant = media / "Journey" / "hopper told.jpg"
    shutil.copy(media / "Journey" / "hopper.jpg", variant)
    piexif.insert(piexif.dump({"0th": {piexif.ImageIFD.ImageDescription: b"Grace"}}), str(variant))
    shelf.mkdir()
    shutil.copy(store.path("page") / "text.png", shelf / "page.png")


def _write_sidecar(path: Path) -> None:
    path.write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="40,25.0N"'
        ' exif:GPSLongitude="3,42.2W"/></rdf:RDF></x:xmpmeta>'
    )


def inside(folder: Path, target: Path) -> None:
    """Within the old tree's code: decide, ask, dump."""
    import library as old  # noqa: PLC0415
    from db.connect import Database  # noqa: PLC0415
    from db.embedded import EmbeddedPostgres  # noqa: PLC0415

    assert Path(old.__file__).is_relative_to(folder), "not the old tree's code"
    server = EmbeddedPostgres(folder / "data")
    url = server.start()
    try:
        with Database(url) as database:
            token = _decide(database)
            asked = _ask(database)
        written = json.dumps({"token": token, **asked}, ensure_ascii=False, indent=1, sort_keys=True, default=str)
        target.with_suffix(".json").write_text(written + "\n")
        programs = server._bin
        command = [programs / "pg_dump", "--format=custom", "--compress=gzip:9", "--no-owner", "--no-privileges"]
        subprocess.run([*command, f"--file={target}.dump", f"--dbname={url}"], check=True)
    finally:
        server.release()


def _decide(database: Any) -> str:
    from db.tokens import PostgresTokens  # noqa: PLC0415
    from library import accounts, browse, choices, saved, trash  # noqa: PLC0415

    anna = accounts.claim_directly(database, "anna", "a long enough password")
    accounts.add_account(database, "ben", "another long password", "viewer")
    secret, _ = accounts.make_token(PostgresTokens(database), anna, "nightly", frozenset({"read", "write"}), None)
    with database.transaction() as connection:
        at = {
            name: browse.assets_named(connection, 1, f"media/Journey/{name}")[0][0]
            for name in ("bus.jpg", "hopper.jpg", "hopper.png", "obama_speech.mp4")
        }
        changes = {"tags": ["holiday", "Madrid"], "comment": "the quiet one", "rating": 4}
        browse.decide(connection, 1, at["bus.jpg"], changes)
        browse.decide(connection, 1, at["hopper.jpg"], {"rating": 2})
        saved.save_search(connection, 1, "Buses", "object:bus rating:>=3", "newest")
        choices.choose_language(connection, 1, at["obama_speech.mp4"], "en")
        trash.put(connection, 1, at["hopper.png"])
    return secret


def _ask(database: Any) -> dict[str, Any]:
    from library import browse, saved, search, trash  # noqa: PLC0415

    with database.transaction() as connection:
        found = browse.list_assets(connection, 1, limit=0)
        return {
            "list": found,
            "show": [browse.show_asset(connection, 1, each["id"]) for each in found["items"]],
            "search": {query: search.search(connection, 1, query, limit=0)["items"] for query in SEARCHES},
            "map": browse.map_clusters(connection, 1, WORLD, 3),
            "trash": trash.list_trash(connection, 1, limit=0),
            "saved": saved.list_searches(connection, 1),
            "status": browse.status(connection, 1),
            "paths": [row["path"] for row in connection.execute("select path from file_path order by path")],
        }


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT)) if sys.argv[1] != "inside" else None
    inside(Path(sys.argv[2]), Path(sys.argv[3])) if sys.argv[1] == "inside" else main()
