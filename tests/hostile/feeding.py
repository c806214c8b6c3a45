"""Hostile and good files given to a real Fovea by both doors, and what became of each."""

import hashlib
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_from_bytes

import httpx
import psutil

from db.connect import connect
from library.inbox import REFUSED
from tests.hostile.files import HostileFile, write_down
from tests.running import RunningFovea

_SAMPLE_EVERY_S = 2.0
MIB = 1024 * 1024


@dataclass
class Memory:
    """The most that processes had, as PSS (shared pages counted in part), in bytes."""

    fovea: RunningFovea
    workers: int = 0
    decoder: int = 0
    samples: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Memory":
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()

    def _watch(self) -> None:
        while not self._stop.wait(_SAMPLE_EVERY_S):
            try:
                ours = self.fovea.children()
                below = {each for one in ours for each in one.children(recursive=True)} - set(ours)
            except psutil.Error:
                continue
            self.workers = max(self.workers, sum(map(_pss, ours)))
            self.decoder = max([self.decoder, *map(_pss, below)])
            self.samples += 1


def _pss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0


@dataclass
class Outcome:
    """What became of a file: refused for a `reason`, or an asset's with jobs (analysis, state, error)."""

    made: HostileFile
    reason: str | None = None
    asset_id: int | None = None
    jobs: list[tuple[str, str, str | None]] = field(default_factory=list)

    @property
    def word(self) -> str:
        if self.asset_id is None:
            return "refused"
        return "failed" if any(state == "failed" for _, state, _ in self.jobs) else "done"


@dataclass
class Feeding:
    """One Fovea that is fed. `refusals` are the API's, by the SHA-512 of what was sent."""

    fovea: RunningFovea
    client: httpx.Client
    refusals: dict[bytes, str] = field(default_factory=dict)

    def by_api(self, made: HostileFile, path: bytes | None = None) -> None:
        """Upload under the file's name, bytes that are not text included, or under another path."""
        address = f"assets?path={quote_from_bytes(made.name if path is None else path, safe='')}"
        answer = self.client.post(address, content=made.data)
        assert answer.status_code < 500, (made.name, answer.status_code, answer.text)
        if answer.status_code >= 400:
            problem = answer.json()
            reason = f"{problem['title']}: {problem.get('detail') or problem.get('errors')}"
            assert not reason.endswith("None"), answer.text
            self.refusals[made.sha512] = reason

    def by_inbox(self, files: Sequence[HostileFile]) -> None:
        write_down(list(files), self.fovea.inbox)

    def wait(self, limit_s: float) -> None:
        """Until the inbox holds nothing but what was refused, and no job is left."""
        deadline = time.monotonic() + limit_s
        while True:
            lying = self._lying()
            left = self.fovea.unfinished_or_unknown() if not lying else -1
            if left == 0:
                return
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"not done in {limit_s:.0f} s; in the inbox {lying[:5]}, {left} jobs left:"
                    f" {self._unfinished()}\n"
                    f"{self.fovea.log.read_text(errors='replace')[-3000:]}"
                )
            time.sleep(0.5)

    def _lying(self) -> list[Path]:
        aside = self.fovea.inbox / REFUSED
        return [path for path in self.fovea.lying_in_inbox() if not path.is_relative_to(aside)]

    def _unfinished(self) -> list[tuple[object, ...]]:
        sql = (
            "select a.name, j.analysis, j.state, j.attempts, j.error from job j join asset a on a.id = j.asset_id"
            " where j.state in ('waiting', 'running') limit 8"
        )
        with connect(self.fovea.database_url()) as connection:
            return [tuple(row.values()) for row in connection.execute(sql)]

    def outcomes(self, files: Sequence[HostileFile]) -> list[Outcome]:
        """What became of each; a file that is nowhere fails the test."""
        aside = self._set_aside()
        assets, jobs = self._stored()
        found = []
        for made in files:
            reason = self.refusals.get(made.sha512) or aside.get(made.sha512)
            asset_id = assets.get(made.sha512)
            assert (reason is None) != (asset_id is None), (made.name, reason, asset_id)
            found.append(Outcome(made, reason, asset_id, jobs.get(asset_id, []) if asset_id else []))
        return found

    def _set_aside(self) -> dict[bytes, str]:
        """Reasons by the SHA-512 of what was moved aside."""
        folder = self.fovea.inbox / REFUSED
        places = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
        reasons = [path for path in places if path.name.endswith(".reason.txt")]
        found = {}
        for place in places:
            if place not in reasons:
                begins = place.name.encode(errors="surrogateescape")[:200]
                beside = [each for each in reasons if each.parent == place.parent]
                mine = [each for each in beside if each.name.encode(errors="surrogateescape").startswith(begins)]
                assert mine, f"{place.name!r} was refused without a reason"
                found[hashlib.sha512(place.read_bytes()).digest()] = mine[0].read_text(encoding="utf-8").strip()
        return found

    def _stored(self) -> tuple[dict[bytes, int], dict[int, list[tuple[str, str, str | None]]]]:
        with connect(self.fovea.database_url()) as connection:
            rows = connection.execute("select sha512, asset_id from file").fetchall()
            assets = {bytes(row["sha512"]): int(row["asset_id"]) for row in rows}
            jobs: dict[int, list[tuple[str, str, str | None]]] = {}
            for row in connection.execute("select asset_id, analysis, state, error from job").fetchall():
                jobs.setdefault(row["asset_id"], []).append((row["analysis"], row["state"], row["error"]))
        return assets, jobs
