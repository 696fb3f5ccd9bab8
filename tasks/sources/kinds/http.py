"""Take figures out of web services that answer with JSON."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from tasks.sources.services import OutsideServices
from tasks.sources.source import Asked, Taken
from tasks.sources.values import at_path, filled


def read(asked: Asked) -> Taken | None:
    """Return the one value at the question's path of the answer."""
    reader, name, source, about = asked.reader, asked.name, asked.source, asked.about
    quoted = {key: quote(value, safe="") for key, value in about.names().items()}
    url = filled(source.url or "", quoted)
    key = (name, url)
    host = url.split("/", 3)[2]
    fetch = reader.line("http", OutsideServices).fetch
    body: bytes = reader.once(key, lambda: reader.tried(host, lambda: fetch(name, url, source.secret)))
    value = at_path(name, body, asked.gather.column)
    return None if value is None else Taken(value, name, hashlib.sha256(body).hexdigest())
