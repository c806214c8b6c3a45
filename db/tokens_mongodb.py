"""The token store of the deployed shape: the collections `token` and `sign_in_pause` of MongoDB.

Writes wait for a majority of the servers and their journals, and reads come from the primary and only show what a
majority has: what was revoked stays revoked when another server takes over. Whether a token has expired is asked
in each query, by the server's clock; the TTL indexes only clear away, once a minute.
"""

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bson import ObjectId
from bson.errors import InvalidId
from pymongo import ASCENDING, DESCENDING, DeleteOne, IndexModel, MongoClient, ReadPreference, UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from core.errors import BadRequest, ServiceAway
from db.tokens import AttemptLimit, Kind, NewToken, StoredToken

_log = logging.getLogger(__name__)

Document = dict[str, Any]

# The client's own defaults wait 30 seconds for a server; who asks should rather hear that it is away.
_FIND_SERVER_MS: Final = 2000
_OPERATION_MS: Final = 3000
_NOTE_USE_EVERY: Final = timedelta(minutes=1)
_NO_ANSWER: Final = "MongoDB, which keeps sessions and tokens, does not answer"
_SCHEMES: Final = ("mongodb://", "mongodb+srv://")
_DATABASE: Final = "fovea"  # where the address names none
_DUPLICATE: Final = 11000
_REFUSED: Final = (13, 18)  # Unauthorized, AuthenticationFailed
_TRIES: Final = 3

_LIVES: Final = {"$or": [{"expires_at": None}, {"$expr": {"$gt": ["$expires_at", "$$NOW"]}}]}
_TOKEN_INDEXES: Final = (
    IndexModel("token_hash", unique=True),
    IndexModel("expires_at", expireAfterSeconds=0),
    IndexModel([("account_id", ASCENDING), ("kind", ASCENDING)]),
)
_ATTEMPT_INDEXES: Final = (IndexModel("expires_at", expireAfterSeconds=0),)


class MongoTokens:
    """See `db.tokens.TokenStore`. Connects when it is first asked, so that it can be made while MongoDB is away.

    url: `mongodb://user:password@host/database`. Raises BadRequest when it is none; no error repeats what it says.
    """

    def __init__(self, url: str) -> None:
        self._client = _open(url)
        database = self._client.get_default_database(_DATABASE)
        sure = database.with_options(
            read_preference=ReadPreference.PRIMARY,  # whatever the address asks for
            read_concern=ReadConcern("majority"),
            write_concern=WriteConcern(w="majority", j=True),
        )
        self._token: Collection[Document] = sure["token"]
        self._attempt: Collection[Document] = sure["sign_in_pause"]
        self._declared = False
        self._away = False
        self._finding_out = threading.Lock()

    def close(self) -> None:
        """Give back the connections."""
        self._client.close()

    def add(self, new: NewToken) -> StoredToken:
        document: Document = {
            "kind": new.kind,
            "account_id": new.account_id,
            "token_hash": new.token_hash,
            "name": new.name,
            "scopes": list(new.scopes),
            "created_at": _in_ms(datetime.now(UTC)),
            "expires_at": None if new.expires_at is None else _in_ms(new.expires_at),
            "last_used_at": None,
        }
        with self._asking():
            self._token.insert_one(document)
        return _stored(document)

    def find(self, token_hash: bytes, kinds: tuple[Kind, ...]) -> StoredToken | None:
        with self._asking():
            found = self._token.find_one({"token_hash": token_hash, "kind": {"$in": list(kinds)}, **_LIVES})
            if found is None:
                return None
            stored = _stored(found)
            used = stored.last_used_at
            if used is None or datetime.now(UTC) - used > _NOTE_USE_EVERY:
                noting = self._token.with_options(write_concern=WriteConcern(w=1))
                noting.update_one({"_id": found["_id"]}, {"$currentDate": {"last_used_at": True}})
        return stored

    def of_account(self, account_id: int, kind: Kind) -> list[StoredToken]:
        newest_first = [("created_at", DESCENDING), ("_id", DESCENDING)]
        with self._asking():
            found = self._token.find({"account_id": account_id, "kind": kind, **_LIVES}, sort=newest_first)
            return [_stored(document) for document in found]

    def living(self, token_ids: Sequence[str]) -> set[str]:
        named = [ObjectId(one) for one in token_ids if ObjectId.is_valid(one)]
        with self._asking():
            return {str(found["_id"]) for found in self._token.find({"_id": {"$in": named}, **_LIVES}, {"_id": 1})}

    def remove(self, account_id: int, token_id: str, kind: Kind) -> bool:
        try:
            named = ObjectId(token_id)
        except InvalidId:
            return False
        with self._asking():
            which = {"_id": named, "account_id": account_id, "kind": kind}
            return self._token.delete_one(which).deleted_count > 0

    def remove_kind(self, account_id: int, kind: Kind, *, but: str | None = None) -> int:
        which: Document = {"account_id": account_id, "kind": kind}
        if but is not None and ObjectId.is_valid(but):
            which["_id"] = {"$ne": ObjectId(but)}
        with self._asking():
            return self._token.delete_many(which).deleted_count

    def remove_all(self) -> None:
        with self._asking():
            self._token.delete_many({})

    def for_backup(self) -> list[NewToken]:
        with self._asking():
            return [
                _as_new(document) for document in self._token.find({"kind": "api", **_LIVES}, sort=[("_id", 1)])
            ]

    def remove_expired(self) -> None:
        """What the TTL indexes do as well. Declares them again: a MongoDB that was emptied has lost them."""
        self._declared = False
        over = {"$expr": {"$and": [{"$ne": ["$expires_at", None]}, {"$lte": ["$expires_at", "$$NOW"]}]}}
        with self._asking():
            self._token.delete_many(over)
            self._attempt.delete_many(over)

    def attempt(self, limits: Sequence[AttemptLimit]) -> float:
        """One question when nobody has to wait. The row of a key that has to is not found, and cannot be inserted
        anew."""
        with self._asking():
            for _ in range(_TRIES):
                now = datetime.now(UTC)
                try:
                    self._attempt.bulk_write([_note(limit, now) for limit in limits], ordered=True)
                except BulkWriteError as error:
                    refused = _which_was_full(error)
                else:
                    return 0.0
                if refused:
                    self._attempt.bulk_write([_take_back(limit.key_hash) for limit in limits[:refused]])
                wait_s = self._wait_s(limits[refused], now)
                if wait_s > 0:
                    return wait_s
                # No pause: another's first attempt was inserted at the same moment. Now its row is there.
        return 1.0

    def forgive(self, *, all_of: bytes | None, last_of: bytes) -> None:
        less = {"$set": {"failures": {"$max": [0, {"$subtract": ["$failures", 1]}]}}}
        with self._asking():
            self._attempt.bulk_write([DeleteOne({"_id": all_of}), UpdateOne({"_id": last_of}, [less])])

    def check(self) -> None:
        with self._asking():
            self._token.find_one({"_id": None})

    def _wait_s(self, limit: AttemptLimit, now: datetime) -> float:
        found = self._attempt.find_one({"_id": limit.key_hash})
        until: datetime | None = found["until"] if found else None
        return 0.0 if until is None else (until - now).total_seconds()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Whatever fails is ServiceAway, never an empty answer. Indexes are declared before the first question.

        While MongoDB is away, one at a time finds out whether it is back; the others are told at once, so that
        waiting does not take up all of the server's threads.
        """
        finds_out = self._away
        if finds_out and not self._finding_out.acquire(blocking=False):
            raise ServiceAway(_NO_ANSWER)
        try:
            if not self._declared:
                self._token.create_indexes(list(_TOKEN_INDEXES))
                self._attempt.create_indexes(list(_ATTEMPT_INDEXES))
                self._declared = True
            yield
            self._away = False
        except PyMongoError as error:
            _log.warning("MongoDB: %s: %s", type(error).__name__, error)
            if isinstance(error, OperationFailure) and error.code in _REFUSED:
                raise ServiceAway("MongoDB, which keeps sessions and tokens, refuses Fovea's user") from error
            self._away = not isinstance(error, OperationFailure)
            raise ServiceAway(_NO_ANSWER) from error
        finally:
            if finds_out:
                self._finding_out.release()


def _open(url: str) -> MongoClient[Document]:
    """A client that has not asked anything yet. Raises BadRequest."""
    try:
        if url.startswith(_SCHEMES):  # the client itself would take any word for a host's name
            return MongoClient(
                url,
                appname="fovea",
                tz_aware=True,
                tzinfo=UTC,
                serverSelectionTimeoutMS=_FIND_SERVER_MS,
                connectTimeoutMS=_FIND_SERVER_MS,
                timeoutMS=_OPERATION_MS,
            )
    except (PyMongoError, ValueError):
        pass  # its text may hold parts of the password
    raise BadRequest(
        "FOVEA_MONGODB_URL is no address of a MongoDB: mongodb://user:password@host/database, with every sign of "
        "the password that is neither letter nor digit written as %XX"
    )


def _note(limit: AttemptLimit, now: datetime) -> UpdateOne:
    """An attempt under a key that need not wait; otherwise a duplicate key."""
    pauses = limit.pauses
    counted = {"$and": [{"$ne": [{"$type": "$expires_at"}, "missing"]}, {"$gt": ["$expires_at", now]}]}
    failures = {"$cond": [counted, {"$add": ["$failures", 1]}, 1]}
    doubled = {"$pow": [2, {"$min": [60, {"$subtract": ["$failures", pauses.free]}]}]}
    pause_ms = {"$multiply": [1000, {"$min": [pauses.longest_s, {"$multiply": [pauses.first_s, doubled]}]}]}
    until = {"$cond": [{"$gte": ["$failures", pauses.free]}, {"$add": [now, {"$toLong": pause_ms}]}, None]}
    change: list[Document] = [
        {"$set": {"failures": failures}},
        {"$set": {"until": until, "expires_at": now + timedelta(seconds=pauses.kept_s)}},
    ]
    need_not_wait = {"$or": [{"until": None}, {"until": {"$lte": now}}]}
    return UpdateOne({"_id": limit.key_hash, **need_not_wait}, change, upsert=True)


def _take_back(key_hash: bytes) -> UpdateOne:
    """The newest attempt, which the key itself let through: before it there was no pause."""
    less = {"failures": {"$max": [0, {"$subtract": ["$failures", 1]}]}, "until": None}
    return UpdateOne({"_id": key_hash}, [{"$set": less}])


def _which_was_full(error: BulkWriteError) -> int:
    """Which of the notes met its own row again. Raises the error when it tells of something else."""
    failed: list[Mapping[str, Any]] = error.details.get("writeErrors", []) if error.details else []
    if not failed or failed[0].get("code") != _DUPLICATE:
        raise error
    return int(failed[0]["index"])


def _in_ms(instant: datetime) -> datetime:
    """As MongoDB keeps it, so that what `add` answers is what `find` will."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def _stored(document: Mapping[str, Any]) -> StoredToken:
    return StoredToken(
        id=str(document["_id"]),
        kind=document["kind"],
        account_id=document["account_id"],
        name=document["name"],
        scopes=list(document["scopes"]),
        created_at=document["created_at"],
        expires_at=document["expires_at"],
        last_used_at=document["last_used_at"],
    )


def _as_new(document: Document) -> NewToken:
    kept = {name: document[name] for name in ("account_id", "name", "expires_at")}
    return NewToken("api", token_hash=bytes(document["token_hash"]), scopes=tuple(document["scopes"]), **kept)
