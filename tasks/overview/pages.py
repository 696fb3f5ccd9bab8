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

# The key by which the newest page is found.
OVERVIEW_KEY = "grants-overview"
STUCK_KEY = "grants-stuck"
WAITING_KEY = "grants-waiting"
REPORT_KEY = "round-report"
# The greatest number of rows on a page: it states how many more there are.
MOST_FINDINGS = 100


@dataclass(frozen=True, slots=True)
class PrefectPage:
    """A page: its key, its text as markdown, and one line for lists of pages."""

    key: str
    markdown: str
    headline: str


@dataclass(frozen=True, slots=True)
class PageWriter:
    """How pages are worded: their moment, the portal that they link to, and the language."""

    at: datetime
    portal: str
    say: Translator

    def overview(self, figures: PortfolioFigures) -> PrefectPage:
        """Return the page of what is due."""
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
                "is_with_funder": grant.is_with_funder,
                "risk": self.say.money(risk.amount_minor, risk.currency) if risk.amount_minor else "",
            }
            rows.append(asdict(grant) | worded)
        sums = [self.say.money(minor, currency) for currency, minor in figures.figures.at_risk_minor]
        facts = {"figures": figures.figures, "rows": rows, "sums": sums}
        return self._page(OVERVIEW_KEY, "overview", facts)

    def stuck(self, found: KeptFindings) -> PrefectPage:
        """Return the page of the watch's findings."""
        rows = [
            asdict(row) | {"reference": row.grant, "page": self._grant(row.grant) or self._letter(row.letter)}
            for row in found.rows[:MOST_FINDINGS]
        ]
        return self._page(STUCK_KEY, "stuck", {"count": len(found.rows), "rows": rows})

    def waiting(self, waiting: WaitingDecisions) -> PrefectPage:
        """Return the page of decisions that wait for an administrator, each linked to its page in the portal."""
        rows = [
            asdict(row)
            | {"page": self._grant(row.reference), "act": f"{self.portal}{row.path}" if row.path else ""}
            for row in waiting.rows
        ]
        return self._page(WAITING_KEY, "waiting", {"count": len(rows) + waiting.more, "rows": rows})

    def round(self, on: date, counts: object, silent: Mapping[str, Sequence[str]]) -> PrefectPage:
        """Return the page of a round's results.

        `counts` are `tasks.round.days.Counts`; `silent` says why sources gave no figures.
        """
        return self._page(REPORT_KEY, "round", {"on": on, "counts": counts, "silent": silent})

    def _grant(self, reference: str) -> str:
        return f"{self.portal}/grants/{quote(reference)}" if reference else ""

    def _letter(self, number: int) -> str:
        return f"{self.portal}/mailbox/{number}" if number else ""

    def _page(self, key: str, name: str, facts: Mapping[str, object]) -> PrefectPage:
        words = words_of(self.say.language, f"administration/{name}.j2", today=self.at.date())
        page_facts = {"at": self.at, **facts}
        return PrefectPage(key, str(words.page(page_facts)), one_paragraph(words.headline(page_facts)))
