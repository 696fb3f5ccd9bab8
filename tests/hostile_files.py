"""Make files for tests: workbooks, documents and pictures that are taken, and bombs that are not."""

import io
import struct
import zipfile
import zlib
from functools import lru_cache

from openpyxl import Workbook

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


def with_rows(parts: dict[str, bytes], name: str, row: bytes, times: int) -> bytes:
    """Return the archive with one part that is a sheet of a row many times over."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start, end = b"<worksheet><sheetData>", b"</sheetData></worksheet>"
    begins = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    once = packer.compress(row) + packer.flush(zlib.Z_FULL_FLUSH)
    data = begins + once * times + packer.compress(end) + packer.flush()
    kept = [(one, repeated(content, 1), len(content)) for one, content in parts.items() if one != name]
    return raw_zip(*kept, (name, data, len(start) + len(row) * times + len(end)))


LAUGHS = b"<!DOCTYPE a [<!ENTITY a 'ha'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (98 + n, (b"&%c;" % (97 + n)) * 10) for n in range(9)
) + b"]>"  # fmt: skip


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
