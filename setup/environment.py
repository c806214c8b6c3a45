"""Make a Python environment from the pinned requirements, with nothing but a bare Python.

Usage: python3 setup/environment.py run|test|torch

1. .tools/uv: an environment of its own, into which pip brings uv, pinned by hash.
2. .venv: uv brings it in line with requirements.txt (run) or requirements-dev.txt (test);
   .venv-torch with requirements-torch.txt (torch); PyTorch's CPU build, which uv does not see, then comes by pip.
3. Fovea itself, editable, without network.
pip and uv use this machine's own configuration; no address of a package registry is written anywhere.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools" / "uv"
ENVIRONMENTS = {
    "run": (".venv", "requirements.txt"),
    "test": (".venv", "requirements-dev.txt"),
    "torch": (".venv-torch", "requirements-torch.txt"),
}


def main(arguments: list[str]) -> int:
    """Do all three steps; each does nothing when its result is there."""
    which = arguments[0] if arguments else "run"
    folder, requirements = ENVIRONMENTS[which]
    environment = ROOT / folder
    settings = {**os.environ, **uv_settings(bring_uv())}
    if not is_usable(environment):
        uv(settings, "venv", "--quiet", "--clear", "--python", sys.executable, str(environment))
    python = str(environment / "bin" / "python")
    # pyvips and openai-whisper come as source only: what builds them is pinned by hash too
    build = ["--build-constraints", str(ROOT / "setup" / "build.txt"), "--require-build-hashes"]
    build += ["--preview-features", "build-dependency-hashes"]
    uv(settings, "pip", "sync", "--python", python, "--require-hashes", *build, str(ROOT / requirements))
    if which == "torch":
        bring_torch(python)
    itself = ["--no-deps", "--no-build-isolation", "--offline", "--editable", str(ROOT)]
    uv(settings, "pip", "install", "--quiet", "--python", python, *itself)
    return 0


def bring_torch(python: str) -> None:
    """PyTorch by pip, which knows this machine's own wheel folders; pinned by hash."""
    pip = [str(TOOLS / "bin" / "python"), "-m", "pip", "--python", python]
    pinned = ["install", "--quiet", "--no-deps", "--require-hashes", "-r", str(ROOT / "setup" / "torch.txt")]
    subprocess.run([*pip, *pinned], check=True)


def bring_uv() -> Path:
    """The folder of uv's own environment, made when it is missing or its pin changed."""
    pin = ROOT / "setup" / "uv.txt"
    stamp = TOOLS / "pinned.txt"
    if not stamp.is_file() or stamp.read_bytes() != pin.read_bytes() or not is_usable(TOOLS):
        print("bringing uv, which installs everything else")
        venv.create(TOOLS, with_pip=True, clear=True)
        install = ["install", "--quiet", "--require-hashes", "--only-binary", ":all:", "-r", str(pin)]
        subprocess.run([TOOLS / "bin" / "python", "-m", "pip", *install], check=True)
        stamp.write_bytes(pin.read_bytes())
    return TOOLS


def is_usable(environment: Path) -> bool:
    """Whether its Python starts and is new enough; one that was moved or made by another user may not be."""
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([environment / "bin" / "python", "-c", check], check=False).returncode == 0
    except OSError:
        return False


def uv_settings(tools: Path) -> dict[str, str]:
    """uv does not read pip's configuration, so tell it what pip was told: registry, certificates, trust."""
    settings = {"UV_SYSTEM_CERTS": "1", "UV_NO_PROGRESS": "" if sys.stderr.isatty() else "1"}
    if not {"UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX"} & set(os.environ):
        if index := pip_setting(tools, "index-url"):
            settings["UV_DEFAULT_INDEX"] = index
        extra = [url for url in pip_setting(tools, "extra-index-url").split() if url.startswith("http")]
        if extra:
            # every file is pinned by hash, so it does not matter which registry delivers it
            settings["UV_INDEX"] = " ".join(extra)
            settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if trusted := pip_setting(tools, "trusted-host"):
        settings.setdefault("UV_INSECURE_HOST", trusted)
    if (certificates := pip_setting(tools, "cert")) and "SSL_CERT_FILE" not in os.environ:
        settings["SSL_CERT_FILE"] = certificates
    return {name: value for name, value in settings.items() if value}


def pip_setting(tools: Path, name: str) -> str:
    """A setting of pip, from the environment or its configuration files; empty when nobody set it."""
    if value := os.environ.get("PIP_" + name.upper().replace("-", "_")):
        return value
    for section in ("install", "global"):
        command = [str(tools / "bin" / "python"), "-m", "pip", "config", "get", f"{section}.{name}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
    return ""


def uv(settings: dict[str, str], *arguments: str) -> None:
    """Run uv; its own messages say what it does and what went wrong."""
    subprocess.run([TOOLS / "bin" / "uv", *arguments], env=settings, check=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as failed:
        sys.exit(f"setup/environment.py: this failed, see above: {' '.join(map(str, failed.cmd))}")
