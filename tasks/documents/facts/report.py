"""Put together what a grant's reports say: figures by period with their sums, and texts by question."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from babel.numbers import format_decimal, get_currency_precision

from models.programme.expand.words import MEMO
from models.programme.question import FOR_THE_MEMO, OURS, WHY, OverPeriods, Question
from models.rules.answers.conflicts import Counted
from models.rules.answers.small_numbers import Count, find_breakdowns
from models.rules.answers.spending import period_spending_asked
from models.rules.answers.validation import join_periods
from models.tables.step import Figure, Step
from models.vocabulary import Phase, StepKind, StepStatus
from tasks.commands.answers.odd_figures import explained_figures
from tasks.commands.at_work.grant import GrantAtWork
from tasks.words.answers import word_explained
from tasks.words.translator import LANGUAGES, Translator, capitalised
from tasks.words.vocabulary import word_document

NOTHING = "–"
MARK = "*"  # behind a figure that is a choice of ours, until somebody confirms it
_PLACE = re.compile(r"\{([^{}]+)\}")
# In which language a country's funders decide and its offices answer.
_WRITTEN = {"SE": "sv", "GB": "en", "IE": "en", "US": "en"}
_HANDED_IN = (StepStatus.DONE, StepStatus.APPROVED)


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A question's answers by period, in the order of its table's periods, and what they come to over them.

    `adds` are the keys of the rows whose sum it is, as its question's parts and checks say, `near` of those that it is
    gathered from or held to; a `part` row stands under the one that it is a part of.
    """

    title: str
    cells: tuple[str, ...]
    total: str
    values: tuple[Decimal | None, ...] = ()
    money: bool = False
    sensitive: bool = False  # a number of people
    key: str = ""
    adds: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()
    part: bool = False
    over_periods: OverPeriods = "sum"


@dataclass(frozen=True, slots=True)
class FigureTable:
    """Rows with the same columns, as a document prints them."""

    periods: tuple[str, ...]
    rows: tuple[FigureRow, ...]


@dataclass(frozen=True, slots=True)
class TextPart:
    """What was written in answer to a question: the question's title, the period it is about, the paragraphs."""

    title: str
    period: str
    paragraphs: tuple[str, ...]
    key: str = ""


class Reports:
    """What the grant's reports say so far: figures by period with their sums, and texts.

    `only` keeps to one step: what a follow-up of its own says. `typed` is what somebody has typed and not handed in,
    by step id: it stands for the step's answers.
    """

    def __init__(
        self,
        work: GrantAtWork,
        say: Translator,
        only: Step | None = None,
        typed: Mapping[int, Mapping[str, object]] | None = None,
    ) -> None:
        self._say = say
        self._work = work
        self._currency = work.grant.currency
        self.written_in = _WRITTEN.get(work.programme.calendar.country, say.language)
        ordered = sorted(work.steps.values(), key=lambda one: one.position)
        every = [step for step in ordered if step.kind is StepKind.REPORT]
        self.only = only
        self.steps = [step for step in every if only in (None, step)]
        self.gathered = _gathered(work, every)
        self.answers = _answers(work, every, self.gathered, typed or {})
        self._periodic = [step for step in every if step.period and self._questions(step)]
        periodic = [step for step in self._periodic if only in (None, step)]
        self.periods = tuple(say.period(step.period or "") for step in periodic)
        self._typed = typed or {}
        # By step: several may be about one period.
        self.period_keys = tuple(step.key for step in periodic)
        asked = [one for one in self._asked(periodic).values() if self._is_told(one, periodic)]
        rows = [row for question in asked for row in self._rows(question, periodic)]
        self.rows = tuple(rows)
        self.figures = tuple(row for row in rows if not row.money)
        self.spending = tuple(row for row in rows if row.money)
        names = {name.partition(".")[2] for name in period_spending_asked(work.programme)}
        spent = [row for row in self.spending if row.key in names]
        known = any(value is not None for row in spent for value in row.values)
        self.spent_minor = self._added(spent) if known else None
        self.quarters_minor = self.spent_minor
        self.spent_why = ""
        if only is None and known:
            self._take_reported()
        self.spent_is_ours = known and any(row.total.endswith(MARK) for row in spent)
        self.spent_so_far_minor = self.spent_minor
        if only is not None and known:
            before = [step for step in every if step.period and step.position <= only.position]
            self.spent_so_far_minor = self._added([self._with_values(row, before) for row in spent])
        final = [step for step in self.steps if step.phase is Phase.FINAL_REPORT]
        early = [step for step in self.steps if step.phase is Phase.APPLICATION]
        self.applied_minor = self._first_sum(early)
        self.application_texts = tuple(self._texts(early))
        written = tuple(map(self._quoted, self._texts(final)))
        self.report_texts = tuple(one for one in written if one.key not in MEMO)
        self.memo_texts = tuple(one for one in written if one.key in MEMO)
        self.unwritten = tuple(self._unwritten(final))
        rewritten = self._rewritten(final)
        self.texts = tuple(
            self._quoted(text)
            for step in periodic
            if step not in final
            for text in self._texts([step])
            if f"{step.template_key}.{text.key}" not in rewritten
        )
        self.early = tuple(self._early(periodic))
        self.notes = (
            *self._notes(self.steps),
            *self.early,
            *self._of_ours(rows),
        )
        self.of_ours = any(row.total.endswith(MARK) for row in self.figures)

    def _is_told(self, question: Question, steps: Sequence[Step]) -> bool:
        """Return whether a question has a row: one that may be left empty has none where nobody has answered it."""
        if _sums_up(question):
            return False
        answers = (self.answers.get(step.id or 0, {}) for step in steps)
        return question.required or any(one.get(question.key) is not None for one in answers)

    def _take_reported(self) -> None:
        """Let what was spent be the sum that the final report states of it, with why it is not that of the periods."""
        for step in self.steps:
            answers = self.answers.get(step.id or 0, {})
            for question in filter(_sums_up, self._questions(step)):
                stated = as_number(answers.get(question.key))
                if stated is not None:
                    self.spent_minor = self._minor([stated], "sum")
                    why = str(answers.get(f"{question.key}.{WHY}", ""))
                    self.spent_why = self._as_written(why) if why else ""

    def _questions(self, step: Step) -> Sequence[Question]:
        rule = self._work.record.rule_of(step)
        return rule.questions if rule else ()

    def _rewritten(self, final: Iterable[Step]) -> set[str]:
        """Return the earlier texts, as STEP.QUESTION, that the final report took up: it says what became of them."""
        return {
            question.gather.answer.text
            for step in final
            for question in self._questions(step)
            if question.gather
            and question.gather.answer
            and self.answers.get(step.id or 0, {}).get(question.key)
        }

    def _unwritten(self, final: Iterable[Step]) -> Iterator[str]:
        """Yield the titles of the memo's parts that are asked for and that nobody has written."""
        written = {part.key for part in self.memo_texts}
        for step in final:
            for question in self._questions(step):
                if question.key in FOR_THE_MEMO and question.key not in written:
                    yield self._title(question)

    def _first_sum(self, steps: Iterable[Step]) -> int | None:
        """Return the first sum of money that the steps answered."""
        for step in steps:
            for question in self._questions(step):
                value = as_number(self.answers.get(step.id or 0, {}).get(question.key))
                if question.kind == "money" and value is not None:
                    return self._minor([value], "sum")
        return None

    def _asked(self, steps: Iterable[Step]) -> dict[str, Question]:
        """Return the questions whose answers are numbers, by key."""
        found: dict[str, Question] = {}
        for step in steps:
            for question in self._questions(step):
                if question.counts:
                    found.setdefault(question.key, question)
        return found

    def _rows(self, question: Question, steps: Sequence[Step]) -> Iterator[FigureRow]:
        """Yield the question's row, and under it those of its parts."""
        keys = tuple(f"{question.key}.{part.key}" for part in question.parts)
        adds, near = self._linked(question.key)
        yield self._row(
            question.key, question, title=self._title(question), steps=steps, adds=adds.union(keys), near=near
        )
        for key, part in zip(keys, question.parts, strict=True):
            name = part.title.in_language(self._say.language)
            yield self._row(key, question, word_document(self._say, "part_of", part=name), steps)

    def _linked(self, key: str) -> tuple[frozenset[str], frozenset[str]]:
        """Return the questions whose sum an answer is, and those of other periods that it repeats.

        Checks of every step count: who reads the figures of one period may know what the form of another asks.
        """
        alike = [one for rule in self._work.programme.steps for one in rule.questions if one.key == key]
        checks = [check for question in alike for check in question.checks]
        adds = {name for check in checks if not check.test.so_far for name in check.equals if "." not in name}
        named = {name for check in checks for name in check.equals}
        named |= {one.gather.answer.text for one in alike if one.gather and one.gather.answer}
        return frozenset(adds), frozenset(name.rpartition(".")[2] for name in named)

    def _row(
        self,
        key: str,
        question: Question,
        title: str,
        steps: Sequence[Step],
        adds: frozenset[str] = frozenset(),
        near: frozenset[str] = frozenset(),
    ) -> FigureRow:
        answers = [self.answers.get(step.id or 0, {}) for step in steps]
        values = tuple(as_number(one.get(key)) for one in answers)
        ours = [str(one.get(f"{key}.{OURS}", "")) for one in answers]
        money = question.kind == "money"
        how = question.over_periods
        total = self._shown(join_periods(values, how), money=money) + MARK * ("all" in ours)
        if how in ("last", "highest") and total != NOTHING:
            total = word_document(self._say, "total", how, number=total)
        return FigureRow(
            title=title,
            cells=tuple(
                self._shown(value, money=money) + MARK * bool(mark)
                for value, mark in zip(values, ours, strict=True)
            ),
            total=total,
            values=values,
            money=money,
            sensitive=question.sensitive,
            key=key,
            adds=adds,
            near=near,
            part=key != question.key,
            over_periods=how,
        )

    def _shown(self, value: Decimal | None, *, money: bool) -> str:
        if value is None:
            return NOTHING
        if money:
            return self._say.money(int(value.scaleb(get_currency_precision(self._currency))), self._currency)
        return format_decimal(value, locale=LANGUAGES[self._say.language])

    def _with_values(self, row: FigureRow, steps: Iterable[Step]) -> FigureRow:
        """Return the row with what other steps answered."""
        values = (as_number(self.answers.get(step.id or 0, {}).get(row.key)) for step in steps)
        return replace(row, values=tuple(values))

    def _added(self, rows: Iterable[FigureRow]) -> int:
        """Return what rows of money come to together, over their periods."""
        return sum(self._minor(row.values, row.over_periods) for row in rows)

    def _minor(self, values: Iterable[Decimal | None], how: OverPeriods) -> int:
        known = join_periods(values, how) or Decimal(0)
        return int(known.scaleb(get_currency_precision(self._currency)))

    def _title(self, question: Question) -> str:
        return question.title.in_language(self._say.language)

    def _texts(self, steps: Iterable[Step]) -> Iterable[TextPart]:
        for step in steps:
            answers = self.answers.get(step.id or 0, {})
            for question in self._questions(step):
                text = answers.get(question.key)
                if question.kind == "text" and isinstance(text, str) and text.strip():
                    parts = tuple(self._filled(line) for line in text.splitlines() if line.strip())
                    if answers.get(f"{question.key}.{OURS}"):
                        parts = (*parts[:-1], f"{parts[-1]} {word_document(self._say, 'provisional')}")
                    # The final report tells of all the time, also where it takes in the last period's figures.
                    named = step.period and step.phase is not Phase.FINAL_REPORT and self.only is None
                    period = self._say.period(step.period or "") if named else ""
                    yield TextPart(self._title(question), period, parts, question.key)

    def _filled(self, line: str) -> str:
        """Return a line of a text with the figures for which it has a place: "{Anmälningar} gjordes"."""

        def figure(found: re.Match[str]) -> str:
            named = found[1].strip().casefold()
            row = next((one for one in self.rows if named in (one.key, one.title.casefold())), None)
            return row.total.rstrip(MARK) if row else found[0]

        return _PLACE.sub(figure, line.strip())

    @property
    def counted(self) -> list[Counted]:
        """The figures that a text can state, with their total or, of one step alone, their own number."""
        asked = {question.key: question for question in self._asked(self._periodic).values()}
        return [
            Counted((asked[row.key].title.sv, asked[row.key].title.en), count.total)
            for row, count in zip(self.figures, counts_of(self.figures), strict=True)
            if row.key in asked and count.total is not None
        ]

    def _of_ours(self, rows: Iterable[FigureRow]) -> Iterator[str]:
        """Yield what the mark on a figure means, where one has it."""
        if any(cell.endswith(MARK) for row in rows for cell in (*row.cells, row.total)):
            yield word_document(self._say, "of_ours")

    def _notes(self, steps: Iterable[Step]) -> Iterator[str]:
        """Yield which checks and sums do not hold, and why, as it was written with the answers.

        The numbers stand in the tables, where those of few people are hidden.
        """
        for step in steps:
            answers = self.answers.get(step.id or 0, {})
            explained = explained_figures(self._work, step, answers)
            for question in self._questions(step):
                why = answers.get(f"{question.key}.{WHY}")
                if isinstance(why, str) and why.strip():
                    about = capitalised(self._about(step, question))
                    asked = word_explained(self._say, explained.get(question.key, ()))
                    yield " ".join(filter(None, (f"{about}:", asked, self._as_written(why.strip()))))

    def _as_written(self, text: str) -> str:
        """Return a text as it stands in the paper: in quotation marks where that is in another language."""
        return text if self.written_in == self._say.language else self._say.quoted(text)

    def _quoted(self, part: TextPart) -> TextPart:
        return replace(part, paragraphs=tuple(map(self._as_written, part.paragraphs)))

    def _about(self, step: Step, question: Question) -> str:
        """Return a question's title with the period that its answer is about."""
        about = self._title(question)
        return f"{about}, {self._say.period(step.period)}" if step.period else about

    def _early(self, periodic: Iterable[Step]) -> Iterator[str]:
        """Yield of which periods there are figures that nobody has handed in; what is handed in with them says none."""
        early = [
            self._say.period(step.period or "")
            for step in periodic
            if step is not self.only and step.phase is not Phase.FINAL_REPORT and step.id not in self._typed
            if step.status not in _HANDED_IN and self.answers.get(step.id or 0)
        ]
        if early:
            yield word_document(self._say, "not_handed_in", periods=self._say.listed(early))


def _sums_up(question: Question) -> bool:
    """Return whether a question asks once more, as one sum, what the reports of the periods say."""
    tests = [check for check in question.checks if check.test.kind == "equals" and not check.test.so_far]
    return question.kind == "money" and any("." in name for check in tests for name in check.equals)


def counts_of(figures: Iterable[FigureRow]) -> list[Count]:
    """Return the figures as counts: of one period alone, its number is what they come to."""
    return [
        Count(
            key=row.key,
            by_period=row.values,
            total=row.values[0] if len(row.values) == 1 else join_periods(row.values, row.over_periods),
            adds=row.adds,
            near=row.near,
            of_people=row.sensitive,
        )
        for row in figures
    ]


def people_in(figures: Iterable[FigureRow]) -> set[str]:
    """Return the keys of the figures that are numbers of people, or from which one can be reckoned."""
    return {count.key for group in find_breakdowns(counts_of(figures)) for count in group}


def _gathered(work: GrantAtWork, steps: Sequence[Step]) -> dict[int, dict[str, Figure]]:
    by_step = {step.id or 0: work.record.figures_of(step) for step in steps}
    return {
        step_id: {one.question: one for one in figures} for step_id, figures in by_step.items() if figures
    }


def _answers(
    work: GrantAtWork,
    steps: Sequence[Step],
    gathered: Mapping[int, Mapping[str, Figure]],
    typed: Mapping[int, Mapping[str, object]],
) -> dict[int, dict[str, object]]:
    """Return each step's last answers, with gathered figures where nobody answered otherwise."""
    found: dict[int, dict[str, object]] = {
        step_id: {key: figure.value for key, figure in figures.items()}
        for step_id, figures in gathered.items()
    }
    handed_in = {step.id or 0: work.record.handed_in(step) for step in steps}
    for given in (handed_in, typed):
        for step_id, data in given.items():
            if data is not None:
                found[step_id] = {**found.get(step_id, {}), **data}
    return found


def as_number(value: object) -> Decimal | None:
    """Return an answer as a number; None for one that is none."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        return None
    return number if number.is_finite() else None
