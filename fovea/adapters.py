"""Which adapter stands behind each seam, by setting: what delivers jobs, and what keeps sessions and tokens."""

from bus.messages import Bus
from bus.postgres import PostgresBus
from db.connect import Database
from db.tokens import TokenStore
from db.tokens_postgres import PostgresTokens
from fovea.settings import Settings
from fovea.storage import S3Settings
from media.store import JobFiles, Store
from media.store_folder import FolderStore
from media.store_served import ServedFiles


def open_bus(settings: Settings, database_url: str) -> Bus:
    """A queue connection of the calling thread's own; close it. Raises BadRequest."""
    if settings.broker_url:
        from bus.rabbit import RabbitBus  # noqa: PLC0415  # pika is for those who have a broker

        return RabbitBus(settings.broker_url)
    return PostgresBus(database_url)


def open_store(settings: Settings) -> Store:
    """Where originals and derived files are kept, safe between threads."""
    data, s3 = settings.data.resolve(), S3Settings()
    if s3.bucket:
        from media.store_s3 import S3Store  # noqa: PLC0415  # botocore is for those who have a bucket

        return S3Store(data, s3.address(), s3.cache_bytes)
    return FolderStore(data)


def open_job_files(settings: Settings) -> JobFiles:
    """Where a worker gets its files from: the file service where there is one, else the store itself."""
    if settings.files_url:
        return ServedFiles(settings.files_url, settings.data.resolve())
    return open_store(settings)


def open_tokens(settings: Settings, database: Database) -> TokenStore:
    """The store of sessions and tokens, safe between threads. It connects when it is first asked."""
    if settings.mongodb_url:
        from db.tokens_mongodb import MongoTokens  # noqa: PLC0415  # the embedded shape does without its memory

        return MongoTokens(settings.mongodb_url)
    return PostgresTokens(database)
