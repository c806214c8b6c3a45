"""Settings of the `fovea` command and of the embedded shape, read once from the environment (docs/settings.md)."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

_SECRETS = Path("/run/secrets")  # where containers find theirs


class SecretFiles(BaseSettings):
    """Settings that are read from the environment, and then from files named after their variables, as
    `/run/secrets/fovea_database_url`."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (bound to no folder)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The base class's question: where from, the first that knows."""
        if not _SECRETS.is_dir():
            return init_settings, env_settings
        return init_settings, env_settings, SecretsSettingsSource(settings_cls, _SECRETS)


class Settings(SecretFiles):
    """FOVEA_…"""

    model_config = SettingsConfigDict(env_prefix="FOVEA_", extra="ignore")

    data: Path = Path("data")
    """Data folder: originals, previews and the database."""
    database_url: str = ""
    """PostgreSQL to use instead of the embedded one."""
    broker_url: str = ""
    """RabbitMQ that delivers jobs (amqp://…); empty: PostgreSQL delivers them."""
    mongodb_url: str = ""
    """MongoDB that keeps sessions and tokens (mongodb://…); empty: PostgreSQL keeps them."""
    files_url: str = ""
    """Of workers without the storage's keys: the file service that gives them their jobs' files (http://files:8000)."""
    weights: Path | None = None
    """Folder of model weights; by default in the user's cache folder."""
    inbox: Path = Path("inbox")
    """Watched folder."""
    inbox_taken_keep_s: float = Field(default=86400.0, ge=0)
    """How long what was taken out of it is kept in its folder `taken`; 0: it is removed at once."""
    inbox_taken_most_bytes: int = Field(default=50_000_000_000, ge=0)
    """How much is kept there at most; the oldest goes first."""
    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 makes the library reachable from other machines."""
    port: int = 8443
    """HTTPS port."""
    rescan_every_s: float = 900.0
    """How often folders indexed in place are looked through; 0: only when asked to."""
    files_at_once: int = Field(default=1, ge=1, le=64)
    """Of `fovea service worker`: how many files of each analysis at once, until somebody says otherwise."""
    address: str = "https://localhost"
    """Where people reach the library in the deployed shape; only for links that are printed."""
    without_password: str = ""
    """Servers that something else than a password guards, by comma: database, broker, mongodb."""
    url: str = ""
    """Address of a Fovea that the command talks to (https://…); empty: it works on the library of `data`."""
    token: SecretStr = SecretStr("")
    """A token for scripts, shown to the server of `url`."""
    ca_file: str = ""
    """Certificate (PEM) of the authority that signed that server's; empty: those that the system trusts."""
    log: str = "text"
    """How log lines are written: text or json."""
    engine_idle_s: float = 300.0
    """After so long without work an engine's memory is given back; it is loaded again when needed."""
