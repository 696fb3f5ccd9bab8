"""Write the pages that an administrator reads in Prefect: what is due, stuck and waiting."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from urllib.parse import quote

from tasks.overview.admin_decisions import WaitingDecisions
from tasks.overview.portfolio import PortfolioFigures
from tasks.watch.last_findings import KeptFindings
from tasks.words.templates import one_paragraph, words_of
from tasks.words.translator import Translator, capitalised

# By which key the newest page is found.
OVERVIEW_KEY = "grants-overview"
STUCK_KEY = "grants-stuck"
WAITING_KEY = "grants-waiting"
REPORT_KEY = "round-report"
# More rows help nobody: the page says how many more there are.
MOST_FINDINGS = 100


@dataclass(frozen=True, slots=True)
class PrefectPage:
    """A page: its key, what it says as markdown, and in one line what lists of pages show."""

    key: str
    markdown: str
    headline: str


@dataclass(frozen=True, slots=True)
class PageWriter:
    """How pages are worded: the moment that they are of, the portal to which they lead, and the language."""

    at: datetime
    portal: str
    say: Translator

    def overview(self, figures: PortfolioFigures) -> PrefectPage:
        """Return what is due."""
        rows = []
        for grant in figures.tightest:
            step = capitalised(
                figures.titles.get((grant.reference, grant.next_step or ""), grant.next_step or "")
            )
            risk = grant.at_risk
            worded = {
                "page": self._grant(grant.reference),
                "step": step,
                "is_late": grant.is_late,
                "risk": self.say.money(risk.amount_minor, risk.currency) if risk.amount_minor else "",
            }
            rows.append(asdict(grant) | worded)
        sums = [self.say.money(minor, currency) for currency, minor in figures.figures.at_risk_minor]
        facts = {"figures": figures.figures, "rows": rows, "sums": sums}
        return self._page(OVERVIEW_KEY, "overview", facts)

    def stuck(self, found: KeptFindings) -> PrefectPage:
        """Return what the watch found."""
        rows = [
            asdict(row) | {"reference": row.grant, "page": self._grant(row.grant) or self._letter(row.letter)}
            for row in found.rows[:MOST_FINDINGS]
        ]
        return self._page(STUCK_KEY, "stuck", {"count": len(found.rows), "rows": rows})

    def waiting(self, waiting: WaitingDecisions) -> PrefectPage:
        """Return the decisions that wait for an administrator, each with the portal's page on which it is made."""
        rows = [
            asdict(row)
            | {"page": self._grant(row.reference), "act": f"{self.portal}{row.path}" if row.path else ""}
            for row in waiting.rows
        ]
        return self._page(WAITING_KEY, "waiting", {"count": len(rows) + waiting.more, "rows": rows})

    def round(self, on: date, counts: object, silent: Mapping[str, Sequence[str]]) -> PrefectPage:
        """Return what a round came to.

        `counts` are `tasks.round.days.Counts`; `silent` says why sources gave no figures.
        """
        return self._page(REPORT_KEY, "round", {"on": on, "counts": counts, "silent": silent})

    def _grant(self, reference: str) -> str:
        return f"{self.portal}/grants/{quote(reference)}" if reference else ""

    def _letter(self, number: int) -> str:
        return f"{self.portal}/mailbox/{number}" if number else ""

    def _page(self, key: str, name: str, facts: Mapping[str, object]) -> PrefectPage:
        words = words_of(self.say.language, f"administration/{name}.j2", today=self.at.date())
        told = {"at": self.at, **facts}
        return PrefectPage(key, str(words.page(told)), one_paragraph(words.headline(told)))
