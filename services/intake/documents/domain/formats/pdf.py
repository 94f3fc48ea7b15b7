"""A PDF by its own rules, read as a reader reads it: what it would ask for, and what it would do when it is opened.

Only what can be reached from the document's root is looked at: nothing else is ever shown or run. What a page merely
says, as "/Encrypt", is text.
"""

import logging
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

from ledger.decider import Refused
from services.intake.documents.domain.formats import refusals

HEADER = b"%PDF-"
HEADER_WITHIN = 1024
"""Bytes in which the header must begin: readers pass over what stands before it (ISO 32000-1, Annex H)."""

_END = b"%%EOF"
_END_WITHIN = 2048
_MOST_OBJECTS = 100_000
_FILLING = b"\0 \t\r\n\f\x1a"

_ACTIONS = {
    "/Launch": "starts a program",
    "/JavaScript": "runs a script",
    "/SubmitForm": "sends what is in it elsewhere",
    "/ImportData": "loads data from elsewhere",
    "/GoToE": "opens another file that is embedded in it",
    "/Rendition": "plays what is embedded in it",
    "/RichMediaExecute": "runs what is embedded in it",
}
_ANNOTATIONS = {
    "/FileAttachment": "shows a file that is attached to it",
    "/RichMedia": "runs what is embedded in it",
    "/Movie": "plays what is embedded in it",
    "/Screen": "plays what is embedded in it",
    "/3D": "runs what is embedded in it",
}
_KEYS = {
    "/JS": "runs a script",
    "/JavaScript": "runs a script",
    "/EmbeddedFiles": "shows files that are embedded in it",
    "/XFA": "runs a form of its own (XFA)",
}

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # Its warnings quote the file.


def check_pdf(content: bytes) -> None:
    """Raises Refused BROKEN_FILE, ENCRYPTED, ACTIVE_CONTENT, UNPACKS_TOO_LARGE."""
    content = content[content.find(HEADER, 0, HEADER_WITHIN) :].rstrip(_FILLING)
    if _END not in content[-_END_WITHIN:]:
        raise refusals.broken("PDF")
    try:
        reader = PdfReader(BytesIO(content), root_object_recovery_limit=1000, xref_stream_maximum_entries=500_000)
        # An owner's password keeps nobody from reading: the reader opens it with an empty one.
        if reader.is_encrypted and not reader.decrypt(""):
            raise refusals.encrypted()
        root = reader.trailer["/Root"].get_object()
        if not isinstance(root, DictionaryObject) or "/Pages" not in root:
            raise refusals.broken("PDF")
        for what in _does(root):
            raise refusals.active(what)
    except Refused:
        raise
    except Exception:
        # Whatever hostile bytes make the reader raise, and it wraps most of it but not all, is a refusal and no fault.
        raise refusals.broken("PDF") from None


def _does(root: DictionaryObject) -> Iterator[str]:
    """What the document would do, in the order in which it is found."""
    for number, one in enumerate(_reachable(root)):
        if number > _MOST_OBJECTS:
            raise refusals.too_large("holds more objects than any letter or report")
        kind = str(one.get("/S", ""))
        if kind in _ACTIONS:
            yield _ACTIONS[kind]
        if str(one.get("/Subtype", "")) in _ANNOTATIONS and ("/Rect" in one):
            yield _ANNOTATIONS[str(one["/Subtype"])]
        for key, what in _KEYS.items():
            if key in one:
                yield what


def _reachable(root: DictionaryObject) -> Iterator[DictionaryObject]:
    """Every dictionary that a reader can come to from the root, once; streams by their dictionary, never unpacked."""
    seen: set[tuple[int, int]] = set()
    waiting: list[Any] = [root]
    while waiting:
        one = waiting.pop()
        if isinstance(one, IndirectObject):
            place = (one.idnum, one.generation)
            if place in seen:
                continue
            seen.add(place)
            one = one.get_object()
        if isinstance(one, DictionaryObject):
            yield one
            # A child's way back to its parent leads nowhere new.
            waiting.extend(one.raw_get(key) for key in one if key != NameObject("/Parent"))
        elif isinstance(one, ArrayObject):
            waiting.extend(list.__iter__(one))
