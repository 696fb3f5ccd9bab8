"""Read YAML files strictly, and find the programmes that grants name."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from models.errors import BadInput, ImportInvalid, ProgrammeInvalid
from models.message import Common, Remark
from models.programme.plan import Programme
from models.programme.written.fields import listed
from models.programme.written.file import Written
from models.reading.number import shown
from models.reading.value_faults import did_you_mean, meant, nearest
from tasks.files.inspection import read_plain_file
from tasks.programmes.faults import FileFault, explain_misfits, kind_of
from tasks.programmes.plans import FileValue, lay_over, plan_of, plan_or_faults
from tasks.programmes.strict_yaml import Spot, YamlFault, read_yaml
from tasks.programmes.yaml_faults import Shaped

Shape = TypeVar("Shape", bound=BaseModel)
# An office's additions to a funder's programme are in a file of its name with this ending.
OFFICE = "-office"


def programme_files(*folders: Path) -> dict[str, Path]:
    """Return the programmes' files by the names that grants use; the first folder wins."""
    files = {path.stem: path for folder in reversed(folders) for path in folder.glob("*.yaml")}
    return {name: files.get(f"{name}{OFFICE}", files.get(name, Path())) for name in _grants_names(files)}


def _grants_names(stems: Iterable[str]) -> list[str]:
    return sorted({stem.removesuffix(OFFICE) for stem in stems})


def read_programme(path: Path, *folders: Path, examples: bool = True) -> Programme:
    """Return the plan of the file's programme; ProgrammeInvalid names every fault, its line and its cure.

    A file that it extends is in the same folder, or in one of the others. An office's own file
    belongs to its funder's programme. Its examples are checked, unless the caller leaves that to
    `grants check`.
    """
    programme = plan_of(_read_with_bases(path, folders), examples=examples)
    return programme.model_copy(update={"programme": programme.programme.removesuffix(OFFICE)})


def read_written(path: Path, *folders: Path) -> Written:
    """Return the programme as people write it, with all that it extends and the funder's examples."""
    file_value = _read_with_bases(path, folders)
    plan_of(file_value, examples=False)
    written = Written.model_validate(file_value.value)
    return written.model_copy(update={"programme": written.programme.removesuffix(OFFICE)})


def parse_programme(text: str, name: str) -> Programme:
    """Return the plan of a programme file's text, which extends no other; messages call the file `name`."""
    return plan_of(_parse_told(text, name, ProgrammeInvalid))


def check_text(text: str, name: str, *, examples: bool = True) -> Programme | list[FileFault]:
    """Return the plan of a programme file's text, which extends no other, or every fault in it, line by line."""
    return plan_or_faults(_parse_told(text, name, ProgrammeInvalid), examples=examples)


def read_shape(path: Path, shape: type[Shape], error: type[BadInput]) -> Shape:
    """Return the YAML file's content in the given shape; `error` names the first thing that does not fit."""
    read = read_whole(path, shape, error)
    if isinstance(read, list):
        spot, sentence = read[0]
        raise error(Common.AT(place=Shaped.LINE(name=spot.file, line=spot.line), why=sentence))
    return read


def read_whole(path: Path, shape: type[Shape], error: type[BadInput]) -> Shape | list[tuple[Spot, Remark]]:
    """Return the YAML file's content in the shape, or all that does not fit; `error` if it is not YAML."""
    file_value = _read_told(path, error)
    try:
        return shape.model_validate(file_value.value)
    except ValidationError as problem:
        return [
            (one.spot, one.said)
            for one in explain_misfits(problem, file_value.value, file_value.nearest, shape)
        ]


def _read_told(path: Path, error: type[BadInput]) -> FileValue:
    try:
        content = read_plain_file(path)
    except BadInput as problem:
        raise error(problem.remark) from problem
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise error(Shaped.NOT_UTF8(name=path, line=line)) from problem
    return _parse_told(text, str(path), error)


def _parse_told(text: str, name: str, error: type[BadInput]) -> FileValue:
    try:
        content, lines = read_yaml(text)
    except YamlFault as fault:
        where = Shaped.LINE(name=name, line=fault.line) if fault.line else name
        raise error(Common.AT(place=where, why=fault.remark)) from fault
    if not isinstance(content, dict):
        raise error(Shaped.NOT_KEYS_AND_VALUES(name=name, found=kind_of(content)))
    return FileValue(content, name, lines)


def _read_with_bases(path: Path, folders: Sequence[Path], seen: tuple[str, ...] = ()) -> FileValue:
    """Return the file's content merged over that of the files that it extends, in their order."""
    file_value = _read_told(path, ProgrammeInvalid)
    whole: FileValue | None = None
    for name in map(str, listed(file_value.value.get("extends") or [])):
        base = _base(file_value, name, (path.parent, *folders), (*seen, path.stem))
        inherited = _read_with_bases(base, folders, (*seen, path.stem))
        whole = inherited if whole is None else lay_over(whole, inherited)
    if whole is None:
        return file_value
    if file_value.value.get("programme") is None:
        spot = file_value.nearest(("extends",))
        raise ProgrammeInvalid(f"{spot}: a programme that extends another has its own name: add 'programme'")
    whole = lay_over(whole, file_value)
    return whole.laid_over({key: whole.part(key) for key in whole.value if key != "extends"})


def _base(file_value: FileValue, name: str, folders: Sequence[Path], seen: tuple[str, ...]) -> Path:
    """Return the file that another extends; ProgrammeInvalid if it is missing, or extends in a circle."""
    spot = file_value.nearest(("extends",))
    files = {file.stem: file for folder in reversed(folders) for file in folder.glob("*.yaml")}
    if name not in files:
        near = meant(nearest(name, _grants_names(files)))  # the full list can be long
        raise ProgrammeInvalid(f"{spot}: extends: there is no '{shown(name)}.yaml' beside this file{near}")
    if name in seen:
        ring = " -> ".join([*seen[seen.index(name) :], name])
        raise ProgrammeInvalid(f"{spot}: extends: it extends itself: {ring}")
    return files[name]


class ProgrammeRegistry:
    """Programme files by name, each read once; of two with the same name the one in the first folder wins.

    A programme is read with the additions of the office's own file, if there is one. Its examples
    are for `grants check` and `grants doctor`, which check them.
    """

    def __init__(self, *folders: Path, read: Iterable[Programme] = ()) -> None:
        self._folders = folders
        self._read = {programme.programme: programme for programme in read}

    def get(self, name: str) -> Programme:
        """Return the programme; ImportInvalid if there is none of that name: no other file is read."""
        if name not in self._read:
            files = programme_files(*self._folders)
            if name not in files:
                raise ImportInvalid(Shaped.NO_PROGRAMME(name=shown(name), near=did_you_mean(name, files)))
            programme = read_programme(files[name], *self._folders, examples=False)
            self._read[name] = programme.model_copy(update={"programme": name})
        return self._read[name]

    def sound_ones(self) -> Iterator[Programme]:
        """Yield the folders' programmes, without those that cannot be read."""
        for name in programme_files(*self._folders):
            with suppress(ProgrammeInvalid):
                yield self.get(name)
