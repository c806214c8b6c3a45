"""Which worker processes the embedded shape has: one without models, one that holds them."""

from uuid import uuid4

from core.errors import ServiceAway
from db import jobs
from fovea.open import Library
from fovea.processes.children import Child, Children
from fovea.processes.processors import processors
from fovea.processes.worker import Post
from workers.catalogue import find_analyses
from workers.concurrency import slot_names

_WORKER = "fovea.processes.worker"
_PICTURES_MOST = 4  # each large picture being read takes 300 MB beside the models


def plan_posts() -> list[Post]:
    """Analyses with a model share one process, so that each model is in memory once. Two files with a thread each
    are done sooner than one after the other with two (docs/decisions/019-all-analyses-together.md)."""
    found = find_analyses().values()
    with_model = tuple(sorted(each.name for each in found if each.settings().engine))
    without = tuple(sorted(each.name for each in found if not each.settings().engine))
    run = uuid4().hex[:8]
    most = processors()
    pictures = min(_PICTURES_MOST, most)
    return [Post(f"intake-{run}", without, most), Post(f"models-{run}", with_model, pictures)]


class Crew:
    """The workers of one `fovea up` (or of one `ingest --wait` without it)."""

    def __init__(self, library: Library, posts: list[Post], others: list[Child] | None = None) -> None:
        self._library = library
        self._posts = {post.name: post for post in posts}
        environment = {"FOVEA_DATA": str(library.data), "FOVEA_CHILD_DATABASE_URL": library.url}
        children = [
            Child(post.name, _WORKER, [post.name, str(post.slots), *post.analyses], environment) for post in posts
        ]
        self.children = Children([*children, *(others or [])], self._free)

    def _free(self, name: str) -> None:
        if name not in self._posts:
            return
        try:
            with self._library.database.transaction() as connection:
                jobs.recover(connection, workers=slot_names(name))
        except ServiceAway:
            pass  # its leases run out by themselves
