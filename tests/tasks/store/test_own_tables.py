"""Try the guards of PostgreSQL as somebody who may write rows, owns nothing, and brings tables of the same names."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from models.vocabulary import StepKind, StepStatus
from tasks.store.database import transaction
from tests.builders import a_grant, a_person, a_step, an_instalment
from tests.databases import a_new_postgres_database, a_writing_account

RELEASE = (
    "UPDATE public.instalment SET status = 'released', released_on = '2011-02-25', requested_by_id = 1,"
    " confirmed_by_id = 2 WHERE number = 2"
)
MORE = "UPDATE public.instalment SET amount_minor = amount_minor * 2 WHERE number = 2"
DECIDE = (
    "INSERT INTO public.decision (grant_id, kind, decided_on, amount_minor, dates, instalments, purpose, conditions,"
    " source, recorded_at, annulled) VALUES (1, 'award', '2009-11-05', 1, '{}', '{}', '', '', '', now(), false)"
)
LAST = "(SELECT id FROM public.instalment WHERE number = 2)"
WITHHELD = "withheld until its condition steps are approved"
ONE_PERSON = RELEASE.replace("confirmed_by_id = 2", "confirmed_by_id = 1")


@pytest.fixture(scope="module")
def writer() -> Iterator[Engine]:
    """Who owns nothing, in the database of a grant whose last instalment waits for an approval that is open."""
    owner = a_new_postgres_database()
    with transaction(owner) as connection:
        grant = a_grant(connection)
        for _ in range(2):
            a_person(connection)
        approval = a_step(connection, grant, key="final-report-approval", kind=StepKind.APPROVAL)
        done = {"status": StepStatus.APPROVED, "done_by_id": 1}
        a_step(connection, grant, key="draft-approval", kind=StepKind.APPROVAL, **done)
        an_instalment(connection, grant)
        an_instalment(connection, grant, approval)
        connection.execute(text(DECIDE))
    engine = a_writing_account(owner)
    yield engine
    engine.dispose()
    owner.dispose()


def _search_own_schema_first(connection: Connection) -> None:
    own = connection.execute(text("SELECT current_user")).scalar_one()
    connection.execute(text(f"SET search_path = {own}, pg_temp, public"))


APPROVED_STEP = (
    "CREATE TEMP TABLE step AS SELECT * FROM public.step",
    "UPDATE pg_temp.step SET status = 'approved'",
)


@pytest.mark.parametrize(
    ("before", "statement", "says"),
    [
        pytest.param((), RELEASE, WITHHELD, id="nothing of its own"),
        pytest.param(APPROVED_STEP, RELEASE, WITHHELD, id="a temporary step"),
        pytest.param(
            ("CREATE TEMP VIEW step AS SELECT id, grant_id, period, 'approved' AS status FROM public.step",),
            RELEASE,
            WITHHELD,
            id="a temporary view",
        ),
        pytest.param(
            (
                "CREATE TEMP TABLE instalment_condition (instalment_id int, step_id int)",
                f"INSERT INTO instalment_condition SELECT {LAST}, id FROM public.step WHERE key = 'draft-approval'",
            ),
            RELEASE,
            WITHHELD,
            id="a temporary condition",
        ),
        pytest.param(
            (
                "CREATE TABLE step AS SELECT * FROM public.step",
                "UPDATE step SET status = 'approved' WHERE kind = 'approval'",
            ),
            RELEASE,
            WITHHELD,
            id="a schema of its own",
        ),
        pytest.param(
            ('CREATE TEMP TABLE "grant" AS SELECT id, award_minor * 9 AS award_minor FROM public."grant"',),
            MORE,
            "add up to more than the award",
            id="a temporary grant",
        ),
        pytest.param(
            ("CREATE TEMP TABLE decision AS SELECT * FROM public.decision WHERE false",),
            DECIDE,
            "the decision is recorded already",
            id="a temporary decision",
        ),
        pytest.param(
            (
                "UPDATE public.step SET status = 'approved', done_by_id = 1 WHERE key = 'final-report-approval'",
                "CREATE TEMP VIEW person AS SELECT 1 AS id, 'a@example.org' AS email, NULL::date AS departed_on",
                "CREATE FUNCTION lower(varchar) RETURNS text LANGUAGE sql AS 'SELECT random()::text || $1'",
            ),
            ONE_PERSON,
            "released by two people",
            id="people and functions of its own",
        ),
        pytest.param(
            (), "ALTER TABLE public.instalment DISABLE TRIGGER USER", "must be owner", id="switched off"
        ),
        pytest.param((), "DROP TRIGGER instalment_gate ON public.instalment", "must be owner", id="dropped"),
        pytest.param((), "SET session_replication_role = replica", "permission denied", id="as a replica"),
    ],
)
def test_who_owns_nothing_passes_no_guard_by_tables_of_their_own(
    writer: Engine, before: tuple[str, ...], statement: str, says: str
) -> None:
    with writer.connect() as connection:  # rolled back at its end
        _search_own_schema_first(connection)
        for one in before:
            connection.execute(text(one))
        with pytest.raises(DBAPIError, match=says):
            connection.execute(text(statement))


def test_release_that_is_in_order_passes(writer: Engine) -> None:
    with writer.connect() as connection:
        _search_own_schema_first(connection)
        approve = (
            "UPDATE public.step SET status = 'approved', done_by_id = 1 WHERE key = 'final-report-approval'"
        )
        connection.execute(text(approve))
        connection.execute(text(RELEASE))
        status = "SELECT status FROM public.instalment WHERE number = 2"
        assert connection.execute(text(status)).scalar_one() == "released"
