"""Nearest neighbours by pgvector: right, only one's own, and by the index."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from core.errors import NotFound
from core.findings import FoundFace, Vector
from core.media import Box
from db.connect import Connection, Database, connect
from db.faces import replace_faces
from db.vectors import near_asset, replace_vectors, space_id, space_named
from library.similar import similar_assets, similar_faces, similar_to_vector
from tests.integration.library_rows import OWNER, new_asset, new_owner

RANDOM = np.random.default_rng(11)
BOX = Box(0.1, 0.1, 0.2, 0.3)


def unit(values: np.ndarray) -> Vector:
    return np.asarray(values / np.linalg.norm(values), dtype=np.float32)


def face(vector: Vector, at_s: float | None = None) -> FoundFace:
    return FoundFace(BOX, 0.9, ((0.1, 0.1),) * 5, vector, 80.0, at_s)


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.transaction() as opened:
        yield opened


def test_similar_assets_are_the_nearest_of_the_owner(connection: Connection) -> None:
    space = space_id(connection, "embedding:test-1", "embedding", 1280)
    centre = unit(RANDOM.normal(size=1280))
    own = [new_asset(connection) for _ in range(30)]
    vectors = {asset: unit(centre + RANDOM.normal(size=1280) * 0.002 * place) for place, asset in enumerate(own)}
    for asset, vector in vectors.items():
        replace_vectors(connection, space, asset, [(None, vector)])
    other = new_asset(connection, owner_id=new_owner(connection, "other"))
    replace_vectors(connection, space, other, [(None, centre)])
    answer = similar_assets(connection, OWNER, own[0], limit=5)
    exact = sorted(own[1:], key=lambda asset: -float(vectors[asset] @ vectors[own[0]]))[:5]
    assert [item["asset"]["id"] for item in answer["items"]] == exact
    for item in answer["items"]:
        cosine = float(vectors[item["asset"]["id"]] @ vectors[own[0]])
        assert item["similarity"] == pytest.approx(cosine, abs=1e-3)
    by_vector = similar_to_vector(connection, OWNER, "embedding:test-1", centre, limit=0)
    assert len(by_vector["items"]) == 30
    assert similar_to_vector(connection, OWNER, "embedding:nobody", centre)["items"] == []
    assert similar_assets(connection, OWNER, new_asset(connection))["items"] == []
    with pytest.raises(NotFound):
        similar_assets(connection, OWNER, other)


def test_a_video_counts_once_with_its_nearest_frame(connection: Connection) -> None:
    space = space_id(connection, "embedding:test-1", "embedding", 8)
    axes = [unit(np.eye(8)[place] + 0.1) for place in range(8)]
    photo, video = new_asset(connection), new_asset(connection, kind="video")
    replace_vectors(connection, space, photo, [(None, axes[2])])
    replace_vectors(connection, space, video, [(float(at), axes[at]) for at in range(8)])
    (near,) = near_asset(connection, OWNER, space_named(connection, "embedding:test-1"), photo, 10)  # type: ignore[arg-type]
    assert (near.asset_id, near.at_s) == (video, 2.0)
    assert near.similarity == pytest.approx(1.0, abs=1e-3)


def test_filtered_neighbours_are_found_behind_many_of_others(connection: Connection) -> None:
    """Three thousand vectors of another owner lie nearer than the only two that may be seen."""
    space = space_id(connection, "embedding:test-1", "embedding", 32)
    stranger = new_asset(connection, owner_id=new_owner(connection, "other"))
    centre = unit(np.ones(32))
    nearer = [(float(at), unit(centre + RANDOM.normal(size=32) * 0.01)) for at in range(3000)]
    replace_vectors(connection, space, stranger, nearer)
    probe, hidden = new_asset(connection), new_asset(connection)
    replace_vectors(connection, space, probe, [(None, centre)])
    replace_vectors(connection, space, hidden, [(None, unit(centre + RANDOM.normal(size=32)))])
    connection.execute("analyze embedding")
    connection.execute("set local enable_seqscan = off")
    connection.execute("set local enable_sort = off")
    assert [item["asset"]["id"] for item in similar_assets(connection, OWNER, probe)["items"]] == [hidden]


def test_similar_faces_of_an_engine_that_was_never_measured(connection: Connection) -> None:
    """Nothing is said of how sure they are, and none is left out."""
    space = space_id(connection, "faces:test-1", "faces", 128)
    anna = unit(RANDOM.normal(size=128))
    first, second = new_asset(connection), new_asset(connection)
    (one, stranger) = replace_faces(
        connection, first, "1", [face(anna), face(unit(RANDOM.normal(size=128)))], space
    )
    (again,) = replace_faces(
        connection, second, "1", [face(unit(anna + RANDOM.normal(size=128) * 0.02), 4.0)], space
    )
    items = similar_faces(connection, OWNER, one)["items"]
    assert [item["face"]["id"] for item in items] == [again, stranger]
    assert items[0]["asset"]["id"] == second
    assert items[0]["face"]["at_s"] == 4.0
    assert items[0]["face"]["box"] == pytest.approx({"x": 0.1, "y": 0.1, "w": 0.2, "h": 0.3})
    assert [item["certainty"] for item in items] == [None, None]
    (renewed,) = replace_faces(connection, second, "2", [face(anna)], space)
    assert [item["face"]["id"] for item in similar_faces(connection, OWNER, one)["items"]] == [renewed, stranger]
    with pytest.raises(NotFound):
        similar_faces(connection, OWNER, again)
    with pytest.raises(NotFound):
        similar_faces(connection, new_owner(connection, "other"), one)


def test_similar_faces_end_where_chance_begins(connection: Connection) -> None:
    """The same likeness says less the more strangers there are; no per cent is given."""
    space = space_id(connection, "faces:yunet_sface-1", "faces", 128)
    anna, across = np.eye(128)[0], np.eye(128)[1]
    alike = [unit(anna * cosine + across * (1 - cosine**2) ** 0.5) for cosine in (0.9, 0.42, 0.1)]
    (one,) = replace_faces(connection, new_asset(connection), "1", [face(unit(anna))], space)
    near, far, stranger = replace_faces(connection, new_asset(connection), "1", [face(v) for v in alike], space)

    def answer(**more: object) -> list[tuple[int, str]]:
        items = similar_faces(connection, OWNER, one, **more)["items"]  # type: ignore[arg-type]
        assert all("probability" not in item for item in items)
        return [(item["face"]["id"], item["certainty"]) for item in items]

    assert answer() == [(near, "very likely"), (far, "very likely")]
    strangers = [face(unit(np.append([0.0], RANDOM.normal(size=127)))) for _ in range(100)]
    replace_faces(connection, new_asset(connection), "1", strangers, space)
    assert answer() == [(near, "very likely"), (far, "unsure")]
    replace_faces(connection, new_asset(connection), "1", strangers * 40, space)
    assert answer() == [(near, "very likely")]
    assert answer(limit=1) == [(near, "very likely")]
    assert stranger not in dict(answer(limit=0))


def test_similar_pictures_end_where_chance_begins(connection: Connection) -> None:
    space = space_id(connection, "embedding:efficientnet_lite0-1", "embedding", 128)
    one, across = np.eye(128)[0], np.eye(128)[1]
    first = new_asset(connection)
    replace_vectors(connection, space, first, [(None, unit(one))])
    for cosine in (0.95, 0.6, 0.5, 0.2):
        vector = unit(one * cosine + across * (1 - cosine**2) ** 0.5)
        replace_vectors(connection, space, new_asset(connection), [(None, vector)])
    items = similar_assets(connection, OWNER, first)["items"]
    assert [item["likeness"] for item in items] == ["nearly the same", "alike", "somewhat alike"]
    for _ in range(10):
        crowd = [(float(at), unit(np.append([0.0], RANDOM.normal(size=127)))) for at in range(1000)]
        replace_vectors(connection, space, new_asset(connection), crowd)
    items = similar_assets(connection, OWNER, first)["items"]
    assert [item["likeness"] for item in items] == ["nearly the same", "alike"]


def test_another_model_makes_another_space_and_takes_its_place(connection: Connection) -> None:
    asset, other = new_asset(connection), new_asset(connection)
    old = space_id(connection, "embedding:old", "embedding", 8)
    for each in (asset, other):
        replace_vectors(connection, old, each, [(None, unit(np.ones(8)))])
    new = space_id(connection, "embedding:new", "embedding", 16)
    assert space_id(connection, "embedding:new", "embedding", 16) == new
    with pytest.raises(ValueError, match="other dimensions"):
        space_id(connection, "embedding:new", "embedding", 8)
    replace_vectors(connection, new, asset, [(None, unit(np.ones(16)))])
    assert similar_assets(connection, OWNER, asset)["items"] == []
    replace_vectors(connection, new, other, [(None, unit(np.ones(16)))])
    assert [item["asset"]["id"] for item in similar_assets(connection, OWNER, asset)["items"]] == [other]


def test_workers_that_make_their_spaces_at_once_do_not_lock_each_other_out(
    database: Database, database_url: str
) -> None:
    with database.transaction() as connection:
        assets = [new_asset(connection) for _ in range(8)]
    failed: list[BaseException] = []
    gate = threading.Barrier(8)

    def work(number: int) -> None:
        try:
            with connect(database_url) as connection:
                gate.wait()
                space = space_id(connection, f"embedding:{number % 4}", "embedding", 8)
                replace_vectors(connection, space, assets[number], [(None, unit(np.ones(8)))])
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert failed == []
    with database.transaction() as connection:
        row = connection.execute("select count(*) as n from embedding").fetchone()
        assert row is not None
        assert row["n"] == 8
