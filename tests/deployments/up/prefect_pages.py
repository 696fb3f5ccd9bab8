"""Open both of Prefect's interfaces in a browser, as `grants up` serves them: neither speaks to a third party."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from deployments.up.home import process_environment
from deployments.up.web import ask_json, find_status
from tasks.overview.pages import OVERVIEW_KEY
from tasks.settings import load_settings
from tests.free_ports import find_free_ports
from tests.source_tree import ROOT
from tests.waiting import until

PAGES = ("dashboard", "runs", "settings", "due")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with a_server(tmp_path_factory.mktemp("prefect"), find_free_ports(3)) as address:
        yield address


@contextmanager
def a_server(home: Path, port: int) -> Iterator[str]:
    """Run Prefect's server; its address."""
    environment = process_environment(load_settings(home=home), port, os.environ)
    command = (sys.executable, "-m", "uvicorn", "--factory", "deployments.up.prefect_app:create")
    options = ("--port", str(port + 1), "--log-level", "warning")
    address = f"http://127.0.0.1:{port + 1}"
    with subprocess.Popen((*command, *options), env=environment, cwd=ROOT) as process:
        try:
            until(lambda: find_status(f"{address}/api/health") == 200, "the server")
            yield address
        finally:
            process.terminate()


@pytest.mark.parametrize("interface", ["", "/v2"])
def test_interface_works_and_speaks_to_no_third_party(server: str, browser: Browser, interface: str) -> None:
    asked: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    for name in PAGES:
        page.goto(f"{server}{interface}/{name}")
        page.get_by_text("Work Pools").first.wait_for(timeout=240_000)
        page.wait_for_load_state("networkidle")
    page.close()
    assert any("/api/" in url for url in asked)
    assert [url for url in asked if not url.startswith((server, "data:", "blob:"))] == []


def test_short_address_leads_to_the_newest_page_itself(server: str, browser: Browser) -> None:
    table = {"key": OVERVIEW_KEY, "type": "markdown", "data": "| Grant |\n|---|\n| [REF-1](/runs) |\n"}
    made: Any = ask_json(f"{server}/api/artifacts/", table)
    page = browser.new_page()
    page.goto(f"{server}/due")
    page.get_by_role("link", name="REF-1").wait_for(timeout=240_000)
    assert page.url == f"{server}/artifacts/artifact/{made['id']}"
    page.close()
