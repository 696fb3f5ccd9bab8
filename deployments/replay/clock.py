"""Play a scenario on a simulated clock, through the same round, acts and delivery that run for real."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, func, select

from models.commands.clock import Clock, SignedIn
from models.commands.decisions import Decide
from models.commands.money import Claim, Pay, Release
from models.commands.steps import Answer, Approve, NotNeeded, NotYet, Return, StepAnswer, StoredFile, Withdraw
from models.errors import GrantError, ImportInvalid, Refused
from models.intake.file import ImportFile
from models.intake.scenario import PaperEntry, Scenario, ScriptedAct
from models.message import Common, Message
from models.reading.number import minor_units
from models.rules.answers.small_numbers import SmallNumbers
from models.rules.round_times import ACTS_AT, ROUND_HOURS
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.person import Absence
from models.tables.step import Step
from tasks.commands.files.drafts import file_store_of
from tasks.documents.papers import Wanted, confirm_all
from tasks.documents.versions import keep_paper
from tasks.documents.word.templates import own_templates
from tasks.intake.decisions import decision_input
from tasks.intake.imports import import_file
from tasks.intake.report import ImportReport
from tasks.outbox.deliver import deliver
from tasks.outbox.queue import next_letter_at
from tasks.overview.journal import event_json, read_events
from tasks.perform import perform
from tasks.programmes.files import ProgrammeRegistry
from tasks.round.days import RoundDay, is_day_off
from tasks.round.phases import run_round
from tasks.settings import Settings
from tasks.store.database import reading, rehearsal
from tasks.store.foundation import mark_sample
from tasks.words.reasons import word_error
from tasks.words.translator import translator


class Replayed(Message):
    """What goes otherwise than a replay's script says."""

    NOT_REFUSED = "%(place)s: it must be refused, and was not"


_STEP = table_of(Step)
_GRANT = table_of(Grant)
_ABSENCE = table_of(Absence)
_DAY = timedelta(days=1)
_ROUND_AT = time(ROUND_HOURS[0])


@dataclass(slots=True)
class Played:
    """What a replay came to: its events in order, and the days on which a round ran."""

    events: list[dict[str, Any]] = field(default_factory=list)
    rounds: list[date] = field(default_factory=list)

    @property
    def last_day(self) -> date:
        """The day of the last event."""
        return date.fromisoformat(self.events[-1]["on"])


class Replay:
    """A scenario in a database of its own, played day by day.

    `figures` is the folder of the files that it names, `home` that of the papers that are made, where they stay.
    """

    def __init__(
        self,
        engine: Engine,
        scenario: Scenario,
        registry: ProgrammeRegistry,
        settings: Settings,
        figures: Path | None = None,
        home: Path | None = None,
    ) -> None:
        self.engine = rehearsal(engine, figures)
        self.home = home
        self.scenario = scenario
        self.registry = registry
        self.settings = settings
        self.zone = settings.zone
        self.acts = sorted([*scenario.script, *_decisions(scenario)], key=lambda act: act.on)
        self.played = Played()
        self._last_event = 0

    def play(self, until: date | None = None) -> Played:
        """Play to the end of the script and of what it leads to, or until the day; return what happened."""
        for _ in self.days(until):
            pass
        return self.played

    def days(self, until: date | None = None) -> Iterator[date]:
        """Play day by day: each is yielded before it is played."""
        with nullcontext(self.home) if self.home else TemporaryDirectory(prefix="grants-replay-") as folder:
            self._kept = self.settings.model_copy(update={"home": Path(folder), "documents": ""})
            start = self._first_day()
            mark_sample(self.engine)
            self._import(start)
            self._collect()
            today = start
            while until is None or today <= until:
                yield today
                self._play_day(today)
                following = self._next_day(today)
                if following is None:
                    break
                today = following

    def _first_day(self) -> date:
        days = [act.on for act in self.acts]
        days += [one.on for grant in self.scenario.grants for one in grant.dates.values()]
        return min(days).replace(day=1)

    def _import(self, start: date) -> ImportReport:
        grants = tuple(grant.model_copy(update={"decisions": ()}) for grant in self.scenario.grants)
        content = ImportFile(
            organisations=self.scenario.organisations,
            people=self.scenario.people,
            meetings=self.scenario.meetings,
            grants=grants,
        )
        return import_file(self.engine, content, self.registry, today=start, now=self._at(start, time(6)))

    def _at(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)

    def _play_day(self, today: date) -> None:
        country = self.settings.country
        if not is_day_off(today, country):
            run_round(self.engine, RoundDay(today, self._at(today, _ROUND_AT), country=country))
            self.played.rounds.append(today)
            self._deliver(self._at(today, _ROUND_AT))
        for act in self.acts:
            if act.on == today:
                self._do(act)
        self._deliver(self._at(today, ACTS_AT) + timedelta(minutes=1))
        self._collect()

    def _deliver(self, at: datetime) -> None:
        deliver(self.engine, self.settings, lambda: at)

    def _do(self, act: ScriptedAct) -> None:
        where = f"script: {act.on} {act.grant}: {act.verb} {act.value(act.verb)}"
        try:
            self._apply(act)
        except Refused as error:
            if not act.refused:
                raise ImportInvalid(Common.AT(place=where, why=error)) from error
            self._note_refusal(act, word_error(translator(self.settings.language), error))
            return
        except GrantError as error:
            raise ImportInvalid(Common.AT(place=where, why=error)) from error
        if act.refused:
            raise ImportInvalid(Replayed.NOT_REFUSED(place=where))

    def _apply(self, act: ScriptedAct) -> None:
        if act.paper is not None:
            self._make(act, act.paper)
            return
        clock = Clock(act.on, self._at(act.on, ACTS_AT))
        # Who acts in a script has signed in just then, as they would have had to.
        actor = SignedIn(act.by, clock.now, hours=1) if act.by is not None else None
        perform(self.engine, self._command(act), actor, clock, settings=self._kept)

    def _make(self, act: ScriptedAct, paper: PaperEntry) -> None:
        """Make a paper and keep it, with the choices that the script makes for its officer."""
        wanted = Wanted(
            kind=paper.kind,
            language=self.settings.language,
            step=paper.step,
            instalment=paper.instalment,
            small=SmallNumbers(paper.small) if paper.small else None,
            templates=own_templates(self.settings.office_folder),
        )
        if paper.confirm:
            wanted = confirm_all(self.engine, act.grant, wanted, act.on)
        file_store = file_store_of(self._kept)
        now = self._at(act.on, ACTS_AT)
        keep_paper(self.engine, file_store, act.grant, wanted, by_email=str(act.by), today=act.on, now=now)

    def _command(self, act: ScriptedAct) -> StepAnswer | Decide | Release | Claim | Pay:
        match act.verb:
            case "decide":
                assert act.decide is not None  # noqa: S101  (the verb says so)
                return Decide(act.grant, decision_input(act.decide, self._currency(act.grant)))
            case "release":
                return Release(act.grant, act.release or 0)
            case "claim":
                amount = minor_units(act.amount, self._currency(act.grant))
                return Claim(act.grant, act.claim or 0, amount_minor=amount)
            case "paid":
                return Pay(act.grant, act.paid or 0)
            case verb:
                files = tuple(self._file(key, text) for key, text in act.documents.items())
                about: dict[str, Any] = {
                    "grant": act.grant,
                    "step": act.value(verb),
                    "note": act.note,
                    "files": files,
                }
                if verb == "answer":
                    return Answer(**about, data=act.data)
                if verb == "not_yet":
                    return NotYet(**about, expected_on=act.expected_on)
                return _ANSWERS[verb](**about)

    def _file(self, key: str, text: str) -> StoredFile:
        with file_store_of(self._kept).receive(f"{key}.txt") as receiver:
            receiver.write(text.encode())
            return replace(receiver.finish(), document=key)

    def _currency(self, reference: str) -> str:
        with reading(self.engine) as connection:
            query = select(_GRANT.c.currency).where(_GRANT.c.reference == reference)
            return str(connection.execute(query).scalar_one_or_none() or "SEK")

    def _note_refusal(self, act: ScriptedAct, reason: str) -> None:
        self._collect()
        self.played.events.append(
            {
                "on": act.on.isoformat(),
                "at": self._at(act.on, ACTS_AT).isoformat(),
                "event": f"{act.verb}_refused",
                "grant": act.grant,
                "step": act.value(act.verb) if isinstance(act.value(act.verb), str) else None,
                "person": act.by,
                "detail": {"reason": reason},
            }
        )

    def _collect(self) -> None:
        with reading(self.engine) as connection:
            for row in read_events(connection, after=self._last_event):
                self.played.events.append(event_json(row))
                self._last_event = row.id

    def _next_day(self, today: date) -> date | None:
        """Return the next day on which something can happen: an act, a step to look at, a held letter."""
        with reading(self.engine) as connection:
            look = connection.execute(
                select(func.min(_STEP.c.next_action_on)).where(_STEP.c.next_action_on > today)
            ).scalar()
            late = connection.execute(
                select(func.count()).where(_STEP.c.next_action_on <= today)
            ).scalar_one()
            away = connection.execute(
                select(func.min(_ABSENCE.c.from_on)).where(_ABSENCE.c.from_on > today)
            ).scalar()
            waiting = next_letter_at(connection)
        days = [act.on for act in self.acts if act.on > today]
        days += [day for day in (look, away) if day is not None]
        if late:
            days.append(today + _DAY)
        if waiting is not None:
            days.append(max(waiting.astimezone(self.zone).date(), today + _DAY))
        return min(days) if days else None


_ANSWERS: Mapping[str, type[StepAnswer]] = {
    "approve": Approve,
    "return": Return,
    "withdraw": Withdraw,
    "not_needed": NotNeeded,
}


def _decisions(scenario: Scenario) -> Iterator[ScriptedAct]:
    for grant in scenario.grants:
        for decision in grant.decisions:
            yield ScriptedAct(on=decision.decided_on, grant=grant.reference, decide=decision)
