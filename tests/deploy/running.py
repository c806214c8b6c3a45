"""A deployment for a while: secrets made, brought up, and taken away with all it stored."""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.deploy.deployment import ROOT, Deployment, free_port_pair, make_disk, remove_all


@contextmanager
def deployed(settings: Mapping[str, str] | None = None) -> Iterator[Deployment]:
    """The platform in containers, healthy. FOVEA_TEST_KEEP=1 leaves it running afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="fovea-deploy-"))
    folder.chmod(0o755)  # the containers' users look into it
    project = os.environ.get("FOVEA_TEST_PROJECT", "fovea-test")
    made = Deployment(folder, project, free_port_pair(), dict(settings or {}))
    make_secrets = [str(ROOT / "containers" / "secrets.sh"), str(folder / "secrets")]
    subprocess.run(make_secrets, check=True, capture_output=True)
    made.down()  # what an earlier run left
    make_disk(made.originals)
    try:
        made.up()
        made.write_down()
        yield made
    finally:
        if not os.environ.get("FOVEA_TEST_KEEP"):
            made.down()
            remove_all(made.project, folder)
