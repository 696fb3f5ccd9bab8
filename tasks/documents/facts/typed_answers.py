"""Read drafts of reports as answers, so that a document can be looked at before they are handed in."""

from models.rules.answers.validation import list_fields, read_answer
from models.tables.columns import id_of
from models.vocabulary import UNSETTLED, StepKind
from tasks.commands.at_work.grant import GrantAtWork


def typed_answers(work: GrantAtWork, person_id: int) -> dict[int, dict[str, object]]:
    """Return the valid answers in the person's drafts of the grant's open reports, by step id."""
    open_reports = [
        step for step in work.steps.values() if step.kind is StepKind.REPORT and step.status in UNSETTLED
    ]
    by_step: dict[int, dict[str, object]] = {}
    for step in open_reports:
        drafts = work.record.drafts_of(step)
        rule = work.record.rule_of(step)
        draft = next(
            (draft for draft in drafts if draft.person_id == person_id and draft.act == "done"), None
        )
        for question in rule.questions if draft is not None and rule else ():
            for key, field in list_fields(question).items():
                raw = draft.fields.get(f"q-{key}", "") if draft is not None else ""
                try:
                    value = read_answer(field, raw, work.grant.currency) if raw else ""
                except ValueError:
                    continue
                by_step.setdefault(id_of(step), {})[key] = value
    return by_step
