"""Settings of S3-compatible storage, and which store they make (docs/operators/storage.md)."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from fovea.settings import SecretFiles
from media.s3_client import Address


class S3Settings(SecretFiles):
    """FOVEA_S3__…; the keys may be files, as `/run/secrets/fovea_s3__secret_key`."""

    model_config = SettingsConfigDict(env_prefix="FOVEA_S3__", extra="ignore")

    bucket: str = ""
    """Bucket of originals and derived files; empty: they lie in the data folder."""
    endpoint: str = ""
    """Address of the storage, as http://storage:8333; empty: Amazon's of the region."""
    region: str = "us-east-1"
    """Region by which requests are signed."""
    prefix: str = ""
    """Put before every key, where a bucket is shared."""
    path_style: bool = True
    """Whether the bucket is named in the path, and not in the name of the host."""
    access_key: str = ""
    """Key to sign in with; without one, those of the machine's role are looked for."""
    secret_key: str = Field(default="", repr=False)
    """And its secret."""
    cache_bytes: int = Field(default=20_000_000_000, ge=0)
    """About how much of `<data>/cache` may be taken by files brought here."""

    def address(self) -> Address:
        """The bucket as the store knows it."""
        return Address(
            bucket=self.bucket,
            endpoint=self.endpoint,
            region=self.region,
            prefix=self.prefix,
            path_style=self.path_style,
            access_key=self.access_key,
            secret_key=self.secret_key,
        )
