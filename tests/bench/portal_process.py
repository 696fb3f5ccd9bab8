"""Serve a bare application that answers as many bytes as a page of the portal; a process."""

from __future__ import annotations

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route


def bare(size: int) -> Starlette:
    """Return an application that answers everything with a page of so many bytes."""
    body = "x" * size

    def answer(request: Request) -> Response:
        return HTMLResponse(body)

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])


if __name__ == "__main__":
    uvicorn.run(bare(int(sys.argv[2])), port=int(sys.argv[1]), log_level="warning", access_log=False)
