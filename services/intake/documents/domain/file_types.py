"""What a file is, told by its bytes and never by its name: the few types that an application takes, and why not others.

Only structure is looked at. A file that says it is one type and holds another, one that nobody can open, and a document
that could run something are refused; whether it holds a virus is the scanner's question.
"""

import re
import zipfile
import zlib
from io import BytesIO

from ledger.decider import Refused, rule_broken
from services.intake.applications.domain.attaching import MEDIA_TYPES

_OFFICE_2003 = bytes.fromhex("d0cf11e0a1b11ae1")


_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


_PDF_ENCRYPTED = re.compile(rb"/Encrypt\s*(\d+\s+\d+\s+R|<<)")


_PDF_TAIL = 2048


_ZIP_END = b"PK\x05\x06"


_ZIP_TAIL = 65_557


_ZIP_LISTING = 1024 * 1024


_CONTENT_TYPES = "[Content_Types].xml"


_CONTENT_TYPES_MOST = 1024 * 1024


_UNPACKED_MOST = 512 * 1024 * 1024


_WORD = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def sniffed(content: bytes) -> str:
    """The type of a file by its bytes, a key of MEDIA_TYPES.

    Raises Refused EMPTY_FILE, ENCRYPTED, MACROS, BROKEN_FILE, TYPE_NOT_TAKEN.
    """
    if not content:
        raise rule_broken("EMPTY_FILE", "The file is empty.")
    if content.startswith(b"%PDF-"):
        return _pdf(content)
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _whole(content[12:16] == b"IHDR" and b"IEND" in content[-64:], "PNG")
    if content.startswith(b"\xff\xd8\xff"):
        return _whole(b"\xff\xd9" in content[-_PDF_TAIL:], "JPEG")
    if content.startswith(b"PK\x03\x04"):
        return _docx(content)
    if content.startswith(_OFFICE_2003) and _ENCRYPTED_PACKAGE in content:
        raise _encrypted()
    raise _not_taken()


def check_claim(claimed: str, found: str) -> None:
    """Raises Refused TYPE_MISMATCH when a file came under another media type than its bytes are."""
    if claimed != MEDIA_TYPES[found]:
        raise rule_broken("TYPE_MISMATCH", f"The file came as another type than it is: its bytes are {found}.")


def _pdf(content: bytes) -> str:
    if b"%%EOF" not in content[-_PDF_TAIL:]:
        raise _broken("PDF")
    if _PDF_ENCRYPTED.search(content):
        raise _encrypted()
    return "PDF"


def _docx(content: bytes) -> str:
    # The listing is measured before anything reads it: a small file can list half a million entries.
    end = content.rfind(_ZIP_END, max(0, len(content) - _ZIP_TAIL))
    if end < 0 or len(content) < end + 22 or int.from_bytes(content[end + 12 : end + 16], "little") > _ZIP_LISTING:
        raise _broken("DOCX")
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            entries = {entry.filename: entry for entry in package.infolist()}
            if any(entry.flag_bits & 1 for entry in entries.values()):
                raise _encrypted()
            if "word/document.xml" not in entries or _CONTENT_TYPES not in entries:
                raise _not_taken()
            if sum(entry.file_size for entry in entries.values()) > _UNPACKED_MOST:
                raise _broken("DOCX")
            with package.open(_CONTENT_TYPES) as part:
                types = part.read(_CONTENT_TYPES_MOST)
    # All that zipfile is known to raise about bytes that are no proper archive; anything else is a fault of ours.
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError, RuntimeError, zlib.error):
        raise _broken("DOCX") from None
    if b"macroEnabled" in types or any("vbaproject" in name.lower() for name in entries):
        raise rule_broken("MACROS", "The document holds macros. Save it without them and attach it again.")
    if _WORD not in types:
        raise _not_taken()
    return "DOCX"


def _whole(is_whole: bool, name: str) -> str:
    if not is_whole:
        raise _broken(name)
    return name


def _broken(name: str) -> Refused:
    return rule_broken("BROKEN_FILE", f"The file begins as {name} and is not whole, or not as {name} must be.")


def _encrypted() -> Refused:
    return rule_broken("ENCRYPTED", "The file is encrypted or asks for a password: nobody on the panel could read it.")


def _not_taken() -> Refused:
    return rule_broken("TYPE_NOT_TAKEN", f"A file of this type is not taken. Taken are: {', '.join(MEDIA_TYPES)}.")
