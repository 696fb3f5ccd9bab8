"""The words of what a written file names without a title, in both languages: titles, to-dos and checks."""

from __future__ import annotations

from typing import NamedTuple

from models.reading.fields import Words


class Called(NamedTuple):
    """What a step or a payment is called: its title, and the title as a sentence has it, where that is known."""

    title: Words
    definite: Words | None

    @property
    def within(self) -> Words:
        """It within a sentence: in quotes where nobody knows its definite form."""
        return self.definite or Words(sv=f"”{self.title.sv}”", en=f"“{self.title.en}”")


def _called(sv: str, definite_sv: str, en: str, definite_en: str = "") -> Called:
    return Called(Words(sv=sv, en=en), Words(sv=definite_sv, en=definite_en or f"the {en}"))


STEPS = {
    "application": _called("ansökan", "ansökan", "application"),
    "funder-decision": _called(
        "bidragsgivarens beslut", "bidragsgivarens beslut", "the funder's decision", "the funder's decision"
    ),
    "account": _called("årsredovisning", "årsredovisningen", "yearly account"),
    "accountants-report": _called("revisorns rapport", "revisorns rapport", "accountant's report"),
    "activity-report": _called("verksamhetsrapport", "verksamhetsrapporten", "activity report"),
    "audit-certificate": _called("revisorsintyg", "revisorsintyget", "audit certificate"),
    "close": _called("avslut", "avslutet", "closing"),
    "closing-reports": _called("slutrapporter", "slutrapporterna", "closing reports"),
    "draft": _called("utkast till slutrapport", "utkastet till slutrapport", "draft of the final report"),
    "end-of-grant-report": _called("slutrapport", "slutrapporten", "end-of-grant report"),
    "evaluation": _called("utvärdering", "utvärderingen", "evaluation"),
    "final-account": _called("slutredovisning", "slutredovisningen", "final account"),
    "final-report": _called("slutrapport", "slutrapporten", "final report"),
    "final-statement": _called("slutredovisning", "slutredovisningen", "final statement"),
    "follow-up": _called("uppföljning", "uppföljningen", "follow-up"),
    "interim-report": _called("delrapport", "delrapporten", "interim report"),
    "performance-report": _called("verksamhetsrapport", "verksamhetsrapporten", "performance report"),
    "periodic-report": _called("periodrapport", "periodrapporten", "periodic report"),
    "quarterly-claim": _called(
        "kvartalets redovisning", "kvartalets redovisning", "the quarter's claim", "the quarter's claim"
    ),
    "repayment": _called(
        "återbetalning av det som inte har använts",
        "återbetalningen av det som inte har använts",
        "repayment of what was not spent",
    ),
    "report": _called("rapport", "rapporten", "report"),
    "spending": _called("kostnadsredovisning", "kostnadsredovisningen", "account of the spending"),
    "statement": _called("redovisning", "redovisningen", "statement"),
}
# Payments, as they stand after "claim of" and "payment of".
PAYMENTS = {
    "advance": _called("första delen", "första delen", "first part"),
    "balance": _called("sista delen", "sista delen", "last part"),
    "costs": _called("kostnader", "kostnaderna", "costs"),
    "final": _called("slutbetalning", "slutbetalningen", "final payment"),
    "interim": _called("mellanbetalning", "mellanbetalningen", "interim payment"),
    "prefinancing": _called("förfinansiering", "förfinansieringen", "prefinancing"),
    "whole": _called("hela bidraget", "hela bidraget", "whole grant"),
}
QUESTIONS = {
    "spent": Words(sv="Kostnader under perioden", en="Spending in the period"),
    "activities": Words(sv="Vad som har gjorts", en="What was done"),
    "people": Words(sv="Antal personer", en="Number of people"),
}
APPLIED = Words(sv="sista dag för ansökan", en="last day to apply")
CHECKS = {
    "within_award": Words(
        sv="Kostnaderna hittills är större än bidraget.", en="The spending so far is more than the grant."
    ),
    "jump": Words(
        sv="Svaret skiljer sig mycket från förra perioden.",
        en="The answer is far from that of the period before.",
    ),
    "nothing_to_report": Words(
        sv="Alla tal är 0. Fanns det inget att rapportera, svara det i stället.",
        en="Every number is 0. If there was nothing to report, answer that instead.",
    ),
    "at_most": Words(sv="Svaret är större än det får vara.", en="The answer is more than it may be."),
    "at_least": Words(sv="Svaret är mindre än det får vara.", en="The answer is less than it may be."),
    "equals": Words(sv="Svaret är inte lika med summan.", en="The answer is not what the others come to."),
    "over_budget": Words(
        sv="Ett konto ligger över sina rader i budgeten.", en="An account is above its lines in the budget."
    ),
    "moved": Words(
        sv="Mer har flyttats mellan budgetens rader än som får flyttas.",
        en="More was moved between the budget's lines than may be.",
    ),
    "in_period": Words(sv="Dagen ligger utanför perioden.", en="The day is outside the period."),
}
_TODOS = {
    "report": (
        "Lämna {sv} till bidragsgivaren och bekräfta här när det är gjort.",
        "Give {en} to the funder and confirm here when it is done.",
    ),
    "answer": (
        "Besvara frågorna i {sv} och bekräfta här när det är gjort.",
        "Answer the questions of {en} and confirm here when it is done.",
    ),
    "draft": (
        "Gör klart {sv} för godkännande och bekräfta här när det är gjort.",
        "Finish {en} for its approval and confirm here when it is done.",
    ),
    "close": (
        "Lämna handlingarna till registrator och bekräfta att bidraget kan avslutas.",
        "Hand the documents to the registry and confirm that the grant can be closed.",
    ),
    "funder": (
        "Bidragsgivaren har inte svarat. Fråga, och registrera svaret här när det kommer.",
        "The funder has not answered. Ask, and record the answer here when it comes.",
    ),
    "repayment": (
        "Betala tillbaka det som inte har använts, och bekräfta här.",
        "Pay back what was not spent, and confirm here.",
    ),
    "funder-approval": (
        "Bidragsgivaren har inte godkänt {sv} än. Fråga, och registrera svaret när det kommer.",
        "The funder has not approved {en} yet. Ask, and record the answer when it comes.",
    ),
    "body-approval": (
        "Ta upp {sv} i {by_sv} och registrera beslutet.",
        "Put {en} to {by_en} and record its decision.",
    ),
    "approval": (
        "Granska {sv}, och godkänn eller lämna tillbaka med skäl.",
        "Review {en}, and approve it or return it with a reason.",
    ),
    "claim": ("Skicka {sv} till bidragsgivaren.", "Send {en} to the funder."),
    "payment": (
        "Pengarna har inte kommit. Fråga bidragsgivaren, och registrera betalningen när den är här.",
        "The money has not come. Ask the funder, and record the payment when it is here.",
    ),
}
_OF_PAYMENT = {
    "claim": (("rekvisition", "rekvisitionen"), ("claim", "the claim")),
    "payment": (("utbetalning", "utbetalningen"), ("payment", "the payment")),
}


def called(name: str, title: Words | None, known: dict[str, Called]) -> Called:
    """Return what something is called: as it says itself, as the kept words say, or by its name."""
    if title is not None:
        return Called(title, None)
    plain = name.replace("-", " ").replace("_", " ")
    return known.get(name) or Called(Words(sv=plain, en=plain), None)


def of_payment(kind: str, payment: Called) -> Called:
    """Return what the claim or the coming of a payment is called."""
    (sv, definite_sv), (en, definite_en) = _OF_PAYMENT[kind]
    of = payment.within
    return Called(
        Words(sv=f"{sv} av {of.sv}", en=f"{en} of {of.en}"),
        Words(sv=f"{definite_sv} av {of.sv}", en=f"{definite_en} of {of.en}"),
    )


def of_approval(step: Called, by: Words | None) -> Called:
    """Return what the approval of a step is called, by whom where that is said."""
    of = step.within
    if by is None:
        return Called(
            Words(sv=f"godkännande av {of.sv}", en=f"approval of {of.en}"),
            Words(sv=f"godkännandet av {of.sv}", en=f"the approval of {of.en}"),
        )
    whole = Words(sv=f"{by.sv}s godkännande av {of.sv}", en=f"{by.en}'s approval of {of.en}")
    return Called(whole, whole)


FUNDER = Words(sv="bidragsgivaren", en="the funder")


def todo(kind: str, what: Called, by: Words | None = None) -> Words:
    """Return what the owner of a step of a kind does, as one sentence."""
    sv, en = _TODOS[kind]
    about, who = what.within, by or FUNDER
    facts = {"sv": about.sv, "en": about.en, "by_sv": who.sv, "by_en": who.en}
    return Words(sv=sv.format(**facts), en=en.format(**facts))
