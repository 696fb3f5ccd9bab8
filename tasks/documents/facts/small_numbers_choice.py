"""Print or hide small numbers of people as an officer chose, and keep that choice for later documents."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from models.events import GrantEvent
from models.rules.answers.small_numbers import Shown, SmallNumbers, decide_shown, is_small
from models.tables.grant import Grant
from tasks.commands.at_work.grant import GrantAtWork
from tasks.documents.facts.figures import MARK, NOTHING, FigureRow, FigureTable, counts_of, people_in
from tasks.words.translator import Translator
from tasks.words.vocabulary import word_document


@dataclass(frozen=True, slots=True)
class KeptChoice:
    """An officer's choices for a grant's documents.

    `choice` is about small numbers of people. `confirmed` are the keys of paragraphs that somebody
    has read for hidden numbers, `settled` those of provisional statements that are right.
    """

    choice: SmallNumbers | None = None
    confirmed: frozenset[str] = frozenset()
    settled: frozenset[str] = frozenset()

    def joined(
        self, choice: SmallNumbers | None, confirmed: frozenset[str], settled: frozenset[str]
    ) -> "KeptChoice":
        """Return the choices with what was chosen after them."""
        return KeptChoice(choice or self.choice, self.confirmed | confirmed, self.settled | settled)


NOT_CHOSEN = KeptChoice()


def kept_choice(grant: Grant) -> KeptChoice:
    """Return the choice for the grant's documents so far."""
    kept = grant.small_numbers
    choice = kept.get("choice")
    keys = (frozenset(kept.get(name, ())) for name in ("confirmed", "settled"))
    return KeptChoice(SmallNumbers(choice) if choice else None, *keys)


def keep_choice(work: GrantAtWork, chosen: KeptChoice, person_id: int | None) -> None:
    """Store choices that are new, with who made them."""
    before = kept_choice(work.grant)
    if chosen == before:
        return
    work.grant.small_numbers = {
        "choice": chosen.choice,
        "confirmed": sorted(chosen.confirmed),
        "settled": sorted(chosen.settled),
    }
    work.session.add(work.grant)
    if (chosen.choice, chosen.confirmed) != (before.choice, before.confirmed):
        more = len(chosen.confirmed - before.confirmed)
        work.add_event(GrantEvent.SMALL_NUMBERS_CHOSEN, None, person_id, choice=chosen.choice, sentences=more)
    if settled := len(chosen.settled - before.settled):
        work.add_event(GrantEvent.PROVISIONAL_CONFIRMED, None, person_id, statements=settled)


def name_small(
    say: Translator, figures: Sequence[FigureRow], periods: Sequence[str], threshold: int
) -> Iterator[str]:
    """Yield each small number of people: "Persons under 20, quarter 1 2010: 1"."""
    people = people_in(figures)
    in_all = word_document(say, "in_all")
    for row, count in zip(figures, counts_of(figures), strict=True):
        if row.key not in people:
            continue
        for period, number, cell in zip(periods, row.values, row.cells, strict=True):
            if is_small(number, threshold):
                yield f"{row.title}, {period}: {cell.rstrip(MARK)}"
        if len(periods) > 1 and is_small(count.total, threshold):
            yield f"{row.title}, {in_all}: {row.total.rstrip(MARK)}"


def treat_figures(
    say: Translator,
    figures: Sequence[FigureRow],
    periods: tuple[str, ...],
    choice: SmallNumbers,
    threshold: int,
) -> tuple[FigureTable, ...]:
    """Return the figures as printed, those without periods in a table of their own."""
    counts = counts_of(figures)
    shown = decide_shown(counts, choice, threshold)
    fewer = word_document(say, "fewer_than", number=threshold)
    small = {count.key for count in counts if is_small(count.total, threshold)}
    whole: list[FigureRow] = []
    totals: list[FigureRow] = []
    for row in figures:
        state = shown.get(row.key, Shown.ALL)
        if state is Shown.ALL:
            whole.append(row)
        elif state is Shown.TOTAL:
            total = fewer if row.key in small else row.total
            if len(periods) > 1:
                totals.append(replace(row, cells=(), values=(), total=total))
            else:
                cells = (fewer,) if row.key in small else row.cells
                whole.append(replace(row, cells=cells, values=(None,), total=total))
    tables = [
        FigureTable(periods, tuple(whole)),
        FigureTable((), tuple(row for row in totals if row.total != NOTHING)),
    ]
    return tuple(table for table in tables if table.rows)
