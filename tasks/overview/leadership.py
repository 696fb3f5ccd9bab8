"""Where the grants stand, for those who lead: figures, what needs a head today, units, and what ended."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from tasks.overview.grants import Figures, Seen, UnitFigures, list_ended, list_urgent, sum_figures, sum_units
from tasks.overview.standing import GrantStanding
from tasks.overview.titles import next_titles
from tasks.people.holdings import holders_away
from tasks.words.translator import Translator


@dataclass(frozen=True, slots=True)
class UrgentGrant:
    """A grant that needs a head today: where it stands, what its late step is called, and if its holder is away."""

    standing: GrantStanding
    step: str
    away_until: date | None


@dataclass(frozen=True, slots=True)
class Leadership:
    """What leadership's page says, and the letter at the end of a week: the same figures and the same grants."""

    figures: Figures
    units: tuple[UnitFigures, ...]
    urgent: tuple[UrgentGrant, ...]
    ended: tuple[GrantStanding, ...]

    @property
    def unnamed(self) -> int:
        """How many grants are late that are not named."""
        return self.figures.late - len(self.urgent)


def load_leadership(connection: Connection, say: Translator, today: date, seen: Seen) -> Leadership:
    """Return where the grants that are seen stand on a day, with the steps' titles in a language."""
    return Leadership(
        figures=sum_figures(connection, today, seen),
        units=tuple(sum_units(connection, today, seen)),
        urgent=load_urgent(connection, say, today, seen),
        ended=tuple(list_ended(connection, today, seen)),
    )


def load_urgent(connection: Connection, say: Translator, today: date, seen: Seen) -> tuple[UrgentGrant, ...]:
    """Return the grants that need a head on a day of those that are seen, the most urgent first."""
    rows = list_urgent(connection, today, seen)
    steps = {row.reference: row.next_step for row in rows}
    titles = next_titles(connection, steps, say)
    away = holders_away(connection, steps, today)
    return tuple(
        UrgentGrant(
            row,
            titles.get((row.reference, row.next_step or ""), row.next_step or ""),
            away.get(row.reference),
        )
        for row in rows
    )
