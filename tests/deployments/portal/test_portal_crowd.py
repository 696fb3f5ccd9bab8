"""Too many requests at once: those who come are sent away at once, and nothing is half taken."""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from deployments.portal.app import make_app
from deployments.portal.web import crowd
from deployments.portal.web.crowd import NotTooMany
from deployments.portal.web.posted_form import read_posted_form
from deployments.portal.web.premade import PremadePage
from deployments.portal.web.render import Pages
from deployments.portal.web.turns import change_in_turn, few_at_once, make_in_turn
from tasks.commands.files.file_store import Receiver, Vault
from tests.browser_scenes import listening, served
from tests.builders import a_database
from tests.portal_scenes import settings_for


class Slow:
    """An application that answers when it is let."""

    def __init__(self) -> None:
        self.let = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.let.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def _whole() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _ask(app: NotTooMany, method: str, path: str = "/t/x", *, receive: Receive = _whole) -> int:
    found: list[int] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            found.append(message["status"])

    await app({"type": "http", "method": method, "path": path, "headers": []}, receive, send)
    return found[0]


def test_crowd_is_sent_away_at_once_and_answers_come_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "MOST_LOOKING", 2)
    monkeypatch.setattr(crowd, "MOST_IN_ALL", 3)

    async def scene() -> tuple[list[int], list[int], int]:
        slow = Slow()
        app = NotTooMany(slow, page=PremadePage(Pages(captures=True), "crowded", "sv"))
        waiting = [asyncio.create_task(_ask(app, method)) for method in ("GET", "GET", "POST")]
        waiting.append(asyncio.create_task(_ask(app, "GET", "/static/style.css")))
        await asyncio.sleep(0)
        away = [await _ask(app, method) for method in ("GET", "HEAD", "POST")]
        slow.let.set()
        return away, await asyncio.gather(*waiting), await _ask(app, "GET")

    assert asyncio.run(scene()) == ([503, 503, 503], [200, 200, 200, 200], 200)


def test_forms_that_are_long_in_coming_keep_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "MOST_LOOKING", 2)
    monkeypatch.setattr(crowd, "MOST_IN_ALL", 3)

    async def scene() -> tuple[list[int], list[int], list[int]]:
        slow, come = Slow(), asyncio.Event()

        async def read(scope: Scope, receive: Receive, send: Send) -> None:
            while (await receive()).get("more_body"):
                pass
            await slow(scope, receive, send)

        async def receive() -> Message:
            await come.wait()
            return {"type": "http.request", "body": b"", "more_body": False}

        app = NotTooMany(read, page=PremadePage(Pages(captures=True), "crowded", "sv"))
        forms = [asyncio.create_task(_ask(app, "POST", receive=receive)) for _ in range(4)]
        await asyncio.sleep(0)
        looking = [asyncio.create_task(_ask(app, "GET")) for _ in range(2)]
        await asyncio.sleep(0)
        come.set()
        await asyncio.sleep(0.01)
        away = [await _ask(app, method) for method in ("GET", "POST")]  # now all of them are to be answered
        slow.let.set()
        return await asyncio.gather(*forms), await asyncio.gather(*looking), away

    assert asyncio.run(scene()) == ([200] * 4, [200] * 2, [503] * 2)


def test_whoever_hangs_up_in_a_form_leaves_no_error_in_the_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with listening() as (listener, address):
        app = make_app(settings_for(tmp_path, portal_url=address), a_database(tmp_path))
        with served(app, listener):
            kind = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\nemail"
            with socket.create_connection(listener.getsockname()) as line:
                line.sendall(b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\n" + kind)
                httpx2.get(f"{address}/healthz")
            httpx2.get(f"{address}/healthz")
    assert "".join(capfd.readouterr()) == ""


def test_files_that_take_long_keep_nobody_from_answering() -> None:
    let = threading.Event()

    async def scene() -> tuple[str, bool, list[bool]]:
        files = [asyncio.create_task(make_in_turn(let.wait)) for _ in range(5)]
        changed = await asyncio.wait_for(change_in_turn(lambda: "changed"), 60)
        looked = await asyncio.wait_for(run_in_threadpool(let.is_set), 60)
        let.set()
        return changed, looked, await asyncio.gather(*files)

    assert asyncio.run(scene()) == ("changed", False, [True] * 5)


class SlowDisk(Vault):
    """A documents folder whose disk makes no file whole before it is let."""

    def __init__(self, folder: Path, let: threading.Event) -> None:
        super().__init__(folder)
        self.let = let

    def receive(self, name: str) -> Receiver:
        receiver = super().receive(name)
        finish = receiver.finish
        receiver.finish = lambda: (self.let.wait(), finish())[1]  # type: ignore[method-assign]
        return receiver


def test_files_that_are_handed_in_keep_nobody_from_looking_or_answering(tmp_path: Path) -> None:
    let = threading.Event()
    named = b'Content-Disposition: form-data; name="files"; filename="a.csv"'
    body = b"--x\r\n" + named + b"\r\n\r\na;b\r\n--x--\r\n"

    async def whole() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def hand_in() -> list[str]:
        kind = (b"content-type", b"multipart/form-data; boundary=x")
        request = Request({"type": "http", "method": "POST", "headers": [kind]}, whole)
        return [file.name for file in (await read_posted_form(request, SlowDisk(tmp_path, let))).files]

    async def scene() -> tuple[str, bool, list[list[str]]]:
        async with few_at_once(Starlette()):
            forms = [asyncio.create_task(hand_in()) for _ in range(5)]
            await asyncio.sleep(0.2)
            try:
                looked = await asyncio.wait_for(run_in_threadpool(let.is_set), 60)
                changed = await asyncio.wait_for(change_in_turn(lambda: "changed"), 60)
            finally:
                let.set()
            return changed, looked, await asyncio.gather(*forms)

    assert asyncio.run(scene()) == ("changed", False, [["a.csv"]] * 5)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("sv", "Vänta några sekunder och ladda om sidan."),
        ("en", "Wait a few seconds, and load the page again."),
    ],
)
def test_page_for_a_crowd_has_its_words_and_headers(
    language: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd, "MOST_LOOKING", 0)
    with TestClient(make_app(settings_for(tmp_path), a_database(tmp_path)), "http://127.0.0.1") as client:
        page = client.get("/login", headers={"accept-language": language})
        others = [client.get(path).status_code for path in ("/healthz", "/static/style.css")]
    assert (page.status_code, page.headers["retry-after"], others) == (503, "5", [200, 200])
    assert words in page.text
    assert f'<html lang="{language}"' in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.headers["cache-control"] == "no-store"
