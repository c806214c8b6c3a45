"""What the holder of a lease may have: the files of its job's asset, for as long as the lease lasts."""

from dataclasses import dataclass

from db.connect import Connection
from db.queries import load_queries


@dataclass(frozen=True, slots=True)
class Held:
    """A job that somebody works on. `sha512` is of its asset's main file."""

    id: int
    asset_id: int
    sha512: bytes


def held(connection: Connection, job_id: int, key: str) -> Held | None:
    """The job, if this is the key of its lease and the lease lasts."""
    row = connection.execute(load_queries("leases")["held"], {"job_id": job_id, "key": key}).fetchone()
    return None if row is None else Held(**row)


def has_file(connection: Connection, job: Held, location: str) -> bool:
    """Whether a file of the store belongs to the job's asset."""
    values = {"asset_id": job.asset_id, "location": location}
    row = connection.execute(load_queries("leases")["has_file"], values).fetchone()
    return row is not None and bool(row["has_file"])
