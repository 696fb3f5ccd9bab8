"""Hold that instalments add up to the award, and decisions to it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.programme.language.amounts import SHARE, Share
from models.reading.number import is_part, read_amount, read_part
from models.rules.money.shares import PartToSize, add_up_award, find_share, size_parts
from models.tables.grant import Decision
from models.vocabulary import DecisionKind

LARGEST = 2**63 - 1


def a_part(rule: int, said: str | Decimal, currency: str = "SEK", **keys: Any) -> PartToSize:
    """Return an instalment whose share is a part, a sum, or what a sentence says."""
    if isinstance(said, Decimal):
        share = Share("sum", sum=said)
    else:
        share = Share("part", part=read_part(said)) if is_part(said) else SHARE.read(said)
    kept = keys.pop("kept", None)
    return PartToSize(rule, share, currency, kept=kept and read_part(kept), **keys)


def split_award(award_minor: int, shares: list[str]) -> tuple[int, ...]:
    """Return the sums of instalments that are shares of the award: all of them are known."""
    parts = [a_part(rule, share) for rule, share in enumerate(shares)]
    found = [one.amount_minor for one in size_parts(award_minor, parts)]
    return tuple(amount for amount in found if amount is not None)


@pytest.mark.parametrize(
    ("award_minor", "shares", "expected"),
    [
        (50_000_000, ["80 %", "rest"], (40_000_000, 10_000_000)),
        (50_000_000, ["80 %", "20 %"], (40_000_000, 10_000_000)),
        (78_900_000, ["100 %"], (78_900_000,)),
        (78_900_000, ["rest"], (78_900_000,)),
        (10_001, ["80 %", "rest"], (8_000, 2_001)),  # an odd cent goes to the last
        (100, ["33.3 %", "33.3 %", "33.4 %"], (33, 33, 34)),
        (99, ["12.5 %", "rest"], (12, 87)),  # half a cent is rounded down
        (1, ["80 %", "20 %"], (0, 1)),
        (0, ["80 %", "rest"], (0, 0)),
        (7, ["0.000001 %", "rest"], (0, 7)),
        (1_000_001, ["80%", "rest"], (800_000, 200_001)),
        (LARGEST, ["80 %", "rest"], (7378697629483820645, 1844674407370955162)),
    ],
)
def test_award_is_split(award_minor: int, shares: list[str], expected: tuple[int, ...]) -> None:
    assert split_award(award_minor, shares) == expected


@st.composite
def written_shares(draw: st.DrawFn) -> list[str]:
    """Shares as a programme can say them: they add up to 100 %, or leave a rest."""
    cuts = sorted(draw(st.sets(st.integers(1, 10**8 - 1), max_size=5)))
    edges = [0, *cuts, 10**8]
    parts = [Decimal(b - a).scaleb(-6) for a, b in pairwise(edges)]
    shares = [f"{part} %" for part in parts]
    return [*shares[:-1], "rest"] if draw(st.booleans()) else shares


@given(award_minor=st.integers(0, LARGEST), shares=written_shares())
def test_instalments_add_up_to_award(award_minor: int, shares: list[str]) -> None:
    parts = split_award(award_minor, shares)
    assert sum(parts) == award_minor
    assert min(parts) >= 0


@given(award_minor=st.integers(0, LARGEST), shares=written_shares())
def test_all_but_last_are_rounded_down_and_last_takes_less_than_one_unit_each(
    award_minor: int, shares: list[str]
) -> None:
    parts = split_award(award_minor, shares)
    exact = [Fraction(award_minor) * Fraction(share.rstrip(" %")) / 100 for share in shares[:-1]]
    assert list(parts[:-1]) == [int(one) for one in exact]
    assert 0 <= parts[-1] - (award_minor - sum(exact)) <= len(exact)


@st.composite
def sized_parts(draw: st.DrawFn) -> tuple[int, list[PartToSize], str | None]:
    """An award in minor units, parts of every kind that a programme can say, and perhaps a ceiling."""
    award = draw(st.integers(0, 10**12))
    left, parts = 100, list[PartToSize]()
    for rule in range(1, draw(st.integers(1, 4))):
        share = draw(st.integers(1, max(1, left // 2)))
        left -= share
        count = draw(st.integers(1, 5))
        kept = draw(st.sampled_from([None, None, "0.5 %"]))
        known = draw(st.integers(0, award + 10))
        kinds = {
            "share": a_part(rule, f"{share} %", kept=kept),
            "sum": a_part(rule, Decimal(known).scaleb(-2), kept=kept),
            "stated": a_part(rule, f"sum of the decision at most {share} %", stated_minor=known, kept=kept),
            "waiting": a_part(rule, f"sum of the decision at most {share} %"),
            "claimed": a_part(rule, "claimed", claimed_minor=known),
            "unclaimed": a_part(rule, "claimed"),
            "kept of the claim": a_part(rule, "claimed", claimed_minor=known, kept="10 %"),
        }
        kind = draw(st.sampled_from(list(kinds)))
        parts += [kinds[kind]] * (1 if kind in ("stated", "waiting") else count)
    last = draw(st.sampled_from(["rest", "rest", "claimed", "kept"]))
    claimed = draw(st.integers(0, award + 10)) if last == "claimed" else None
    parts += [a_part(9, last, claimed_minor=claimed)] * (1 if last == "kept" else draw(st.integers(1, 5)))
    return award, parts, draw(st.sampled_from([None, "90 %", "33.3 %", "100 %"]))


@given(sized_parts())
def test_parts_of_every_kind_add_up_and_keep_below_the_ceiling(
    case: tuple[int, list[PartToSize], str | None],
) -> None:
    award, parts, ceiling = case
    sized = size_parts(award, parts, ceiling)
    amounts = [one.amount_minor for one in sized]
    assert all(amount is None or amount >= 0 for amount in amounts)
    assert sum(amount or 0 for amount in amounts) <= award
    if None not in amounts and parts[-1].takes_rest:
        assert sum(amount or 0 for amount in amounts) == award
    if None not in amounts and parts[-1].is_kept:
        assert amounts[-1] == sum(one.kept_minor for one in sized)
    if ceiling is not None:
        before = sum((one.amount_minor or 0) + one.kept_minor for one in sized[:-1])
        assert before <= find_share(award, ceiling)
    # What cannot be known yet waits, and so does the remainder; nothing else does.
    waits = [part for part in parts if _is_unsaid(part)]
    assert [one.amount_minor is None for one in sized] == [
        _is_unsaid(part) or ((part.takes_rest or part.is_kept) and bool(waits)) for part in parts
    ]


def _is_unsaid(part: PartToSize) -> bool:
    decided = part.share.kind == "decided"
    said = part.stated_minor if decided else part.claimed_minor
    return said is None and (decided or part.is_claimed)


KEPT_FOR_NOBODY = [a_part(1, "claimed", claimed_minor=10, kept="10 %")] * 2 + [a_part(9, "rest")]


@given(sized_parts())
@example((10, KEPT_FOR_NOBODY, None))
def test_parts_that_are_out_keep_their_sums_and_move_no_other(
    case: tuple[int, list[PartToSize], str | None],
) -> None:
    award, parts, ceiling = case
    sized = size_parts(award, parts, ceiling)
    out = [
        part
        if one.amount_minor is None
        else replace(part, fixed_minor=one.amount_minor, kept_minor=one.kept_minor)
        for part, one in zip(parts, sized, strict=True)
    ]
    for count in range(len(parts) + 1):
        again = size_parts(award, [*out[:count], *parts[count:]], ceiling)
        assert [(one.amount_minor, one.kept_minor) for one in again] == [
            (one.amount_minor, one.kept_minor) for one in sized
        ]


@pytest.mark.parametrize(("currency", "award"), [("JPY", "1 001"), ("SEK", "10.01"), ("KWD", "1.0010")])
def test_parts_of_a_currency_with_other_decimals_add_up(currency: str, award: str) -> None:
    minor = read_amount(award, currency)
    sized = size_parts(minor, [*[a_part(1, "80 %", currency)] * 3, a_part(2, "rest", currency)])
    assert (minor, [one.amount_minor for one in sized]) == (1001, [266, 266, 268, 201])


def claimed(*sums: int | None, kept: str | None = "10 %") -> list[PartToSize]:
    """Return parts of a sum that a claim says, of which some is kept."""
    return [a_part(1, "claimed", claimed_minor=one, kept=kept) for one in sums]


REST, KEPT, CAPPED = a_part(2, "rest"), a_part(2, "kept"), a_part(1, "sum of the decision at most 75 %")
FORTY_FIVE_AND_REST = [a_part(2, "45 %"), a_part(3, "rest")]


@pytest.mark.parametrize(
    ("parts", "ceiling", "expected"),
    [
        # Equal parts, of which the last takes the remainder; under a ceiling.
        ([a_part(1, "rest")] * 3, None, (33, 33, 34)),
        ([a_part(1, "rest")] * 3, "60 %", (33, 27, 40)),
        # Cut to the ceiling; what is kept counts under it, and comes back last.
        ([a_part(1, "50 %"), *FORTY_FIVE_AND_REST], "90 %", (50, 40, 10)),
        ([a_part(1, "50 %", kept="5 %"), *FORTY_FIVE_AND_REST], "90 %", (45, 40, 15)),
        # A sum over the award.
        ([a_part(1, "1.50"), REST], None, (100, 0)),
        # A tenth of each claim is kept, and comes back without what nobody claimed.
        ([*claimed(50, 25), KEPT], None, (45, 23, 7)),
        # Claims reach as far as the award, what is kept of them with them.
        ([*claimed(60, 60), KEPT], None, (54, 36, 10)),
        ([*claimed(60, None), KEPT], None, (54, None, None)),
        # A cap that nobody filled, that was filled, and after a cut.
        ([CAPPED, REST], None, (None, None)),
        ([replace(CAPPED, stated_minor=60), REST], None, (60, 40)),
        ([replace(CAPPED, stated_minor=80), REST], None, (75, 25)),
        # Claims never pass the award, and the rest waits for every claim.
        (claimed(70, 70, kept=None), None, (70, 30)),
        ([*claimed(70, None, kept=None), REST], None, (70, None, None)),
    ],
)
def test_parts_are_sized(
    parts: list[PartToSize], ceiling: str | None, expected: tuple[int | None, ...]
) -> None:
    assert tuple(one.amount_minor for one in size_parts(100, parts, ceiling)) == expected


def a_decision(
    on: str, amount: int | None = None, total: int | None = None, kind: str = "award", row: int | None = None
) -> Decision:
    """Return a decision, not saved anywhere; sums in kronor."""
    minor = [None if one is None else one * 100 for one in (amount, total)]
    return Decision(
        id=row,
        grant_id=1,
        kind=DecisionKind(kind),
        decided_on=date.fromisoformat(on),
        amount_minor=minor[0],
        total_minor=minor[1],
        recorded_at=datetime(2011, 1, 13, tzinfo=UTC),
    )


FIRST, AMOUNT = a_decision("2009-01-16", 500_000), a_decision("2009-04-16", 289_000, kind="supplement")
TOTAL = a_decision("2009-04-16", total=789_000, kind="supplement")
SAME_DAY = [
    a_decision("2009-04-16", 1, kind="amendment", row=7),
    a_decision("2009-04-16", total=789_000, row=3),
]


@pytest.mark.parametrize(
    ("decisions", "award"),
    [
        ([], None),
        ([FIRST], 500_000),
        ([a_decision("2009-01-16")], None),
        # A total covers the decision before it, whose part is not known; order is by the day, not by the row.
        ([a_decision("2009-01-16"), TOTAL], 789_000),
        ([TOTAL, FIRST], 789_000),
        # Amounts add up, and an amount adds to a total.
        ([FIRST, AMOUNT], 789_000),
        ([TOTAL, a_decision("2009-06-01", 11_000, kind="supplement")], 800_000),
        # A total can cut the award, and an amendment of something else leaves the sum.
        ([FIRST, a_decision("2009-06-01", total=400_000, kind="amendment")], 400_000),
        ([FIRST, a_decision("2009-06-01", kind="amendment")], 500_000),
        ([a_decision("2009-01-16", 0)], 0),
        ([a_decision("2009-01-16", kind="refusal")], None),
        # On one day, the first recorded comes first.
        (SAME_DAY, 789_001),
    ],
)
def test_decisions_add_up(decisions: list[Decision], award: int | None) -> None:
    assert add_up_award(decisions) == (None if award is None else award * 100)
    assert add_up_award(iter(decisions[::-1])) == add_up_award(decisions)


CLAIM, SHORT = a_part(2, "rest of report.spent"), a_part(2, "20 %")
SIXTY, EIGHTY = a_part(1, "60 %"), a_part(1, "80 %")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        # A third, and rounded to hundreds of kronor.
        ([a_part(1, "1/3"), REST], (333_333, 666_667)),
        ([a_part(1, "1/3 rounded down to 100"), REST], (330_000, 670_000)),
        ([a_part(1, "1/3 rounded up to 100"), REST], (340_000, 660_000)),
        ([a_part(1, "40 % rounded up to 100"), REST], (400_000, 600_000)),
        # Costs, down to a krona.
        ([a_part(1, "claimed rounded down to 1", claimed_minor=123_456), REST], (123_400, 876_600)),
        # The rest of costs: 8,500 less 6,000; more was paid than it cost; the award reaches no further than 10,000.
        ([SIXTY, replace(CLAIM, claimed_minor=850_000)], (600_000, 250_000)),
        ([SIXTY, replace(CLAIM, claimed_minor=550_000)], (600_000, 0)),
        ([SIXTY, replace(CLAIM, claimed_minor=1_200_000)], (600_000, 400_000)),
        ([SIXTY, CLAIM], (600_000, None)),
        # 2,000 less 1,500 unused; more is unused than is left; nobody knows.
        ([EIGHTY, replace(SHORT, unused_minor=150_000)], (800_000, 50_000)),
        ([EIGHTY, replace(SHORT, unused_minor=250_000)], (800_000, 0)),
        ([EIGHTY, replace(SHORT, unused_minor=None)], (800_000, None)),
        # 3,000 less 100.50 is 2,899.50, down to 2,800.
        (
            [
                a_part(1, "50 %"),
                a_part(2, "30 % rounded down to 100", unused_minor=10_050),
                a_part(3, "rest"),
            ],
            (500_000, 280_000, 220_000),
        ),
    ],
)
def test_award_of_ten_thousand_is_paid(parts: list[PartToSize], expected: tuple[int | None, ...]) -> None:
    assert tuple(one.amount_minor for one in size_parts(1_000_000, parts)) == expected
