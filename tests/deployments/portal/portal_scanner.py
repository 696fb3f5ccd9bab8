"""Open every page as a mail scanner does that runs scripts: `make test-office` does, in a browser."""

from playwright.sync_api import Browser

from deployments.portal.web.guard import Who
from tests.browser_scenes import signed_in
from tests.deployments.portal.test_portal_routes import ROUTES, Places, site
from tests.grant_scenes import dump
from tests.portal_scenes import Site

__all__ = ["site"]


def test_browser_that_runs_scripts_and_submits_nothing_changes_no_row(browser: Browser, site: Site) -> None:
    """As a scanner does: it opens whatever opens, before signing in and after it."""
    context, places = browser.new_context(locale="sv-SE"), Places(site)
    for whom in ((Who.ANYONE, Who.LINK_HOLDER), (Who.VISITOR, Who.ADMIN)):
        page = signed_in(context, site) if Who.VISITOR in whom else context.new_page()
        paths = [path for (path, method), (who, _) in ROUTES.items() if method == "GET" and who in whom]
        # What is no page is a download: the test above has asked for it.
        pages = [path for path in paths if not path.endswith((".ics", ".csv", ".docx", ".xlsx"))]
        addresses = [address for path in pages for address in places.of(path)[:2]]
        before, shown = dump(site.engine), 0
        for address in addresses:
            answered = page.goto(site.settings.portal_url + address)
            assert answered is not None
            shown += answered.status == 200
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            page.evaluate("window.dispatchEvent(new Event('pagehide'))")
        page.wait_for_load_state("networkidle")
        assert shown >= 4
        assert dump(site.engine) == before
    context.close()
