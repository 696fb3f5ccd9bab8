"""Make every kind of document and turn each page into a picture: `python -m tests.pictures OUT [WORD]...`.

A word chooses the documents whose names hold it, as `memo` or `yen`. OUT gets each document as Word and PDF, `pages/`
a picture of every page as LibreOffice shows the Word document and of the PDF (`gray` for one without colours), and
`sheets/` the pictures three by three. It needs LibreOffice and Poppler (`apt-get install libreoffice-writer
poppler-utils`).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import typst
from sqlalchemy import Engine

from models.rules.answers.small_numbers import SmallNumbers
from tasks.documents.make import Paper, Wanted, make_paper
from tasks.documents.pdf.documents import as_pdf
from tests.pictures.awkward_grants import EUROS, LAST_DAY, YEN, live
from tests.pictures.awkward_grants import REFERENCE as AWKWARD
from tests.tasks.documents.test_paperwork import BEFORE_COMMITTEE, SECOND, played

_TOOLS = ("soffice", "pdftoppm")
_COMMON = ("memo", "final-report", "claim", "cover-letter", "agenda-note", "repayment")
_A_SHEET = 3  # pages, so that each can be read
_WIDE, _TALL = (
    600,
    849,
)  # pixels of a page; a sheet shows each as a pixel of its own: scaled, it would lose lines


def main(arguments: list[str]) -> int:
    """Make what is asked for; return 2 when the words or the machine do not do."""
    if not arguments or arguments[0].startswith("-"):
        click.echo("usage: python -m tests.pictures OUT [WORD]...", err=True)
        return 2
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        click.echo(
            f"{' and '.join(missing)} not found: apt-get install libreoffice-writer poppler-utils",
            err=True,
        )
        return 2
    out, words = Path(arguments[0]), arguments[1:]
    out.mkdir(parents=True, exist_ok=True)
    made = [*make_all(out, words)]
    if not made:
        click.echo(f"no document's name holds {' or '.join(words)}", err=True)
        return 2
    click.echo(f"{len(made)} documents, {_pictures(out, made)} pages, {_sheets(out)} sheets in {out}")
    return 0


def make_all(out: Path, words: list[str]) -> Iterator[Path]:
    """Write each document, in both languages, as Word and PDF; yield the Word documents."""
    for name, paper in _papers(words):
        (out / f"{name}.docx").write_bytes(paper.content)
        (out / f"{name}.pdf").write_bytes(as_pdf(paper.content, name[-2:]))
        yield out / f"{name}.docx"


def _papers(words: list[str]) -> Iterator[tuple[str, Paper]]:
    """Yield each document that is asked for, by its name: GRANT-KIND-LANGUAGE."""
    with TemporaryDirectory() as folder:
        for grant in ("reference", "early", "euros", "yen"):
            wanted = [*_wanted(grant)]
            names = [f"{grant}-{one.kind}-{one.language}" for one in wanted]
            chosen = [name for name in names if not words or any(word in name for word in words)]
            if not chosen:
                continue
            home = Path(folder) / grant
            home.mkdir()
            engine, reference, on = _lived(grant, home)
            for name, one in zip(names, wanted, strict=True):
                if name in chosen:
                    yield name, make_paper(engine, reference, one, on)
            engine.dispose()


def _lived(grant: str, home: Path) -> tuple[Engine, str, date]:
    """Return a grant's database, its reference, and the day of its documents."""
    if grant == "reference":
        return played(home, BEFORE_COMMITTEE), SECOND, BEFORE_COMMITTEE
    if grant == "early":
        return played(home, date(2010, 8, 1)), SECOND, date(2010, 8, 1)
    return live(home, EUROS if grant == "euros" else YEN), AWKWARD, LAST_DAY


def _wanted(grant: str) -> Iterator[Wanted]:
    """Yield the documents of the grant; each grant does another thing with its small numbers."""
    choices = {"reference": "show", "early": "show", "euros": "fewer", "yen": "totals"}
    quarter = "follow-up-2010-q1" if grant == "early" else "follow-up-2010-q2"
    for language in ("sv", "en"):
        for kind in _COMMON if grant != "early" else ("memo", "final-report"):
            part = 2 if kind == "claim" else None
            yield Wanted(kind, language, instalment=part, small=SmallNumbers(choices[grant]))  # type: ignore[arg-type]
        yield Wanted("follow-up", language, step=quarter, small=SmallNumbers(choices[grant]))


def _pictures(out: Path, made: list[Path]) -> int:
    """Turn every page into a picture; return how many there are."""
    pages = out / "pages"
    shutil.rmtree(pages, ignore_errors=True)
    with TemporaryDirectory() as folder:
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        command = [
            "soffice",
            profile,
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            folder,
            *map(str, made),
        ]
        subprocess.run(command, check=True, capture_output=True)
        pages.mkdir()
        for one in made:
            turned = (
                (Path(folder, f"{one.stem}.pdf"), "word", ()),
                (one.with_suffix(".pdf"), "pdf", ()),
                *([(one.with_suffix(".pdf"), "gray", ("-gray",))] if "final-report" in one.stem else []),
            )
            for source, how, more in turned:
                target = pages / f"{one.stem}-{how}"
                subprocess.run(["pdftoppm", *_size(), "-png", *more, source, target], check=True)
    return len([*pages.iterdir()])


def _size() -> tuple[str, ...]:
    return ("-scale-to-x", str(_WIDE), "-scale-to-y", str(_TALL))


def _sheets(out: Path) -> int:
    """Put the pages of each kind beside each other, three to a sheet; return how many sheets there are."""
    sheets = out / "sheets"
    shutil.rmtree(sheets, ignore_errors=True)
    sheets.mkdir()
    pages = sorted((out / "pages").iterdir())
    for kind, group in groupby(pages, key=_kind):
        shown = [*group]
        for number, first in enumerate(range(0, len(shown), _A_SHEET), start=1):
            images = "".join(
                f'stack(box(height: 20pt)[#"{page.stem}"], image("/pages/{page.name}", width: {_WIDE}pt,'
                f" height: {_TALL}pt)), "
                for page in shown[first : first + _A_SHEET]
            )
            with TemporaryDirectory(dir=out) as folder:
                source = Path(folder, "sheet.typ")
                source.write_text(
                    "#set page(width: auto, height: auto, margin: 6pt, fill: silver)\n"
                    f"#stack(dir: ltr, spacing: 6pt, {images})\n",
                    encoding="utf-8",
                )
                typst.compile(
                    str(source), output=str(sheets / f"{kind}-{number}.png"), root=str(out), ppi=72.0
                )
    return len([*sheets.iterdir()])


def _kind(page: Path) -> str:
    """Return the grant and kind of a page's document: its name without language, way and number."""
    return page.stem.rsplit("-", 3)[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
