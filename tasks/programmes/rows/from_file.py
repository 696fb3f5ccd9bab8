"""Convert a programme's file to rows."""

from collections.abc import Mapping

from pydantic import ValidationError

from models.programme.expand.words import PAYMENTS, STEPS, Called
from models.programme.language.known_names import SPENT
from models.programme.written.file import Example, Written
from models.programme.written.step import (
    WrittenApproval,
    WrittenEnd,
    WrittenMove,
    WrittenPayment,
    WrittenStep,
)
from models.reading.fields import Words
from tasks.programmes.rows.content import content_of
from tasks.programmes.rows.row import BOTH, YES, DateRow, DutyRow, Head, PaymentRow, ProgrammeRows, name_of


def rows_of(written: Written, language: str) -> ProgrammeRows:
    """Return a programme as rows; a row without a title gets the usual one in a language."""
    example = written.examples[0] if written.examples else None
    days = example.award.dates if example is not None else {}
    steps = [_duty_of(name, step, example, language) for name, step in written.steps.items()]
    return ProgrammeRows(
        head=_head_of(written, example),
        dates=tuple(
            _date_row(name, title, days[name].isoformat() if name in days else "")
            for name, title in written.dates.items()
        ),
        duties=tuple(row for row in steps if not row.repays),
        repayments=tuple(row for row in steps if row.repays),
        payments=tuple(_payment_of(name, one, example, language) for name, one in written.payments.items()),
    )


def _head_of(written: Written, example: Example | None) -> Head:
    award = example.award if example is not None else None
    return Head(
        title=_both(written.title),
        name=written.programme,
        source=written.source,
        note=written.note or "",
        currency=written.currency,
        country=written.country,
        days_off=written.days_off or "",
        status=written.status,
        decision=award.decision.isoformat() if award is not None else "",
        start=award.start.isoformat() if award is not None else "",
        end=award.end.isoformat() if award is not None else "",
        sum=award.sum if award is not None else "",
        counted=example.source if example is not None else "",
    )


def _date_row(name: str, title: Words, day: str) -> DateRow:
    row = DateRow(title=_both(title), day=day)
    return row if name_of(row) == name else DateRow(title=row.title, name=name, day=day)


def _duty_of(name: str, step: WrittenStep, example: Example | None, language: str) -> DutyRow:
    approval = step.approval or WrittenApproval()
    gives = example.gives.get(name, ()) if example is not None else ()
    spent = example.answers.get(f"{name}.{SPENT}", ()) if example is not None else ()
    title, own_name = _titled(name, step.title, STEPS, language)
    return DutyRow(
        title=title,
        name=own_name,
        due=step.due or "",
        each=step.each or "",
        last=_end_text(step.last),
        approval=" ".join(approval.by),
        approval_due=approval.due or "",
        needs=" ".join(step.needs),
        when="; ".join(step.when),
        repays=step.repays or "",
        late=step.late.get("lapses") or ", ".join(f"{when}: {price}" for when, price in step.late.items()),
        documents="\n".join(f"{key}: {_both(called)}" for key, called in step.documents.items()),
        phase=str(step.phase or ""),
        optional=YES if step.optional else "",
        spent=", ".join(spent),
        gives=", ".join(gives),
    )


def _payment_of(name: str, payment: WrittenPayment, example: Example | None, language: str) -> PaymentRow:
    gives = example.gives.get(name, ()) if example is not None else ()
    decided = example.award.share.get(name, "") if example is not None else ""
    title, own_name = _titled(name, payment.title, PAYMENTS, language)
    claim = payment.claim if isinstance(payment.claim, WrittenMove) else WrittenMove()
    return PaymentRow(
        title=title,
        name=own_name,
        each=payment.each or "",
        last=_end_text(payment.last),
        share=payment.share,
        needs=" ".join(payment.needs),
        claim=payment.claim if isinstance(payment.claim, str) else claim.due or "",
        lapses=YES if claim.late else "",
        paid=payment.paid.due or "" if payment.paid is not None else "",
        decided=decided,
        gives=", ".join(gives),
    )


def _titled(name: str, title: Words | None, usual: Mapping[str, Called], language: str) -> tuple[str, str]:
    """Return a row's title, and its name if that does not follow from the title."""
    text = _both(title) if title is not None else ""
    if title is None and name in usual:
        text = usual[name].title.in_language(language)
        text = text[:1].upper() + text[1:]
    row = DutyRow(title=text) if usual is STEPS else PaymentRow(title=text)
    return text, "" if name_of(row) == name else name


def _both(words: Words) -> str:
    return words.sv if words.sv == words.en else f"{words.sv}{BOTH}{words.en}"


def _end_text(end: WrittenEnd | None) -> str:
    """Return what differs for the last period: a word, or a key with its value."""
    if end is None:
        return ""
    if end.skip:
        return "skip"
    if end.join is not None:
        return f"join under {end.join} months" if end.join else "join"
    values = {"into": end.into, "due": end.due, "needs": " ".join(end.needs)}
    return next((f"{key} {value}" for key, value in values.items() if value), "")


def says_all(written: Written) -> bool:
    """Return whether rows express all of a programme's file: a page that saved it would lose nothing."""
    rows = rows_of(written, "sv")
    content = content_of(rows)
    if not written.examples:
        del content["examples"]
    try:
        return rows.fits and Written.model_validate(content) == written
    except ValidationError:
        return False
