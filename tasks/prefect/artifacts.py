"""Write what an administrator reads in Prefect: what is due, is stuck and waits; send what happened to grants."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from urllib.parse import quote

import httpx
from prefect.artifacts import acreate_markdown_artifact
from prefect.events import emit_event
from prefect.exceptions import PrefectException
from prefect.variables import Variable
from sqlalchemy import Engine

from models.rules.watch.findings import FindingKind
from tasks.overview.journal import LifeEvent, last_change, list_life_events
from tasks.overview.portfolio import PortfolioFigures
from tasks.overview.waiting import WaitingDecisions
from tasks.prefect.forms import Forms, word_part
from tasks.prefect.keys import CURSOR, OVERVIEW_KEY, REPORT_KEY, STUCK_KEY, WAITING_KEY
from tasks.store.database import reading
from tasks.watch.kept import KeptFindings
from tasks.words.names import word_name
from tasks.words.templates import one_paragraph, words_of
from tasks.words.translator import Translator, capitalised

log = logging.getLogger(__name__)

# More rows help nobody: the page says how many more there are.
MOST_FINDINGS = 100
# The form that helps with a finding.
_HELPS: Mapping[str, str] = {
    FindingKind.QUIET: "confirm-an-import",
    FindingKind.LATE_UNTOLD: "daily-round",
    FindingKind.ROUND_MISSED: "daily-round",
    FindingKind.LETTER_WAITING: "deliver-letters",
    FindingKind.LETTER_STUCK: "deliver-letters",
    FindingKind.LETTER_OVERDUE: "deliver-letters",
}


@dataclass(frozen=True, slots=True)
class Pages:
    """Where the pages lead and how they are worded: the moment that they are of, the portal, the forms."""

    at: datetime
    today: date
    portal: str
    forms: Forms
    say: Translator

    def grant(self, reference: str) -> str:
        """Return the address of the grant's page."""
        return f"{self.portal}/grants/{quote(reference)}" if reference else ""

    def letter(self, number: int) -> str:
        """Return the address of the letter's page."""
        return f"{self.portal}/mailbox/{number}" if number else ""

    async def write_overview(self, figures: PortfolioFigures) -> None:
        """Write what is due as the artifact `grants-overview`."""
        rows = []
        for one in figures.tightest:
            step = capitalised(figures.titles.get((one.reference, one.next_step or ""), one.next_step or ""))
            given, risk = {"grant": one.reference, "step": step}, one.at_risk
            more = {
                "page": self.grant(one.reference),
                "step": step,
                "risk": self.say.money(risk.amount_minor, risk.currency) if risk.amount_minor else "",
                "form": self.forms.address("extend-a-step", given) if step else "",
            }
            rows.append(asdict(one) | more)
        sums = [self.say.money(minor, currency) for currency, minor in figures.figures.at_risk_minor]
        facts = {"figures": figures.figures, "rows": rows, "sums": sums}
        await self._write(OVERVIEW_KEY, "overview", facts)

    async def write_stuck(self, found: KeptFindings) -> None:
        """Write what the watch found as the artifact `grants-stuck`."""
        rows = [
            asdict(one)
            | {
                "reference": one.grant,
                "page": self.grant(one.grant) or self.letter(one.letter),
                "form": self.forms.address(
                    _HELPS.get(one.kind, ""), {"grant": one.grant} if one.grant else None
                ),
            }
            for one in found.rows[:MOST_FINDINGS]
        ]
        await self._write(STUCK_KEY, "stuck", {"count": len(found.rows), "rows": rows})

    async def write_waiting(self, waiting: WaitingDecisions) -> None:
        """Write the decisions that wait for an administrator, worded, as the artifact `grants-waiting`."""
        rows = []
        for one in waiting.rows:
            given = (
                {"grant": one.reference}
                | ({"step": one.step} if one.kind == "reading" else {})
                | {name: self._worded(name, value) for name, value in one.given.items()}
            )
            page, form = self.grant(one.reference), self.forms.address(one.form, given)
            rows.append(asdict(one) | {"page": page, "form": form})
        await self._write(WAITING_KEY, "waiting", {"count": len(rows) + waiting.more, "rows": rows})

    def _worded(self, name: str, value: object) -> object:
        """Return a value of a waiting decision as its form has it."""
        if name == "instalment":
            return word_part(self.say, str(value))
        return word_name(self.say, "decision", str(value)) if name == "kind" else value

    async def write_round(self, on: date, counts: object, silent: Mapping[str, Sequence[str]]) -> None:
        """Write what a round came to as the artifact `round-report`.

        `counts` are `tasks.round.days.Counts`; `silent` says why sources gave no figures.
        """
        await self._write(REPORT_KEY, "round", {"on": on, "counts": counts, "silent": silent})

    async def _write(self, key: str, name: str, facts: Mapping[str, object]) -> None:
        words = words_of(self.say.language, f"administration/{name}.j2", today=self.today)
        told = {"at": self.at, **facts}
        markdown, description = str(words.page(told)), one_paragraph(words.headline(told))
        try:
            await acreate_markdown_artifact(key=key, markdown=markdown, description=description)
        except (PrefectException, httpx.HTTPError) as error:
            # What a page shows is decoration: no run fails for it.
            log.warning("artifact %s not written: %s", key, type(error).__name__)


# What is sent where Prefect knows no such number: it is new, or has lost its database.
FIRST_SENT = timedelta(days=1)


async def send_events(engine: Engine, now: datetime) -> int:
    """Send what happened since the last time; return how many events that were.

    The number is moved once they are sent: a run that ends in between is repeated by the next, and a repeated event is
    the same one to Prefect. Without a server nothing is sent, and the next run does it.
    """
    try:
        kept = await Variable.aget(CURSOR)
        after, since = (kept, None) if isinstance(kept, int) else (0, now - FIRST_SENT)
        until, events = await asyncio.to_thread(_read, engine, after, since)
        for one in events:
            _send(one)
        if until != kept:
            await Variable.aset(CURSOR, until, overwrite=True)
    except (PrefectException, httpx.HTTPError) as error:
        log.warning("no events sent: %s", type(error).__name__)
        return 0
    return len(events)


def _read(engine: Engine, after: int, since: datetime | None) -> tuple[int, list[LifeEvent]]:
    with reading(engine) as connection:
        return last_change(connection, after), list_life_events(connection, after, since)


def _send(one: LifeEvent) -> None:
    resource = {
        "prefect.resource.id": f"grantline.grant.{one.reference}",
        "prefect.resource.name": one.reference,
    }
    labels = {f"grantline.{label}": value for label, value in one.labels.items()}
    emit_event(f"grantline.{one.name}", resource | labels, occurred=one.at, id=one.id)
