"""The phrases of a programme's sentences in Swedish: those of the language, and those of its own names."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

from models.programme.expand.words import PAYMENTS, STEPS, Called, called
from models.reading.fields import Words
from tasks.programmes.rows.row import BOTH, DateRow, DutyRow, PaymentRow, ProgrammeRows, slug

_Named = TypeVar("_Named", DateRow, DutyRow, PaymentRow)


class Phrase(NamedTuple):
    """Words of a kind of sentence (of all kinds, if empty) and their Swedish: as shown, if at all, and as heard."""

    of: str
    english: str
    swedish: str
    heard: tuple[str, ...] = ()


def _read_phrases(path: Path) -> tuple[Phrase, ...]:
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(
            Phrase(row["of"], row["english"], row["swedish"], tuple(filter(None, row["heard"].split("|"))))
            for row in csv.DictReader(lines)
        )


PHRASES = _read_phrases(Path(__file__).with_name("phrases.csv"))
# What happens to a step or a payment, said of its title; the first is shown.
_STEP_EVENTS = {
    "approved": (
        "att {} har godkänts",
        "{} har godkänts",
        "{} godkänts",
        "{} är godkänd",
        "{} är godkänt",
        "godkänd {}",
        "godkännandet av {}",
    ),
    "done": (
        "att {} har lämnats",
        "{} har lämnats",
        "{} lämnats",
        "{} är inlämnad",
        "{} kommit in",
        "{} har kommit in",
        "{} är klar",
    ),
    "": ("sista dag för {}", "{}"),
}
_PAYMENT_EVENTS = {
    "paid": (
        "att {} har betalats ut",
        "{} har betalats ut",
        "{} betalats ut",
        "{} utbetalats",
        "{} har kommit",
    ),
    "claimed": ("att {} har rekvirerats", "{} har rekvirerats", "{} rekvirerats"),
}
# Which of a step's periods.
_WHICH = {"": "{}", "first": "den första {}", "last": "den sista {}", "previous": "{} i perioden före"}
# Every programme has these steps.
_USUAL_STEPS = ("application", "funder-decision")


def names_in_swedish(rows: ProgrammeRows) -> dict[str, str]:
    """Return what days, steps and payments are called within a Swedish sentence, by their names in the file."""
    return {
        **{name: STEPS[name].within.sv for name in _USUAL_STEPS},
        **{name: _lowered(_title(row.title)) for name, row in _called(rows.named_dates).items()},
        **{name: _within(name, row.title, STEPS) for name, row in _called(rows.steps).items()},
        **{name: _within(name, row.title, PAYMENTS) for name, row in _called(rows.named_payments).items()},
    }


def _called(rows: Mapping[str, _Named]) -> dict[str, _Named]:
    """Return the rows that have a name or a title: no sentence can name another."""
    return {name: row for name, row in rows.items() if slug(row.name) or _title(row.title)}


def _within(name: str, title: str, known: dict[str, Called]) -> str:
    """Return a title within a sentence: in its definite form, or else in quotes."""
    swedish = _title(title)
    is_usual = name in known and _lowered(swedish) == known[name].title.sv
    own = None if is_usual or not swedish else Words(sv=swedish, en=swedish)
    return _lowered(called(name, own, known).within.sv)


def _title(title: str) -> str:
    return title.partition(BOTH)[0].strip()


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def list_phrases(rows: ProgrammeRows) -> Iterator[Phrase]:
    """Yield the phrases of a programme's sentences, its own names first."""
    within = names_in_swedish(rows)
    for name in _called(rows.named_dates):
        day = within[name]
        yield Phrase("rule", f"{name} of decision", f"{day} enligt beslutet", (f"{day} i beslutet",))
        yield Phrase("rule", f"at {name} of decision", f"{day} enligt beslutet")
        yield Phrase(
            "when", f"{name} of decision given", f"beslutet anger {day}", (f"om beslutet anger {day}",)
        )
        yield Phrase("each", name, day)
    for name, row in {**dict.fromkeys(_USUAL_STEPS), **_called(rows.steps)}.items():
        titles = (within[name], _title(row.title if row is not None else STEPS[name].title.sv))
        yield from _phrases_of(name, titles, _STEP_EVENTS)
        yield Phrase("rule", f"at {name}", f"samma dag som {titles[0]}")
        yield Phrase(
            "share", f"{name}.spent", f"kostnaderna i {titles[0]}", _said_of("kostnader i {}", titles)
        )
        yield Phrase("last", name, titles[0], titles)
        yield Phrase("each", name, f"för varje {_lowered(titles[1])}")
    for name, payment in _called(rows.named_payments).items():
        alone = ("bidraget",) if len(rows.payments) == 1 else ()
        yield from _phrases_of(name, (within[name], _title(payment.title), *alone), _PAYMENT_EVENTS)
    yield from PHRASES


def _phrases_of(
    name: str, titles: tuple[str, ...], events: Mapping[str, tuple[str, ...]]
) -> Iterator[Phrase]:
    for which, of_periods in _WHICH.items():
        for event, said in events.items():
            heard = [text for one in said for text in _said_of(one, _said_of(of_periods, titles))]
            named = ".".join(filter(None, (name, which, event)))
            yield from (
                Phrase(of, named, heard[0], tuple(heard))
                for of in (("rule", "needs") if event else ("rule",))
            )


def _said_of(form: str, titles: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(form.format(title) for title in titles if title)
