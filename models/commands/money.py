"""What people do about an instalment: release it, decline that, claim it, record that it was paid."""

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Annotated

from models.commands.command import OnInstalment
from models.currency import Amount
from models.forms.faults import Fault
from models.forms.field import Field, Kind
from models.forms.spec import Act, Ask
from models.message import Remark
from models.reading.day import Side
from models.rules.money.claim import ClaimReason, may_claim
from models.rules.money.gate import may_decline, may_release
from models.rules.money.payment import PaymentReason, may_pay
from models.vocabulary import Basis, NoticeKind, OverClaim

_VERDICTS = ("release", "decline")


@Act(
    "release",
    title="The condition is met",
    button="Confirm the condition",
    intro="You are the first of two. The second is then asked to confirm.",
    variants={"second": {"intro": "Then the claim may be sent."}},
    judge=may_release,
    is_main=True,
    verdicts=_VERDICTS,
    shows=(Basis.CONDITION, Basis.ACCOUNT, Basis.UNSPENT),
    tells=(NoticeKind.CONFIRM_RELEASE, NoticeKind.RELEASED),
    undone_by="decline",
)
@dataclass(frozen=True, slots=True)
class Release(OnInstalment):
    """Ask for the release of a withheld instalment, or confirm it as the second person.

    `first_only` marks the first person's form: it asks, and never confirms. `shown_minor` is the
    sum that the person saw, in minor units, and `shown_account` the account, empty for none. Only
    this sum, to this account, is asked for or released.
    """

    _: KW_ONLY
    first_only: bool = False
    shown_minor: Annotated[
        int | None,
        Ask(kind=Kind.SUM, label="The sum that you confirm", name="amount", required=False),
    ] = None
    shown_account: Annotated[
        str | None,
        Ask(kind=Kind.ACCOUNT, label="The account that you confirm", name="account", required=False),
    ] = None


@Act(
    "decline",
    title="The condition is not met",
    button="Send it back",
    intro="Nothing can be claimed until two people confirm.",
    variants={"second": {"intro": "The first confirmation is taken back."}},
    judge=may_decline,
    verdicts=_VERDICTS,
    shows=(Basis.CONDITION, Basis.ACCOUNT, Basis.UNSPENT),
    tells=(NoticeKind.RELEASE_DECLINED,),
)
@dataclass(frozen=True, slots=True)
class DeclineRelease(OnInstalment):
    """Say, as the first or the second of two, that an instalment's condition is not met: a request falls."""

    reason: Annotated[str, Ask(kind=Kind.TEXT, label="Why the condition is not met", option="--decline")]


@Act(
    "claim",
    title="Done",
    button="The claim is sent",
    judge=may_claim,
    is_main=True,
    refused_at={
        ClaimReason.MORE_THAN_SPENT: "over",
        ClaimReason.ALL_TOO_MUCH: "over",
        ClaimReason.NO_WHY: "note",
    },
    shows=(Basis.ACCOUNT, Basis.UNSPENT),
)
@dataclass(frozen=True, slots=True)
class Claim(OnInstalment):
    """Record that the claim of a released instalment was sent to the funder, on `claimed_on` or today.

    `amount_minor` is the claimed sum, in minor units, if the programme leaves it to the claim
    (`share: claimed`). `shown_account` is the account that the claim names. `over` says what
    happens to money that the claim brings beyond the spending; `note` says why.
    """

    _: KW_ONLY
    amount_minor: Annotated[
        int | None,
        Ask(kind=Kind.SUM, label="The sum that is claimed (%(currency)s)", name="amount", required=False),
    ] = None
    claimed_on: Annotated[
        date | None,
        Ask(kind=Kind.DAY, label="Claim sent on", side=Side.PAST, required=False, option="--on"),
    ] = None
    shown_account: Annotated[
        str | None,
        Ask(kind=Kind.ACCOUNT, label="The account that the claim names", name="account", required=False),
    ] = None
    over: Annotated[
        OverClaim | None,
        Ask(
            kind=Kind.CHOICE,
            label="What becomes of what is not spent",
            options=OverClaim,
            words="over_claim",
            required=False,
            hidden_when_empty=True,
        ),
    ] = None
    note: Annotated[
        str,
        Ask(
            kind=Kind.TEXT, label="Why, for the journal", required=False, hidden_when_empty=True, depends=True
        ),
    ] = ""


class Rest(StrEnum):
    """What happens to the missing part of a payment."""

    TO_COME = "to_come"
    NO_MORE = "no_more"


def read_payment(fields: Sequence[Field]) -> Iterator[Field]:
    """Yield a payment's fields: money that came needs a day, and money that is missing a word on its rest."""
    by_name = {field.name: field for field in fields}
    missing = by_name["amount"].whole_minor
    came = by_name["amount"].value if by_name["amount"].text else missing
    rest = by_name["rest"].value
    faults: dict[str, Remark] = {}
    if came and not by_name["paid_on"].text:
        faults["paid_on"] = Fault.MISSING_DAY()
    is_less = came is not None and came < missing
    if is_less and rest is None:
        faults["rest"] = Fault.MONEY_MISSING(money=Amount(missing - came, by_name["amount"].currency))
    elif is_less and rest == Rest.TO_COME and not came:
        faults["amount"] = Fault.NOTHING_CAME()
    elif is_less and rest == Rest.NO_MORE and not by_name["note"].text:
        faults["note"] = Fault.MISSING_REASON()
    for field in fields:
        is_of_rest = field.name == "rest" or (field.name == "note" and rest == Rest.NO_MORE)
        is_idle = field.hidden_when_empty and came is not None and not (is_less and is_of_rest)
        read = field.emptied if is_idle else field
        is_hidden = field.hidden_when_empty and not is_less
        yield replace(read, error=faults.get(field.name, read.error), hidden_when_empty=is_hidden)


@Act(
    "paid",
    title="Done",
    button="Record the payment",
    judge=may_pay,
    is_main=True,
    read_together=read_payment,
    refused_at={PaymentReason.TOO_MUCH: "amount"},
    tells=(NoticeKind.PAID,),
)
@dataclass(frozen=True, slots=True)
class Pay(OnInstalment):
    """Record that the funder paid a claimed instalment, or part of it, on `paid_on` or today.

    `amount_minor` is what came, in minor units; without it, all that is missing. The rest is
    awaited, unless `no_more_why` says why no more comes.
    """

    _: KW_ONLY
    amount_minor: Annotated[
        int | None,
        Ask(kind=Kind.SUM, label="The sum that came (%(currency)s)", name="amount", required=False),
    ] = None
    paid_on: Annotated[
        date | None,
        Ask(
            kind=Kind.DAY,
            label="Day of the payment",
            hint="As the bank statement has it.",
            side=Side.PAST,
            required=False,
            depends=True,
            option="--on",
        ),
    ] = None
    no_more_why: Annotated[
        str | None,
        Ask(
            kind=Kind.TEXT,
            label="Why no more comes",
            hint="To be filled in when no more comes: the money is then recorded as lost.",
            name="note",
            option="--no-more",
            required=False,
            hidden_when_empty=True,
            depends=True,
        ),
    ] = None
