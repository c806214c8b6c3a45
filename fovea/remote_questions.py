"""What the verbs ask of a library on another machine, through its HTTP API."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import FoveaError, NotFound
from fovea.named import is_file_here, not_found, sha512_of, the_number, the_one
from fovea.remote import Remote

Json = dict[str, Any]
_MOST_ALIKE = 1000  # the API takes no more, and never gives more than 500


class RemoteQuestions:
    """See `fovea.questions.Questions`."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def status(self) -> Json:
        return {**self._remote.get("status"), "analyses": self._remote.list("analyses", limit=0)["items"]}

    def list_assets(self, *, limit: int, after: str | None) -> Json:
        return self._remote.list("assets", limit=limit, after=after)

    def show(self, what: str) -> Json:
        return self._remote.get(f"assets/{self._find(what)}")

    def search(self, query: str, *, limit: int, after: str | None, sort: str) -> Json:
        return self._remote.list("search", limit=limit, after=after, q=query, sort=sort)

    def saved_searches(self) -> Json:
        return self._remote.list("searches", limit=0)

    def save_search(self, name: str, query: str, sort: str) -> None:
        self._remote.ask("POST", "searches", json={"name": name, "query": query, "sort": sort})

    def similar(self, what: str, *, limit: int) -> Json:
        most = min(limit, _MOST_ALIKE)
        if not is_file_here(what):
            return self._remote.get(f"assets/{self._find(what)}/similar", limit=most)
        with Path(what).open("rb") as picture:
            binary = {"Content-Type": "application/octet-stream"}
            answer = self._remote.ask("POST", "similar", params={"limit": most}, content=picture, headers=binary)
        return self._remote.read(answer)

    def cost(self, analysis: str, which: str) -> Json:
        return self._remote.get(f"analyses/{analysis}/cost", which=which)

    def requeue(self, analysis: str, which: str) -> Json:
        return self._remote.read(self._remote.ask("POST", f"analyses/{analysis}/requeue", json={"which": which}))

    def choose_language(self, asset_id: int, language: str | None) -> Json:
        said = {"language": language}
        return self._remote.read(self._remote.ask("PUT", f"assets/{asset_id}/language", json=said))

    def split(self, asset_id: int, sha512: str) -> Json:
        return self._remote.read(self._remote.ask("POST", f"assets/{asset_id}/split", json={"sha512": sha512}))

    def join(self, asset_ids: Sequence[int]) -> Json:
        return self._remote.read(self._remote.ask("POST", "assets/join", json={"asset_ids": list(asset_ids)}))

    def belonging(self, asset_id: int) -> Json:
        return self._remote.get(f"assets/{asset_id}/belonging", limit=0)

    def undo_belonging(self, belonging_id: int) -> Json:
        return self._remote.read(self._remote.ask("POST", f"belonging/{belonging_id}/undo"))

    def list_trash(self, *, limit: int, after: str | None) -> Json:
        return self._remote.list("trash", limit=limit, after=after)

    def put_into_trash(self, which: Sequence[str]) -> list[int]:
        ids = list(dict.fromkeys(self._find(what) for what in which))
        for asset_id in ids:
            self._remote.get(f"assets/{asset_id}")  # all of them or none: each must be there before the first goes
        self._each("DELETE", "assets/{}", ids)
        return ids

    def restore_from_trash(self, which: Sequence[str]) -> list[int]:
        ids = list(dict.fromkeys(self._find_trashed(what) for what in which))
        self._each("POST", "assets/{}/restore", ids)
        return ids

    def empty_trash(self, older_than_days: float) -> Json:
        answer = self._remote.ask("DELETE", "trash", params={"older_than_days": older_than_days})
        return self._remote.read(answer)

    def _each(self, method: str, path: str, ids: Sequence[int]) -> None:
        for done, asset_id in enumerate(ids):
            try:
                self._remote.ask(method, path.format(asset_id))
            except FoveaError as error:
                if done:
                    error.args = (f"{error}; of {len(ids)} the first {done} were done",)
                raise

    def _find(self, what: str) -> int:
        found = the_number(what)
        if found is None:
            named = self._remote.get("assets/named", path=what)
            found = the_one(what, named["ids"], named.get("paths", ()))
        if found is None and is_file_here(what):
            found = the_one(what, self._remote.get("assets/named", sha512=sha512_of(Path(what)).hex())["ids"])
        if found is None:
            raise not_found(what)
        return found

    def _find_trashed(self, what: str) -> int:
        found = the_number(what)
        if found is None:
            found = the_one(what, self._remote.get("assets/named", path=what, trashed=True)["ids"])
        if found is None:
            raise NotFound(f"there is no {what} in the trash; `fovea trash list` shows what is")
        return found
