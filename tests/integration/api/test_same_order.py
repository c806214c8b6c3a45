"""The command and the API print an asset, key by key, in the same order: a script may read either."""

import json

from api.schemas.assets import Asset
from api.schemas.search import SearchAnswer
from library import browse
from library.search import search
from tests.integration.api.conftest import Served
from tests.integration.api.stocked import add_asset, analyse_richly, finish_all


def test_an_asset_and_a_search_are_written_in_one_order(served: Served) -> None:
    with served.database.transaction() as connection:
        asset_id = add_asset(connection, "a.jpg")
        finish_all(connection, asset_id)
        analyse_richly(connection, asset_id)
        shown = browse.show_asset(connection, 1, asset_id)
        found = search(connection, 1, "bus")
    assert Asset.model_validate(shown).model_dump_json() == _packed(shown)
    assert found["items"]
    assert SearchAnswer.model_validate(found).model_dump_json() == _packed(found)


def _packed(told: object) -> str:
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False)
