"""Print with LibreOffice what our own converter cannot: text boxes, content controls, fields of Word's, old pictures.

Such a PDF claims neither PDF/A nor PDF/UA: nothing here holds it against their rules.
"""

import logging
import os
import subprocess
import tempfile
from pathlib import Path
from shutil import which

from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn

from models.errors import TemplateBroken
from models.message import Remark
from models.reading.plain_text import one_line
from tasks.documents.document_faults import Printed

log = logging.getLogger(__name__)
PROGRAM = "soffice"
FONTS = Path(__file__).parents[3] / "templates" / "documents" / "fonts"
# A first start writes LibreOffice's own profile, which takes seconds.
_SECONDS = 90
# Fields that fetch something from elsewhere.
_FETCHES = ("INCLUDE", "LINK", "DDE", "IMPORT", "DATABASE")


def print_in_office(document: bytes, word: Document, why: Remark) -> bytes:
    """Return the Word document as a PDF of LibreOffice's.

    TemplateBroken says `why` our own converter cannot make it where LibreOffice is not installed,
    and refuses a document that fetches something from elsewhere.
    """
    program = which(PROGRAM)
    if program is None:
        raise TemplateBroken(Printed.NEEDS_OFFICE(why=why))
    if _fetches(word):
        raise TemplateBroken(Printed.FETCHES())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "paper.docx").write_bytes(document)
        (folder / ".fonts").symlink_to(FONTS)  # the shipped papers' typeface, which few servers have
        # Its own home and profile: several print side by side, and nothing of a user's is read.
        command = [
            *(program, "--headless", "--norestore", "--nolockcheck"),
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            *("--convert-to", "pdf:writer_pdf_Export", "--outdir", name, str(folder / "paper.docx")),
        ]
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": name, "LANG": "C.UTF-8"}
        try:
            done = subprocess.run(  # noqa: S603 - the program that the machine has, and a file of ours
                command, capture_output=True, timeout=_SECONDS, check=False, env=environment, cwd=name
            )
            return (folder / "paper.pdf").read_bytes()
        except subprocess.TimeoutExpired as problem:
            raise TemplateBroken(Printed.OFFICE_FAILED()) from problem
        except FileNotFoundError as problem:
            log.warning("LibreOffice made no PDF: %s", one_line(done.stderr.decode(errors="replace"), 200))
            raise TemplateBroken(Printed.OFFICE_FAILED()) from problem


def _fetches(word: Document) -> bool:
    """Return whether the document has something in it that lies elsewhere; a link to press is none."""
    for part in word.part.package.iter_parts():
        if any(one.is_external and one.reltype != RELATIONSHIP_TYPE.HYPERLINK for one in part.rels.values()):
            return True
        if (root := getattr(part, "element", None)) is None:
            continue
        said = [node.text or "" for node in root.iter(qn("w:instrText"))]
        said += [node.get(qn("w:instr"), "") for node in root.iter(qn("w:fldSimple"))]
        if any(fetch in "".join(said).upper() for fetch in _FETCHES):
            return True
    return False
