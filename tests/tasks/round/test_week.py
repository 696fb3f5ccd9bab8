"""Hold who is told of the week: every head who is there, once, on its last working day."""

from datetime import date

from sqlalchemy import Engine

from models.tables.letter import Letter
from models.vocabulary import LetterKind, Role
from tasks.store.database import rehearsal, transaction
from tests.builders import a_grant, a_person, a_role, an_absence
from tests.database_kinds import on_both
from tests.grant_scenes import do_round, rows

THURSDAY, FRIDAY = date(2010, 10, 7), date(2010, 10, 8)


@on_both
def test_every_head_who_is_there_hears_of_the_week_once(engine: Engine) -> None:
    with transaction(engine) as connection:
        top = a_person(connection, "Top")
        manager = a_person(connection, "Manager", manager_id=top)
        away = a_person(connection, "Away")
        coordinator = a_person(connection, "Coordinator", manager_id=manager)
        grant = a_grant(connection)
        a_role(connection, grant, Role.COORDINATOR, coordinator)
        a_role(connection, grant, Role.HEAD_OF_DEPARTMENT, away)
        an_absence(connection, away, THURSDAY, FRIDAY)

    do_round(engine, THURSDAY)
    do_round(rehearsal(engine), FRIDAY)  # of a replay nobody hears
    assert _told(engine) == []

    do_round(engine, FRIDAY)
    do_round(engine, FRIDAY)
    assert _told(engine) == [(top, FRIDAY), (manager, FRIDAY)]  # as they were entered


def _told(engine: Engine) -> list[tuple[int, date]]:
    return [(row.person_id, row.letter_on) for row in rows(engine, Letter) if row.kind is LetterKind.WEEK]
