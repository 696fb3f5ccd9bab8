"""What a command declares: the fields of its form, who may act, its evidence, and how it is undone."""

import types
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, MISSING, dataclass, field, fields, is_dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

from models.errors import BadInput
from models.forms.field import MOST_DECIMALS, Field, Kind, missing_fault
from models.message import Common
from models.reading.day import Side
from models.vocabulary import Basis, Duty, NoticeKind

_Command = TypeVar("_Command")


class Wording(Protocol):
    """The words of an act in a language."""

    def gettext(self, message: str, /, **values: object) -> str:
        """Return the sentence, filled."""
        ...

    def option(self, words: str, key: str) -> str:
        """Return the words of a key in a list."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A field that a person fills in: `Annotated[date, Ask(kind=Kind.DAY, label="To", ...)]`.

    Forms and rows call it by `name`, the command line by `option`, if these differ from the
    command's own name. Its label depends on the kind of grant or step, as `variants` says.

    A day is read as one on its `side` of today, and `after` or `before` another field's day. If it
    is not `bounded`, a day on the other side is accepted with its year. `options` are keys, which
    `words` names in `explanations/forms.j2`; `nothing` means none of them. A `many` is a mapping:
    each key becomes a field, called by the name and its key; if it is taken `as_typed`, the handler
    reads the texts. `hidden_when_empty`, `depends` and `single` are those of `Field`.
    """

    kind: Kind
    label: str
    hint: str = ""
    variants: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    option: str = ""
    required: bool = True
    side: Side | None = None
    bounded: bool = True
    after: str = ""
    before: str = ""
    options: type[StrEnum] | tuple[str, ...] = ()
    words: str = ""
    nothing: str = "Choose"
    initial: str = ""
    decimals: int = MOST_DECIMALS
    many: bool = False
    as_typed: bool = False
    hidden_when_empty: bool = False
    depends: bool = False
    single: bool = False


@dataclass(frozen=True, slots=True)
class Partly:
    """Marks a mapping that holds the asked fields of a dataclass, by their names."""

    of: type


@dataclass(frozen=True, slots=True)
class Act:
    """What every surface knows about a command.

    `@Act("claim", title=..., ...)` enters its class among ACTS. It is written above
    `@dataclass(slots=True)`, which makes a new class.

    `title`, `button` and `done` are its words; those of `variants` are for certain places. If the
    form asks for other fields than the command holds, the dataclass `asked` has them.

    * `duty`: who may do it; None: the step's owner, or a role in the grant.
    * `judge`: the rule that decides it, asked by the page and again by the handler. A refusal is
      shown at the field that `refused_at` names by its reason.
    * `read_together`: checks the fields once all are read. It faults a field by the others, and
      empties one that has no meaning with them.
    * `shows`: the basis of the act, which a person sees first.
    * `evidence`: the fields of which any names the paper that proves it.
    * `is_main`: whether most readers come to do it, of all that a card lets them do.
    * `verdicts`: the acts between which a reader decides on one page, itself among them.
    * `keeps`: whether the typed form is kept as a draft, to be sent later; `keeps_files`: its files, too.
    * `tells`: the kinds of notice by which people hear of it. A missing meeting is told by any act
      that plans again.
    * `reversible_for`: how long one press undoes it. `undone_by`: the act that undoes it.
    * `takes_back`: what the link to it says where it undoes another act.
    """

    name: str
    _: KW_ONLY
    title: str
    button: str
    command: type = object
    done: str = ""
    intro: str = ""
    variants: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    asked: type | None = None
    duty: Duty | None = None
    judge: Callable[..., object] | None = None
    refused_at: Mapping[str, str] = field(default_factory=dict)
    read_together: Callable[[Sequence[Field]], Iterator[Field]] | None = None
    shows: tuple[Basis, ...] = ()
    evidence: tuple[str, ...] = ()
    tells: tuple[NoticeKind, ...] = ()
    is_main: bool = False
    verdicts: tuple[str, ...] = ()
    keeps: bool = False
    keeps_files: bool = False
    reversible_for: timedelta | None = None
    undone_by: str = ""
    takes_back: str = "Undo"

    @property
    def back_word(self) -> str:
        """What the link says by which it is taken back: the word of the act that does it."""
        return ACTS[self.undone_by].takes_back

    @property
    def asks(self) -> dict[str, Ask]:
        """The asked fields by their names, in the command's order."""
        return asks_of(self.asked or self.command)

    def __call__(self, command: type[_Command]) -> type[_Command]:
        """Enter the command that does the act."""
        ACTS[self.name] = replace(self, command=command)
        return command


ACTS: dict[str, Act] = {}


def find_act(name: str) -> Act | None:
    """Return the act of that name, None for none; the addresses in old letters have underscores for hyphens."""
    return ACTS.get(name.replace("_", "-"))


def acts_by(command: type) -> list[Act]:
    """Return the acts that a command does: one command both adds and changes a person."""
    return [act for act in ACTS.values() if act.command is command]


def asks_of(command: type) -> dict[str, Ask]:
    """Return the asked fields of a command by name: those of its own class first, then the inherited ones."""
    own = list(command.__annotations__)
    asks = dict[str, Ask]()
    hints = get_type_hints(command, include_extras=True)
    for part in sorted(
        fields(command), key=lambda part: own.index(part.name) if part.name in own else len(own)
    ):
        for mark in _marks(hints[part.name]):
            if isinstance(mark, Ask):
                asks[mark.name or part.name] = mark
            elif isinstance(mark, Partly):
                asks |= asks_of(mark.of)
        if is_dataclass(hint := hints[part.name]):
            asks |= asks_of(hint)  # type: ignore[arg-type]
    return asks


def has_default(command: type, ask: Ask) -> bool:
    """Return whether a command has its own value for an empty field, such as today for a paper's day."""
    hints = get_type_hints(command, include_extras=True)
    return any(part.default is not MISSING for part in fields(command) if ask in _marks(hints[part.name]))


def begin(
    act: Act, say: Wording, today: date, currency: str = "", **overrides: Mapping[Any, Any] | None
) -> tuple[Field, ...]:
    """Return an act's fields with their words.

    `overrides` sets attributes of `Field` by the field's name; for a `many`, by each of its keys.
    `variant` chooses the label; None leaves the field out.
    """
    begun: list[Field] = []
    for name, ask in act.asks.items():
        special = overrides.get(name, {})
        if special is None:
            continue
        settings_by_key = special if ask.many else {"": special}
        for key, settings in settings_by_key.items():
            begun.append(
                _begun(
                    f"{name}{key}",
                    str(key),
                    ask=ask,
                    say=say,
                    today=today,
                    currency=currency,
                    overrides=dict(settings),
                )
            )
    return tuple(begun)


def _begun(
    name: str, key: str, ask: Ask, say: Wording, today: date, currency: str, overrides: dict[str, Any]
) -> Field:
    kind = overrides.pop("kind", ask.kind)
    label = ask.variants.get(overrides.pop("variant", ""), ask.label)
    hint = ask.hint if label == ask.label else ""  # it is the usual label's
    common: dict[str, Any] = {
        "required": ask.required,
        "title": say.gettext(label, currency=currency, key=key) if label else "",
        "hint": say.gettext(hint) if hint else "",
        "text": ask.initial,
        "side": ask.side,
        "after": ask.after,
        "before": ask.before,
        "earliest": today if ask.bounded and ask.side is Side.COMING else None,
        "latest": today if ask.bounded and ask.side is Side.PAST else None,
        "currency": currency,
        "decimals": ask.decimals,
        "hidden_when_empty": ask.hidden_when_empty,
        "depends": ask.depends,
        "single": ask.single,
    }
    keys = ("no", "yes") if kind is Kind.YES_NO else tuple(str(option) for option in ask.options)
    if keys or kind in (Kind.CHOICE, Kind.ROW) or "options" in overrides:
        offered = overrides.pop("options", None)
        if offered is None:
            offered = tuple((option, say.option(ask.words, option)) for option in keys)
        is_list = kind in (Kind.LINE, Kind.TEXT) or ask.initial or ("text" in overrides and ask.required)
        common["options"] = offered if is_list else (("", say.gettext(ask.nothing)), *offered)
    return Field(name, kind, **(common | overrides))


def command_from(command: type[_Command], read: Collection[Field], **known: Any) -> _Command:
    """Return the command made of read fields and of `known` values; an empty field keeps its default.

    Files are known values, as no field holds them. Raises BadInput for a required field that is
    empty and has no default.
    """
    return command(**_said(command, {asked.name: asked for asked in read}, known))


def _said(command: type, read: Mapping[str, Field], known: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    hints = get_type_hints(command, include_extras=True)
    for part in fields(command):
        hint = hints[part.name]
        if part.name in known:
            values[part.name] = known[part.name]
            continue
        if is_dataclass(hint):
            values[part.name] = hint(**_said(hint, read, known))  # type: ignore[arg-type, operator]
        for mark in _marks(hint):
            if isinstance(mark, Partly):
                values[part.name] = _partly(mark.of, read)
            elif not isinstance(mark, Ask) or mark.kind is Kind.FILE:
                continue
            elif mark.many:
                found = _of_many(part.name, mark, hint, read)
                values[part.name] = {key: value for key, value in found if value is not None}
            elif (value := _value(read, mark.name or part.name)) is not None:
                values[part.name] = mark.options(value) if isinstance(mark.options, type) else value
            elif mark.required and not has_default(command, mark):
                raise BadInput(Common.AT(place=mark.name or part.name, why=missing_fault(mark.kind)))
    return values


def _value(read: Mapping[str, Field], name: str) -> Any:
    """Return a field's value; None if it is empty or not there."""
    return read[name].value if name in read else None


def _partly(of: type, read: Mapping[str, Field]) -> dict[str, Any]:
    """Return the values for a dataclass's fields by name; None, or "" for words, removes the old value."""
    values: dict[str, Any] = {}
    hints = get_type_hints(of, include_extras=True)
    for part in fields(of):
        for mark in _marks(hints[part.name]):
            name = mark.name or part.name if isinstance(mark, Ask) else ""
            if isinstance(mark, Ask) and mark.many:
                found = dict(_of_many(part.name, mark, hints[part.name], read))
                values |= {part.name: found} if found else {}
            elif name in read:
                worded = mark.kind in (Kind.LINE, Kind.TEXT)
                values[part.name] = _value(read, name) or "" if worded else _value(read, name)
    return values


def _of_many(own: str, ask: Ask, hint: Any, read: Mapping[str, Field]) -> Collection[tuple[Any, Any]]:
    """Return the values of a mapping's fields, each by its key."""
    mark = ask.name or own
    mapping = next(part for part in (hint, *get_args(hint)) if get_origin(part) is not Annotated)
    as_key = int if get_args(mapping)[0] is int else str
    return [
        (as_key(name.removeprefix(mark)), field.plain if ask.as_typed else field.value)
        for name, field in read.items()
        if name.startswith(mark)
    ]


def _marks(hint: Any) -> tuple[Any, ...]:
    """Return an annotation's marks, without its type, also within `X | None`."""
    if get_origin(hint) is Annotated:
        return tuple(hint.__metadata__)
    if get_origin(hint) in (Union, types.UnionType):
        return tuple(mark for arg in get_args(hint) for mark in _marks(arg))
    return ()
