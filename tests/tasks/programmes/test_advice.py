"""Follow what messages advise, step by step: no advice leads back to what was written before."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments.cli.check_notes import programme_notes
from models.programme.plan import Programme
from models.rules.watch.concerns import ConcernKind, find_concerns
from tasks.programmes.files import read_programme
from tasks.programmes.sample_award import sample_calendar
from tests.tasks.programmes.test_programmes import SMALL, read

PLAIN = SMALL.partition("examples:")[0]
DUE, CLOSE = "30 days after period_end (the conditions)", "14 days after balance.paid (our choice)"
NAMED = "at final_report of the decision"
# What stands there; what is written instead; then what a message advises, and what is written by it, and so on.
FAULTS = [
    (DUE, "2 weeks after period_end", "write 14 days", "14 days after period_end"),
    (DUE, "30 days after period end", "write period_end", "30 days after period_end"),
    (DUE, "30 days aftr period_end", "did you mean 'after'?", "30 days after period_end"),
    (DUE, "31 June after period_end", "June has no day 31", "30 June after period_end"),
    (
        DUE,
        "30 days after period_end or the nearest working day",
        "write or the next working day",
        "30 days after period_end or the next working day",
    ),
    (
        DUE,
        "30 days after period_end or 1 month after period_end",
        "begin with 'either'",
        "either 30 days after period_end or 1 month after period_end",
        "each reading names its source",
        "either 30 days after period_end (the terms) or 1 month after period_end (the page)",
    ),
    (
        DUE,
        f"3 months after grant_end else {NAMED}",
        "put the decision's date first",
        f"{NAMED} else 3 months after grant_end",
    ),
    (NAMED, "at final_reprt of the decision", "did you mean 'final_report'?", NAMED),
    (CLOSE, "14 days after balance", "write balance.claimed or balance.paid", "14 days after balance.paid"),
    (
        CLOSE,
        "14 days after balance",
        "write balance.claimed or balance.paid",
        "14 days after balance.claimed",
    ),
    (CLOSE, "14 days after period_end", "count from grant_start or grant_end", "14 days after grant_end"),
    (CLOSE, "3 days after final-report.aproved", "did you mean", "3 days after final-report.approved"),
    ("each: quarter", "each: quarterly", "write quarter", "each: quarter"),
    ("each: quarter", "each: fiscal_year", "write year from 1 July", "each: year from 1 July"),
    ("share: 80 %", "share: 80", "write 80 %", "share: 80 %"),
    ("share: 80 %", "share: 80", "for a sum, 80.00", "share: 80.00"),
    (
        "each: quarter",
        "when: award over 9 000, each: quarter",
        "write from",
        "when: award from 9 000, each: quarter",
    ),
    ("approval: funder", "aproval: funder", "did you mean 'approval'?", "approval: funder"),
    ("currency: SEK", "currency: kronor", "write it as SEK", "currency: SEK"),
    ("title: small funds", "title: small: funds", "put the text in quotes", "title: 'small: funds'"),
]


@pytest.mark.parametrize("chain", FAULTS, ids=lambda chain: chain[1])
def test_what_a_fault_advises_is_taken_and_nothing_leads_back(chain: tuple[str, ...], tmp_path: Path) -> None:
    stands, *written = chain
    assert stands in PLAIN
    for wrong, advice, right in zip(written[::2], written[1::2], written[2::2], strict=False):
        said = "\n".join(read(tmp_path, PLAIN.replace(stands, wrong, 1)))
        assert advice in said
        after = "\n".join(read(tmp_path, PLAIN.replace(stands, right, 1)))
        assert advice not in after
        assert wrong not in after.partition("write ")[2]
    assert read(tmp_path, PLAIN.replace(stands, written[-1], 1)) == []


def made(folder: Path, *changes: tuple[str, str]) -> Programme:
    """Return the small programme with changes."""
    text = PLAIN
    for stands, written in changes:
        assert stands in text
        text = text.replace(stands, written, 1)
    path = folder / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return read_programme(path)


NOTES = [
    (DUE, "1 month after period_end", "say 'end of the month'", "end of the month after period_end"),
    (
        "dates: {",
        "dates: {audit: {sv: revision, en: audit}, ",
        "nothing counts from audit: take it out",
        "dates: {",
    ),
    (
        "steps:\n",
        "steps:\n  xylophone: {due: 5 days after grant_end}\n",
        "nobody knows what xylophone is called in Swedish: add 'title",
        "steps:\n  xylophone: {due: 5 days after grant_end, title: {sv: xylofon, en: xylophone}}\n",
    ),
]


@pytest.mark.parametrize(("stands", "wrong", "advice", "right"), NOTES)
def test_what_a_note_advises_is_taken_and_it_is_silent(
    stands: str, wrong: str, advice: str, right: str, tmp_path: Path
) -> None:
    assert advice in "\n".join(programme_notes(made(tmp_path, (stands, wrong))))
    after = set(programme_notes(made(tmp_path, (stands, right))))
    assert advice not in "\n".join(after)
    assert after <= set(programme_notes(made(tmp_path)))


@pytest.mark.parametrize(
    "cure",
    [
        (DUE, f"{DUE.partition(' (')[0]} or the next working day"),
        (DUE, f"{DUE.partition(' (')[0]} or the working day before"),
        (DUE, f"{DUE.partition(' (')[0]} even on a day off"),
        ("country: SE", "country: SE\ndays_off: stays"),
    ],
    ids=lambda cure: cure[1],
)
def test_what_is_said_of_a_day_off_is_silent_after_each_of_its_cures(
    cure: tuple[str, str], tmp_path: Path
) -> None:
    def kinds(*changes: tuple[str, str]) -> set[ConcernKind]:
        programme = made(tmp_path, *changes)
        return {one.kind for one in find_concerns(programme, sample_calendar(programme, None).planned)}

    assert kinds() - kinds(cure) == {ConcernKind.READ_IN_TWO_WAYS}
