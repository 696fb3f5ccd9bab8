"""Connections that say nothing, or too slowly what they want: they end, and shut nobody out."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from deployments.portal.web.headers import safe_headers
from deployments.up import prompt_heads
from deployments.up.server_thread import listen_on, portal_config

HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"


async def _say_size(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{len(await request.body())}")


@pytest.fixture
def port(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server as the portal's is, which waits a second for a head, and lets eight connections be open.

    Where a test says "patient", it closes none in ten minutes for its silence alone.
    """
    config = portal_config(Starlette(routes=[Route("/", _say_size, methods=["GET", "POST"])]))
    monkeypatch.setattr(prompt_heads, "HEAD_SECONDS", 1.0)
    monkeypatch.setattr(prompt_heads, "MOST_OPEN", 8)
    if getattr(request, "param", "") == "patient":
        monkeypatch.setattr(prompt_heads, "HEAD_SECONDS", 600.0)
        config.timeout_keep_alive = 600
    listener, server = listen_on(0), uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


def called(port: int, said: bytes = b"") -> socket.socket:
    """Return an open connection on which something was said."""
    found = socket.create_connection(("127.0.0.1", port), timeout=60)
    found.sendall(said)
    return found


def answer_on(line: socket.socket, end: bytes = b"0") -> bytes:
    """Return a whole answer, by the size at its end."""
    found = b""
    while not found.endswith(b"\r\n\r\n" + end):
        came = line.recv(1_000)
        assert came, found
        found += came
    return found


def ended_at(line: socket.socket, drip: bytes) -> float:
    """Say a little again and again until the other end closes; return when that was."""
    began = time.monotonic()
    line.settimeout(0.1)
    while time.monotonic() - began < 60:
        try:
            line.sendall(drip)
            if line.recv(1_000) == b"":
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic()


@pytest.mark.parametrize(
    ("said", "drip"),
    [
        pytest.param(b"", b"", id="silence"),
        pytest.param(HEAD, b"", id="half a head"),
        pytest.param(HEAD + b"X-Slow: ", b"a", id="a head letter by letter"),
    ],
)
def test_head_that_does_not_come_ends_its_connection(port: int, said: bytes, drip: bytes) -> None:
    began = time.monotonic()
    with called(port, said) as line:
        assert 0.9 < ended_at(line, drip) - began < 30


def test_second_head_that_does_not_come_ends_its_connection(port: int) -> None:
    with called(port, HEAD + b"\r\n") as line:
        assert answer_on(line).startswith(b"HTTP/1.1 200")
        time.sleep(1.5)  # between requests it may rest for longer
        began = time.monotonic()
        line.sendall(HEAD)
        assert 0.9 < ended_at(line, b"") - began < 30


def test_body_may_take_longer_than_a_head(port: int) -> None:
    with called(port, b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 8\r\n\r\n") as line:
        for letter in b"12345678":
            time.sleep(0.25)
            line.sendall(bytes([letter]))
        assert answer_on(line, b"8").startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("port", ["patient"], indirect=True)
def test_whoever_comes_is_answered_however_many_say_nothing(port: int) -> None:
    with ExitStack() as stack, called(port, HEAD + b"\r\n") as asked:
        assert answer_on(asked).startswith(b"HTTP/1.1 200")
        silent = [stack.enter_context(called(port, HEAD)) for _ in range(40)]
        for _ in range(3):
            assert httpx2.get(f"http://127.0.0.1:{port}/", timeout=60).status_code == 200
        # The oldest have gone at once, that which rests after a request among them; the newest are waited for.
        began = time.monotonic()
        assert max(ended_at(line, b"") for line in (asked, silent[0])) - began < 30
        silent[-1].sendall(b"\r\n")
        assert answer_on(silent[-1]).startswith(b"HTTP/1.1 200")


HALF = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 8\r\n\r\n1"


@pytest.mark.parametrize("port", ["patient"], indirect=True)
def test_whoever_comes_is_answered_however_many_send_half_a_form(port: int) -> None:
    with ExitStack() as stack:
        half = [stack.enter_context(called(port, HALF)) for _ in range(40)]
        for _ in range(3):
            assert httpx2.get(f"http://127.0.0.1:{port}/", timeout=60).status_code == 200
        began = time.monotonic()
        assert ended_at(half[0], b"") - began < 30
        half[-1].sendall(b"2345678")
        assert answer_on(half[-1], b"8").startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"GARBAGE\r\n\r\n", id="no request"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="no host"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", id="two hosts"),
        pytest.param(HALF.replace(b"8", b"8\r\nContent-Length: 9"), id="two lengths"),
        pytest.param(HALF.replace(b"8", b"-8"), id="a length below nothing"),
        pytest.param(
            HALF.replace(b"Content-Length: 8", b"Transfer-Encoding: chunked") + b"x\r\n", id="no chunk"
        ),
    ],
)
def test_what_is_no_request_is_answered_with_the_headers_of_every_answer(port: int, said: bytes) -> None:
    with called(port, said) as line:
        answer = answer_on(line, b"This is no request.\r\n")
        assert line.recv(1) == b""  # and the connection ends
    head = answer.decode().lower().split("\r\n\r\n")[0].splitlines()
    assert head[0] == "http/1.1 400 bad request"
    assert {f"{name}: {value}".lower() for name, value in safe_headers("").items()} <= set(head)


def test_who_asks_for_web_sockets_gets_the_page(port: int) -> None:
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: YQ==\r\n"
    with called(port, HEAD + upgrade + b"\r\n") as line:
        assert answer_on(line).startswith(b"HTTP/1.1 200")
