"""Make the content of a programme's file from its rows."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from models.errors import Unreadable
from models.programme.expand.words import COMMITTEE, PAYMENTS, STEPS, Called
from models.programme.language.known_names import SPENT
from models.reading.date import read_date
from tasks.programmes.rows.row import BOTH, YES, DutyRow, PaymentRow, ProgrammeRows, slug

_BODY = "committee"
_LIST = re.compile(r"\s*(?:;|\n|,\s)\s*")
Content: TypeAlias = dict[str, Any]


def content_of(rows: ProgrammeRows) -> Content:
    """Return the content of the rows' file; empty texts are left out, and wrong ones stay as typed."""
    head = rows.head
    content: Content = {
        "programme": head.name or slug(head.title),
        "title": _words(head.title),
        "source": head.source,
        "note": head.note,
        "status": head.status,
        "currency": head.currency,
        "country": head.country,
        "days_off": head.days_off,
        "dates": {name: _words(row.title) or name for name, row in rows.named_dates.items()},
        "bodies": _bodies(rows.duties),
        "steps": {name: _step(name, row) for name, row in rows.steps.items()},
        "payments": {name: _payment(name, row) for name, row in rows.named_payments.items()},
        "examples": [_example(rows)],
    }
    return _filled(content)


def _filled(content: Content) -> Content:
    return {key: value for key, value in content.items() if value not in ("", None, {}, [], False)}


def _words(title: str) -> str | dict[str, str]:
    swedish, both, english = title.partition(BOTH)
    return {"sv": swedish.strip(), "en": english.strip()} if both else title


def _bodies(duties: Iterable[DutyRow]) -> Content:
    """Return the committee, if it approves something."""
    decides = any(_BODY in row.approval.split() for row in duties)
    return {_BODY: {"title": {"sv": COMMITTEE.sv, "en": COMMITTEE.en}}} if decides else {}


def _own_title(name: str, title: str, usual_titles: Mapping[str, Called]) -> str | dict[str, str]:
    """Return a title, unless it is the usual one for the name."""
    called = usual_titles[name].title if name in usual_titles else None
    is_usual = called is not None and title.strip().casefold() in (called.sv, called.en)
    return "" if is_usual else _words(title)


def _step(name: str, row: DutyRow) -> Content:
    approval: Any = row.approval
    if row.approval_due:
        approval = _filled({"by": row.approval, "due": row.approval_due})
    when = _split(row.when)
    return _filled(
        {
            "title": _own_title(name, row.title, STEPS),
            "each": row.each,
            "due": row.due,
            "last": _end(row.last),
            "needs": row.needs,
            "approval": approval,
            "when": when if len(when) > 1 else row.when,
            "repays": row.repays,
            "late": row.late if row.late == "lapses" else dict(_pair(one) for one in _split(row.late)),
            "documents": {
                key.strip() if both else slug(key): _words((called if both else key).strip())
                for key, both, called in (line.partition(":") for line in row.documents.splitlines())
            },
            "phase": row.phase,
            "optional": row.optional == YES,
        }
    )


def _payment(name: str, row: PaymentRow) -> Content:
    claim: Any = row.claim
    if row.lapses == YES and row.claim != "none":
        claim = _filled({"due": row.claim, "late": "lapses"})
    return _filled(
        {
            "title": _own_title(name, row.title, PAYMENTS),
            "each": row.each,
            "share": row.share,
            "last": _end(row.last),
            "needs": row.needs,
            "claim": claim,
            "paid": row.paid,
        }
    )


def _end(text: str) -> str | Content:
    key, _, rest = text.strip().partition(" ")
    return {key: rest} if rest and key in ("into", "due", "needs", "join") else text.strip()


def _split(text: str) -> list[str]:
    return [one for one in _LIST.split(text.strip()) if one]


def _pair(text: str) -> tuple[str, str]:
    when, _, price = text.partition(":")
    return when.strip(), price.strip()


def _example(rows: ProgrammeRows) -> Content:
    """Return the worked example: the letter's own award, and its stated results."""
    head = rows.head
    payments = rows.named_payments
    award = {
        "decision": _iso(head.decision),
        "start": _iso(head.start),
        "end": _iso(head.end),
        "sum": head.sum,
        "share": _filled({name: row.decided for name, row in payments.items()}),
        "dates": _filled({name: _iso(row.day) for name, row in rows.named_dates.items()}),
    }
    days = {name: [_readings(day) for day in _split(row.gives)] for name, row in rows.steps.items()}
    sums = {name: _split(row.gives) for name, row in payments.items()}
    return {
        "award": _filled(award),
        **_filled(
            {"answers": _shown({f"{name}.{SPENT}": _split(row.spent) for name, row in rows.steps.items()})}
        ),
        "gives": _shown(days | sums),
        **_filled({"source": head.counted}),
    }


def _shown(stated: Mapping[str, list[str]]) -> Content:
    """Return the stated results, one alone and several as a list, without empty ones."""
    return {name: texts[0] if len(texts) == 1 else texts for name, texts in stated.items() if texts}


def _readings(text: str) -> str:
    """Return a day as the file has it, or several readings of one."""
    return " or ".join(_iso(day) for day in re.split(r"\s(?:or|eller)\s", text))


def _iso(text: str) -> str:
    """Return a day in the file's format; anything else is unchanged."""
    try:
        return read_date(text).isoformat() if text else ""
    except Unreadable:
        return text
