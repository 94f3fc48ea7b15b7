"""The access lane: who read what, what was refused to whom, and what left the system."""

import re
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

from ledger.codec.codec import Codec, stored
from ledger.rows import ACCESS, Context, Draft
from ledger.store import Ledger


@dataclass(frozen=True)
class AccessRead:
    """Someone was shown a record. ``purpose`` is one word of the reader's, such as ``complaint_review``, or ''."""

    what: str
    subject: str
    purpose: str


@dataclass(frozen=True)
class AccessRefused:
    """Something was refused: the command or reading asked for, the refusal's code, and what it was about.

    ``asked`` is the council that was asked for, where it is another than the caller's own; '' otherwise.
    """

    command: str
    code: str
    subject: str
    asked: str = ""


@dataclass(frozen=True)
class AccessExported:
    """Records left the system as a file: what, about whom, for what purpose, and the file's SHA-256 in hex."""

    what: str
    subject: str
    purpose: str
    digest: str


@dataclass(frozen=True)
class AccessParkedDropped:
    """An operator gave up an event that this service could not handle; from here on it is never handled."""

    source: str
    epoch: int
    sequence: int
    type: str
    subject: str
    reason: str


AccessEvent = AccessRead | AccessRefused | AccessExported | AccessParkedDropped


def _asked_for_nobody_else(fields: dict[str, Any]) -> dict[str, Any]:
    return fields | {"asked": ""}


STORED = (
    stored("access.read", 1, AccessRead),
    stored("access.refused", 2, AccessRefused, {1: _asked_for_nobody_else}),
    stored("access.exported", 1, AccessExported),
    stored("access.parked_dropped", 1, AccessParkedDropped),
)
"""Released names: append to them, never edit a line."""

_CODEC = Codec(STORED)
_OPAQUE = re.compile(r"[A-Za-z0-9._:/-]{0,200}")


class _Holder(Protocol):
    """Whatever holds a service's ledger: its book."""

    @property
    def ledger(self) -> Ledger: ...


class AccessLog:
    """Writes the access lane of one service, each entry in a transaction of its own.

    Every method returns after COMMIT: call it before the answer is made, and the answer is not sent unless it is
    written (Busy and database errors become 503). Entries hold opaque ids and fixed words only; a subject or purpose
    of any other shape is kept as ''.
    """

    def __init__(self, book: _Holder) -> None:
        self._ledger = book.ledger

    async def read(self, context: Context, what: str, subject: str, purpose: str = "") -> None:
        """Someone is about to be shown ``what`` (a record's name, such as ``application``) about ``subject``."""
        await self._write(context, AccessRead(what, _opaque(subject), _opaque(purpose)))

    async def refused(self, context: Context, command: str, code: str, subject: str, asked: str = "") -> None:
        """A command or a reading was refused with a code; ``asked`` is another council's id that its address named."""
        await self._write(context, AccessRefused(command, code, _opaque(subject), asked))

    async def exported(self, context: Context, what: str, subject: str, digest: str, purpose: str = "") -> None:
        """Records are about to leave as a file of that SHA-256."""
        await self._write(context, AccessExported(what, _opaque(subject), _opaque(purpose), digest))

    async def parked_dropped(self, context: Context, event: AccessParkedDropped) -> None:
        """A parked event is about to be dropped."""
        await self._write(context, event)

    async def _write(self, context: Context, event: AccessEvent) -> None:
        name, schema, payload = _CODEC.encode(event)
        entry = uuid4()
        # A stream of its own for every entry: nothing is ever decided from it, so no version need be looked up.
        draft = Draft(f"access-{entry}", 1, entry, name, schema, payload)
        await self._ledger.append(context, [draft], ACCESS)


def _opaque(text: str) -> str:
    return text if _OPAQUE.fullmatch(text) else ""
