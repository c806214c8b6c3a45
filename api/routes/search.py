"""Search by words and filters."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import After, Limit, PartsDep, Reader
from api.schemas.problems import problems
from api.schemas.search import SearchAnswer, SuggestionList
from api.schemas.values import Line
from library import search
from library import suggest as suggestions

router = APIRouter(prefix="/search", tags=["search"])

Question = Annotated[Line, Query(max_length=1000, description="Words and filters, like `object:bus lisbon`.")]


@router.get("", responses=problems(400, 401, 403, 503))
def search_assets(
    caller: Reader, parts: PartsDep, q: Question, limit: Limit = 50, after: After = None
) -> SearchAnswer:
    """Assets that fit the query, the best first, each with why it was found."""
    with parts.database.transaction() as connection:
        found = search.search(connection, caller.owner_id, q, limit=limit, after=after)
    return SearchAnswer.model_validate(found)


@router.get("/suggest", responses=problems(400, 401, 403, 503))
def suggest(caller: Reader, parts: PartsDep, q: Question) -> SuggestionList:
    """What the words typed so far could become, with how many assets each has."""
    with parts.database.transaction() as connection:
        return SuggestionList.model_validate(suggestions.suggest(connection, caller.owner_id, q))
