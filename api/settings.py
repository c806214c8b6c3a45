"""Settings of the HTTP side, from environment variables `FOVEA_…`; composed once per entry point."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_GIB = 1024**3


class ApiSettings(BaseSettings):
    """Where the server listens and what it takes."""

    model_config = SettingsConfigDict(env_prefix="FOVEA_", env_nested_delimiter="__", extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(default=8443, ge=0, le=65535)
    hosts: str = Field(
        default="", description="Names it answers to, by comma; none: those it finds, and addresses."
    )
    names: str = Field(default="", description="Names it has besides those, by comma.")
    address: str = Field(default="https://localhost", description="Where people reach it.")
    web: Path | None = Field(default=None, description="Folder of the built web app; none: the API alone.")
    upload_max_bytes: int = Field(default=64 * _GIB, ge=1)
    upload_quota_bytes: int = Field(default=0, ge=0, description="Of all that one account sends; 0: no limit.")
    upload_keep_h: float = Field(default=168, gt=0, description="How long an unfinished upload is kept.")
    picture_max_bytes: int = Field(default=100 * 1024**2, ge=1, description="Of a picture to search by.")
    sign_in_failures: int = Field(default=5, ge=1, description="Per name and address, until it has to wait.")
    sign_in_wait_s: float = Field(default=300, gt=0)
    requests_per_s: float = Field(default=100, gt=0, description="Of one session or token, in the long run.")
    requests_burst: int = Field(default=2000, ge=1, description="Of one session or token, at once.")
    connections_most: int = Field(default=1000, ge=10, description="Open at once; more are answered 503.")
    proxies: str = Field(default="", description="Addresses and networks whose X-Forwarded-… is believed.")
    accel: bool = Field(default=False, description="Nginx in front sends what lies below the data folder.")
