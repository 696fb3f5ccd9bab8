"""Follow what messages advise, step by step: no advice leads back to what was written before."""

from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from models.programme.plan import Programme
from models.rules.dates.anchors import KnownDate
from models.rules.dates.committee import MeetingFacts
from models.rules.dates.plan import plan_steps
from models.rules.dates.selection import PlanFacts
from models.rules.watch.concerns import ConcernKind, find_concerns, find_dead_ends, find_early_days
from tasks.programmes.files import read_programme
from tasks.programmes.notes import programme_notes
from tasks.programmes.sample_award import SampleAward, edge_awards, sample_awards, sample_calendar
from tests.tasks.programmes.test_programmes import SMALL, read

PLAIN = SMALL.partition("examples:")[0]
DUE = "30 days after period_end (the conditions)"
CHAINS = (Path(__file__).parents[2] / "programmes" / "advice.txt").read_text(encoding="utf-8")
FAULTS = [line.replace("⏎", "\n").split(" => ") for line in CHAINS.splitlines()[2:]]


@pytest.mark.parametrize("chain", FAULTS, ids=lambda chain: chain[1])
def test_what_a_fault_advises_is_taken_and_nothing_leads_back(chain: list[str], tmp_path: Path) -> None:
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
    assert advice in "\n".join(map(str, programme_notes(made(tmp_path, (stands, wrong)))))
    after = {str(note) for note in programme_notes(made(tmp_path, (stands, right)))}
    assert advice not in "\n".join(after)
    assert after <= {str(note) for note in programme_notes(made(tmp_path))}


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


class Told(NamedTuple):
    """What a grant has: steps of its programme, the final report's day as the decision gives it, and meetings."""

    steps: str = "steps:\n"
    final_report: str = "2026-09-15"
    meetings: tuple[str, ...] = ()

    def warnings(self, folder: Path) -> set[ConcernKind]:
        """Return what is the matter in the plan of a grant from January to June 2026."""
        programme = made(folder, ("steps:\n", self.steps), ("country: SE", "country: SE\ndays_off: next"))
        dates = {"decided_on": date(2025, 11, 3), "final_report_on": date.fromisoformat(self.final_report)}
        facts = PlanFacts(
            {name: KnownDate(day) for name, day in dates.items()},
            date(2026, 1, 1),
            date(2026, 6, 30),
            meetings={"board": tuple(MeetingFacts(date.fromisoformat(one)) for one in self.meetings)},
            award_minor=100_000,
            as_if_done=True,
        )
        plan = plan_steps(programme, facts)
        early, others = find_early_days(plan, facts), find_concerns(programme, plan)
        return {one.kind for one in (*find_dead_ends(plan), *early, *others)}


def board(terms: str = "minutes: 14 days") -> str:
    """Return steps of which a board approves a draft."""
    return (
        f"bodies: {{board: {{title: the board, {terms}}}}}\nsteps:\n"
        "  draft: {approval: {by: board, due: 10 days before final-report (our choice)}}\n"
    )


OF_GRANTS: list[tuple[ConcernKind, Told, tuple[Told, ...]]] = [
    (
        ConcernKind.DUE_BEFORE_GRANT,
        Told(AUDIT("on 2025-10-01 (the notice)")),
        (
            Told(AUDIT("on 2026-10-01 (the notice)")),
            Told(AUDIT("1 October after grant_start")),
            Told("steps:\n  audit: {title: audit, phase: application, due: on 2025-10-01 (the notice)}\n"),
        ),
    ),
    (
        ConcernKind.GIVEN_BEFORE_GRANT,
        Told(final_report="2025-09-15"),
        (Told(final_report="2026-09-15"),),
    ),
    (
        ConcernKind.NO_MEETING,
        Told(board(), meetings=("2026-09-10",)),
        (
            Told(board(), meetings=("2026-08-20", "2026-09-10")),  # an extra meeting
            Told(board(), "2026-10-04", ("2026-09-10",)),  # an extension, to the day that is said
            Told(board("minutes: 14 days or at once"), meetings=("2026-08-25",)),
        ),
    ),
    (
        ConcernKind.NO_RETURN,
        Told(board(), meetings=("2026-07-10",)),
        (
            Told(board(), meetings=("2026-07-10", "2026-08-20")),
            Told(board("minutes: 14 days, return_working_days: 0"), meetings=("2026-07-10",)),
        ),
    ),
]


@pytest.mark.parametrize(("kind", "wrong", "cures"), OF_GRANTS, ids=lambda one: str(one)[:20])
def test_what_a_grant_is_warned_of_is_silent_after_each_of_its_cures(
    kind: ConcernKind, wrong: Told, cures: tuple[Told, ...], tmp_path: Path
) -> None:
    assert wrong.warnings(tmp_path) == {kind}
    for cure in cures:
        assert cure.warnings(tmp_path) == set()


def test_awards_at_the_edge_are_planned_too(tmp_path: Path) -> None:
    """A step that cannot be answered in its time is seen only where the funder's approval is late."""
    audit = "steps:\n  audit: {title: audit, due: 70 days after final-report,"
    audit += " opens: 1 day after final-report.approved}\n"
    programme = made(tmp_path, ("steps:\n", audit))

    def kinds(award: SampleAward) -> set[ConcernKind]:
        concerns = (*find_dead_ends(award.planned), *find_concerns(programme, award.planned))
        return {one.kind for one in concerns}

    found = {
        str(edge.said): ConcernKind.OPENS_AFTER_DUE in kinds(edge.award) for edge in edge_awards(programme)
    }
    assert [said for said, has in found.items() if has] == ["with late approvals"]
    assert {"of one period", "extended after report-2026-q1", "extended after final-report"} <= found.keys()
    assert not any(ConcernKind.OPENS_AFTER_DUE in kinds(one) for one in sample_awards(programme, 7))
