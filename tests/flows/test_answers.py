"""Read in Prefect what is stuck and what waits for an administrator, each with a way to put it right."""

import asyncio
import json
import re
from datetime import date, datetime
from urllib.parse import unquote

from prefect.client.orchestration import get_client
from sqlalchemy import Engine, update

from flows.overview import overview
from flows.watch import watch
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.person import Person
from tasks.prefect.keys import STUCK_KEY, WAITING_KEY
from tasks.settings import load_settings
from tasks.store.database import transaction
from tests.flows.runs import ended, shown_by


async def a_form(name: str) -> str:
    """Deploy a form under a name, and return where it opens."""
    async with get_client() as client:
        flow_id = await client.create_flow_from_name(name)
        made = await client.create_deployment(flow_id, name, tags=["grants"], paused=True)
    return f"/deployments/deployment/{made}/run"


def test_stuck_page_says_what_since_when_why_and_what_to_do(told: Engine) -> None:
    with transaction(told) as connection:
        connection.execute(update(table_of(Person)).values(departed_on=date(2010, 1, 1)))
    zone = load_settings().zone
    before = datetime.now(zone).day
    assert ended(watch(return_state=True))[0] == "Failed"
    summary, page = asyncio.run(shown_by(STUCK_KEY))
    assert "fastnat" in summary
    row = next(line for line in page.replace("<br>", " ").splitlines() if line.startswith("| [SN-007]"))
    grant, why, remedy = (cell.strip() for cell in row.strip("| ").split(" | "))
    day = f"({before}|{datetime.now(zone).day})"  # midnight may have passed meanwhile
    assert re.fullmatch(rf"\[SN-007\]\(http://127.0.0.1:8480/grants/SN-007\) \S.* {day} \w+", grant)
    assert "varken den som ansvarar eller någon bakom hen går att nå" in why.lower()
    assert "lägg in en ersättare" in remedy


def test_waiting_page_gives_each_decision_its_form_filled_in(told: Engine) -> None:
    forms = {name: asyncio.run(a_form(name)) for name in ("release-an-instalment", "confirm-an-import")}
    with transaction(told) as connection:
        quiet = update(table_of(Grant)).where(table_of(Grant).c.reference == "SN-001").values(quiet=True)
        connection.execute(quiet)
    assert ended(overview(return_state=True))[0] == "Completed"
    summary, page = asyncio.run(shown_by(WAITING_KEY))
    filled = {
        line.split("]")[0][3:]: unquote(line).rpartition("](")[2]
        for line in page.splitlines()
        if "| [SN-" in line
    }
    assert f" {len(filled)} beslut väntar på dig." in summary
    opened = {reference: address.partition("?")[0] for reference, address in filled.items()}
    assert opened["SN-010"] == forms["release-an-instalment"]
    assert opened["SN-001"] == forms["confirm-an-import"]
    given = filled["SN-010"].partition("parameters=")[2].rpartition(")")[0]
    assert json.loads(given) == {"grant": "SN-010", "instalment": "Del 2"}
