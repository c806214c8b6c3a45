"""First start: whether the library has its administrator, and making one."""

from fastapi import APIRouter, Request, Response

from api.deps import PartsDep, client_address
from api.routes.session import begin_session
from api.schemas.accounts import Claim, FirstStart, Session
from api.schemas.problems import problems
from library import accounts

router = APIRouter(tags=["first start"])


@router.get("/first-start", responses=problems(503))
def get_first_start(parts: PartsDep) -> FirstStart:
    """Whether the library has its administrator. Open to all."""
    return FirstStart(claimed=accounts.is_claimed(parts.database))


@router.post("/first-start", responses=problems(400, 403, 409, 429, 503))
def claim_library(claim: Claim, request: Request, response: Response, parts: PartsDep) -> Session:
    """Make the first administrator with the one-time link's secret, and sign in. Once only."""
    address = client_address(request)
    parts.patience.attempt(address)
    account = accounts.claim_library(parts.database, parts.tokens, claim.claim, claim.login, claim.password)
    parts.patience.succeeded(address)
    account, password_hash = accounts.sign_in(parts.database, account.login, claim.password)
    return begin_session(parts, account, password_hash, request, response)
