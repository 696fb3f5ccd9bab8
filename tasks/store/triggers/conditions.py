"""Say in SQL what the database refuses about money, steps, decisions and documents."""

from collections.abc import Iterable

from models import vocabulary
from models.vocabulary import InstalmentStatus


def _one_of(words: Iterable[str]) -> str:
    quoted = (f"'{word}'" for word in words)
    return f"({', '.join(quoted)})"


NOT_OUT = _one_of(status for status in InstalmentStatus if status not in vocabulary.OUT)
OUT = _one_of(vocabulary.OUT)
# A condition whose step is gone counts as missing, and so does a withheld instalment without any
# condition that is met. A running grant only cancels a step whose period it no longer has, and that
# step is not waited for.
GONE = (
    "(step.status = 'cancelled' AND step.grant_id = NEW.grant_id AND step.period IS NOT NULL AND EXISTS"
    " (SELECT 1 FROM \"grant\" AS runs WHERE runs.id = NEW.grant_id AND runs.status NOT IN ('refused', 'withdrawn')"
    " AND (step.period_end_on >= runs.period_end_on OR step.period_start_on < runs.period_start_on)))"
)
CONDITION_MISSING = (
    "EXISTS (SELECT 1 FROM instalment_condition AS needed WHERE needed.instalment_id = NEW.id AND NOT EXISTS"
    f" (SELECT 1 FROM step WHERE step.id = needed.step_id AND (step.status = 'approved' OR {GONE})))"
)
# An instalment that a later decision added waits for everything that the programme's last one waits for.
CONDITION_LEFT_OUT = (
    "NEW.rule IS NULL AND EXISTS (SELECT 1 FROM instalment AS last JOIN instalment_condition AS needed"
    " ON needed.instalment_id = last.id JOIN step ON step.id = needed.step_id WHERE last.grant_id = NEW.grant_id"
    " AND last.rule = (SELECT MAX(rule) FROM instalment WHERE grant_id = NEW.grant_id)"
    f" AND NOT {GONE} AND NOT EXISTS (SELECT 1 FROM instalment_condition AS mine"
    " WHERE mine.instalment_id = NEW.id AND mine.step_id = needed.step_id))"
)
NOT_MET = f"({CONDITION_MISSING} OR {CONDITION_LEFT_OUT})"
NO_CONDITION_MET = (
    "NOT EXISTS (SELECT 1 FROM instalment_condition AS needed JOIN step ON step.id = needed.step_id"
    " WHERE needed.instalment_id = NEW.id AND step.status = 'approved')"
)
ANY_CONDITION = "EXISTS (SELECT 1 FROM instalment_condition WHERE instalment_id = NEW.id)"
# Two people with different mailboxes, who had not left on the days on which they asked and confirmed.
LOCAL_PART = "substr(lower({0}.email), 1, instr({0}.email, '@') - 1)"
MAILBOX = (
    f"substr({LOCAL_PART}, 1, instr({LOCAL_PART} || '+', '+') - 1)"
    " || substr(lower({0}.email), instr({0}.email, '@'))"
)
ASKED_ON = "COALESCE(NEW.requested_on, NEW.released_on)"
NOT_TWO_PEOPLE = (
    "NOT EXISTS (SELECT 1 FROM person AS asks JOIN person AS confirms ON confirms.id = NEW.confirmed_by_id"
    " WHERE asks.id = NEW.requested_by_id"
    f" AND (asks.departed_on IS NULL OR asks.departed_on > {ASKED_ON})"
    " AND (confirms.departed_on IS NULL OR confirms.departed_on > NEW.released_on)"
    f" AND {MAILBOX.format('asks')} <> {MAILBOX.format('confirms')})"
)
SUM_OVER = (
    "(SELECT COALESCE(SUM(amount_minor), 0) FROM instalment WHERE grant_id = NEW.grant_id)"
    ' > (SELECT COALESCE(award_minor, 0) FROM "grant" WHERE id = NEW.grant_id)'
)
AWARD_UNDER = (
    "(SELECT COALESCE(SUM(amount_minor), 0) FROM instalment WHERE grant_id = NEW.id)"
    " > COALESCE(NEW.award_minor, 0)"
)
GOES_OUT = f"NEW.status IN {OUT} AND OLD.status IN {NOT_OUT}"
# A condition can be added while the money is still here, and none is ever removed.
LOSES_CONDITION = (
    "OLD.conditional AND NOT NEW.conditional"
    f" OR NEW.conditional AND NOT OLD.conditional AND OLD.status IN {OUT}"
)
BECOMES_ANOTHER = " OR ".join(
    (
        *(f"NEW.{column} IS NOT OLD.{column}" for column in ("id", "grant_id", "number", "rule", "period")),
        LOSES_CONDITION,
    )
)
RELEASED_OTHERWISE = " OR ".join(
    f"NEW.{column} IS NOT OLD.{column}"
    for column in ("amount_minor", "requested_by_id", "confirmed_by_id", "released_on")
)
# An instalment released by a decision alone, and not claimed, goes back when the decision is corrected.
UNASKED = "OLD.status = 'released' AND NOT OLD.conditional AND NEW.status = 'planned'"
# A release by two people is confirmed again, by two people, if the account changes before the claim leaves.
TAKEN_BACK = (
    "OLD.status = 'released' AND OLD.conditional AND NEW.status = 'releasable' AND NEW.amount_minor = OLD.amount_minor"
    " AND NEW.requested_by_id IS NULL AND NEW.confirmed_by_id IS NULL AND NEW.released_on IS NULL"
)
GOES_BACK = (
    f"OLD.status IN {OUT} AND NOT ({UNASKED}) AND NOT ({TAKEN_BACK})"
    f" AND (NEW.status IN {NOT_OUT} OR {RELEASED_OTHERWISE})"
    " OR OLD.status = 'paid' AND NEW.status <> 'paid' OR OLD.status = 'claimed' AND NEW.status = 'released'"
)
# Both people must have seen the sum that leaves: a change of the sum undoes the request.
ASKED_FOR_ANOTHER = "NEW.requested_by_id = OLD.requested_by_id AND NEW.amount_minor IS NOT OLD.amount_minor"
# The rest of a partial payment can come later.
PAYMENT_CHANGES = (
    "OLD.status = 'paid' AND NEW.status = 'paid'"
    " AND (NEW.paid_minor IS NOT OLD.paid_minor OR NEW.paid_on IS NOT OLD.paid_on)"
    " AND NOT (NEW.paid_minor > OLD.paid_minor AND NEW.paid_on >= OLD.paid_on)"
)

# An approved document is a version by its hash; only its approval changes.
OTHER_VERSION = " OR ".join(
    f"NEW.{column} IS NOT OLD.{column}"
    for column in ("id", "grant_id", "step_id", "kind", "version", "name", "size", "sha256", "stored_as")
)
# Money decided after the last instalment left has that instalment's condition. A part without a
# condition is refused there, except a further period of a part that has none.
SIDE_DOOR = (
    'NOT NEW.conditional AND (SELECT award_minor FROM "grant" WHERE id = NEW.grant_id) IS NOT NULL AND EXISTS'
    " (SELECT 1 FROM instalment WHERE grant_id = NEW.grant_id AND conditional AND number ="
    " (SELECT MAX(number) FROM instalment WHERE grant_id = NEW.grant_id))"
    " AND NOT EXISTS (SELECT 1 FROM instalment WHERE grant_id = NEW.grant_id AND NOT conditional"
    " AND rule = NEW.rule AND period IS NOT NULL AND NEW.period IS NOT NULL)"
)
# Once the instalments are the award, another is added only for a further period, or after the last
# one has left.
ORDER = "(COALESCE({0}.rule, 1000000), {0}.number)"
BESIDE = (
    'EXISTS (SELECT 1 FROM "grant" WHERE id = NEW.grant_id AND award_minor IS NOT NULL) AND ('
    "NEW.rule IS NULL AND EXISTS (SELECT 1 FROM instalment AS last WHERE last.grant_id = NEW.grant_id"
    f" AND last.status IN {NOT_OUT} AND NOT EXISTS (SELECT 1 FROM instalment AS later"
    f" WHERE later.grant_id = NEW.grant_id AND {ORDER.format('later')} > {ORDER.format('last')}))"
    " OR NEW.rule IS NOT NULL AND NEW.period IS NULL AND (EXISTS (SELECT 1 FROM instalment AS part"
    " WHERE part.grant_id = NEW.grant_id AND part.amount_minor IS NULL) OR (SELECT SUM(amount_minor) FROM instalment"
    ' WHERE grant_id = NEW.grant_id) = (SELECT award_minor FROM "grant" WHERE id = NEW.grant_id))'
    " OR EXISTS (SELECT 1 FROM instalment AS same WHERE same.grant_id = NEW.grant_id AND same.rule = NEW.rule"
    " AND COALESCE(same.period, '') = COALESCE(NEW.period, '')))"
)
# Conditions are the grant's own approvals, added before the money leaves.
NO_CONDITION = (
    "NOT EXISTS (SELECT 1 FROM instalment JOIN step ON step.grant_id = instalment.grant_id"
    " WHERE instalment.id = NEW.instalment_id AND step.id = NEW.step_id AND step.kind = 'approval'"
    f" AND instalment.status IN {NOT_OUT})"
)
# A condition that gets a period could be cancelled like one whose period is gone.
ANOTHER_STEP = (
    "NEW.id <> OLD.id OR NEW.grant_id <> OLD.grant_id OR NEW.key <> OLD.key"
    " OR OLD.period IS NULL AND NEW.period IS NOT NULL"
    " AND EXISTS (SELECT 1 FROM instalment_condition WHERE step_id = OLD.id)"
)
# A corrected decision no longer holds: the one in its place may have its day, and so may another.
DECIDED_ALREADY = (
    "EXISTS (SELECT 1 FROM decision AS there WHERE there.grant_id = NEW.grant_id"
    " AND there.decided_on = NEW.decided_on AND there.kind = NEW.kind AND NOT there.annulled"
    " AND there.id <> COALESCE(NEW.corrects_id, 0)"
    " AND NOT EXISTS (SELECT 1 FROM decision AS later WHERE later.corrects_id = there.id))"
)
