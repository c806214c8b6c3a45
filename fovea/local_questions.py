"""What the verbs ask of the library on this machine, as its owner."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from db.connect import Connection
from db.search import Sort
from fovea.named import is_file_here, not_found, sha512_of, the_number, the_one
from fovea.open import Library
from library import activity, belonging, browse, saved, trash
from library.choices import choose_language
from library.picture_search import similar_to_picture
from library.search import search
from library.similar import similar_assets
from media.child import Child

Json = dict[str, Any]
_DAY_S = 86_400.0


class LocalQuestions:
    """See `fovea.questions.Questions`."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._database = library.database
        self._owner_id = library.owner_id

    def status(self) -> Json:
        with self._database.transaction() as connection:
            counts = browse.status(connection, self._owner_id)
            return {**counts, "analyses": activity.list_analyses(connection, self._owner_id)["items"]}

    def list_assets(self, *, limit: int, after: str | None) -> Json:
        with self._database.transaction() as connection:
            return browse.list_assets(connection, self._owner_id, limit=limit, after=after)

    def show(self, what: str) -> Json:
        with self._database.transaction() as connection:
            return browse.show_asset(connection, self._owner_id, self._find(connection, what))

    def search(self, query: str, *, limit: int, after: str | None, sort: str) -> Json:
        door, order = self._library.tools().door, cast("Sort", sort)  # the library refuses what is none
        with self._database.transaction() as connection:
            return search(connection, self._owner_id, query, limit=limit, after=after, sort=order, door=door)

    def saved_searches(self) -> Json:
        with self._database.transaction() as connection:
            return saved.list_searches(connection, self._owner_id)

    def save_search(self, name: str, query: str, sort: str) -> None:
        with self._database.transaction() as connection:
            saved.save_search(connection, self._owner_id, name, query, cast("Sort", sort))

    def similar(self, what: str, *, limit: int) -> Json:
        if is_file_here(what):
            door = self._library.tools().door
            with Child() as child:
                return similar_to_picture(self._database, door, child, self._owner_id, Path(what), limit=limit)
        with self._database.transaction() as connection:
            return similar_assets(connection, self._owner_id, self._find(connection, what), limit=limit)

    def cost(self, analysis: str, which: str) -> Json:
        with self._database.transaction() as connection:
            return asdict(activity.cost(connection, self._owner_id, analysis, which))

    def requeue(self, analysis: str, which: str) -> Json:
        with self._database.transaction() as connection:
            return activity.requeue(connection, self._owner_id, analysis, which)

    def choose_language(self, asset_id: int, language: str | None) -> Json:
        with self._database.transaction() as connection:
            return choose_language(connection, self._owner_id, asset_id, language)

    def split(self, asset_id: int, sha512: str) -> Json:
        with self._database.transaction() as connection:
            return belonging.split(connection, self._owner_id, self._owner_id, asset_id, bytes.fromhex(sha512))

    def join(self, asset_ids: Sequence[int]) -> Json:
        with self._database.transaction() as connection:
            return belonging.join(connection, self._owner_id, self._owner_id, asset_ids)

    def belonging(self, asset_id: int) -> Json:
        with self._database.transaction() as connection:
            return belonging.decisions(connection, self._owner_id, asset_id)

    def undo_belonging(self, belonging_id: int) -> Json:
        with self._database.transaction() as connection:
            return belonging.undo(connection, self._owner_id, belonging_id)

    def list_trash(self, *, limit: int, after: str | None) -> Json:
        with self._database.transaction() as connection:
            return trash.list_trash(connection, self._owner_id, limit=limit, after=after)

    def put_into_trash(self, which: Sequence[str]) -> list[int]:
        with self._database.transaction() as connection:
            ids = list(dict.fromkeys(self._find(connection, what) for what in which))
            for asset_id in ids:
                trash.put(connection, self._owner_id, asset_id)
        return ids

    def restore_from_trash(self, which: Sequence[str]) -> list[int]:
        with self._database.transaction() as connection:
            ids = list(dict.fromkeys(trash.find(connection, self._owner_id, what) for what in which))
            for asset_id in ids:
                trash.restore(connection, self._owner_id, asset_id)
        return ids

    def empty_trash(self, older_than_days: float) -> Json:
        done = trash.empty(self._database, self._library.store, self._owner_id, older_than_days * _DAY_S)
        return asdict(done)

    def _find(self, connection: Connection, what: str) -> int:
        """The asset that a person means. Raises NotFound, and BadRequest when a path is that of several."""
        found = the_number(what)
        if found is None:
            named = browse.assets_named(connection, self._owner_id, what)
            found = the_one(what, [asset_id for asset_id, _ in named], [path for _, path in named])
        if found is None and is_file_here(what):
            found = browse.asset_id_by_sha512(connection, self._owner_id, sha512_of(Path(what)))
        if found is None:
            raise not_found(what)
        return found
