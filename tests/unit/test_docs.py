"""What exists is documented: settings, verbs, analyses, engines, decisions."""

import pkgutil
import re
from pathlib import Path

import pytest
import typer.main

import engines
from api.settings import ApiSettings
from fovea.main import build
from fovea.settings import Settings
from fovea.storage import S3Settings
from workers.catalogue import find_analyses
from workers.contract import AnalysisSettings

ROOT = Path(__file__).parent.parent.parent


def _page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", [Settings, ApiSettings])
def test_every_setting_is_documented(kind: type[Settings] | type[ApiSettings]) -> None:
    missing = [name for name in kind.model_fields if f"`FOVEA_{name.upper()}`" not in _page("settings.md")]
    assert missing == []


def test_every_setting_of_the_storage_is_documented() -> None:
    page = _page("settings.md")
    assert [name for name in S3Settings.model_fields if f"`FOVEA_S3__{name.upper()}`" not in page] == []


def test_every_setting_of_an_analysis_is_documented() -> None:
    page = _page("settings.md")
    for name, analysis in find_analyses().items():
        assert f"`{name.upper()}`" in page, name
        for field in analysis.settings.model_fields:
            common = field in AnalysisSettings.model_fields and field != "engine"
            if field == "engine" and not analysis.settings().engine:
                continue
            shown = f"`FOVEA_{'<NAME>' if common else name.upper()}__{field.upper()}`"
            assert shown in page, shown


def test_every_verb_is_documented_and_says_how_it_is_used() -> None:
    page = _page("user/guide.md")
    group = typer.main.get_command(build())
    verbs = group.commands  # type: ignore[attr-defined]
    assert len(verbs) >= 10
    for name, verb in verbs.items():
        assert f"`fovea {name}" in page, name
        for each in getattr(verb, "commands", {"": verb}).values():
            assert "Example:" in (each.help or ""), f"fovea {name} {each.name} has no example"


def test_every_verb_knows_json() -> None:
    verbs = typer.main.get_command(build()).commands  # type: ignore[attr-defined]
    for name, verb in verbs.items():
        for each in getattr(verb, "commands", {"": verb}).values():
            options = [option for parameter in each.params for option in parameter.opts]
            assert "--json" in options or name in ("up", "service"), f"fovea {name} {each.name}"


def test_every_analysis_and_engine_is_documented() -> None:
    for name in find_analyses():
        assert f"`{name}`" in _page("analyses.md"), name
    for module in pkgutil.iter_modules(engines.__path__):
        source = (Path(engines.__path__[0]) / f"{module.name}.py").read_text(encoding="utf-8")
        if re.search(r"^def load\(", source, re.MULTILINE):
            assert module.name in _page("engines.md"), module.name


def test_no_file_has_outgrown_its_room() -> None:
    folders = ["core", "db", "bus", "media", "engines", "library", "workers", "api", "fovea", "setup", "bench"]
    long = {
        str(path.relative_to(ROOT)): lines
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_nothing_names_a_package_registry_or_this_machine() -> None:
    """Lock files and settings must work with whatever registry a machine is set up for."""
    suspicious = re.compile(r"https?://(pypi\.org/simple|files\.pythonhosted|registry\.npmjs)", re.IGNORECASE)
    kept = [
        *ROOT.glob("requirements*"),
        *ROOT.glob("setup/*"),
        ROOT / "web" / "package-lock.json",
        ROOT / "Makefile",
    ]
    for path in kept:
        if path.is_file():
            assert not suspicious.search(path.read_text(encoding="utf-8")), path.name
