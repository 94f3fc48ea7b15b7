"""A Word document by the rules of its package (ISO/IEC 29500-2): content types and relationships say what is in it.

No part has a name that it must have: Word Online calls the main part ``word/document2.xml``.
"""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import urlsplit
from xml.etree import ElementTree

from services.intake.documents.domain.formats import refusals

PACKAGE = b"PK\x03\x04"

_END = b"PK\x05\x06"
_TAIL = 65_557
_LISTING_MOST = 1024 * 1024
_PART_MOST = 1024 * 1024
_WORDS_MOST = 64 * 1024 * 1024
_UNPACKED_MOST = 512 * 1024 * 1024
_RELATIONSHIPS_MOST = 500

_CONTENT_TYPES = "[Content_Types].xml"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_OFFICE_DOCUMENT = "officeDocument"

_NOT_A_PACKAGE = (
    # All that both readers are known to raise about bytes that are no proper package; anything else is a fault of ours.
    zipfile.BadZipFile,
    NotImplementedError,  # zipfile's word for a way of packing that it does not know
    EOFError,
    ValueError,
    OSError,
    RuntimeError,
    zlib.error,
    ElementTree.ParseError,
    KeyError,
)

_FROM_ELSEWHERE = {
    "attachedTemplate": "loads a template from elsewhere",
    "frame": "loads another page into it",
    "subDocument": "loads another document into it",
    "oleObject": "loads an object from elsewhere",
    "image": "loads a picture from elsewhere",
    "video": "loads a film from elsewhere",
    "mailMergeSource": "asks a data source for its content",
    "mailMergeHeaderSource": "asks a data source for its content",
}
"""What a relationship to the outside does when the document is opened. A hyperlink does nothing until it is used."""

_WITHIN = {
    "oleObject": "can start the object that is embedded in it",
    "control": "runs a control that is embedded in it",
    "aFChunk": "takes in a document of another type",
}
"""What a relationship within the document does, besides holding text and pictures."""


class NoWordDocument(Exception):
    """A package of another kind."""


def check_docx(content: bytes) -> None:
    """Raises Refused BROKEN_FILE, ENCRYPTED, MACROS, ACTIVE_CONTENT, UNPACKS_TOO_LARGE; NoWordDocument."""
    # The listing is measured before anything reads it: a small file can list half a million entries.
    end = content.rfind(_END, max(0, len(content) - _TAIL))
    if end < 0 or len(content) < end + 22:
        raise refusals.broken("DOCX")
    if int.from_bytes(content[end + 12 : end + 16], "little") > _LISTING_MOST:
        raise refusals.too_large("lists more parts than any document has")
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            _check(package)
    except _NOT_A_PACKAGE:
        raise refusals.broken("DOCX") from None


def _check(package: zipfile.ZipFile) -> None:
    entries = {entry.filename: entry for entry in package.infolist()}
    if any(entry.flag_bits & 1 for entry in entries.values()):
        raise refusals.encrypted()
    if _CONTENT_TYPES not in entries:
        raise NoWordDocument
    if sum(entry.file_size for entry in entries.values()) > _UNPACKED_MOST:
        raise refusals.too_large("unpacks to more than half a gigabyte")
    types = _content_types(package)
    relationships = {name: list(_relationships(package, name)) for name in entries if name.endswith(".rels")}
    main = next(
        (_target("", target) for kind, target, _ in relationships.get("_rels/.rels", ()) if kind == _OFFICE_DOCUMENT),
        "",
    )
    kind = types.get(main.lower()) or types.get(f".{main.rpartition('.')[2].lower()}", "")
    if any("macroenabled" in one.lower() or "vbaproject" in one.lower() for one in (*types.values(), *entries)):
        raise refusals.macros()
    if main not in entries or kind != _MAIN:
        raise NoWordDocument
    for found in relationships.values():
        for name, target, external in found:
            if name == "vbaProject":
                raise refusals.macros()
            what = (_FROM_ELSEWHERE if external else _WITHIN).get(name)
            if what is not None and not (external and _is_harmless(target)):
                raise refusals.active(what)
    for name in entries:
        if types.get(name.lower(), "").startswith(_MAIN.partition(".document.")[0]) and _asks_another_program(
            package, name
        ):
            raise refusals.active("asks another program for its content (a DDE field)")


def _is_harmless(target: str) -> bool:
    """A target outside that nothing is fetched from: Word writes the path of the author's own template."""
    parts = urlsplit(target.replace("\\", "/"))
    return parts.scheme == "file" and not parts.netloc and not parts.path.startswith("//")


def _content_types(package: zipfile.ZipFile) -> dict[str, str]:
    """The content type of each part by its name, and of each extension by ``.ext``, all in small letters."""
    found: dict[str, str] = {}
    for one in _xml(package, _CONTENT_TYPES):
        kind = one.get("ContentType", "")
        if one.tag.endswith("Override"):
            found[one.get("PartName", "").lstrip("/").lower()] = kind
        elif one.tag.endswith("Default"):
            found[f".{one.get('Extension', '').lower()}"] = kind
    return found


def _relationships(package: zipfile.ZipFile, name: str) -> Iterator[tuple[str, str, bool]]:
    """Each relationship of one part: the last word of its type, its target, and whether that lies outside."""
    for number, one in enumerate(_xml(package, name)):
        if number >= _RELATIONSHIPS_MOST * 20:
            raise refusals.too_large("has more relationships than any document")
        kind = one.get("Type", "").rpartition("/")[2]
        yield kind, one.get("Target", ""), one.get("TargetMode", "").lower() == "external"


def _target(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _xml(package: zipfile.ZipFile, name: str) -> ElementTree.Element:
    with package.open(name) as part:
        text = part.read(_PART_MOST + 1)
    # A package's parts have no document type: with none, no entity can grow while it is read.
    if len(text) > _PART_MOST or b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise refusals.broken("DOCX")
    return ElementTree.fromstring(text)


def _asks_another_program(package: zipfile.ZipFile, name: str) -> bool:
    with package.open(name) as part:
        text = part.read(_WORDS_MOST)
    return any(word in text for word in (b"DDEAUTO ", b"DDE ", b"DDEAUTO<", b"DDE<")) and b"instrText" in text
