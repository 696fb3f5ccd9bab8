"""Look into PDF files and pictures: whether they are whole, do no more than show something, and fit a memory."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from mmap import mmap

# Pixels of a picture: an A3 page at 600 dots an inch has 70 million.
_MOST_PIXELS = 150_000_000
_MOST_INFLATED, _CHUNK, _MOST_STREAMS = 200_000_000, 250_000, 20_000
_MOST_PROFILE = 10_000_000  # bytes of a picture's packed texts and colour profile, together
_MOST_MARKS = (
    100_000  # of a JPEG before its size, and of a PDF's names with a sign that is written by its number
)
_TAIL = 66_000
_SCRIPTS = re.compile(
    rb"/(?:JavaScript|JS\s*[(<\d]|Launch\b|RichMedia\b|Rendition\b|ImportData\b|SubmitForm\b|GoToE\b)"
)
# Files within the file, which nobody who looks at its pages sees.
_ENCLOSED = re.compile(rb"/(?:EmbeddedFiles?\b|FileAttachment\b|EF\s*(?:<<|\d+\s+\d+\s+R\b))")
# A form whose pages a program makes of what it holds: most programs show "please wait" in their place.
_XFA = re.compile(rb"/XFA\s*(?:[\[(<]|\d)")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_NAME_WITH_ESCAPE = re.compile(rb"/[A-Za-z0-9]*#[0-9A-Fa-f]{2}[A-Za-z0-9#]*")
_STREAM = re.compile(rb"stream\r?\n")
_ARCHIVE_END = b"PK\x05\x06"
# A browser runs these wherever they stand, in a picture that passes for a page.
_PAGE = re.compile(rb"<script\b|<\?php\b|<html\b", re.IGNORECASE)
# What packs an object stream otherwise, or twice, hides it from whoever looks for scripts.
_OBJECTS = re.compile(rb"<<[^<>]{0,500}/ObjStm[^<>]{0,500}>>")
_ODDLY_PACKED = re.compile(rb"/(?:ASCII85|ASCIIHex|LZW|RunLength)Decode|/FlateDecode\s*/FlateDecode")
_PACKED_PNG = (b"iCCP", b"zTXt", b"iTXt")
_JPG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPG_BARE = frozenset((0x01, *range(0xD0, 0xD9)))


class Damaged(Exception):
    """It is cut off, or not built as its kind is."""


class TwoKinds(Exception):
    """It is another kind of file as well."""


class Scripted(Exception):
    """It does something when it is opened."""


class Encloses(Exception):
    """It holds other files."""


class ProgramsForm(Exception):
    """It is a form that few programs can show."""


class Locked(Exception):
    """It is encrypted."""


class Bomb(Exception):
    """It unpacks to far more than a document does."""


_MORE = ((_ENCLOSED, Encloses), (_XFA, ProgramsForm))
_LONGEST_NAME = 64


def look_into_pdf(content: mmap) -> None:
    """Raise one of the above for a PDF that is not taken."""
    if b"%%EOF" not in content[-2_048:]:
        raise Damaged
    if _ARCHIVE_END in content[-_TAIL:]:
        raise TwoKinds
    if content.find(b"/Encrypt") >= 0:
        raise Locked
    _look_for_scripts(content)
    tail = b""
    for part in _inflated(content):
        _look_for_scripts(tail + part)
        tail = part[-_LONGEST_NAME:]  # a name may begin where a piece ends


def _look_for_scripts(content: mmap | bytes) -> None:
    """Raise what the content does, or holds, that a page does not."""
    for pattern, does in _MORE:
        if pattern.search(content):
            raise does
    if _SCRIPTS.search(content) or any(
        _ODDLY_PACKED.search(found[0]) for found in _OBJECTS.finditer(content)
    ):
        raise Scripted
    for number, name in enumerate(_NAME_WITH_ESCAPE.finditer(content)):
        if number > _MOST_MARKS:
            raise Bomb
        plain = _ESCAPED.sub(lambda sign: bytes([int(sign[1], 16)]), name[0])
        if _SCRIPTS.search(plain + b" (") or plain == b"/Encrypt":
            raise Scripted
        for pattern, does in _MORE:
            if pattern.search(plain + b" <<"):
                raise does


def _inflated(content: mmap) -> Iterator[bytes]:
    """Yield what the packed streams hold, a piece at a time; Bomb when it is too much."""
    left = _MOST_INFLATED
    for number, found in enumerate(_STREAM.finditer(content)):
        start = found.end()
        if number > _MOST_STREAMS:
            raise Bomb
        if content[start : start + 1] not in (b"x", b"H", b"h", b"X", b"8", b"\x08"):  # no zlib header
            continue
        unpacker = zlib.decompressobj()
        piece = content[start : start + _CHUNK]
        position = start + len(piece)
        while not unpacker.eof:
            try:
                part = unpacker.decompress(piece, _CHUNK)
            except zlib.error:
                break
            left -= len(part)
            if left < 0:
                raise Bomb
            yield part
            piece = unpacker.unconsumed_tail
            if not piece and not unpacker.eof:
                piece = content[position : position + _CHUNK]
                position += len(piece)
                if not piece:
                    break


def look_into_png(content: mmap) -> None:
    """Raise one of the above for a PNG that is not taken."""
    place, width, height, shows, ended, left = 8, 0, 0, False, False, _MOST_PROFILE
    while place + 12 <= len(content) and not ended:
        length, kind = int.from_bytes(content[place : place + 4]), content[place + 4 : place + 8]
        data = content[place + 8 : place + 8 + min(length, _CHUNK)]
        if place == 8 and (kind != b"IHDR" or length != 13):
            raise Damaged
        if kind == b"IHDR":
            width, height = int.from_bytes(data[:4]), int.from_bytes(data[4:8])
        elif kind in _PACKED_PNG:
            left = _left_after(data, left)
        shows = shows or kind == b"IDAT"
        ended = kind == b"IEND"
        place += 12 + length
    if width * height > _MOST_PIXELS:
        raise Bomb
    if not ended or not shows or place > len(content) or not width or not height:
        raise Damaged
    if place < len(content):
        raise TwoKinds


def _left_after(packed: bytes, left: int) -> int:
    """Return how many bytes a picture's texts may still unpack to after this one; Bomb when it is too many."""
    start = packed.find(b"x", packed.find(b"\0") + 1)
    if start < 0:
        return left
    try:
        left -= len(zlib.decompressobj().decompress(packed[start:], left))
    except zlib.error:
        return left  # a text that is not packed
    if left <= 0:
        raise Bomb
    return left


def look_into_jpg(content: mmap) -> None:
    """Raise one of the above for a JPEG that is not taken."""
    if b"\xff\xd9" not in content[-_TAIL:]:
        raise Damaged
    if _ARCHIVE_END in content[-_TAIL:] or _PAGE.search(content):
        raise TwoKinds
    place, marks = 2, 0
    while place + 9 <= len(content) and content[place] == 0xFF and marks < _MOST_MARKS:
        marks += 1
        marker = content[place + 1]
        if marker in _JPG_SIZES:
            height, width = (int.from_bytes(content[at : at + 2]) for at in (place + 5, place + 7))
            if width * height > _MOST_PIXELS:
                raise Bomb
            if not width or not height:
                raise Damaged
            return
        place += (
            2
            if marker in _JPG_BARE
            else 1
            if marker == 0xFF
            else 2 + int.from_bytes(content[place + 2 : place + 4])
        )
    raise Damaged
