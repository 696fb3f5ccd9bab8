"""Fill in the forms of the officer's desk as a browser does, for the tests of what they come to."""

from typing import Any

from starlette.testclient import TestClient

from tests.portal_scenes import fields_of, parse, problems, text_of


def filled(page: Any, **values: str) -> dict[str, str]:
    """Return what a browser sends of the page's form, filled in."""
    forms = parse(page).iter("form")
    return fields_of(next(one for one in forms if (one.get("action") or "").startswith("/desk/"))) | values


def checked(client: TestClient, address: str, **values: str) -> Any:
    """Fill in the desk's form at an address, and return the page that shows what it moves."""
    form = filled(client.get(address), **values)
    return client.post(address.partition("?")[0], data=form)


def done(client: TestClient, address: str, **values: str) -> Any:
    """Fill in the desk's form, look at what it moves, and do it."""
    seen = checked(client, address, **values)
    assert seen.status_code == 200, problems(seen)
    return client.post(address.partition("?")[0], data=filled(seen))


def main_of(page: Any) -> str:
    """Return what the page says."""
    return text_of(next(parse(page).iter("main")))
