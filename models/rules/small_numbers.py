"""Decide which numbers of a table stay hidden, so that no small one can be reckoned from what is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from models.rules.count_table import THRESHOLD, CountTable, Place, small_places
from models.rules.known_sums import Sum, span_of
from models.rules.number_network import given_away_by_rest, small_sums_given_away
from models.rules.other_numbers import settled

# How many cells are tried at most before one more is hidden.
_MOST_TRIED = 40


def hidden_places(
    table: CountTable,
    threshold: int = THRESHOLD,
    told: Iterable[Sum] = (),
    others: Mapping[Place, int] | None = None,
) -> frozenset[Place]:
    """Return the cells to hide: the small ones, and as few others as a simple search finds that keep them hidden.

    What the hidden cells of a row or a column come to is kept as well, where it is small: two hidden ones whose sum
    can be reckoned are a small number of people by one subtraction.

    `told` are the sums of own cells that stand in documents which readers of this one have: what they say already is
    not hidden, and what they would give away together with this table is. `others` are the cells of which this
    table says nothing and another one may, by row and by columns that this one has not: no small one of them is to
    follow either.
    """
    told = [*told]
    known = known_places(table, told)
    hidden = _hidden_here(table, threshold, told, known)
    guarded = guarded_places(table, threshold, told, others or {})
    while (told or others) and (bare := unproved(table, hidden | guarded, hidden, told, others or {})):
        partner = _last_partner(table, hidden | known, bare, (told, others or {}))
        if partner is None:
            break
        hidden = frozenset(_in_whole_columns(table, hidden | {partner}, known))
    return hidden


def _hidden_here(
    table: CountTable, threshold: int, told: Sequence[Sum], known: set[Place]
) -> frozenset[Place]:
    """Return the cells to hide so that adding and subtracting gives no small one away, nor hidden ones together."""
    small = small_places(table, threshold) - known
    hidden = set(small)
    while True:
        hidden = _in_whole_columns(table, hidden, known)
        given_away = given_away_with(table, hidden, told, threshold)
        if not given_away:
            break
        partner = _best_partner(table, hidden, given_away, (known, told, threshold))
        if partner is None:
            break
        hidden.add(partner)
    if table.whole_columns:
        return frozenset(hidden)
    return frozenset(hidden - _needless(table, hidden, small, told, threshold))


def _in_whole_columns(
    table: CountTable, hidden: set[Place] | frozenset[Place], known: set[Place]
) -> set[Place]:
    """Return the hidden cells, with all of their columns where a column is shown or hidden as one.

    Nothing of a column with a hidden number is shown: so it does not matter what the column adds up to.
    """
    if not table.whole_columns or not hidden:
        return {*hidden}
    columns = {place[1] for place in hidden}
    if table.leaves and table.column_of_totals:
        # Two breakdowns of one sum tie their rows together over the columns: so no row's total is shown.
        columns.add(len(table.columns) - 1)
    rest = (place for place in table.places() if table.at(place) and place not in known)
    return {*hidden, *(place for place in rest if place[1] in columns)}


def guarded_places(
    table: CountTable, threshold: int, told: Iterable[Sum], others: Mapping[Place, int]
) -> frozenset[Place]:
    """Return the small ones among the cells that the table has not, and that nobody was told."""
    small = {place for place, number in others.items() if 0 < number < threshold}
    if not small:
        return frozenset()
    known = settled(told, numbers_of(table, others), {table.sum_at(place) for place in small})
    return frozenset(place for place in small if table.sum_at(place) not in known)


def unproved(
    table: CountTable,
    asked: Iterable[Place],
    hidden: frozenset[Place],
    told: Iterable[Sum],
    others: Mapping[Place, int],
) -> frozenset[Place]:
    """Return which of the places follow from the shown cells and from what was told, all numbers being whole."""
    asked = [*asked]
    shown = (table.sum_at(place) for place in table.places() if place not in hidden)
    sums = {table.sum_at(place) for place in asked}
    known = settled([*told, *shown], numbers_of(table, others), sums)
    return frozenset(place for place in asked if table.sum_at(place) in known)


def numbers_of(table: CountTable, others: Mapping[Place, int]) -> dict[Place, int]:
    """Return the numbers of the cells, here and elsewhere."""
    return {place: table.at(place) or 0 for place in table.places()} | dict(others)


def _last_partner(
    table: CountTable,
    hidden: Iterable[Place],
    bare: frozenset[Place],
    before: tuple[Sequence[Sum], Mapping[Place, int]],
) -> Place | None:
    """Return the shown cell that keeps most of the places hidden when it is hidden too; None when none is left.

    Here a nought is one of them: it points at nobody, but with what was told it can be what leaves a small number.
    """
    told, others = before
    taken = frozenset(hidden)
    left = [place for place in table.places() if place not in taken]
    near = [place for place in left if any(_in_line(place, other) for other in bare)]

    def cost(place: Place) -> tuple[int, bool, bool, int, Place]:
        still, number = unproved(table, bare, taken | {place}, told, others), table.at(place) or 0
        return len(still), not number, table.is_total(place), number, place

    return min(near or left, key=cost, default=None)


def _needless(
    table: CountTable,
    hidden: set[Place],
    small: frozenset[Place] | set[Place],
    told: Sequence[Sum],
    threshold: int,
) -> set[Place]:
    """Return the partners that later ones made needless: whole columns and rows of them first, then the largest."""
    partners = hidden - small
    lines = [
        {place for place in partners if place[axis] == at}
        for axis in (1, 0)
        for at in sorted({place[axis] for place in partners}, reverse=True)
    ]
    singles = [{place} for place in sorted(partners, key=lambda one: (-(table.at(one) or 0), one))]
    needless: set[Place] = set()
    given_away = given_away_with(table, hidden, told, threshold)
    for group in (*lines, *singles):
        if group and given_away_with(table, hidden - needless - group, told, threshold) <= given_away:
            needless |= group
    return needless


def known_places(table: CountTable, told: Sequence[Sum]) -> set[Place]:
    """Return the cells whose number follows from what was told before."""
    if not told:
        return set()
    span = span_of(told)
    return {place for place in table.places() if span.holds(table.sum_at(place))}


def given_away_with(
    table: CountTable, hidden: set[Place] | frozenset[Place], told: Sequence[Sum], threshold: int
) -> frozenset[Place]:
    """Return the hidden cells that the shown ones give away, by themselves or together with what was told before.

    Those of a row or a column are given away as well where what several come to is, and that is small.
    """
    given_away = given_away_by_rest(table, hidden).union(*small_sums_given_away(table, hidden, threshold))
    if not told:
        return given_away
    shown = (table.sum_at(place) for place in table.places() if place not in hidden)
    span = span_of([*told, *shown])
    found = {place for place in hidden if span.holds(table.sum_at(place))}
    for own in _parts_told(table, hidden, told):
        if len(own) > 1 and sum(table.at(place) or 0 for place in own) < threshold:
            cells = frozenset[Place]().union(*map(table.sum_at, own))
            if span.holds(cells) and not span_of(told).holds(cells):
                found |= own
    return given_away | found


def _parts_told(
    table: CountTable, hidden: set[Place] | frozenset[Place], told: Sequence[Sum]
) -> set[frozenset[Place]]:
    """Return the hidden cells of each row and column, and those of them that a told sum has in it, and has not."""
    sums = {place: table.sum_at(place) for place in hidden}
    several = [one for one in told if len(one) > 1]
    found = set()
    for axis, last in ((0, len(table.columns) - 1), (1, len(table.rows) - 1)):
        totals = table.row_of_totals if axis else table.column_of_totals
        for at in {place[axis] for place in hidden}:
            line = (place for place in hidden if place[axis] == at)
            own = frozenset(place for place in line if not totals or place[1 - axis] != last)
            within = (frozenset(place for place in own if sums[place] <= one) for one in several)
            found |= {own, *(part for one in within for part in (one, own - one))}
    return found


def _best_partner(
    table: CountTable,
    hidden: set[Place],
    given_away: frozenset[Place],
    before: tuple[set[Place], Sequence[Sum], int],
) -> Place | None:
    """Return the shown cell that helps most when it is hidden too; among equals no total, then the smallest.

    None when every other cell is hidden, or known from before.
    """
    known, told, threshold = before
    open_cells = [
        place for place in table.places() if table.at(place) and place not in hidden and place not in known
    ]
    near = [place for place in open_cells if any(_in_line(place, other) for other in given_away)]
    # A large table has hundreds: only those are tried that stand in line with most of them.
    near = sorted(near, key=lambda place: -sum(_in_line(place, other) for other in given_away))[:_MOST_TRIED]

    def cost(place: Place) -> tuple[int, bool, int, Place]:
        left = given_away_with(table, {*hidden, place}, told, threshold)
        return len(left), table.is_total(place), table.at(place) or 0, place

    return min(near or open_cells, key=cost, default=None)


def _in_line(one: Place, other: Place) -> bool:
    return one[0] == other[0] or one[1] == other[1]
