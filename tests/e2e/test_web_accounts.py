"""Accounts on the page: one's own password and sessions, those of others, and an end to all of it."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import Look, Window, window
from tests.running import RunningFovea, make_folder, remove_folder

NEW = "another long enough one"
SIZES = [
    Look("1280-dark", 1280, 900, "dark"),
    Look("1280-light", 1280, 900, "light"),
    Look("390-dark", 390, 844, "dark"),
    Look("390-light", 390, 844, "light"),
]


@pytest.fixture(scope="module")
def fovea() -> Iterator[RunningFovea]:
    """A library that nobody has claimed; there are no pictures in it."""
    folder = make_folder("accounts")
    running = RunningFovea(folder)
    running.start()
    try:
        yield running
    finally:
        running.stop()
        remove_folder(folder)


@pytest.fixture(scope="module")
def passwords(fovea: RunningFovea) -> dict[str, str]:
    """Who signs in with what."""
    found = {}
    roles = {"anna": "administrator", "emil": "editor", "vera": "viewer", "wim": "viewer"}
    for login, role in roles.items():
        made = fovea.command("user", "add", login, "--role", role, "--json")
        found[login] = json.loads(made.stdout)["password"]
    return found


def sign_in(page: Page, login: str, password: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page).not_to_have_url(re.compile("sign-in"))


def open_settings(opened: Window, login: str, password: str) -> Page:
    sign_in(opened.page, login, password)
    opened.page.goto("/settings")
    opened.page.get_by_test_id("sign-out").wait_for()
    return opened.page


@pytest.mark.parametrize("look", SIZES, ids=lambda look: look.name)
def test_the_page_is_seen_and_accessible(
    browser: Browser, fovea: RunningFovea, passwords: dict[str, str], look: Look
) -> None:
    with window(browser, fovea.address, look) as opened:
        page = open_settings(opened, "anna", passwords["anna"])
        page.get_by_text("this browser").first.wait_for()
        opened.screenshot("settings-accounts")
        assert opened.violations() == []
        page.get_by_role("button", name="Manage vera").click()
        page.get_by_role("button", name="Delete…").click()
        page.get_by_text("Nothing else is lost").wait_for()
        page.get_by_role("heading", name="Tokens", exact=True).scroll_into_view_if_needed()
        opened.screenshot("settings-user")
        assert opened.violations() == []
        wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        assert not wide
        assert opened.complaints == []


def test_a_password_is_changed_and_others_are_signed_out(
    browser: Browser, fovea: RunningFovea, passwords: dict[str, str]
) -> None:
    with window(browser, fovea.address, SIZES[0]) as here, window(browser, fovea.address, SIZES[3]) as there:
        open_settings(there, "emil", passwords["emil"])
        page = open_settings(here, "emil", passwords["emil"])
        page.get_by_label("Old password").fill("wrong")
        page.get_by_label("New password").fill(NEW)
        page.get_by_role("button", name="Change the password").click()
        expect(page.get_by_role("alert")).to_contain_text("old password is wrong")
        page.get_by_label("Old password").fill(passwords["emil"])
        page.get_by_role("button", name="Change the password").click()
        expect(page.get_by_role("status")).to_contain_text("The password is changed")
        expect(there.page.get_by_role("heading", name="Sign in")).to_be_visible()
        passwords["emil"] = NEW
        sign_in(there.page, "emil", NEW)
        page.reload()
        page.get_by_test_id("sign-out-elsewhere").click()
        expect(there.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_administrators_change_disable_and_delete(
    browser: Browser, fovea: RunningFovea, passwords: dict[str, str]
) -> None:
    with window(browser, fovea.address, SIZES[0]) as mine, window(browser, fovea.address, SIZES[1]) as theirs:
        other = open_settings(theirs, "wim", passwords["wim"])
        page = open_settings(mine, "anna", passwords["anna"])
        page.get_by_role("button", name="Manage wim").click()
        page.get_by_label("Role").first.select_option("editor")
        expect(page.get_by_role("status")).to_contain_text("wim is editor now")
        expect(other.get_by_text("Signed in as wim, editor.")).to_be_visible()
        page.get_by_role("button", name="Disable").click()
        expect(page.get_by_role("status")).to_contain_text("wim is disabled")
        expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
        other.get_by_label("Login").fill("wim")
        other.get_by_label("Password").fill(passwords["wim"])
        other.get_by_role("button", name="Sign in").click()
        expect(other.get_by_role("alert")).to_contain_text("disabled")
        page.get_by_role("button", name="Enable").click()
        expect(page.get_by_role("status")).to_contain_text("may sign in again")
        page.get_by_role("button", name="Delete…").click()
        page.get_by_role("button", name="Delete wim for good").click()
        expect(page.get_by_role("status")).to_contain_text("wim is deleted")
        expect(page.get_by_role("button", name="Manage wim")).to_have_count(0)
        page.get_by_role("button", name="Manage anna").click()
        page.get_by_role("button", name="Disable").click()
        expect(page.get_by_role("alert")).to_contain_text("last active administrator")


def test_nothing_of_a_session_is_left_on_the_page(
    browser: Browser, fovea: RunningFovea, passwords: dict[str, str]
) -> None:
    with window(browser, fovea.address, SIZES[0]) as opened:
        page = open_settings(opened, "vera", passwords["vera"])
        page.evaluate("window.kept = 'of this session'")
        with page.expect_response(lambda answer: answer.request.method == "DELETE") as told:
            page.get_by_test_id("sign-out").click()
        assert told.value.all_headers()["clear-site-data"] == '"cache"'
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert page.evaluate("window.kept") is None
        page.go_back()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
