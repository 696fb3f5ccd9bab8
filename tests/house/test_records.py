"""Hold who reads the steps, instalments, decisions, answers and figures of grants: their record, and a named few."""

import ast

from tests.house.homes import ROOT, modules_of, readers

# The record of a grant reads them once for everybody.
RECORD = {
    "tasks/grant/queries.py",
    "tasks/grant/payees.py",
    "tasks/grant/records.py",
    "tasks/grant/step_names.py",
}
# The round, the watch and lists look at all grants: they read columns, and lists give ids.
ALL_GRANTS = {
    "deployments/portal/grant/page_facts.py",  # its replies, by the notices of its steps
    "deployments/portal/login/reader.py",
    "deployments/portal/month.py",
    "deployments/portal/tasks/list.py",
    "deployments/portal/tasks/queries.py",
    "tasks/commands/replan/round_checks.py",
    "tasks/outbox/letter_facts.py",
    "tasks/outbox/failure_notices.py",
    "tasks/outbox/returned_mail.py",
    "tasks/outbox/captured_letters.py",
    "tasks/overview/changed_books.py",
    "tasks/overview/items.py",
    "tasks/overview/journal.py",
    "tasks/overview/money.py",
    "tasks/overview/money_awaited.py",
    "tasks/overview/money_moves.py",
    "tasks/overview/standing.py",
    "tasks/overview/admin_decisions.py",
    "tasks/people/absences.py",
    "tasks/people/confirmers.py",
    "tasks/people/holdings.py",
    "tasks/people/notice_recipients.py",
    "tasks/people/visibility.py",
    "tasks/round/dry_run.py",
    "tasks/round/due_steps.py",
    "tasks/follow_through.py",
    "tasks/sources/due_steps.py",
    "tasks/sources/earlier_answers.py",
    "tasks/sources/gather.py",
    "tasks/store/queries.py",
    "tasks/watch/audit.py",
    "tasks/watch/letters.py",
    "tasks/watch/tampering.py",
    "tasks/watch/steps.py",
}
# Commands lock rows, insert them, or find the one that somebody named.
CHANGES = {
    "deployments/portal/desk/decisions.py",
    "deployments/portal/desk/steps.py",
    "deployments/replay/clock.py",
    "tasks/commands/changed_account.py",
    "tasks/commands/answers/undo.py",
    "tasks/commands/at_work/load.py",
    "tasks/commands/files/drafts.py",
    "tasks/commands/meetings.py",
    "tasks/commands/replan/confirmation_letters.py",
    "tasks/documents/versions.py",
    "tasks/intake/decisions.py",
}
# What a registry's bundle logs is of rows that no longer hold too.
LOGS = {
    "tasks/documents/offers.py",
    "tasks/documents/bundle/logs.py",
}


def test_what_belongs_to_a_grant_is_read_by_its_record_and_a_named_few() -> None:
    found = {path for paths in readers(modules_of(ROOT)).values() for path in paths}
    assert found == RECORD | ALL_GRANTS | CHANGES | LOGS


def test_reader_of_steps_is_found() -> None:
    by_class = "from sqlmodel import select\nfrom models.tables.step import Step\nQ = select(Step.id)\n"
    by_table = (
        "from sqlalchemy import select\nfrom models.tables.columns import table_of\n"
        "from models.tables.grant import Grant\nfrom models.tables.step import Step\n"
        "_GRANT, _STEP = table_of(Grant), table_of(Step)\nQ = select(_GRANT.c.id).join(_STEP)\n"
    )
    for text in (by_class, by_table):
        assert readers({"tasks/a.py": ast.parse(text)}) == {"Step": ["tasks/a.py"]}
