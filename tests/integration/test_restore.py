"""Restoring: everything comes back, or nothing; and what is refused."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from core.errors import BackupDamaged, Conflict
from db import upkeep
from db.connect import Database, connect
from db.migrate import migrate, migration_names
from db.tokens_postgres import PostgresTokens
from library import accounts, trash
from library.backup import BackupWish
from library.backup_place import BackupPlace
from library.restore import check, restore
from library.restore_files import RestoreWish
from library.verify import VerifyWish, verify
from media.store_s3 import S3Store
from tests.integration.backups import all_rows, another_library, backed_up, bring_in, originals, small_library
from tests.integration.shelf import Shelf, open_shelf
from tests.integration.test_verify import make_previews, spoil
from tests.s3_server import s3_server

RESTORED_EMPTY = (
    "select (select count(*) from asset) + (select count(*) from account where login is not null) as n"
)


@pytest.fixture
def shelf(database: Database, database_url: str, tmp_path: Path) -> Iterator[Shelf]:
    with small_library(database, database_url, tmp_path) as made:
        yield made


def test_everything_comes_back(shelf: Shelf, tmp_path: Path, postgres_url: str) -> None:
    anna = accounts.claim_directly(shelf.database, "anna", "a long enough password")
    tokens = PostgresTokens(shelf.database)
    secret, _ = accounts.make_token(tokens, anna, "nightly", frozenset({"read"}), None)
    session, _ = accounts.start_session(tokens, anna)
    with shelf.database.transaction() as connection:
        connection.execute("update asset set tags = '{dog}', comment = 'ours', rating = 5 where id = 1")
        trash.put(connection, 1, 2)
        connection.execute("update job set state = 'running', leased_by = 'x' where asset_id = 3")
        connection.execute(
            "insert into upload (id, owner_id, account_id, path, bytes, came_by, expires_at)"
            " values (%s, 1, 1, 'x.jpg', 100, 'web', now() + interval '1 day')",
            ["1" * 32],
        )
    made = backed_up(shelf, tmp_path / "backup")
    assert (made.files, made.copied_files, made.lacking) == (5, 5, {})
    with another_library(postgres_url, tmp_path / "again") as (url, store):
        done = restore(url, store, PostgresTokens, BackupPlace(tmp_path / "backup").find(None), RestoreWish())
        assert (done.assets, done.files, done.tokens, done.migrated) == (5, 5, 1, [])
        assert all_rows(url) == all_rows(shelf.url)
        assert originals(store) == originals(shelf.store)
        with Database(url) as database:
            again = PostgresTokens(database)
            assert accounts.caller_of(database, again, secret, "api").account.login == "anna"
            with pytest.raises(Exception, match="not valid"):
                accounts.caller_of(database, again, session, "session")
            assert verify(database, store, 1, VerifyWish(young_s=0)).is_well
            with database.transaction() as connection:
                states = connection.execute("select distinct state, delivered_at, leased_by from job").fetchall()
                assert states == [{"state": "waiting", "delivered_at": None, "leased_by": None}]
                assert connection.execute("select count(*) as n from upload").fetchone() == {"n": 0}
                deeds = connection.execute(
                    "select kind, state, message from deed where kind = 'backup'"
                ).fetchall()
                assert deeds == [{"kind": "backup", "state": "done", "message": "restored"}]
        assert not list(store.data.glob("restoring-*"))


def test_previews_and_the_certificate_come_along_only_when_asked(
    shelf: Shelf, tmp_path: Path, postgres_url: str
) -> None:
    previews = make_previews(shelf)
    (shelf.store.data / "tls").mkdir()
    (shelf.store.data / "tls" / "key.pem").write_text("secret")
    top = tmp_path / "backup"
    plain = backed_up(shelf, top)
    assert not list(top.rglob("*.webp")) and not list(top.rglob("key.pem"))
    with another_library(postgres_url, tmp_path / "plain") as (url, store):
        done = restore(url, store, PostgresTokens, BackupPlace(top).find(plain.name), RestoreWish())
        assert done.previews == 5
        with connect(url) as connection:
            queued = connection.execute("select analysis, lane from job where state = 'waiting'").fetchall()
        assert queued == [{"analysis": "preview", "lane": "bulk"}] * 5
    full = backed_up(shelf, top, BackupWish(previews=True, certificate=True))
    assert (full.folder / "tls" / "key.pem").read_text() == "secret"
    next(iter(previews.values())).thumbnail.unlink()
    with another_library(postgres_url, tmp_path / "full") as (url, store):
        done = restore(url, store, PostgresTokens, BackupPlace(top).find(full.name), RestoreWish())
        assert done.previews == 0
        with Database(url) as database:
            verified = verify(database, store, 1, VerifyWish(young_s=0))
        assert verified.previews == 5 and verified.is_well
        assert not (store.data / "tls").exists(), "a key is put back by hand"


def damage(snapshot_folder: Path, what: str) -> None:
    top = snapshot_folder.parent.parent
    if what == "a flipped byte in a file":
        spoil(next((top / "originals").rglob("*.jpg")))
    elif what == "a missing file":
        next((top / "originals").rglob("*.jpg")).unlink()
    elif what == "a cut-off file":
        path = next((top / "originals").rglob("*.jpg"))
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:-1])
    elif what == "a flipped byte in the dump":
        spoil(snapshot_folder / "database.dump")
    elif what == "a cut-off dump":
        path = snapshot_folder / "database.dump"
        path.write_bytes(path.read_bytes()[:-100])
    elif what == "a changed list":
        (snapshot_folder / "files.jsonl").write_text("")
    elif what == "no manifest":
        (snapshot_folder / "manifest.json").unlink()
    elif what == "half a manifest":
        path = snapshot_folder / "manifest.json"
        path.write_text(path.read_text()[:100])


@pytest.mark.parametrize(
    "what",
    [
        "a flipped byte in a file",
        "a missing file",
        "a cut-off file",
        "a flipped byte in the dump",
        "a cut-off dump",
        "a changed list",
        "no manifest",
        "half a manifest",
    ],
)
def test_a_damaged_backup_is_refused_and_leaves_nothing(
    shelf: Shelf, tmp_path: Path, postgres_url: str, what: str
) -> None:
    made = backed_up(shelf, tmp_path / "backup")
    damage(made.folder, what)
    snapshot = BackupPlace(tmp_path / "backup").find(None)
    with pytest.raises(BackupDamaged):
        check(snapshot, RestoreWish())
    with another_library(postgres_url, tmp_path / "again") as (url, store):
        with pytest.raises(BackupDamaged) as refused:
            restore(url, store, PostgresTokens, snapshot, RestoreWish())
        assert str(tmp_path) in str(refused.value) or ".jpg" in str(refused.value), "it says which file"
        assert originals(store) == {}
        with connect(url) as connection:
            migrate(connection)
            assert upkeep.is_empty(connection)
        assert not list(store.data.glob("restoring-*"))


def test_a_dump_that_postgresql_refuses_leaves_the_library_empty(
    shelf: Shelf, tmp_path: Path, postgres_url: str
) -> None:
    """It is whole by its hash, so that only PostgreSQL finds out: half of it is not kept."""
    made = backed_up(shelf, tmp_path / "backup")
    with another_library(postgres_url, tmp_path / "again") as (url, store):
        with connect(url) as connection:
            migrate(connection)
            # a thing of the dump's that a restore does not take down, so that the dump fails on it half way
            connection.execute("create type pair as (a int, b int)")
        with connect(shelf.url) as connection:
            connection.execute("create type pair as (a int, b int)")
        made = backed_up(shelf, tmp_path / "backup")
        with pytest.raises(BackupDamaged, match='type "pair" already exists'):
            restore(url, store, PostgresTokens, BackupPlace(tmp_path / "backup").find(made.name), RestoreWish())
        assert originals(store) == {}
        with connect(url) as connection:
            assert upkeep.is_empty(connection)
            assert upkeep.versions(connection)[0] == migration_names()


def test_a_library_that_is_not_empty_is_left_alone(shelf: Shelf, tmp_path: Path, postgres_url: str) -> None:
    backed_up(shelf, tmp_path / "backup")
    snapshot = BackupPlace(tmp_path / "backup").find(None)
    with another_library(postgres_url, tmp_path / "again") as (url, store):
        restore(url, store, PostgresTokens, snapshot, RestoreWish())
        before = all_rows(url)
        with pytest.raises(Conflict, match="not empty"):
            restore(url, store, PostgresTokens, snapshot, RestoreWish())
        assert all_rows(url) == before
    with another_library(postgres_url, tmp_path / "claimed") as (url, store):
        with connect(url) as connection:
            migrate(connection)
        with Database(url) as database:
            accounts.claim_directly(database, "emil", "a long enough password")
        with pytest.raises(Conflict, match="not empty"):
            restore(url, store, PostgresTokens, snapshot, RestoreWish())
    with another_library(postgres_url, tmp_path / "shared") as (url, store):
        with connect(url) as connection:
            connection.execute("create table somebody_elses (n int)")
        with pytest.raises(Conflict, match="somebody_elses"):
            restore(url, store, PostgresTokens, snapshot, RestoreWish())
    with (
        another_library(postgres_url, tmp_path / "used") as (url, store),
        connect(url),
        pytest.raises(Conflict, match="other connections"),
    ):
        restore(url, store, PostgresTokens, snapshot, RestoreWish())


def test_a_library_in_a_bucket_comes_back_into_another(
    database: Database, database_url: str, tmp_path: Path, postgres_url: str
) -> None:
    with s3_server() as server, open_shelf(database, database_url, tmp_path / "data") as plain:
        shelf = replace(plain, store=S3Store(tmp_path / "data", server.bucket(), 100_000_000))
        for number in range(3):
            bring_in(shelf, tmp_path, number)
        assert not list((tmp_path / "data" / "originals").rglob("*.jpg")), "they lie in the bucket"
        made = backed_up(shelf, tmp_path / "backup")
        assert (made.files, made.lacking) == (3, {})
        with another_library(postgres_url, tmp_path / "again") as (url, _):
            store = S3Store(tmp_path / "again", server.bucket(), 100_000_000)
            snapshot = BackupPlace(tmp_path / "backup").find(None)
            assert restore(url, store, PostgresTokens, snapshot, RestoreWish()).files == 3
            with Database(url) as again:
                assert verify(again, store, 1, VerifyWish(young_s=0)).is_well
            assert len(list(store.originals_after())) == 3


def test_a_role_without_special_rights_is_enough(shelf: Shelf, tmp_path: Path, postgres_url: str) -> None:
    """Where only an administrator may make extensions, they are there before, and stay."""
    backed_up(shelf, tmp_path / "backup")
    role = f"app_{uuid4().hex[:8]}"
    with another_library(postgres_url, tmp_path / "again") as (url, store):
        with connect(url) as connection:
            name = str(connection.info.dbname)
            connection.execute(f"create role {role} login")  # type: ignore[arg-type]
            connection.execute(f'alter database "{name}" owner to {role}')  # type: ignore[arg-type]
            for extension in ("vector", "fuzzystrmatch", "unaccent"):
                connection.execute(f"create extension {extension}")  # type: ignore[arg-type]
        as_role = url.replace("//postgres@", f"//{role}@")
        done = restore(as_role, store, PostgresTokens, BackupPlace(tmp_path / "backup").find(None), RestoreWish())
        assert done.assets == 5
        with connect(as_role) as connection:
            assert connection.execute("update asset set rating = 3 where id = 1").rowcount == 1
    with connect(postgres_url) as connection:
        connection.execute(f"drop role {role}")  # type: ignore[arg-type]


def test_a_backup_by_a_newer_program_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    made = backed_up(shelf, tmp_path / "backup")
    path = made.folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["migrations"].append("9999_later.sql")
    path.write_text(json.dumps(manifest))
    with pytest.raises(Conflict, match=r"newer Fovea .*9999_later"):
        check(BackupPlace(tmp_path / "backup").find(None), RestoreWish())


def test_originals_that_outlived_their_database_are_used_where_they_are(
    shelf: Shelf, tmp_path: Path, postgres_url: str
) -> None:
    backed_up(shelf, tmp_path / "backup")
    snapshot = BackupPlace(tmp_path / "backup").find(None)
    (shelf.store.data / "originals" / sorted(originals(shelf.store))[0]).unlink()
    inodes = {path.name: path.stat().st_ino for path in (shelf.store.data / "originals").rglob("*.jpg")}
    with another_library(postgres_url, tmp_path / "unused") as (url, _):
        done = restore(url, shelf.store, PostgresTokens, snapshot, RestoreWish())
    assert done.files == 5
    after = {path.name: path.stat().st_ino for path in (shelf.store.data / "originals").rglob("*.jpg")}
    assert len(after) == 5 and inodes.items() <= after.items()


def test_originals_that_were_there_stay_when_a_restore_fails(
    shelf: Shelf, tmp_path: Path, postgres_url: str
) -> None:
    made = backed_up(shelf, tmp_path / "backup")
    first, second, *_ = sorted(originals(shelf.store))
    (shelf.store.data / "originals" / first).unlink()
    spoil(tmp_path / "backup" / "originals" / first)
    with another_library(postgres_url, tmp_path / "unused") as (url, _), pytest.raises(BackupDamaged):
        restore(url, shelf.store, PostgresTokens, BackupPlace(tmp_path / "backup").find(made.name), RestoreWish())
    assert len(originals(shelf.store)) == 4 and second in originals(shelf.store)


def test_the_commands_say_what_they_did(shelf: Shelf, tmp_path: Path, postgres_url: str) -> None:
    def run(
        *arguments: str, url: str = shelf.url, data: Path = shelf.store.data, **more: str
    ) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "fovea.main", *arguments],
            env={
                **os.environ,
                "FOVEA_DATABASE_URL": url,
                "FOVEA_DATA": str(data),
                "FOVEA_INBOX": str(tmp_path / "in"),
                **more,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout, done.stderr

    top = str(tmp_path / "backup")
    code, told, _ = run("backup", top, "--json")
    made = json.loads(told)
    assert (code, made["files"], made["lacking"]) == (0, 5, [])
    code, told, said = run("backup", top)
    assert code == 0 and "5 files" in told and "same disk" in said
    assert len(json.loads(run("restore", top, "--list", "--json")[1])["items"]) == 2
    assert json.loads(run("restore", top, "--check", "--json")[1])["whole"] is True
    assert run("restore", top)[0] == 1
    assert run("restore", str(tmp_path / "nothing"))[0] == 1
    assert run("restore", top, "--snapshot", "2020")[0] == 1
    assert run("backup", str(shelf.store.data / "x"))[0] == 2
    code, _, said = run("restore", top, FOVEA_URL="https://photos.example", FOVEA_TOKEN="x")
    assert code == 2 and "FOVEA_URL" in said
    with another_library(postgres_url, tmp_path / "again") as (url, store):
        code, told, said = run("restore", top, "--json", url=url, data=store.data)
        assert code == 0, said
        assert json.loads(told)["files"] == 5
    spoil(next((tmp_path / "backup" / "originals").rglob("*.jpg")))
    code, _, said = run("restore", top, "--check")
    assert code == 1 and "damaged" in said
