"""Files as people attach them, small and made here: whole ones, and ones that are not what they say."""

import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from pypdf import PdfWriter


def pdf(*objects: str, root: str = "", trailer: str = "") -> bytes:
    """A PDF with a page; ``root`` is added to its catalogue, ``objects`` are numbered from 4."""
    said = (
        f"<< /Type /Catalog /Pages 2 0 R {root} >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        *objects,
    )
    written, places = bytearray(b"%PDF-1.7\n"), list[int]()
    for number, one in enumerate(said, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n{one}\nendobj\n".encode("latin-1")
    table = len(written)
    written += f"xref\n0 {len(said) + 1}\n0000000000 65535 f \n".encode()
    written += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    written += f"trailer\n<< /Size {len(said) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{table}\n%%EOF\n".encode()
    return bytes(written)


def locked_pdf(user: str, owner: str) -> bytes:
    """A PDF under an owner's password, and under a user's where one is given."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt(user, owner, algorithm="AES-256")
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


PDF = pdf()
ENCRYPTED_PDF = locked_pdf("secret", "secret")
OWNERS_PDF = locked_pdf("", "secret")
JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000"  # APP0
    "ffc0000b080010001001011100"  # A frame of 16 by 16.
    "ffda0008010100003f00" + "1f" * 40 + "ff00" + "ffd9"
)
OLD_WORD = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
ENCRYPTED_WORD = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + "EncryptedPackage".encode("utf-16-le")
PROGRAM = b"MZ" + bytes(600)
HTML = b"<!doctype html><script>alert(1)</script>"

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"


def png(width: int = 1, height: int = 1) -> bytes:
    """A picture that says it has so many pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0\0")), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


PNG = png()


def package(
    types: str = _WORD,
    names: tuple[str, ...] = ("word/document.xml",),
    relationships: tuple[tuple[str, str, bool], ...] = (),
    text: str = "<w:document/>",
) -> bytes:
    """A package of Word's kind: the content type of its main part, its parts by name, the main part's relationships.

    A relationship is the last word of its type, its target, and whether that lies outside.
    """
    main, written = names[0], BytesIO()
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    with ZipFile(written, "w", ZIP_DEFLATED) as zipped:
        zipped.writestr(
            _part("[Content_Types].xml"),
            '<Types><Default Extension="rels" ContentType="application/rels"/>'
            f'<Override PartName="/{main}" ContentType="{types}"/></Types>',
        )
        zipped.writestr(
            _part("_rels/.rels"),
            f'<Relationships><Relationship Id="a" Type="{kinds}/officeDocument" Target="/{main}"/></Relationships>',
        )
        named = "".join(
            f'<Relationship Id="r{number}" Type="{kinds}/{kind}" Target="{target}"'
            f"{' TargetMode=' + chr(34) + 'External' + chr(34) if outside else ''}/>"
            for number, (kind, target, outside) in enumerate(relationships)
        )
        zipped.writestr(_part("word/_rels/document.xml.rels"), f"<Relationships>{named}</Relationships>")
        for name in names:
            zipped.writestr(_part(name), text)
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
