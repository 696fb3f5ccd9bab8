"""Follow what messages advise, step by step: no advice leads back to what was written before."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments.cli.programmes import programme_notes
from models.programme.plan import Programme
from models.rules.watch.concerns import ConcernKind, find_concerns, find_dead_ends
from tasks.programmes.files import read_programme
from tasks.programmes.sample_award import sample_awards, sample_calendar
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
    (
        "title: small funds",
        "title: {sv: a, b, en: c}",
        "put the whole text in quotes",
        "title: {sv: 'a, b', en: c}",
    ),
    ("country: SE", "country: XX", "write a country's two letters, as SE", "country: SE"),
    ("country: SE", "country: SE\nstatus: mine", "write unread", "country: SE\nstatus: unread"),
    (
        "country: SE",
        "country: SE\nquiet: July",
        "write the days as '1 July to",
        "country: SE\nquiet: 1 July to 31 July",
    ),
    (
        "country: SE",
        "country: SE\nladders: {calm: {a week before: owner}}",
        "write '7 days before'",
        "country: SE\nladders: {calm: {7 days before: owner}}",
    ),
    (
        "country: SE",
        "country: SE\nbodies: {board: {title: the board, minutes: soon}}",
        "write '14 days'",
        "country: SE\nbodies: {board: {title: the board, minutes: 14 days}}",
    ),
    (
        DUE,
        "30 June after period_end except 2026 on 2026-09-30",
        "write it in parentheses",
        "30 June after period_end except 2026 on 2026-09-30 (the notice)",
        "write it as 2026-Q1",
        "30 June after period_end except 2026-Q1 on 2026-09-30 (the notice)",
    ),
    (DUE, "30 days after period_end at 17:00", "leave the hour out", "30 days after period_end"),
    (DUE, "March 1 after period_end", "write 1 March", "1 March after period_end"),
    (DUE, "5 business days after period_end", "write 5 working days", "5 working days after period_end"),
    (DUE, "2026-09-15", "write 'on 2026-09-15'", "on 2026-09-15"),
    (DUE, "period_end", "write 'at period_end'", "at period_end"),
    (NAMED, "30 days after period_end", "count from grant_start or grant_end", "30 days after grant_end"),
    ("close: {", "last: {", "choose another", "closing: {"),
    ("advance: {", "report: {", "call one of them otherwise", "first-part: {"),
    ("approval: funder", "approval: boss", "known: admin, committee", "approval: committee"),
    ("each: quarter", "each: final-report", "write quarter, half or year", "each: half"),
    (
        "each: quarter",
        "each: quarter, needs: final-report.done",
        "say 'phase'",
        "each: quarter, phase: final-report, needs: final-report.done",
    ),
    (
        "each: quarter, ",
        "each: quarter, last: {skip: true, into: final-report}, ",
        "of 'skip', 'into' and 'due' write one",
        "each: quarter, last: {into: final-report}, ",
    ),
    ("share: rest", "share: 30 %", "the shares add up to 110 %, not 100 %", "share: 20 %"),
    ("share: rest", "share: 500.00", "let the last payment say share: rest", "share: rest"),
    (
        "share: 80 %",
        "share: 80 %, keeps: '5 % of the claim for \"them\"'",
        "take out 'of the claim'",
        "share: 80 %, keeps: '5 % for \"them\"'",
    ),
    (
        "approval: funder",
        "approval: funder, questions: {way: choice}",
        "add 'options'",
        "approval: funder, questions: {way: {kind: choice, options: {a: a}}}",
        "name at least two",
        "approval: funder, questions: {way: {kind: choice, options: {a: a, b: b}}}",
    ),
    (
        "  close: {",
        "  after: {each: half, due: 5 days after report.previous.done}\n  close: {",
        "write 'each: quarter' here too",
        "  after: {each: quarter, due: 5 days after report.previous.done}\n  close: {",
    ),
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
    (DUE, "30 days after period_end", "counts from the whole period's end", "30 days after period_cut_end"),
    (
        f"{DUE}}}\n  final-report: {{",
        f"{DUE}, last: {{into: final-report}}, questions: {{visits: count}}}}\n  final-report: {{",
        "final-report takes in the last period of report and does not ask: visits",
        (
            f"{DUE}, last: {{into: final-report}}, questions: {{visits: count}}}}\n"
            "  final-report: {questions: {visits: count}, "
        ),
    ),
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


AUDIT = "steps:\n  audit: {{title: audit, due: {}}}\n".format
# What cannot be met, or only badly, in some award: what stands there, the change that has it, and its cures.
WARNINGS: list[tuple[ConcernKind, str, str, tuple[str, ...]]] = [
    (
        ConcernKind.OPENS_AFTER_DUE,
        DUE,
        "30 days after period_end, opens: 40 days after period_end",
        ("30 days after period_end, opens: 4 days after period_end", "50 days after period_end"),
    ),
    (
        ConcernKind.DUE_BEFORE_DATA,
        DUE,
        "at period_end, opens: 1 day after period_end",
        ("5 days after period_end, opens: 1 day after period_end",),
    ),
    (
        ConcernKind.DUE_BEFORE_NEEDED,
        "steps:\n",
        AUDIT("9 days after final-report, needs: final-report.approved"),
        (
            AUDIT("50 days after final-report, needs: final-report.approved"),
            AUDIT("9 days after final-report"),
            AUDIT("9 days after final-report.approved"),
        ),
    ),
    (
        ConcernKind.SAME_WEEK,
        "steps:\n",
        AUDIT("0 days after final-report"),
        (AUDIT("at final-report"), AUDIT("14 days after final-report")),
    ),
    (
        ConcernKind.READ_IN_TWO_WAYS,
        "steps:\n",
        AUDIT("either 90 days after grant_end (the terms) or 3 months after grant_end (the page)"),
        (AUDIT("90 days after grant_end even on a day off (the terms)"),),
    ),
    (
        ConcernKind.NEVER_DUE,
        "steps:\n",
        "steps:\n  yes: {title: a, when: final_report of the decision given, due: at final_report of the decision}\n",
        ("steps:\n  yes: {title: a, due: at final_report of the decision}\n",),
    ),
]


@pytest.mark.parametrize(("kind", "stands", "wrong", "cures"), WARNINGS, ids=lambda one: str(one)[:20])
def test_what_is_warned_of_is_silent_after_each_of_its_cures(
    kind: ConcernKind, stands: str, wrong: str, cures: tuple[str, ...], tmp_path: Path
) -> None:
    def said(change: str) -> set[tuple[ConcernKind, tuple[str, ...]]]:
        programme = made(tmp_path, (stands, change), ("country: SE", "country: SE\ndays_off: next"))
        awards = [one.planned for one in sample_awards(programme, 31)]  # a large and a small one
        found = (one for plan in awards for one in (*find_dead_ends(plan), *find_concerns(programme, plan)))
        return {(one.kind, one.steps) for one in found}

    had = {one for one in said(wrong) if one[0] is kind}
    assert had
    for cure in cures:
        assert not said(cure) & had
        assert {found for found, _ in said(cure)} <= {found for found, _ in said(stands)} | {
            ConcernKind.SAME_WEEK
        }
