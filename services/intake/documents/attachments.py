"""Attaching a file, taking it away, handing it out, and finding one that was altered.

A file is known by its bytes, asked about under the rules, scanned, sealed and stored, in this order; then the event
that names it is appended and takes hold of it in one transaction. Whatever fails before that leaves nothing in the
book, and at most a sealed file that nothing holds, which the janitor takes away.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid5

from edge.calls import Call, UploadCall, VersionedCall
from ledger.book import Book
from ledger.codec.sealed_file import Damaged, FileKey
from ledger.decider import Kind, Refused, not_found, rule_broken, wrong_state
from ledger.pg.files import FileStore, Kept, Place, let_go, take_hold
from ledger.rows import Context, Outcome
from ledger.store import CommandReused
from ledger.vault.vault import Erased
from services.intake.applications.commands import under_settings
from services.intake.applications.decider import APPLICATION, stream
from services.intake.applications.domain.attaching import MEDIA_TYPES, AttachFile, RemoveAttachment
from services.intake.applications.domain.events import ApplicationEvent
from services.intake.applications.domain.form_events import AttachmentAdded, AttachmentRemoved
from services.intake.applications.domain.state import State
from services.intake.documents import read
from services.intake.documents.domain.file_types import check_claim, sniffed
from services.intake.documents.scanner import Scanner

FIELD = "attachment"
"""The field that a file is sealed for, in the stream of the application it came with first."""

AT_ONCE = 4
"""Files that one web process judges, scans and seals at a time, once they have arrived whole."""


class Shelf:
    """What the routes of attachments share: the store of files, the scanner, and how many uploads are taken at once."""

    def __init__(self, files: FileStore, scanner: Scanner) -> None:
        self.files = files
        self.scanner = scanner
        self.gate = asyncio.Semaphore(AT_ONCE)


@dataclass(frozen=True)
class Upload:
    """A file as it arrived: its name, the media type that it came under, and its bytes."""

    name: str
    claimed: str
    content: bytes


@dataclass(frozen=True)
class Known:
    """What is known of an upload: whose it is, what its bytes are, and fingerprints under the person's key."""

    person: str
    type: str
    fingerprint: bytes
    identity: bytes


@dataclass(frozen=True)
class Opened:
    """A file ready to be handed out. ``digest`` is that of its ciphertext, hex."""

    name: str | None
    type: str
    size: int
    digest: str
    content: AsyncIterator[bytes]


async def admit(call: UploadCall, application: str, claimed: str) -> None:
    """Judge what can be judged before a byte of the file is read. Raises Refused as :func:`attach`."""
    types = {media_type: name for name, media_type in MEDIA_TYPES.items()}
    command = AttachFile("", "", types[claimed], call.announced, fingerprint="", digest="", scan="not_scanned")
    async with call.book.unit_of_work(call.context) as unit:
        try:
            if await unit.outcome() is not None:
                return
        except CommandReused:
            return  # Under this key a file was sent before; whether it is this one, its bytes will say.
        loaded = await unit.load(APPLICATION, stream(application), expected=call.version)
        _, acting = await under_settings(command)(unit, loaded.state)
        try:
            APPLICATION.decide(command, loaded.state, acting)
        except Refused as refused:
            # A file that is there already is taken again, however many others there are.
            if refused.code != "TOO_MANY_ATTACHMENTS":
                raise


async def recognise(call: UploadCall, application: str, upload: Upload) -> Known:
    """Judge a file by its bytes. Raises Refused for what is no file that can be attached, NOT_FOUND, ERASED."""
    council = call.context.council
    async with call.reading() as reader:
        writing = await read.writing_of(reader, application)
    if writing is None:
        raise not_found()
    person = writing["person"]
    found = await asyncio.to_thread(sniffed, upload.content)
    check_claim(upload.claimed, found)
    try:
        fingerprint = await call.vault.fingerprint_for(council, person, upload.content)
        named = await call.vault.fingerprint_for(council, person, upload.name.encode())
    except Erased:
        raise _erased() from None
    return Known(person, found, fingerprint, fingerprint + named)


async def attach(call: UploadCall, application: str, upload: Upload, known: Known) -> Outcome:
    """Attach a file; the answer names the ``attachment``. The same bytes again change nothing.

    Raises Refused INFECTED, SCANNER_AWAY, ERASED, and what the form's rules say.
    """
    outcome = await _asked(call, application, _command(call.context, upload, known))
    if outcome is not None:
        return outcome
    scan = await call.resource(Shelf).scanner.scan(upload.content)
    if scan == "infected":
        raise rule_broken("INFECTED", "The virus scanner found something in this file. It was not kept.")
    kept = await _kept(call, application, upload, known)
    command = _command(call.context, upload, known, scan=scan, digest=kept.digest.hex())
    async with call.book.unit_of_work(call.context) as unit:
        before = await unit.outcome()
        if before is not None:
            return before
        outcome = await unit.carry_out(
            APPLICATION, stream(application), under_settings(command), expected=call.version, answer=_naming(command)
        )
        if outcome.answer["events"]:
            await take_hold(unit, known.fingerprint)
    return outcome


def _command(
    context: Context, upload: Upload, known: Known, *, scan: Any = "not_scanned", digest: str = ""
) -> AttachFile:
    return AttachFile(
        attachment=str(uuid5(context.command_id, "attachment")),
        name=upload.name,
        type=known.type,
        size=len(upload.content),
        fingerprint=known.fingerprint.hex(),
        digest=digest,
        scan=scan,
    )


async def _asked(call: UploadCall, application: str, command: AttachFile) -> Outcome | None:
    """The outcome where there is nothing to store; None when the file may be attached. Raises Refused.

    Asked before the file is scanned and stored: what would be refused leaves nothing behind.
    """
    name, prepare = stream(application), under_settings(command)
    async with call.book.unit_of_work(call.context) as unit:
        known = await unit.outcome()
        if known is not None:
            return known
        loaded = await unit.load(APPLICATION, name, expected=call.version)
        _, acting = await prepare(unit, loaded.state)
        if APPLICATION.decide(command, loaded.state, acting):
            return None
        return await unit.carry_out(APPLICATION, name, prepare, expected=call.version, answer=_naming(command))


def _naming(command: AttachFile) -> Any:
    def answer(state: State, _: Sequence[ApplicationEvent]) -> dict[str, Any]:
        return {"attachment": state.attachments.by_fingerprint(command.fingerprint)}

    return answer


async def _kept(call: UploadCall, application: str, upload: Upload, known: Known) -> Kept:
    """The file as it is kept: the one that is there already, or this one sealed."""
    files, council = call.resource(Shelf).files, call.context.council
    kept = await files.find(council, known.fingerprint)
    if kept is not None:
        return kept
    place = Place(known.person, stream(application), FIELD)
    try:
        sealed = await call.vault.seal_file(council, place.person, place.stream, place.field, upload.content)
    except Erased:
        raise _erased() from None
    return await files.put(council, known.fingerprint, place, len(upload.content), sealed)


async def remove(call: VersionedCall, application: str, attachment: str) -> Outcome:
    """Take an attachment away. One that was never handed in is no longer held, and its bytes go."""
    prepare = under_settings(RemoveAttachment(attachment))
    removed: list[AttachmentRemoved] = []

    def answer(_: State, events: Sequence[ApplicationEvent]) -> dict[str, Any]:
        removed.extend(event for event in events if isinstance(event, AttachmentRemoved))
        return {}

    async with call.book.unit_of_work(call.context) as unit:
        name = stream(application)
        outcome = await unit.carry_out(APPLICATION, name, prepare, expected=call.version, answer=answer)
        for event in removed:
            if not event.kept:
                await let_go(unit, bytes.fromhex(event.fingerprint))
    return outcome


async def open_attachment(call: Call, application: str, attachment: str) -> Opened:
    """A file to be handed out, piece by piece, each checked before it is given.

    Raises Refused NOT_FOUND, and ERASED (404) once its person's keys are destroyed; Damaged for a file that is not as
    it was stored.
    """
    files, council = call.resource(Shelf).files, call.context.council
    async with call.reading() as reader:
        found = await read.attachment_of(reader, application, attachment)
    if found is None:
        raise not_found()
    fingerprint = bytes.fromhex(found["fingerprint"])
    kept = await files.find(council, fingerprint)
    if kept is None or (await files.digest(council, fingerprint) or b"").hex() != found["digest"]:
        raise Damaged("the bytes kept for an attachment are not those that its event names")
    place = kept.place
    try:
        key = await call.vault.file_key(council, place.person, place.stream, place.field, kept.head)
        name = await call.unsealed(found["name"])
    except Erased:
        raise Refused(Kind.NOT_FOUND, "CONTENT_ERASED", "What this person left here has been erased.") from None
    content = _content(files, council, fingerprint, kept, key)
    return Opened(name, found["type"], kept.size, found["digest"], content)


async def _content(
    files: FileStore, council: str, fingerprint: bytes, kept: Kept, key: FileKey
) -> AsyncIterator[bytes]:
    for number in range(kept.pieces):
        sealed = await files.piece(council, fingerprint, number)
        if sealed is None:
            raise Damaged("a piece of a file is gone")
        yield key.open(number, number == kept.pieces - 1, sealed)


async def damaged(book: Book, files: FileStore, council: str) -> list[str]:
    """The attachments whose kept bytes are gone, or are not those whose digest stands in the book.

    Known by the rows alone, so that neither a read model nor a key is needed, and nothing erased is missed.
    """
    named: dict[str, AttachmentAdded] = {}
    async for row in book.ledger.every_row(council):
        if row.kind != "decided" or not row.name.startswith("intake.application.attachment_"):
            continue
        match book.codec.decode_row(row):
            case AttachmentAdded() as added:
                named[added.attachment] = added
            case AttachmentRemoved(attachment, kept=False):
                named.pop(attachment, None)
            case _:
                pass
    return [
        attachment
        for attachment, added in named.items()
        if (await files.digest(council, bytes.fromhex(added.fingerprint)) or b"").hex() != added.digest
    ]


def _erased() -> Refused:
    return wrong_state("ERASED", "What was known of this person has been erased: nothing more can be kept of them.")
