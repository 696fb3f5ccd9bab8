"""Hold what another bank account does to an instalment."""

import pytest

from models.rules.money.account_change import AccountChange, decide_account_change
from models.vocabulary import InstalmentStatus
from tests.rule_builders import a_withheld_instalment

NOTHING, CONFIRM, CLAIMED, OPEN = (
    AccountChange.NOTHING,
    AccountChange.CONFIRM,
    AccountChange.CLAIMED,
    AccountChange.OPEN,
)


@pytest.mark.parametrize(
    ("status", "asked_by", "entered", "change"),
    [
        pytest.param(InstalmentStatus.WITHHELD, None, False, NOTHING, id="it is withheld"),
        pytest.param(InstalmentStatus.RELEASABLE, None, False, OPEN, id="nobody has asked"),
        pytest.param(InstalmentStatus.RELEASABLE, 1, False, CONFIRM, id="one has asked"),
        pytest.param(InstalmentStatus.RELEASED, 1, False, CONFIRM, id="two have confirmed"),
        pytest.param(InstalmentStatus.RELEASED, 1, True, CONFIRM, id="two have confirmed without one"),
        pytest.param(InstalmentStatus.RELEASED, None, True, NOTHING, id="nobody had to, and there was none"),
        pytest.param(InstalmentStatus.CLAIMED, 1, False, CLAIMED, id="its claim has left"),
        pytest.param(InstalmentStatus.CLAIMED, 1, True, NOTHING, id="its claim has left without one"),
        pytest.param(InstalmentStatus.PAID, 1, False, NOTHING, id="it came"),
    ],
)
def test_release_is_confirmed_again_until_its_claim_has_left(
    status: InstalmentStatus, asked_by: int | None, entered: bool, change: AccountChange
) -> None:
    part = a_withheld_instalment(status=status, requested_by_id=asked_by)
    assert decide_account_change(part, entered=entered) is change
