"""Say which meeting takes a matter and why: receipts for the approval and for what must be ready before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from models.programme.body import BodyRule
from models.rules.dates.anchors import KnownDate, origin_of
from models.rules.dates.both import Both
from models.rules.dates.committee import Fit, MeetingPlan, Miss
from models.rules.dates.due import Due
from models.rules.dates.rule_words import amount_words


def meeting_due(plan: MeetingPlan, needed: Due, body: BodyRule) -> Due:
    """Return the approval's due date: the day of the meeting that takes it, with notes on what must be done.

    `needed` is the last day on which its decision must be there; it stays the due date where no meeting fits.
    """
    receipt = needed.receipt
    if plan.fit in (Fit.FITS, Fit.LATE):
        name = Both(body.title.sv, body.title.en)
        which = (
            Both("sista användbara möte", "the last usable meeting")
            if plan.fit is Fit.FITS
            else Both("nästa möte", "the next meeting")
        )
        rule = Both(
            f"{which.sv} i {name.sv}; beslutet behövs: {receipt.sv['rule']}",
            f"{which.en} of {name.en}; its decision is needed: {receipt.rule}",
        )
        arithmetic = Both.joined([Both(receipt.sv["arithmetic"], receipt.arithmetic), _counted(plan)], "; ")
        receipt = replace(
            receipt,
            rule=rule.en,
            arithmetic=arithmetic.en,
            form="composed",
            anchor=None,
            anchor_on=None,
            count=None,
            unit=None,
            rolled=None,
            readings=(),
            # In what ways the last day can be read matters no more: the meeting comes before all of them.
            warnings=() if receipt.readings else receipt.warnings,
            sv={
                "rule": rule.sv,
                "arithmetic": arithmetic.sv,
                "warnings": [] if receipt.readings else receipt.sv.get("warnings", []),
                **{name: said for name, said in receipt.sv.items() if name == "source"},
            },
        )
    receipt = replace(receipt.warned(*_notes(plan, body)), meeting=_as_data(plan))
    return Due(plan.days.held_on if plan.fit in (Fit.FITS, Fit.LATE) else needed.on, receipt)


def chosen_meeting_due(plan: MeetingPlan, fixed: Due) -> Due:
    """Return the due date of an approval whose day a person set, with notes on what that day means."""
    receipt = fixed.receipt.warned(*_meeting_notes(plan))
    return Due(fixed.on, replace(receipt, meeting=_as_data(plan)))


def meeting_marks(key: str, plan: MeetingPlan, body: BodyRule) -> Mapping[str, KnownDate]:
    """Return the days before the meeting by the names that rules count from, as `committee-approval.draft`."""
    days = plan.days
    held, documents = days.held_on, days.documents_on
    meeting = Both(f"möte {held}", f"meeting on {held}")
    signed = Both(f"{meeting.sv}; handlingar {documents}", f"{meeting.en}; documents {documents}")
    agenda = Both(f"{meeting.sv}; anmäls {days.agenda_on}", f"{meeting.en}; agenda {days.agenda_on}")
    draft = _draft_counted(plan, body)
    counted = {
        "agenda": (days.agenda_on, agenda),
        "documents": (documents, signed),
        "draft": (days.draft_on, Both(signed.sv + draft.sv, signed.en + draft.en)),
    }
    origin = origin_of(body)
    return {
        f"{key}.{mark}": KnownDate(on, origin.en, counted=said, origin=origin)
        for mark, (on, said) in counted.items()
    }


def _draft_counted(plan: MeetingPlan, body: BodyRule) -> Both:
    """Return how the draft's day follows from that of the documents."""
    days, matter = plan.days, plan.matter
    if matter.fell_last:
        return Both(
            f", godkännandet föll bort {matter.fell_on} = {days.draft_on}",
            f", the approval fell on {matter.fell_on} = {days.draft_on}",
        )
    if matter.returned_on is not None:
        return Both(
            f", utkastet återremitterat {matter.returned_on} = {days.draft_on}",
            f", the draft returned on {matter.returned_on} = {days.draft_on}",
        )
    if not days.with_return and matter.ready_on is not None:
        return Both(
            f"; siffrorna finns från {matter.ready_on} = {days.draft_on}",
            f"; the figures exist from {matter.ready_on} = {days.draft_on}",
        )
    span = amount_words(body.review_working_days + body.return_working_days, "working_days")
    back = Both(" och en återremiss", " and one return") if body.return_working_days else Both.same("")
    return Both(
        f" - {span.sv} för läsning{back.sv} = {days.draft_on}",
        f" - {span.en} for reading{back.en} = {days.draft_on}",
    )


def _counted(plan: MeetingPlan) -> Both:
    days = plan.days
    which = (
        Both("sista möte innan dess", "last meeting by then")
        if plan.fit is Fit.FITS
        else Both("nästa möte", "next meeting")
    )
    return Both(
        f"{which.sv} {days.held_on}: anmäls {days.agenda_on}, handlingar undertecknade"
        f" {days.documents_on}, utkast hos enhetschefen {days.draft_on}, justerat {days.adjusted_on}",
        f"{which.en} {days.held_on}: on the agenda {days.agenda_on}, memo signed {days.documents_on},"
        f" draft with the unit manager {days.draft_on}, adjusted {days.adjusted_on}",
    )


def _notes(plan: MeetingPlan, body: BodyRule) -> Iterator[Both]:
    if plan.fit is Fit.FITS:
        yield from _meeting_notes(plan)
        return
    name, needed = Both(body.title.sv, body.title.en), plan.matter.needed_on
    if plan.fit is Fit.LATE:
        yield _undecided(plan, name)
        yield from _ways_out(plan, name, body)
    elif plan.fit is Fit.NO_MEETINGS:
        yield Both(
            f"inga möten i {name.sv} är kända: lägg in dem till och med {needed}",
            f"no meetings of {name.en} are known: add those up to {needed}",
        )
        yield from _ways_out(plan, name, body)
    elif plan.fit is Fit.NOT_ALL_KNOWN:
        yield Both(
            f"mötena i {name.sv} är kända bara till {plan.known_until}: lägg in dem till och med {needed}",
            f"the meetings of {name.en} are known only until {plan.known_until}: add those up to {needed}",
        )
        yield from _ways_out(plan, name, body)
    else:
        yield _no_meeting(plan, name)
        yield from _ways_out(plan, name, body)


def _meeting_notes(plan: MeetingPlan) -> Iterator[Both]:
    days, matter = plan.days, plan.matter
    if plan.immediate:
        late = matter.due_on is not None and days.adjusted_on > matter.due_on
        limit = (
            Both("efter sista dagen", "after the due date")
            if late
            else Both(
                f"efter {matter.needed_on}, då beslutet behövs",
                f"after {matter.needed_on}, when it is needed",
            )
        )
        yield Both(
            f"sista användbara möte: {days.held_on}; ordinarie justering skulle sluta {days.adjusted_on},"
            f" {limit.sv}; föreslå omedelbar justering",
            f"last usable meeting: {days.held_on}; normal adjustment would end on {days.adjusted_on},"
            f" {limit.en}; propose immediate adjustment",
        )
    if plan.earlier_on is not None:
        yield _earlier(plan.earlier_on.isoformat(), days.held_on.isoformat())
    elif plan.before is not None:
        yield _too_early(plan, plan.before.held_on)
    if not days.with_return and matter.back_on is None:
        yield Both(
            f"det finns ingen tid för en återremiss före mötet {days.held_on}: lämna utkastet så tidigt som möjligt",
            f"there is no time for a return before the meeting on {days.held_on}: give the draft as early as you can",
        )
    if days.choice:
        yield Both(
            f"mötesdagen {days.held_on} är ett val i våra uppgifter: den verkliga dagen är inte känd",
            f"the meeting on {days.held_on} is a choice in the data: the real day is not known",
        )


def _earlier(earlier: str, held: str) -> Both:
    """Return that an earlier meeting will do; both days in ISO 8601."""
    return Both(
        f"mötet {earlier} går också: då hinner en återremiss till mötet {held}",
        f"the meeting on {earlier} will do, too: a report returned there can still make {held}",
    )


def receipt_notes(receipt: Mapping[str, Any], language: str, today: date) -> list[str]:
    """Return a stored receipt's notes in a language, as of a day.

    An earlier meeting that has been held will not do, and no way out is open until a day that has passed. A plan knows
    no day: it stands until something that it depends on changes.
    """
    swedish = receipt.get("sv")
    spoken = swedish if language != "en" and isinstance(swedish, Mapping) else receipt
    notes = [_as_of(note, today) for note in spoken.get("warnings") or ()]
    meeting = receipt.get("meeting") or {}
    earlier = meeting.get("earlier_on")
    if earlier is None or earlier >= today.isoformat():
        return notes
    past = _earlier(earlier, meeting["held_on"])
    return [note for note in notes if note not in (past.sv, past.en)]


_WAYS_OUT = Both("utvägar: ", "ways out: ")
_BY = re.compile(r" (?:senast|by) ([0-9]{4}-[0-9]{2}-[0-9]{2})")


def _as_of(note: str, today: date) -> str:
    soon = " så snart det går" if note.startswith(_WAYS_OUT.sv) else " as soon as possible"
    if not note.startswith((_WAYS_OUT.sv, _WAYS_OUT.en)):
        return note
    return _BY.sub(lambda found: soon if found[1] < today.isoformat() else found[0], note)


def _undecided(plan: MeetingPlan, name: Both) -> Both:
    """Return that a meeting went by, or its decision fell, that the next is planned on, and how late that is."""
    days, needed = plan.days, plan.matter.needed_on
    fell_on, passed_on = plan.matter.fell_on, plan.matter.passed_on
    if plan.matter.fell_last and fell_on is not None and (passed_on is None or passed_on <= fell_on):
        return Both(
            f"godkännandet föll bort {fell_on}: ärendet är nu planerat till nästa möte i {name.sv},"
            f" {days.held_on}, men beslutet behövs {needed}",
            f"the approval fell on {fell_on}: the matter is now planned for the next meeting of {name.en},"
            f" {days.held_on}, but its decision is needed on {needed}",
        )
    if plan.cancelled_on is not None:
        return Both(
            f"mötet {plan.cancelled_on} i {name.sv} är inställt: ärendet är nu planerat till nästa möte,"
            f" {days.held_on}, men beslutet behövs {needed}",
            f"the meeting of {name.en} on {plan.cancelled_on} is cancelled: the matter is now planned for the next one,"
            f" {days.held_on}, but its decision is needed on {needed}",
        )
    passed = plan.before.held_on if plan.before is not None else needed
    return Both(
        f"mötet {passed} i {name.sv} gick utan att något beslut är antecknat: ärendet är nu planerat till nästa möte,"
        f" {days.held_on}, men beslutet behövs {needed}; är det redan beslutat räcker det att anteckna det",
        f"the meeting of {name.en} on {passed} went by, and no decision is recorded: the matter is now planned for the"
        f" next one, {days.held_on}, but its decision is needed on {needed}; if it was decided, recording it is enough",
    )


def _too_early(plan: MeetingPlan, held_on: date) -> Both:
    undecided = plan.before is not None and plan.before.why is Miss.UNDECIDED
    if undecided and plan.fit is Fit.FITS and (cancelled_on := plan.cancelled_on) is not None:
        return Both(f"mötet {cancelled_on} är inställt", f"the meeting on {cancelled_on} is cancelled")
    if undecided:
        return Both(
            f"mötet {held_on} gick utan att något beslut är antecknat",
            f"the meeting on {held_on} went by, and no decision is recorded",
        )
    if plan.matter.fell_last:
        return Both(
            f"mötet {held_on} är för tidigt (godkännandet föll bort {plan.matter.fell_on})",
            f"the meeting on {held_on} is too early (the approval fell on {plan.matter.fell_on})",
        )
    if plan.matter.returned_on is not None:
        return Both(
            f"mötet {held_on} är för tidigt (utkastet återremitterades {plan.matter.returned_on})",
            f"the meeting on {held_on} is too early (the draft was returned on {plan.matter.returned_on})",
        )
    return Both(
        f"mötet {held_on} är för tidigt (siffrorna finns från {plan.matter.ready_on})",
        f"the meeting on {held_on} is too early (the figures exist from {plan.matter.ready_on})",
    )


def _no_meeting(plan: MeetingPlan, name: Both) -> Both:
    parts = []
    if plan.before is not None:
        parts.append(_too_early(plan, plan.before.held_on))
    if plan.cancelled:
        days, one = ", ".join(map(str, plan.cancelled)), len(plan.cancelled) == 1
        parts.append(
            Both(f"mötet {days} är inställt", f"the meeting on {days} is cancelled")
            if one
            else Both(f"mötena {days} är inställda", f"the meetings on {days} are cancelled")
        )
    if plan.after is not None:
        why = (
            Both("kan inte justeras i tid", "cannot be adjusted in time")
            if plan.after.why is Miss.ADJUSTED_TOO_LATE
            else Both("är för sent", "is too late")
        )
        parts.append(
            Both(f"mötet {plan.after.held_on} {why.sv}", f"the meeting on {plan.after.held_on} {why.en}")
        )
    reasons = Both.joined(parts or [Both("inget hålls", "none is held")], ", ")
    needed = plan.matter.needed_on
    return Both(
        f"inget möte i {name.sv} passar före {needed}: {reasons.sv}",
        f"no meeting of {name.en} fits before {needed}: {reasons.en}",
    )


def _ways_out(plan: MeetingPlan, name: Both, body: BodyRule) -> Iterator[Both]:
    """Yield what can be done where no meeting fits: a delegation, an extra meeting, an extension, or send first."""
    needed = plan.matter.needed_on
    extra = needed if plan.fit is Fit.LATE else plan.days.held_on
    after = plan.after.held_on if plan.after is not None and plan.after.why is Miss.TOO_LATE else None
    if plan.fit is Fit.LATE:
        after = plan.days.held_on
    beyond = (
        Both(f"till efter mötet {after}", f"past the meeting on {after}")
        if after
        else Both("till efter nästa möte", "past the next meeting")
    )
    due = max(plan.matter.due_on or needed, needed)
    yield Both(
        f"{_WAYS_OUT.sv}(1) delegationsbeslut; (2) extra möte i {name.sv} senast {extra}; (3) anstånd hos"
        f" bidragsgivaren {beyond.sv}; (4) skicka senast {due} och beslutet i efterhand",
        f"{_WAYS_OUT.en}(1) a delegated decision; (2) an extra meeting of {name.en} by {extra}; (3) an"
        f" extension from the funder {beyond.en}; (4) send by {due} with the decision to follow",
    )


def _as_data(plan: MeetingPlan) -> dict[str, str | bool | None]:
    days = plan.days
    return {
        "fit": str(plan.fit),
        "held_on": days.held_on.isoformat(),
        "agenda_on": days.agenda_on.isoformat(),
        "documents_on": days.documents_on.isoformat(),
        "draft_on": days.draft_on.isoformat(),
        "adjusted_on": days.adjusted_on.isoformat(),
        "immediate": plan.immediate,
        "with_return": days.with_return or plan.matter.back_on is not None,
        "earlier_on": plan.earlier_on.isoformat() if plan.earlier_on else None,
        "needed_on": plan.matter.needed_on.isoformat(),
    }
