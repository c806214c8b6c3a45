"""Settings of the `fovea` command and of the embedded shape, read once from the environment (docs/settings.md)."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """FOVEA_…"""

    model_config = SettingsConfigDict(env_prefix="FOVEA_", extra="ignore")

    data: Path = Path("data")
    """Data folder: originals, previews and the database."""
    database_url: str = ""
    """PostgreSQL to use instead of the embedded one."""
    weights: Path | None = None
    """Folder of model weights; by default in the user's cache folder."""
    inbox: Path = Path("inbox")
    """Watched folder."""
    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 makes the library reachable from other machines."""
    port: int = 8443
    """HTTPS port."""
    rescan_every_s: float = 900.0
    """How often folders indexed in place are looked through; 0: only when asked to."""
    log: str = "text"
    """How log lines are written: text or json."""
    engine_idle_s: float = 300.0
    """After so long without work an engine's memory is given back; it is loaded again when needed."""
