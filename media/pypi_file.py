"""Bring one wheel or sdist from the package registry this machine is set up for.

Run as `python -m media.pypi_file NAME VERSION wheel|sdist FOLDER`; prints one line of JSON per step.

pip's own finder and session do the work, so mirrors, credentials, proxies and certificates of the
machine just hold. `pip download` itself cannot be used: for an sdist it runs the package's build
code to learn its metadata, and these packages come from strangers. Here nothing of them is run.
"""

import json
import sys
from pathlib import Path

from pip._internal.commands import create_command
from pip._internal.commands.download import DownloadCommand
from pip._internal.models.link import Link
from pip._internal.network.session import PipSession

CHUNK_BYTES = 1 << 18


def main(arguments: list[str]) -> int:
    """Download the archive into FOLDER; exit code 3 when the registry has no such archive."""
    name, version, kind, folder = arguments
    command = create_command("download")
    if not isinstance(command, DownloadCommand):
        raise TypeError("pip's download command is not what this version of Fovea was written for")
    choice = "--only-binary" if kind == "wheel" else "--no-binary"
    with command.main_context():
        options, _ = command.parse_args(["--quiet", "--no-deps", choice, ":all:"])
        session = command.get_default_session(options)
        finder = command._build_package_finder(options, session)
        links = [c.link for c in finder.find_all_candidates(name) if str(c.version) == version]
        if not links:
            report(error=f"the package registry has no {kind} of {name} {version} for this machine")
            return 3
        save(session, links[-1], Path(folder))
    return 0


def save(session: PipSession, link: Link, folder: Path) -> None:
    """Stream the archive into the folder, telling the number of bytes as it goes."""
    response = session.get(link.url_without_fragment, headers={"Accept-Encoding": "identity"}, stream=True)
    response.raise_for_status()
    report(total_bytes=int(response.headers.get("Content-Length") or 0))
    path = folder / Path(link.filename).name
    with path.open("wb") as archive:
        for chunk in response.iter_content(CHUNK_BYTES):
            archive.write(chunk)
            report(bytes=len(chunk))
    report(path=str(path))


def report(**values: object) -> None:
    """One line for the process that started this one."""
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
