"""The environment of `make test-engines` has PyTorch, but no browser: what all tests import must work there."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_what_all_tests_share_needs_no_browser() -> None:
    pinned = (ROOT / "requirements-torch.txt").read_text()
    absent = [name for name in ("playwright", "schemathesis", "openvino") if f"\n{name}==" not in pinned]
    assert "playwright" in absent
    without = f"import sys; sys.modules.update(dict.fromkeys({absent})); import tests.conftest"
    subprocess.run([sys.executable, "-c", without], cwd=ROOT, check=True, timeout=120)
