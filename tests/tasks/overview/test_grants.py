"""The portfolio: found, ordered, summed up and shown by the page, on both databases."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, select

from deployments.cli.main import run
from models.reading.reference import reference_key
from models.rules.notices.order import can_be_lost
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Step
from models.vocabulary import Access, GrantStatus
from tasks.overview.grants import (
    PAGE_ROWS,
    Figures,
    Wish,
    list_standings,
    list_urgent,
    load_page,
    sum_figures,
    sum_units,
)
from tasks.overview.scope import Counted, Scope, find_scope
from tasks.people.holdings import holders_away
from tasks.people.sign_in import Visitor
from tasks.people.visibility import narrowed_grants
from tasks.store.database import reading, transaction
from tests.builders import a_grant, a_person, a_role, a_step, an_absence
from tests.grant_scenes import an_entry, open_grants

TODAY = date(2010, 8, 6)
GRANT = table_of(Grant)


def standing(reference: str, title: str = "A", **values: Any) -> dict[str, Any]:
    """Return the row of an open grant that is due today at its coordinator's."""
    return {
        "reference": reference,
        "title": title,
        "reference_key": reference_key(reference),
        "search_key": f"{title.casefold()}\n{reference.casefold()}",
        "next_step": "follow-up",
        "next_phase": "follow-up",
        "next_due_on": TODAY,
        "ball_with": "coordinator",
        "at_risk_minor": 100,
        **values,
    }


def insert_grants(engine: Engine, *rows: dict[str, Any]) -> None:
    with transaction(engine) as connection:
        for row in rows:
            a_grant(connection, **row)


def found(engine: Engine, **wish: str) -> list[str]:
    """Return the references of what is wished for, in order."""
    with reading(engine) as connection:
        return [row.reference for row in list_standings(connection, TODAY, wish=Wish(**wish))]


@pytest.fixture
def four(engine: Engine) -> Engine:
    insert_grants(
        engine,
        standing("A", "Ö", next_due_on=date(2010, 9, 1), next_phase="release"),
        standing("B", "b", next_due_on=date(2010, 8, 1), at_risk_minor=200, ball_with="funder"),
        standing("C", "A_%", next_due_on=None, at_risk_minor=300),
        standing("D", "0", status=GrantStatus.CLOSED, next_due_on=None, ball_with=None, at_risk_minor=0),
    )
    return engine


def test_open_grants_come_first_in_the_order_that_is_asked_for(four: Engine) -> None:
    orders = {"due": "BACD", "need": "ACBD", "reference": "ABCD"}
    assert {order: "".join(found(four, order=order)) for order in orders} == orders


def test_what_can_be_lost_comes_first_as_the_rule_has_it(engine: Engine) -> None:
    days = [TODAY + timedelta(days) for days in (-9, -2, 30, 31)]
    rows = [(on, minor) for on in (*days, None) for minor in (0, 100)]
    named = {f"G{number}": row for number, row in enumerate(rows)}
    insert_grants(
        engine, *(standing(key, next_due_on=on, at_risk_minor=minor) for key, (on, minor) in named.items())
    )
    insert_grants(engine, standing("APPLIED", at_risk_minor=0, awarded_on=None))  # itself can be lost
    named["APPLIED"] = (TODAY, 1)

    def order(reference: str) -> tuple[bool, bool, date, str]:
        on, minor = named[reference]
        losable = can_be_lost(holds_money=minor > 0, on=on, today=TODAY)
        return not (on and on < TODAY), not losable, on or date.max, reference

    assert found(engine, order="need") == sorted(named, key=order)
    with reading(engine) as connection:
        assert [row.reference for row in list_urgent(connection, TODAY)] == ["G1", "G3", "G0", "G2"]


WISHES: list[tuple[dict[str, str], str]] = [
    ({"state": "late"}, ""),
    ({"state": "on_time"}, "AC"),
    ({"state": "with_funder"}, "B"),
    ({"state": "open"}, "BAC"),
    ({"state": "ended"}, "D"),
    ({"words": "ö"}, "A"),
    ({"words": "%"}, "C"),
    ({"words": "_ a"}, "C"),
    ({"words": "ÖB"}, ""),
]


def test_grants_are_found_by_what_is_asked_for(four: Engine) -> None:
    assert [(wish, "".join(found(four, **wish))) for wish, _ in WISHES] == WISHES


def test_figures_are_of_open_grants_by_currency(four: Engine) -> None:
    insert_grants(four, standing("E", currency="EUR", at_risk_minor=7))
    with reading(four) as connection:
        assert sum_figures(connection, TODAY) == Figures(
            grants=5,
            late=0,
            on_time=3,
            with_funder=1,
            overdue=1,
            at_risk_minor=(("EUR", 7), ("SEK", 600)),
            late_minor=(),
            ahead_minor=(("EUR", 7), ("SEK", 100)),
        )


def a_visitor(person_id: int) -> Visitor:
    return Visitor(person_id, "", "sv", Access.OWN, False, 1, None, TODAY)


def scope_of(connection: Connection, person_id: int) -> Scope:
    """Return what the figures of that person's pages count."""
    visitor = a_visitor(person_id)
    return find_scope(connection, visitor, narrowed_grants(connection, visitor))


def test_figures_say_whose_grants_they_count(engine: Engine) -> None:
    with transaction(engine) as connection:
        top = a_person(connection, department="Social care")
        head = a_person(connection, "The head", manager_id=top)
        ann = a_person(connection, department="Young", manager_id=head)
        bo = a_person(connection, department="Adults", manager_id=head)
        for key, person in (("A", ann), ("B", bo)):
            a_role(connection, a_grant(connection, **standing(key)), "coordinator", person)
        scopes = [scope_of(connection, one) for one in (head, ann)]
        assert scopes == [Scope(Counted.ALL), Scope(Counted.OWN)]
        units = [(row.unit, row.head, row.grants) for row in sum_units(connection, TODAY)]
        assert units == [("Adults", "The head", 1), ("Young", "The head", 1)]

        a_grant(connection, **standing("C"))
        scopes = [scope_of(connection, one) for one in (head, top)]
        assert scopes == [Scope(Counted.LED, ("Adults", "Young")), Scope(Counted.LED, ("Social care",))]


def test_who_is_late_behind_the_funders_step_is_shown_as_away(engine: Engine) -> None:
    with transaction(engine) as connection:
        person, until = a_person(connection), date(2010, 8, 20)
        an_absence(connection, person, TODAY, until)
        late, named = (date(2010, 8, day) for day in (1, 2))
        at_funder = standing("A", next_step="decision", next_due_on=late, ball_with="funder")
        grant = a_grant(connection, **at_funder)
        a_step(connection, grant, key="decision", with_funder=True, due_on=late, owner_role="funder")
        a_step(connection, grant, key="follow-up", due_on=named, owner_id=person)
        (row,) = list_standings(connection, TODAY)
        assert (row.next_step, row.due_on, row.holder) == ("follow-up", named, "Handläggaren")
        assert holders_away(connection, {row.reference: row.next_step}, TODAY) == {"A": until}


def test_diary_numbers_stand_as_people_count(engine: Engine) -> None:
    expected = [
        "KS 2026/2", "SN 2025/11", "SN 2026/1", "SN 2026/09", "SN 2026/9", "SN 2026/10", "SN 2026/100"
    ]  # fmt: skip
    insert_grants(engine, *(standing(reference) for reference in sorted(expected)))
    for order in ("due", "reference", "need"):
        assert found(engine, order=order) == expected


def test_pages_hold_each_grant_once(engine: Engine) -> None:
    insert_grants(engine, *(standing(f"REF-{number}") for number in range(2 * PAGE_ROWS + 1)))
    with reading(engine) as connection:
        pages = [load_page(connection, TODAY, wish=Wish(), page=number) for number in (1, 2, 3, 4)]
    assert [(len(page.rows), page.pages) for page in pages] == [(25, 3), (25, 3), (1, 3), (0, 3)]
    shown = [row.reference for page in pages for row in page.rows]
    assert shown == [f"REF-{number}" for number in range(2 * PAGE_ROWS + 1)]


def test_status_shows_a_page_and_the_totals(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    insert_grants(engine, *(standing(f"REF-{number}") for number in range(PAGE_ROWS + 1)))
    monkeypatch.setenv("GRANTS_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    assert run(["status", "--on", "2010-08-07"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (len(lines), lines[1].split()[0]) == (PAGE_ROWS + 2, "REF-0")
    assert lines[-1] == (
        "Page 1 of 2. 26 grants, 26 open: 26 late, 0 with the funder, at risk 26 SEK."
        " 'grants status --page 2' shows more."
    )
    assert run(["status", "--page", "2", "--json"]) == 0
    assert '"reference": "REF-25"' in capsys.readouterr().out
    assert run(["status", "--page", "3"]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith("Page 3 of 2.")


def test_every_change_writes_where_the_grant_stands(engine: Engine) -> None:
    open_grants(engine, an_entry("SN 2026/9"))
    with reading(engine) as connection:
        grant = connection.execute(select(GRANT)).one()
        first = select(func.min(Step.due_on)).where(table_of(Step).c.status.in_(("waiting", "open")))
        assert grant.next_due_on == connection.execute(first).scalar_one()
        assert (grant.reference_key, grant.search_key.split("\n")[1]) == ("SN 042026/019", "sn 2026/9")
