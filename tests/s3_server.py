"""A real S3-compatible server for tests: SeaweedFS, one program in a wheel, as an ordinary user, in 3 seconds.

It keeps what it has below its folder, so it may be killed and started again at the same address.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from media.s3_client import Address, make_client
from tests.running import free_port, remove_folder

READY_LIMIT_S = 60.0
_ACCESS_KEY, _SECRET_KEY = "fovea", "a secret of the tests"


class S3Server:
    """`address` names its storage; each test takes a bucket of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        parts = ("master", "volume", "filer", "s3")
        self._ports = {f"{part}.port{kind}": free_port() for part in parts for kind in ("", ".grpc")}
        self._process: subprocess.Popen[bytes] | None = None
        keys = [{"accessKey": _ACCESS_KEY, "secretKey": _SECRET_KEY}]
        identity = {"name": "fovea", "credentials": keys, "actions": ["Admin", "Read", "List", "Write"]}
        (folder / "keys.json").write_text(json.dumps({"identities": [identity]}))
        endpoint = f"http://127.0.0.1:{self._ports['s3.port']}"
        self.address = Address("", endpoint, access_key=_ACCESS_KEY, secret_key=_SECRET_KEY)
        self.client: Any = make_client(self.address)

    def start(self) -> None:
        """Returns once an object can be written and read."""
        command = [str(Path(sys.executable).with_name("weed")), "-logtostderr=true", "server", "-filer", "-s3"]
        command += [f"-dir={self._folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3.iam=false"]
        command += [f"-s3.config={self._folder / 'keys.json'}", "-master.telemetry=false"]
        command += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
        command += ["-master.volumeSizeLimitMB=64", "-volume.max=200", "-volume.minFreeSpace=1"]
        command += [f"-{name}={port}" for name, port in self._ports.items()]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder)
        deadline = time.monotonic() + READY_LIMIT_S
        while not self._works():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"SeaweedFS did not start:\n{(self._folder / 'log').read_text()[-3000:]}")
            time.sleep(0.1)

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def stop(self) -> None:
        if self._process is not None:
            self.kill()
        for port in self._ports.values():  # sockets that it would have removed itself
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108 (its own choice)
                left.unlink(missing_ok=True)

    def bucket(self) -> Address:
        """A new, empty bucket."""
        name = f"test-{uuid4().hex[:12]}"
        self.client.create_bucket(Bucket=name)
        return replace(self.address, bucket=name)

    def keys(self, address: Address) -> list[str]:
        """All objects of a bucket."""
        answer = self.client.list_objects_v2(Bucket=address.bucket)
        return [each["Key"] for each in answer.get("Contents", ())]

    def uploads(self, address: Address) -> int:
        """Uploads in parts that were begun and not ended."""
        return len(self.client.list_multipart_uploads(Bucket=address.bucket).get("Uploads", ()))

    def _works(self) -> bool:
        with suppress(BotoCoreError, ClientError):
            with suppress(
                self.client.exceptions.BucketAlreadyExists, self.client.exceptions.BucketAlreadyOwnedByYou
            ):
                self.client.create_bucket(Bucket="works")
            self.client.put_object(Bucket="works", Key="works", Body=b"works")
            return bool(self.client.get_object(Bucket="works", Key="works")["Body"].read() == b"works")
        return False


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """A server for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="fovea-s3-"))
    server = S3Server(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        remove_folder(folder)
