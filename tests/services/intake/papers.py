"""Files as people attach them, small and made here: whole ones, and ones that are not what they say."""

import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"
ENCRYPTED_PDF = PDF.replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt 5 0 R")
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + bytes(40) + bytes.fromhex("ffd9")
OLD_WORD = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
ENCRYPTED_WORD = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + "EncryptedPackage".encode("utf-16-le")
PROGRAM = b"MZ" + bytes(600)
HTML = b"<!doctype html><script>alert(1)</script>"

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"


def _png() -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")

    header = (1).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0\0")), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


PNG = _png()


def package(types: str = _WORD, names: tuple[str, ...] = ("word/document.xml",)) -> bytes:
    """A zip of Word's kind: its content types, and parts by name."""
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as zipped:
        zipped.writestr(_part("[Content_Types].xml"), f'<Types><Override ContentType="{types}"/></Types>')
        for name in names:
            zipped.writestr(_part(name), "<w:document/>")
    return written.getvalue()


def _part(name: str) -> ZipInfo:
    # A fixed date, so that the same call gives the same bytes.
    return ZipInfo(name, (2026, 10, 5, 9, 0, 0))


DOCX = package()
DOCM = package(_MACROS, ("word/document.xml", "word/vbaProject.bin"))
HIDDEN_MACROS = package(_WORD, ("word/document.xml", "word/vbaProject.bin"))
SPREADSHEET = package(
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", ("xl/workbook.xml",)
)
PLAIN_ZIP = package("text/plain", ("notes.txt",))
LOCKED_ZIP = DOCX.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")


def listing_bomb() -> bytes:
    """A zip whose listing says that it is larger than any document's."""
    end = DOCX.rindex(b"PK\x05\x06")
    return DOCX[: end + 12] + (64 * 1024 * 1024).to_bytes(4, "little") + DOCX[end + 16 :]


def unpacking_bomb() -> bytes:
    """A zip whose first part says that it unpacks to four gigabytes."""
    listed = DOCX.index(b"PK\x01\x02")
    return DOCX[: listed + 24] + (0xFFFF_FFF0).to_bytes(4, "little") + DOCX[listed + 28 :]
