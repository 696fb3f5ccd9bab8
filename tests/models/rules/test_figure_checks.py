"""Checks of figures, held against what each of them says in a line: for any numbers, days and explanations."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.facts.money import AccountSpending
from models.programme.question import CheckRule, Question
from models.rules.answers.figure_checks import CheckFacts, FailedCheck, find_outliers
from tests.portal_scenes import macro

WORDS = {"sv": "Stämmer inte.", "en": "Does not hold."}
NUMBER = st.integers(0, 60)
PARTS = st.lists(NUMBER, min_size=1, max_size=5)
FIRST = date(2010, 1, 1)


def found(check: str, kind: str = "number", level: str = "warn", **facts: Any) -> tuple[FailedCheck, ...]:
    """Return what a question's one check finds in the facts."""
    refuse = " or refuse" if level == "block" else ""
    rule = CheckRule.model_validate({"key": "odd", "says": WORDS, "test": f"{check}{refuse}"})
    question = Question.model_validate({"key": "one", "title": WORDS, "kind": kind, "checks": [rule]})
    return find_outliers([question], CheckFacts(**facts))


@given(
    NUMBER, PARTS, st.sampled_from(["equals", "at_most", "at_least"]), st.sampled_from([None, 50, 100, 150])
)
def test_number_is_held_against_the_sum_of_others(
    one: int, parts: list[int], how: str, percent: int | None
) -> None:
    names = [f"part_{number}" for number in range(len(parts))]
    answers: dict[str, Any] = {"one": one, **dict(zip(names, parts, strict=True))}
    part = f"{percent} % of " if percent is not None and how != "equals" else ""
    check = f"{how.replace('_', ' ')} {part}{' and '.join(names)}"
    limit = Decimal(sum(parts)) * (percent if part and percent else 100) / 100
    holds = {"equals": one == limit, "at_most": one <= limit, "at_least": one >= limit}[how]
    assert bool(found(check, answers=answers)) is not holds
    # What is not known is no finding.
    for name in names:
        assert found(check, answers={**answers, name: None}) == ()
    assert found(check, answers={**answers, "one": ""}) == ()


@given(NUMBER, st.lists(NUMBER, max_size=4))
def test_final_figure_is_what_the_quarters_add_up_to(one: int, quarters: list[int]) -> None:
    others = {"follow-up.one": Decimal(sum(quarters))} if quarters else {}
    odd = found("equals follow-up.one", answers={"one": one}, others=others)
    assert bool(odd) is (bool(quarters) and one != sum(quarters))


@given(NUMBER, st.lists(st.one_of(st.none(), NUMBER), max_size=4), st.one_of(st.none(), NUMBER))
def test_spending_so_far_is_held_against_the_award(
    one: int, earlier: list[int | None], award: int | None
) -> None:
    before = [{"one": number} for number in earlier]
    total = one + sum(number or 0 for number in earlier)
    known = None if award is None else Decimal(award)
    odd = found("at most award so far", answers={"one": one}, earlier=before, award=known)
    assert bool(odd) is (award is not None and total > award)
    assert [finding.misfit.given for finding in odd] == [Decimal(total)] * len(odd)


@given(NUMBER, st.lists(NUMBER, max_size=3), st.integers(1, 300), st.none() | st.integers(0, 300))
@example(15, [90, 10], 50, None)
@example(5, [90, 10], 50, None)
@example(118_000, [0], 200, None)
def test_jump_is_from_the_period_before_by_a_percentage_or_a_number(
    one: int, earlier: list[int], percent: int, by: int | None
) -> None:
    check = f"changes at most {percent} %{'' if by is None else f' or {by}'}"
    odd = found(check, answers={"one": one}, earlier=[{"one": number} for number in earlier])
    before = earlier[-1] if earlier else 0
    room = max(before * percent, (by or 0) * 100)
    # The first after a period with none is no jump, and one of just so much is none.
    assert bool(odd) is (before > 0 and abs(one - before) * 100 > room)


@given(st.integers(-40, 140), st.integers(0, 100))
def test_day_is_within_the_period(offset: int, length: int) -> None:
    day, last = FIRST + timedelta(days=offset), FIRST + timedelta(days=length)
    facts: dict[str, Any] = {"answers": {"one": day.isoformat()}, "first": FIRST, "last": last}
    odd = found("in period", kind="date", **facts)
    assert bool(odd) is not (FIRST <= day <= last)
    assert found("in period", kind="date", **(facts | {"last": None})) == ()


@given(NUMBER, NUMBER, st.sampled_from(["at least", "at most"]))
def test_number_is_within_bounds(one: int, bound: int, which: str) -> None:
    holds = one >= bound if which == "at least" else one <= bound
    assert bool(found(f"{which} {bound}", answers={"one": one})) is not holds


@given(st.integers(1, 60), NUMBER, st.sampled_from(["warn", "block"]), st.booleans())
def test_reason_lets_a_warning_go_and_no_block(above: int, limit: int, level: str, explained: bool) -> None:
    answers = {"one": limit + above, **({"one.why": "Counted twice."} if explained else {})}
    odd = found(f"at most {limit}", level=level, answers=answers)
    assert [one.blocks for one in odd] == ([] if explained and level == "warn" else [level == "block"])


def an_account(spent: int, so_far: int, budget: int | None, account: str = "5010") -> AccountSpending:
    """Return an account's spending, in whole units, that the budget may not know."""
    planned = None if budget is None else budget * 100
    return AccountSpending("SEK", account, "", spent * 100, so_far * 100, None, planned)


@given(
    st.lists(st.tuples(NUMBER, NUMBER, st.one_of(st.none(), NUMBER)), max_size=4),
    st.sampled_from([0, 10, 50]),
    st.integers(0, 300),
    st.lists(NUMBER, max_size=2),
)
def test_account_is_within_its_budget(
    sums: list[tuple[int, int, int | None]], percent: int, one: int, earlier: list[int]
) -> None:
    accounts = [
        an_account(spent, spent + before, budget, f"50{at}")
        for at, (spent, before, budget) in enumerate(sums)
    ]
    odd = found(
        f"lines at most {percent} % over budget",
        kind="money",
        answers={"one": one},
        earlier=[{"one": number} for number in earlier],
        accounts={"two": [an_account(9, 9, 1)], "one": accounts},
    )
    off = [
        f"50{at}"
        for at, (spent, before, budget) in enumerate(sums)
        if spent and (spent + before) * 100 > (budget or 0) * (100 + percent)
    ]
    planned = [budget for _, _, budget in sums if budget is not None]
    whole = sum(planned)
    too_much = (one + sum(earlier)) * 100 > whole * (100 + percent)
    assert bool(odd) is (bool(planned) and (bool(off) or too_much))
    for finding in odd:
        assert [account.account for account in finding.misfit.accounts] == off
        assert (finding.misfit.given, finding.misfit.limit) == (Decimal(one + sum(earlier)), Decimal(whole))


SO_MUCH = "5010: 111 SEK so far, of 100 SEK in the budget"
NO_ACCOUNT = "without an account: 3 SEK so far, not in the budget"


@pytest.mark.parametrize(
    ("accounts", "one", "against"),
    [
        ([an_account(60, 110, 100)], 60, None),  # just as much as may be
        ([an_account(60, 111, 100)], 60, SO_MUCH),
        ([an_account(60, 111, 100)], "", None),
        # Asked about before; corrected, and not all.
        ([an_account(0, 111, 100)], 0, None),
        ([an_account(-5, 111, 100)], 0, None),
        # No budget; not in it; a budget of nought; paid back more.
        ([an_account(60, 60, None)], 60, None),
        ([an_account(60, 60, 100), an_account(2, 3, None, "")], 60, NO_ACCOUNT),
        ([an_account(2, 2, 0)], 0, "5010: 2 SEK so far, of 0 SEK in the budget"),
        ([an_account(1, -3, None), an_account(0, 0, 9)], 0, None),
        # The total: as much as may be, and above all of the budget.
        ([an_account(0, 0, 100)], 110, None),
        (
            [an_account(0, 0, 60), an_account(0, 0, 40, "5020")],
            111,
            "111 so far, where all of the budget is 100",
        ),
    ],
)
def test_spending_is_held_against_the_budget(
    accounts: list[AccountSpending], one: object, against: str | None
) -> None:
    facts: dict[str, Any] = {"answers": {"one": one}, "accounts": {"one": accounts}}
    odd = found("lines at most 10 % over budget", kind="money", **facts)
    assert [finding.against for finding in odd] == ([against] if against else [])
    facts["answers"] |= {"one.why": "The funder agreed."}
    assert found("lines at most 10 % over budget", kind="money", **facts) == ()
    blocked = found("lines at most 10 % over budget", kind="money", level="block", **facts)
    assert [finding.against for finding in blocked] == [finding.against for finding in odd]


A_TENTH, A_FIFTH = "moves at most 10 % of budget", "lines at most 20 % over budget or"
TOGETHER = (
    "11 above the budget's lines, where 10 may be; 5010: 65 SEK so far, of 60 SEK in the budget;"
    " 5020: 46 SEK so far, of 40 SEK in the budget"
)


@pytest.mark.parametrize(
    ("check", "accounts", "against"),
    [
        # A tenth of the whole, though more than a tenth of a line; more than that, together.
        (
            A_TENTH,
            [an_account(30, 65, 60), an_account(30, 45, 40, "5020"), an_account(0, 0, 900, "5030")],
            None,
        ),
        (A_TENTH, [an_account(30, 65, 60), an_account(30, 46, 40, "5020")], TOGETHER),
        # Asked about before; an account without lines counts in full; no budget.
        (A_TENTH, [an_account(0, 80, 60), an_account(5, 5, 40, "5020")], None),
        (
            A_TENTH,
            [an_account(1, 1, 90), an_account(11, 11, None, "5020")],
            "11 above the budget's lines, where 9 may be; 5020: 11 SEK so far, not in the budget",
        ),
        (A_TENTH, [an_account(60, 60, None)], None),
        # A sum that is larger than the part, or a part that is larger.
        (f"{A_TENTH} or 25", [an_account(85, 85, 60), an_account(0, 0, 40, "5020")], None),
        (f"{A_FIFTH} 30", [an_account(90, 130, 100)], None),
        (f"{A_FIFTH} 30", [an_account(90, 131, 100)], "5010: 131 SEK so far, of 100 SEK in the budget"),
        (f"{A_FIFTH} 10", [an_account(90, 120, 100)], None),
        # The sum lets no account in that the budget has not.
        (
            f"{A_FIFTH} 30",
            [an_account(9, 9, 100), an_account(2, 2, None, "5020")],
            "5020: 2 SEK so far, not in the budget",
        ),
    ],
)
def test_money_moved_between_lines_is_held_against_the_whole_or_a_sum(
    check: str, accounts: list[AccountSpending], against: str | None
) -> None:
    facts: dict[str, Any] = {"answers": {"one": 0}, "accounts": {"one": accounts}}
    assert [one.against for one in found(check, kind="money", **facts)] == ([against] if against else [])


def test_what_has_to_be_corrected_is_asked_for_before_reasons() -> None:
    checks = [
        {"key": "many", "says": WORDS, "test": "at most 10"},
        {"key": "too_many", "says": WORDS, "test": "at most 20 or refuse"},
    ]
    one, two = (
        Question.model_validate({"key": key, "title": WORDS, "checks": checks}) for key in ("one", "two")
    )

    def keys(**answers: object) -> list[tuple[str, str]]:
        odd = find_outliers([one, two], CheckFacts(answers))
        return [(finding.question, finding.check.key) for finding in odd]

    # Each question is asked for one thing; another question's reason is asked for in the same breath.
    assert keys(one=21, two=11) == [("one", "too_many"), ("two", "many")]
    assert keys(one=20, two=11) == [("one", "many"), ("two", "many")]
    assert keys(**{"one": 21, "one.why": "So.", "two": 11, "two.why": "So."}) == [("one", "too_many")]


def test_number_is_held_against_a_part_of_another() -> None:
    check = "at most persons.women and persons.men"
    answers = {"one": 4, "persons.women": 2, "persons.men": 1}
    assert [odd.against for odd in found(check, answers=answers)] == ["4 is above 3"]
    assert found(check, answers=answers | {"one": 3}) == ()


def test_money_moved_between_lines_is_told_in_words_of_the_reader() -> None:
    accounts = [an_account(30, 65, 60), an_account(30, 46, 40, "5020")]
    (odd,) = found(
        "moves at most 10 % of budget", kind="money", answers={"one": 0}, accounts={"one": accounts}
    )
    assert " ".join(macro("sv", "explanations/outliers.j2", "misfit", odd.misfit, "SEK").split()) == (
        "11 kr över budgetposterna, där 10 kr får vara; 5010: 65 kr hittills, av 60 kr i budgeten;"
        " 5020: 46 kr hittills, av 40 kr i budgeten"
    )
    assert " ".join(macro("en", "explanations/outliers.j2", "misfit", odd.misfit, "SEK").split()) == (
        "11 SEK above the budget's lines, where 10 SEK may be; 5010: 65 SEK so far, of 60 SEK in the budget;"
        " 5020: 46 SEK so far, of 40 SEK in the budget"
    )


@pytest.mark.parametrize(
    ("check", "answer", "says"),
    [
        ("at most 10", 11, "11 is more than 10"),
        ("at least 10", 9, "9 is less than 10"),
        ("equals persons.women", 4, "4 against 2"),
    ],
)
def test_what_is_odd_of_a_number_is_told_in_english(check: str, answer: int, says: str) -> None:
    (odd,) = found(check, answers={"one": answer, "persons.women": 2})
    assert " ".join(macro("en", "explanations/outliers.j2", "misfit", odd.misfit, "").split()) == says
