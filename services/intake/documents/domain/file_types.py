"""What a file is, told by its bytes and never by its name: the few types that an application takes, and why not others.

A file that says it is one type and holds another, one that nobody can open, and one that would do something when it is
opened are refused, each by the rules of its own format; whether it holds a virus is the scanner's question.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping

from councils.texts import without_the_unseen
from ledger.decider import Refused, rule_broken
from services.intake.applications.domain.attaching import MEDIA_TYPES
from services.intake.documents.domain.formats import docx, pdf, pictures, refusals

_OFFICE_2003 = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


_EXTENSIONS = {"PDF": ".pdf", "DOCX": ".docx", "PNG": ".png", "JPEG": ".jpg"}

_CHECKS: Mapping[str, Callable[[bytes], None]] = {
    "PDF": pdf.check_pdf,
    "DOCX": docx.check_docx,
    "PNG": pictures.check_png,
    "JPEG": pictures.check_jpeg,
}


def sniffed(content: bytes) -> str:
    """The type of a file by its bytes, a key of MEDIA_TYPES.

    Raises Refused EMPTY_FILE, ENCRYPTED, MACROS, ACTIVE_CONTENT, UNPACKS_TOO_LARGE, BROKEN_FILE, TYPE_NOT_TAKEN.
    """
    if not content:
        raise rule_broken("EMPTY_FILE", "The file is empty.")
    found = _begins_as(content)
    if found is None:
        if content.startswith(_OFFICE_2003) and _ENCRYPTED_PACKAGE in content:
            raise refusals.encrypted()
        raise _not_taken()
    try:
        _CHECKS[found](content)
    except docx.NoWordDocument:
        raise _not_taken() from None
    return found


def _begins_as(content: bytes) -> str | None:
    if content.startswith(pictures.PNG):
        return "PNG"
    if content.startswith(pictures.JPEG):
        return "JPEG"
    if content.startswith(docx.PACKAGE):
        return "DOCX"
    return "PDF" if pdf.HEADER in content[: pdf.HEADER_WITHIN + len(pdf.HEADER)] else None


def check_claim(claimed: str, found: str) -> None:
    """Raises Refused TYPE_MISMATCH when a file came under another media type than its bytes are."""
    if claimed != MEDIA_TYPES[found]:
        raise rule_broken("TYPE_MISMATCH", f"The file came as another type than it is: its bytes are {found}.")


_NOT_IN_A_NAME = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029<>:"/\\|?*]')
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])")
LONGEST_NAME = 120
"""Characters of a name without its extension."""


def name_for(given: str, found: str) -> str:
    """The name under which a file goes out: the given one as every system can keep it, under its type's extension."""
    stem = given.rpartition(".")[0] if "." in given else given
    stem = _NOT_IN_A_NAME.sub("_", unicodedata.normalize("NFC", without_the_unseen(stem)))
    stem = stem.strip(" .")[:LONGEST_NAME].strip(" .")
    return f"{'_' if _DEVICES.fullmatch(stem.partition('.')[0]) else ''}{stem or 'document'}{_EXTENSIONS[found]}"


def _not_taken() -> Refused:
    return rule_broken("TYPE_NOT_TAKEN", f"A file of this type is not taken. Taken are: {', '.join(MEDIA_TYPES)}.")
