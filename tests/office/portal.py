"""The portal as a person with a browser sees it: signed in at the office's provider, page by page."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

from tests.office.workbook import address

_WITHIN = 60.0


class _Forms(HTMLParser):
    """The forms of a page: where each goes, and what its hidden fields hold."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, or a field of the last one."""
        named = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((named.get("action", ""), {}))
        elif tag == "input" and self.found and named.get("type") == "hidden":
            self.found[-1][1][named["name"]] = named.get("value", "")


class Browser:
    """Somebody's browser: it keeps cookies and follows where it is led."""

    def __init__(self, portal: str) -> None:
        self.portal = portal
        self.client = httpx.Client(follow_redirects=True, timeout=_WITHIN)

    def look(self, path: str) -> str:
        """Return the words of a page of the portal, which must be there."""
        page = self.client.get(self.portal + path)
        assert page.status_code == 200, f"{path}: {page.status_code}"
        return words_of(page.text)

    def sign_in(self, name: str) -> None:
        """Sign in at the office's provider, by its own two pages."""
        page = self.client.get(f"{self.portal}/login/provider?next=/tasks")
        for typed in ({"login": address(name), "password": "any"}, {}):
            action, hidden = _Forms(page.text).found[0]
            page = self.client.post(urljoin(str(page.url), action), data=hidden | typed)
        assert page.status_code == 200, f"{page.url}: {page.status_code} {words_of(page.text)[:400]}"
        assert str(page.url).startswith(f"{self.portal}/tasks"), f"{page.url}: {words_of(page.text)[:400]}"


def words_of(html: str) -> str:
    """Return what a page says, without what it is made of."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html)).strip()
