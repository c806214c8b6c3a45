"""What looks like a picture, and which faces may be the same person's."""

from typing import Any, cast

from core.certainty import engine_of
from core.cursor import decode_cursor, encode_cursor
from core.errors import BadRequest, NotFound
from core.findings import Vector
from core.likeness import FACES_MEASURED, PICTURES_MEASURED, face_certainty, picture_likeness
from db import faces, vectors
from db.connect import Connection
from db.vectors import MOST_NEIGHBOURS, Neighbour, Space
from library.browse import show_asset, summaries_of

Json = dict[str, Any]
ANALYSIS = "embedding"


def similar_assets(
    connection: Connection, owner_id: int, asset_id: int, *, limit: int = 50, after: str | None = None
) -> Json:
    """Assets that look like one of the library, most alike first.

    `{"items": [{"asset", "similarity", "likeness"}], "next"}`: `likeness` in words, null where the engine was not
    measured; the list ends where chance begins. Empty while the asset has no vector yet. `limit` 0 means as many
    as are ever given, 500. Raises NotFound, BadRequest for a cursor `after` that is none.
    """
    space = vectors.space_of_asset(connection, owner_id, asset_id, ANALYSIS)
    if space is None:
        show_asset(connection, owner_id, asset_id)  # raises NotFound for what is not the owner's
        return {"items": [], "next": None}
    page = _Page(limit, after)
    near = vectors.near_asset(connection, owner_id, space, asset_id, page.most)
    return _assets(connection, owner_id, space, page, near)


def similar_to_vector(
    connection: Connection,
    owner_id: int,
    space_name: str,
    vector: Vector,
    *,
    limit: int = 50,
    after: str | None = None,
) -> Json:
    """Assets that look like a picture which need not be in the library.

    `space_name` is "embedding:" and the identity of the engine that made the vector. Empty while no asset was
    analysed by that engine.
    """
    space = vectors.space_named(connection, space_name)
    if space is None:
        return {"items": [], "next": None}
    page = _Page(limit, after)
    near = vectors.near_vector(connection, owner_id, space, vector, page.most)
    return _assets(connection, owner_id, space, page, near)


def similar_faces(
    connection: Connection, owner_id: int, face_id: int, *, limit: int = 50, after: str | None = None
) -> Json:
    """Faces like this one: `{"items": [{"asset", "face", "similarity", "certainty"}], "next"}`.

    `certainty` is that both are one person's, in words; the list ends where chance begins (core/likeness.py).
    Raises NotFound.
    """
    space = vectors.space_of_face(connection, owner_id, face_id)
    if space is None:
        raise NotFound(f"there is no face {face_id}, or you may not see it")
    page = _Page(limit, after)
    words = _FaceWords(connection, owner_id, space)
    near, end = page.cut(words.beyond_chance(vectors.near_face(connection, owner_id, space, face_id, page.most)))
    shown = summaries_of(connection, owner_id, [each.asset_id for each in near])
    boxes = faces.face_boxes(connection, owner_id, [each.face_id for each in near if each.face_id])
    items = []
    for each in near:
        if each.face_id not in boxes or each.asset_id not in shown:
            continue
        box, at_s = boxes[each.face_id]
        face = {"id": each.face_id, "box": {"x": box.x, "y": box.y, "w": box.w, "h": box.h}, "at_s": at_s}
        items.append(
            {
                "asset": shown[each.asset_id],
                "face": face,
                "similarity": round(each.similarity, 4),
                "certainty": words.of(each),
            }
        )
    return {"items": items, "next": end}


def _assets(connection: Connection, owner_id: int, space: Space, page: "_Page", found: list[Neighbour]) -> Json:
    words = _PictureWords(connection, owner_id, space)
    near, end = page.cut(words.beyond_chance(found))
    shown = summaries_of(connection, owner_id, [each.asset_id for each in near])
    items = [
        {
            "asset": shown[each.asset_id],
            "similarity": round(each.similarity, 4),
            "likeness": words.of(each),
        }
        for each in near
        if each.asset_id in shown
    ]
    return {"items": items, "next": end}


class _Words:
    """Words for how alike two vectors of a space are, in a library of so many; None where nothing was measured."""

    measured: frozenset[str]

    def __init__(self, connection: Connection, owner_id: int, space: Space) -> None:
        self.engine = engine_of(space.name)
        self._known = self.engine in self.measured
        self.others = vectors.vectors_in_space(connection, owner_id, space) - 1 if self._known else 0

    def of(self, near: Neighbour) -> str | None:
        return self.word(near.similarity) if self._known else None

    def beyond_chance(self, found: list[Neighbour]) -> list[Neighbour]:
        """Without what chance alone brings about."""
        return [each for each in found if self.of(each) is not None] if self._known else found

    def word(self, cosine: float) -> str | None:
        raise NotImplementedError


class _FaceWords(_Words):
    measured = frozenset({FACES_MEASURED})

    def word(self, cosine: float) -> str | None:
        return face_certainty(cosine, self.others)


class _PictureWords(_Words):
    measured = PICTURES_MEASURED

    def word(self, cosine: float) -> str | None:
        return picture_likeness(cosine, self.others, self.engine)


class _Page:
    """One page of what is near. The cursor says how far the list went, and the last item's similarity and id: what
    the index finds a little differently for a longer list is neither shown twice nor out of order.
    """

    def __init__(self, limit: int, after: str | None) -> None:
        if limit < 0:
            raise BadRequest("`limit` is the number of results, 0 for all")
        self._limit = limit or MOST_NEIGHBOURS
        self._gone = 0
        self._last: tuple[float, int] | None = None
        if after is not None:
            gone, similarity, last_id = decode_cursor(after, int, float, int)
            self._gone = max(0, min(cast("int", gone), MOST_NEIGHBOURS))
            self._last = (-cast("float", similarity), cast("int", last_id))
        self.most = min(self._gone + self._limit + 1, MOST_NEIGHBOURS)

    def cut(self, found: list[Neighbour]) -> tuple[list[Neighbour], str | None]:
        """This page of the list from its beginning, and where the next one begins."""
        left = sorted((each for each in found if self._last is None or _rank(each) > self._last), key=_rank)
        kept, more = left[: self._limit], len(left) > self._limit
        if not more:
            return kept, None
        last = kept[-1]
        return kept, encode_cursor([self._gone + len(kept), last.similarity, _rank(last)[1]])


def _rank(near: Neighbour) -> tuple[float, int]:
    return -near.similarity, near.face_id or near.asset_id
