"""Read in Prefect what is stuck and what waits for an administrator, each with the way to the portal."""

import re
from datetime import date, datetime

from sqlalchemy import Engine, update

from flows.pages import overview
from flows.watch import watch
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.person import Person
from tasks.overview.pages import STUCK_KEY, WAITING_KEY
from tasks.settings import load_settings
from tasks.store.database import transaction
from tests.flows.runs import ended, shown_by

PORTAL = "http://127.0.0.1:8480"


def test_stuck_page_says_what_since_when_why_and_what_to_do(told: Engine) -> None:
    with transaction(told) as connection:
        connection.execute(update(table_of(Person)).values(departed_on=date(2010, 1, 1)))
    zone = load_settings().zone
    before = datetime.now(zone).day
    assert ended(watch(return_state=True))[0] == "Failed"
    summary, page = shown_by(STUCK_KEY)
    assert "fastnat" in summary
    row = next(line for line in page.replace("<br>", " ").splitlines() if line.startswith("| [SN-007]"))
    grant, why, remedy = (cell.strip() for cell in row.strip("| ").split(" | "))
    day = f"({before}|{datetime.now(zone).day})"  # midnight may have passed meanwhile
    assert re.fullmatch(rf"\[SN-007\]\(http://127.0.0.1:8480/grants/SN-007\) \S.* {day} \w+", grant)
    assert "varken den som ansvarar eller någon bakom hen går att nå" in why.lower()
    assert "välj en ställföreträdare" in remedy


def test_waiting_page_leads_to_where_each_decision_is_made(told: Engine) -> None:
    with transaction(told) as connection:
        quiet = update(table_of(Grant)).where(table_of(Grant).c.reference == "SN-001").values(quiet=True)
        connection.execute(quiet)
        grant_id = connection.execute(
            table_of(Grant).select().where(table_of(Grant).c.reference == "SN-001")
        ).one()[0]
    assert ended(overview(return_state=True))[0] == "Completed"
    summary, page = shown_by(WAITING_KEY)
    rows = {line.split("]")[0][3:]: line for line in page.splitlines() if "| [SN-" in line}
    assert f" {len(rows)} beslut väntar på dig." in summary
    assert re.match(r"Läget \d+ \w+( \d{4})? kl\.\s\d\d\.\d\d\. ", summary)
    assert rows["SN-001"].count(f"({PORTAL}/grants/SN-001)") == 1
    assert f"({PORTAL}/desk/confirm-import/{grant_id})" in rows["SN-001"]
    assert f"({PORTAL}/grants/SN-010)" in rows["SN-010"]
