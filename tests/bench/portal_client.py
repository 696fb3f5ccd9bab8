"""Ask the portal for pages at a steady rate, answer by its forms, and count what came back; as a process of its own.

The plan comes as JSON on the standard input and the counts go as JSON to the standard output. A request is sent when
its turn comes, whatever became of those before it, and its time counts from its turn: a portal that stands still for a
second is charged with all who would have come meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

_NONCE = re.compile(r'name="nonce" value="([^"]+)">\s*<input type="hidden" name="act" value="(\w+)"')
_FORM_TYPE = "Content-Type: application/x-www-form-urlencoded\r\n"
_LONGEST_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a request."""

    status: int
    location: str
    body: bytes


class Connections:
    """Connections to the portal that are kept open and used again, one request at a time each."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._free: deque[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = deque()

    async def ask(self, method: str, path: str, cookie: str = "", form: str = "") -> Answer:
        """Send a request and return what came back; OSError or ValueError when nothing whole did."""
        reader, writer = self._free.popleft() if self._free else await self._open()
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nAccept-Language: sv\r\n"
        head += f"Cookie: grants={cookie}\r\n" if cookie else ""
        if method == "POST":
            head += f"{_FORM_TYPE}Content-Length: {len(form)}\r\n"
        writer.write(f"{head}\r\n{form}".encode("ascii"))
        try:
            answer = await asyncio.wait_for(_read(reader), _LONGEST_SECONDS)
        except BaseException:
            writer.close()
            raise
        self._free.append((reader, writer))
        return answer

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self._host, self._port, limit=1_000_000)

    async def close(self) -> None:
        """Close them all."""
        for _, writer in self._free:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Answer(int(head[0].split()[1]), headers.get("location", ""), body)


@dataclass(slots=True)
class Counts:
    """What came back so far: seconds from each request's turn by kind, what went wrong, and what was answered."""

    seconds: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    wrong: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    body_bytes: int = 0


async def _get(ask: Connections, path: str, cookie: str, wanted: int) -> Answer:
    answer = await ask.ask("GET", path, cookie)
    if answer.status != wanted:
        raise ValueError(f"GET {path.split('?')[0][:12]}: {answer.status}")
    return answer


async def _answer(ask: Connections, counts: Counts, what: Mapping[str, Any]) -> None:
    """Post the form of the page that was shown, as its reader would; some press its button twice."""
    path, act = what["path"], what["act"]
    page = await _get(ask, path, "", 200)
    nonces = {found: nonce for nonce, found in _NONCE.findall(page.body.decode())}
    form = urlencode({"nonce": nonces[act], "act": act, **what["fields"]})
    posted = await asyncio.gather(*(ask.ask("POST", path, form=form) for _ in range(what["times"])))
    taken = [one.location for one in posted if one.status == 303 and "?answered=s" in one.location]
    # Whoever is second is told on the page that it is done.
    if len(taken) != 1 or any(one.status not in (200, 303) for one in posted):
        raise ValueError(f"POST {act}: {[one.status for one in posted]}")
    counts.answered.append(taken[0].partition("?answered=s")[2])


def turns(plan: dict[str, Any], count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is asked for, in an order that is the same each time; what has been answered is not asked again."""
    chance = random.Random(plan["seed"])
    answers = list(plan["answers"])
    kinds = list(plan["mix"])
    for kind in chance.choices(kinds, [plan["mix"][name] for name in kinds], k=count):
        if kind == "answer" and answers:
            yield kind, answers.pop()
        else:
            asked = kind if kind != "answer" else kinds[0]
            yield asked, chance.choice(plan["pages"][asked])


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    """Keep the plan's rate for its seconds; return the counts."""
    ask, counts = Connections(plan["host"], plan["port"]), Counts()
    loop = asyncio.get_running_loop()
    rate, seconds = plan["rate"], plan["seconds"]
    began = loop.time()

    async def one(kind: str, what: dict[str, Any], turn: float) -> None:
        try:
            if kind == "answer":
                await _answer(ask, counts, what)
            else:
                page = await _get(ask, what["path"], what.get("cookie", ""), what.get("status", 200))
                counts.body_bytes += len(page.body)
        except (OSError, ValueError, KeyError, TimeoutError, asyncio.IncompleteReadError) as error:
            counts.wrong.append(f"{kind}: {type(error).__name__} {error}")
        counts.seconds[kind].append((turn - began, loop.time() - turn))

    async with asyncio.TaskGroup() as group:
        for number, (kind, what) in enumerate(turns(plan, int(rate * seconds))):
            turn = began + number / rate
            await asyncio.sleep(max(0.0, turn - loop.time()))
            group.create_task(one(kind, what, turn))
    took = loop.time() - began
    await ask.close()
    return {
        "seconds": counts.seconds,
        "wrong": counts.wrong,
        "answered": counts.answered,
        "body_bytes": counts.body_bytes,
        "took": took,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(json.load(sys.stdin)))))
