"""Take the pictures of README from the sample, as it runs today: `make pictures`, some two minutes."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page

from tests.browser_scenes import a_browser
from tests.deployments.up.whole_start import (
    Up,
    database,
    letters_by_status,
    login_address,
    up,
    write_settings,
)
from tests.free_ports import find_free_ports
from tests.source_tree import ROOT
from tests.waiting import until

FOLDER = ROOT / ".github"
LARGEST = 150_000  # bytes: what is larger makes a README slow to load
# The grant whose withheld part waits for two people, and the letter that asks the first of them.
GRANT = "SN-010"
SUBJECT = "can be claimed"


def main() -> int:
    """Take all pictures; return 1 where one is too large for a README."""
    with TemporaryDirectory() as folder, a_sample(Path(folder)) as whole, a_browser() as browser:
        page = browser.new_page(locale="en")
        page.goto(login_address(whole))
        page.locator("main form button").first.click()
        taken = take_pictures(page, f"http://127.0.0.1:{whole.port}", f"http://127.0.0.1:{whole.port + 1}")
    too_large = [path.name for path in taken if path.stat().st_size > LARGEST]
    if too_large:
        sys.stderr.write(f"too large for a README: {', '.join(too_large)}\n")
    return int(bool(too_large))


@contextmanager
def a_sample(home: Path) -> Iterator[Up]:
    """The sample in English, after the round of its first morning and its letters, and the watch."""
    write_settings(home, GRANTS_DATABASE_URL="sqlite:///office.db", GRANTS_LANGUAGE="en")
    with database(home) as engine, up(home, find_free_ports(2), "--sample") as whole:
        whole.wait_for("Ctrl-C stops it")
        runs = until(lambda: whole.runs("daily-round", any_=["RUNNING", "COMPLETED"]), "the round to begin")
        whole.ended(runs[0]["id"])
        until(lambda: letters_by_status(engine).keys() <= {"captured", "cancelled"}, "the letters")
        whole.command("watch")
        yield whole


def take_pictures(page: Page, portal: str, prefect: str) -> list[Path]:
    """Take the letter, the grant's page and what waits in Prefect; return the files."""
    page.goto(f"{portal}/mailbox")
    letter = page.get_by_role("link", name=SUBJECT).first.get_attribute("href")
    page.goto(f"{portal}{letter}/html")
    taken = [_take(page, "letter", width=640, height=460)]
    page.goto(f"{portal}/grants/{GRANT}")
    taken.append(_take(page, "grant", width=1000, height=620))
    page.goto(f"{prefect}/waiting")
    page.get_by_role("heading", name="What waits for you").wait_for()
    taken.append(_take(page, "waiting", width=1000, height=480))
    return taken


def _take(page: Page, name: str, *, width: int, height: int) -> Path:
    page.set_viewport_size({"width": width, "height": height})
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path)
    return path


if __name__ == "__main__":
    sys.exit(main())
