"""Search by words and filters, what was found by its parts, and saved searches."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, status

from api.deps import After, Limit, PartsDep, Reader, Writer
from api.schemas.problems import problems
from api.schemas.search import (
    FacetAnswer,
    NewSavedSearch,
    SavedSearch,
    SavedSearchList,
    SearchAnswer,
    Sort,
    SuggestionList,
)
from api.schemas.values import MOST_ID, Line
from api.tagged import TaggedRoute
from library import saved, search
from library import suggest as suggestions

router = APIRouter(tags=["search"], route_class=TaggedRoute)

Question = Annotated[Line, Query(max_length=1000, description="Words and filters, like `object:bus lisbon`.")]
Order = Annotated[Sort, Query(description="Surest first, or by time of capture.")]


@router.get("/search", responses=problems(400, 401, 403, 503))
def search_assets(
    caller: Reader, parts: PartsDep, q: Question, limit: Limit = 50, after: After = None, sort: Order = "match"
) -> SearchAnswer:
    """Assets that fit the query, the best first, each with why it was found."""
    with parts.database.transaction() as connection:
        found = search.search(
            connection, caller.owner_id, q, limit=limit, after=after, sort=sort, door=parts.engines
        )
    return SearchAnswer.model_validate(found)


@router.get("/search/suggest", responses=problems(400, 401, 403, 503))
def suggest(caller: Reader, parts: PartsDep, q: Question) -> SuggestionList:
    """What the words typed so far could become, with how many assets each has."""
    with parts.database.transaction() as connection:
        return SuggestionList.model_validate(suggestions.suggest(connection, caller.owner_id, q))


@router.get("/search/facets", responses=problems(400, 401, 403, 503))
def get_facets(caller: Reader, parts: PartsDep, q: Question = "") -> FacetAnswer:
    """What has the words of the query, counted by kind, year, country, place, thing, camera and what it has."""
    with parts.database.transaction() as connection:
        return FacetAnswer.model_validate(search.facets(connection, caller.owner_id, q))


@router.get("/searches", responses=problems(400, 401, 403, 503))
def list_searches(caller: Reader, parts: PartsDep, limit: Limit = 50, after: After = None) -> SavedSearchList:
    """The saved searches, by name."""
    with parts.database.transaction() as connection:
        found = saved.list_searches(connection, caller.owner_id, limit=limit, after=after)
    return SavedSearchList.model_validate(found)


@router.post("/searches", status_code=status.HTTP_201_CREATED, responses=problems(400, 401, 403, 503))
def save_search(new: NewSavedSearch, caller: Writer, parts: PartsDep) -> SavedSearch:
    """Keeps a search under a name. The same name again replaces it."""
    with parts.database.transaction() as connection:
        made = saved.save_search(connection, caller.owner_id, new.name, new.query, new.sort)
    return SavedSearch.model_validate(made)


@router.delete("/searches/{id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(401, 403, 404, 503))
def forget_search(
    search_id: Annotated[int, Path(alias="id", ge=1, le=MOST_ID)], caller: Writer, parts: PartsDep
) -> None:
    """Lets go of a saved search."""
    with parts.database.transaction() as connection:
        saved.forget_search(connection, caller.owner_id, search_id)
