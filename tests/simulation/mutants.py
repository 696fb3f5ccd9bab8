"""Break the core in one place at a time, in a copy of the tree, and see that a test notices: `make mutants`."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FOLDERS = ("deployments", "flows", "models", "tasks", "templates", "tests")
_SECONDS = 300

LADDER, GATE, CONDITIONS, RETRY = (
    "models/rules/notices/ladder.py",
    "models/rules/money/gate.py",
    "models/rules/money/conditions.py",
    "models/rules/delivery/retry.py",
)
ORDER, CLAIM, SETTLE = "models/rules/steps/order.py", "tasks/outbox/queue.py", "tasks/outbox/settle.py"
RECOVER, FAILED = "tasks/outbox/recover.py", "tasks/outbox/failure_notices.py"
PLAN, STEPS = "models/rules/dates/plan.py", "tasks/commands/replan/replan.py"


@dataclass(frozen=True)
class Mutant:
    """One change of the core: in `file`, the first `text` becomes `instead`; `tests` are those that should fail."""

    file: str
    text: str
    instead: str
    tests: tuple[str, ...]

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.file}: {self.text.strip()!r} -> {self.instead.strip()!r}"

    def break_in(self, tree: Path) -> bytes:
        """Write the change; return the file as it was. ValueError when the text is not there."""
        path = tree / self.file
        before = path.read_bytes()
        if self.text.encode() not in before:
            raise ValueError(f"{self.file} does not hold {self.text!r}")
        path.write_bytes(before.replace(self.text.encode(), self.instead.encode(), 1))
        return before


RULES_OF_LADDER = ("tests/models/rules/test_ladder.py", "tests/models/rules/test_reach.py")
RULES_OF_GATE, RULES_OF_RETRY = (
    ("tests/models/rules/money/test_gate.py",),
    ("tests/models/rules/test_retries.py",),
)
OUTBOX = ("tests/tasks/outbox/test_outbox.py", "tests/tasks/outbox/test_delivery.py")
FAILURES = ("tests/tasks/outbox/test_failed_letters.py",)
REPLAN = (
    "tests/models/rules/test_order.py",
    "tests/models/rules/test_planner.py",
    "tests/tasks/commands/test_acts.py",
    "tests/tasks/commands/test_decisions.py",
)

MUTANTS = [
    Mutant("models/programme/plan.py", "return self.shift > 0", "return self.shift >= 0", RULES_OF_LADDER),
    *(
        Mutant(LADDER, text, instead, RULES_OF_LADDER)
        for text, instead in (
            ("return min(day, last)", "return day"),
            ("calendar.add(counted_from, rung.shift)", "calendar.add(step.due_on, rung.shift)"),
            ("if rung.position > highest)", "if rung.position >= highest)"),
            ("for rung, day in ahead if day <= today]", "for rung, day in ahead if day < today]"),
            ("reached[-1])", "reached[0])"),
            ("if pair[0].escalates)", "if not pair[0].escalates)"),
            ("notice.told_on >= today for", "notice.told_on > today for"),
            ("if not may_tell(step.start):", "if may_tell(step.start) is None:"),
            ("if notice.position and not notice.failed:", "if notice.position:"),
            ("or _reach(higher, line, shut, today)[:1]", ""),
            ("if reached is not None and reached.person_id not in shut:", "if reached is not None:"),
        )
    ),
    Mutant(
        CONDITIONS,
        "if step.status != StepStatus.APPROVED)",
        "if step.status == StepStatus.OPEN)",
        RULES_OF_GATE,
    ),
    *(
        Mutant(GATE, text, instead, RULES_OF_GATE)
        for text, instead in (
            ("if missing or not steps:", "if missing:"),
            ("if by.id not in confirmers.ids:", "if not confirmers.ids:"),
            (
                "are_same(by.id, instalment.requested_by_id)",
                "are_same(by.id, instalment.confirmed_by_id)",
            ),
            ("today < day for day", "today > day for day"),
            ("if first_only:", "if not first_only:"),
            ("if by.proof is Proof.LINK:", "if by.proof is None:"),
            ("is_one_of(by.id, find_recorders(steps))", "is_one_of(by.id, ())"),
            ("GateReason.CONFIRMED if signed_in else", "GateReason.CONFIRMED if by.proof else"),
            ("!= instalment.amount_minor:", "> instalment.amount_minor:"),
        )
    ),
    *(
        Mutant(RETRY, text, instead, RULES_OF_RETRY)
        for text, instead in (
            ("and not letter.repeating:", "or letter.repeating:"),
            ("if now >= last_at:", "if now > letter.queued_at + 2 * LETTER_ENDS_WITHIN:"),
            (
                "unclear = AttemptOutcome.UNCONFIRMED if at_data",
                "unclear = AttemptOutcome.DEFERRED if at_data",
            ),
            ("if status is LetterStatus.HANDING_OVER:", "if status is LetterStatus.ACCEPTED:"),
        )
    ),
    Mutant(
        CLAIM,
        '_LETTER.c.claim_key == bindparam("held_by"),',
        "_LETTER.c.claim_key.is_not(None),",
        OUTBOX,
    ),
    Mutant(CLAIM, "if row.claim_key == keys[row.id]", "if row.claim_key", OUTBOX),
    Mutant(
        SETTLE, "if held.get(mark.letter.id) is LetterStatus.CLAIMED]", "if mark.letter.id in held]", OUTBOX
    ),
    Mutant(SETTLE, "if attempt.handover.letter.id in held]", "if attempt.handover.letter.id]", OUTBOX),
    Mutant(RECOVER, "if begun:", "if not begun:", OUTBOX),
    Mutant(RECOVER, "_LETTER.c.lease_until_at <= bindparam", "_LETTER.c.lease_until_at >= bindparam", OUTBOX),
    Mutant(FAILED, ".values(failure_told_at=now)", ".values(failure_told_at=None)", FAILURES),
    Mutant(FAILED, "unreached.add(step.owner_id)", "unreached.add(0)", FAILURES),
    Mutant(ORDER, "return awarded_on is not None or", "return awarded_on is None or", REPLAN),
    Mutant(PLAN, "all(need in SETTLED for need in needs)", "any(need in SETTLED for need in needs)", REPLAN),
    Mutant(
        PLAN,
        "if status in SETTLED:\n        return status",
        "if status is None:\n        return status",
        REPLAN,
    ),
    Mutant(ORDER, "all(step in SETTLED for step in steps)", "any(step in SETTLED for step in steps)", REPLAN),
    Mutant(STEPS, "    if size_instalments(work):", "    if not size_instalments(work):", REPLAN),
    Mutant(STEPS, "if step.next_action_on != look_on:", "if step.next_action_on is None:", REPLAN),
]


def main(arguments: Sequence[str] | None = None) -> int:
    """Try every mutant, or those whose file holds a word; 1 when one lives."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.mutants", description=__doc__)
    parser.add_argument("word", nargs="?", default="", help="only mutants of files whose path holds this")
    chosen = [one for one in MUTANTS if parser.parse_args(arguments).word in one.file]
    lives = 0
    with tempfile.TemporaryDirectory(prefix="grantline-mutants-") as folder:
        tree = _copy(Path(folder))
        for mutant in chosen:
            before = mutant.break_in(tree)
            caught = _is_caught(mutant, tree)
            (tree / mutant.file).write_bytes(before)
            lives += not caught
            print("caught" if caught else "LIVES ", mutant, flush=True)
    print(f"{len(chosen)} mutants, {len(chosen) - lives} caught")
    return int(bool(lives))


def _copy(folder: Path) -> Path:
    for name in _FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def _is_caught(mutant: Mutant, tree: Path) -> bool:
    """Return whether a test fails; a run that takes too long is caught as well, one that finds no test is not."""
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *mutant.tests]
    try:
        run = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    if run.returncode > 1:
        raise SystemExit(f"{mutant}: the tests cannot run\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    return run.returncode == 1


if __name__ == "__main__":
    raise SystemExit(main())
