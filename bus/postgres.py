"""Delivering jobs through PostgreSQL: rows taken with SKIP LOCKED, waiting workers woken by NOTIFY."""

import time
from collections.abc import Sequence
from contextlib import suppress

import psycopg

from bus.messages import Message
from core.errors import ServiceAway

_HELD_S = 60
"""How long a taken message stays invisible unless acknowledged: the time between taking and claiming."""

# Commits need not reach the disk: the ledger knows what to deliver again after a crash. The statements are always
# the same, and planning them anew takes longer than running them.
_OPTIONS = "-c synchronous_commit=off -c plan_cache_mode=force_generic_plan"

# The notification names the analyses, so that only those wake up who work on one of them.
_PUBLISH = """
with published as (
  insert into delivery (job_id, analysis, lane)
  select * from unnest(%(ids)s::bigint[], %(analyses)s::text[], %(lanes)s::text[])
  on conflict (job_id) do update set lane = excluded.lane, held_until = null)
select pg_notify('fovea_delivery', %(named)s)
"""

# Receipts of what was dealt with travel with the question for more; what was published again meanwhile is not
# held, and stays. Of no analyses it takes nothing, and only gives the receipts.
_TAKE = """
with done as (delete from delivery where id = any(%(done)s) and held_until is not null)
update delivery set held_until = now() + make_interval(secs => %(held_s)s)
where id = (select id from delivery
            where analysis = any(%(analyses)s) and (held_until is null or held_until < now())
            order by lane, id limit 1 for update skip locked)
returning id, job_id, analysis, lane
"""

_DEPTHS = """
select name, (select count(*) from delivery where analysis = name) from unnest(%s::text[]) as asked(name)
"""

_DEPTHS_BY_LANE = """
select name, asked.lane, (select count(*) from delivery d where d.analysis = name and d.lane = asked.lane)
from (select name, lane from unnest(%s::text[]) as n(name), (values ('arrivals'), ('bulk')) as l(lane)) as asked
"""


class PostgresBus:
    """The queue in table `delivery`. One instance per thread."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self._done: list[int] = []

    def _connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        if self._connection is None or self._connection.closed:
            try:
                self._connection = psycopg.connect(
                    self._url, autocommit=True, connect_timeout=10, options=_OPTIONS
                )
                self._connection.execute("listen fovea_delivery")
            except psycopg.OperationalError as error:
                raise ServiceAway(f"PostgreSQL does not answer: {error}") from error
        return self._connection

    def publish(self, messages: Sequence[Message]) -> None:
        if not messages:
            return
        # A file and its sidecar that come together name the same job twice; one statement inserts a row once.
        latest = {message.job_id: message for message in messages}.values()
        values = {
            "ids": [message.job_id for message in latest],
            "analyses": [message.analysis for message in latest],
            "lanes": [message.lane for message in latest],
            "named": " ".join(sorted({message.analysis for message in latest})),
        }
        try:
            self._connect().execute(_PUBLISH, values)
        except psycopg.OperationalError as error:
            self._drop()
            raise ServiceAway(f"PostgreSQL went away: {error}") from error

    def receive(self, analyses: Sequence[str], wait_s: float) -> Message | None:
        deadline = time.monotonic() + wait_s
        try:
            while True:
                message = self._take(analyses)
                left_s = deadline - time.monotonic()
                if message is not None or left_s <= 0:
                    return message
                self._wait(set(analyses), min(left_s, 5.0))
        except psycopg.OperationalError as error:
            self._drop()
            raise ServiceAway(f"PostgreSQL went away: {error}") from error

    def _wait(self, analyses: set[str], most_s: float) -> None:
        """Until something is published for one of the analyses."""
        for notice in self._connect().notifies(timeout=most_s):
            if analyses.intersection(notice.payload.split()):
                return

    def _take(self, analyses: Sequence[str]) -> Message | None:
        values = {"held_s": _HELD_S, "analyses": list(analyses), "done": self._done}
        row = self._connect().execute(_TAKE, values).fetchone()
        self._done = []
        if row is None:
            return None
        receipt, job_id, analysis, lane = row
        return Message(int(str(job_id)), str(analysis), str(lane), receipt)

    def acknowledge(self, message: Message) -> None:
        self._done.append(message.receipt)

    def keep_alive(self) -> None:
        """Nothing to do: PostgreSQL does not mind a silent connection."""

    def depths(self, analyses: Sequence[str] = ()) -> dict[str, int]:
        try:
            self._take([])
            rows = self._connect().execute(_DEPTHS, [list(analyses)]).fetchall()
        except psycopg.OperationalError as error:
            self._drop()
            raise ServiceAway(f"PostgreSQL went away: {error}") from error
        return {str(analysis): int(str(count)) for analysis, count in rows}

    def depths_by_lane(self, analyses: Sequence[str]) -> dict[tuple[str, str], int]:
        try:
            self._take([])
            rows = self._connect().execute(_DEPTHS_BY_LANE, [list(analyses)]).fetchall()
        except psycopg.OperationalError as error:
            self._drop()
            raise ServiceAway(f"PostgreSQL went away: {error}") from error
        return {(str(analysis), str(lane)): int(str(count)) for analysis, lane, count in rows}

    def dead(self, most: int) -> list[Message]:  # noqa: ARG002
        """None: a message stays until it is acknowledged."""
        return []

    def _drop(self) -> None:
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
        self._connection = None

    def close(self) -> None:
        with suppress(psycopg.OperationalError):
            if self._connection is not None and self._done:
                self._take([])
        self._drop()
