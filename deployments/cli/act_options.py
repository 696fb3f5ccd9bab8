"""Make a command's options, and its dry run, from the fields that its act declares."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from deployments.cli.common_options import show_consequences, show_what_goes_over
from deployments.cli.context import NUMBERED, PAIR, Desk
from models.commands.paper import paper_asked
from models.commands.steps import StoredFile
from models.errors import BadInput
from models.forms.field import LONGEST_TEXT, Field, Kind, read_fields
from models.forms.spec import ACTS, Act, Ask, begin, command_from, has_default
from models.message import Common
from models.reading.fields import date_of
from tasks.commands.files.drafts import file_store_of
from tasks.commands.people import PassedOn
from tasks.handlers import Result
from tasks.people.notice_recipients import Recipient, hearing
from tasks.perform import Command, moved_by, perform, preview
from tasks.step_facts.meanwhile import Meanwhile

_Callback = TypeVar("_Callback", bound=Callable[..., object])
_METAVARS = {
    Kind.DAY: "DAY",
    Kind.SUM: "SUM",
    Kind.SHARE: "SUM",
    Kind.NUMBER: "N",
    Kind.ACCOUNT: "ACCOUNT",
    Kind.ROW: "EMAIL",
}
# Options of fields that have a value for each key.
_KEYED = {
    Kind.DAY: "NAME=DATE",
    Kind.SHARE: "NUMBER=SUM",
    Kind.LINE: "QUESTION=ANSWER",
    Kind.FILE: "KEY=FILE",
}


DRY_RUN = click.option("--dry-run", is_flag=True, help="Only show what it moves, and who would be told.")


class _English:
    """The command line's own help, and the words of its fields."""

    def gettext(self, message: str, /, **values: object) -> str:
        return message % {"currency": "", "key": "", **values}

    def option(self, words: str, key: str) -> str:
        return key


_SAY = _English()


# The acts whose fields the command line asks for.
ASKED = set[str]()


def asking(name: str, *known: str, dry_run: bool = True) -> Callable[[_Callback], _Callback]:
    """Return a decorator for an act's options, without the fields that are `known` from the arguments."""
    act = ACTS[name]
    ASKED.add(name)

    def decorate(callback: _Callback) -> _Callback:
        if dry_run:
            callback = DRY_RUN(callback)
        for field_name, ask in reversed([one for one in act.asks.items() if one[0] not in known]):
            needed = ask.required and not ask.depends and not has_default(act.command, ask)
            callback = _option(field_name, ask, required=needed)(callback)
        return callback

    return decorate


def asking_any(*names: str, known: Collection[str] = ()) -> Callable[[_Callback], _Callback]:
    """Return a decorator for the options of several acts, each once; none is required, as one act is done."""
    ASKED.update(names)
    options: dict[str, tuple[str, Ask]] = {}
    for field_name, ask in (one for name in names for one in ACTS[name].asks.items()):
        if field_name not in known:
            options.setdefault(_flag(field_name, ask), (field_name, ask))

    def decorate(callback: _Callback) -> _Callback:
        callback = DRY_RUN(callback)
        for field_name, ask in reversed(options.values()):
            callback = _option(field_name, ask, required=False)(callback)
        return callback

    return decorate


def _option(name: str, ask: Ask, *, required: bool) -> Callable[[_Callback], _Callback]:
    flag = _flag(name, ask)
    label = ask.label.removesuffix(" (%(currency)s)").replace("%(key)s", "N")
    label_sentence = label if label.endswith(("?", ".")) else f"{label}."
    helped = f"{label_sentence} {ask.hint}" if ask.hint else label_sentence
    if ask.many:
        keyed = NUMBERED if ask.kind is Kind.SHARE else PAIR
        metavar = _KEYED[ask.kind]
        return click.option(flag, _dest(name), multiple=True, type=keyed, metavar=metavar, help=helped)
    if ask.kind is Kind.FILE:
        return click.option(
            flag, name, multiple=True, type=click.Path(path_type=Path), help="A document to keep with it."
        )
    if ask.kind is Kind.YES_NO:
        return click.option(flag, name, is_flag=True, help=helped)
    if ask.options:
        choice = click.Choice([str(one) for one in ask.options])
        return click.option(flag, name, type=choice, required=required, help=helped)
    return click.option(flag, name, required=required, metavar=_METAVARS.get(ask.kind, "TEXT"), help=helped)


def _dest(name: str) -> str:
    """Return Click's name for a field's value."""
    return name.replace("-", "_")


def _flag(name: str, ask: Ask) -> str:
    return ask.option or f"--{name.replace('_', '-')}"


def read_options(name: str, given: Mapping[str, Any], today: date, currency: str = "") -> tuple[Field, ...]:
    """Return an act's fields from its options; BadInput names an option that cannot be read."""
    act = ACTS[name]
    field_parts = dict[str, Mapping[Any, Any] | None]()
    typed = dict[str, str]()
    keyed = dict[str, str]()
    may_be_empty = set[str]()
    for field_name, ask in act.asks.items():
        value = given.get(_dest(field_name))
        if ask.kind is Kind.FILE:
            field_parts[field_name] = None
        elif ask.many:
            texts = {date_of(key) if ask.kind is Kind.DAY else key: text for key, text in value or ()}
            field_parts[field_name] = {key: {} for key in texts}
            keyed |= {f"{field_name}{key}": text for key, text in texts.items()}
            may_be_empty |= {f"{field_name}{key}" for key in texts if ask.as_typed or name == "correct"}
        elif value in (None, False):
            field_parts[field_name] = None
        else:
            typed[field_name] = "yes" if value is True else value
            if ask.kind in (Kind.ROW, Kind.CHOICE) and not ask.options:
                field_parts[field_name] = {"kind": Kind.LINE}  # a page lists them; here one is named
    # The act's own rule refuses days that are too early or too late; a correction removes what is
    # set to nothing. A page's line is short, an option's need not be.
    begun = [
        replace(
            one,
            required=one.name in keyed.keys() - may_be_empty,
            earliest=None,
            latest=None,
            longest=LONGEST_TEXT,
        )
        for one in begin(act, _SAY, today, currency, **field_parts)
    ]
    read = read_fields(begun, typed | keyed, today)
    for one in read:
        if one.error is not None:
            raise BadInput(Common.AT(place=_flag_of(act, one.name), why=one.error))
    return read


def _flag_of(act: Act, field_name: str) -> str:
    """Return the option for a field, or for one of many fields."""
    asks = act.asks
    name = field_name if field_name in asks else f"{field_name.partition('-')[0]}-"
    return _flag(name, asks[name])


def carry_out(
    desk: Desk,
    name: str,
    given: Mapping[str, Any],
    currency: str = "",
    *,
    lists: bool = False,
    **known: Any,
) -> Result:
    """Do an act from its options, or only show what it moves; return its handler's result, None if only shown.

    An act that is done `lists` what it moved, too; news to other people is always listed. `known`
    are the values from the command's arguments. The act's files are kept only if it is done.
    """
    applied = given["applied"] if "applied" in given else not given["dry_run"]
    by = given["by_email"]
    file_store = file_store_of(desk.settings)
    kept = list[StoredFile]()
    with file_store.unless_refused(kept, applied=applied):
        for path in given.get("files", ()):
            kept.append(file_store.take(path))
        for key, path in given.get(_dest("file-"), ()):
            kept.append(replace(file_store.take(Path(path)), document=key))
        files = {"files": tuple(kept)} if kept else {}
        fields_read = read_options(name, given, desk.today, currency)
        command: Command = command_from(ACTS[name].command, fields_read, **files, **known)
        if applied:
            heard = dict[Recipient, None]()
            engine = hearing(desk.engine, heard)
            result = perform(engine, command, by, desk.clock, settings=desk.settings)
            moved = moved_by(result)
        else:
            seen = preview(desk.engine, command, by, desk.clock)
            result = seen.result
            moved = seen.moved
            heard = dict.fromkeys(seen.told)
    goes_over = result if isinstance(result, PassedOn | Meanwhile) else None
    as_json = bool(given.get("as_json"))
    if lists or not applied:
        paper = paper_asked(command)
        show_consequences(
            moved, heard, desk.today, applied=applied, as_json=as_json, paper=paper, goes_over=goes_over
        )
    elif goes_over is not None:
        show_what_goes_over(goes_over)
    return result if applied else None
