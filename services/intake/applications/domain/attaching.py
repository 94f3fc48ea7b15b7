"""Attaching documents and taking them away: how many, how large and of which types, and how long the bytes are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from councils.settings import Settings
from ledger.decider import Acting, Failing, Private, not_found, rule_broken
from services.intake.applications.domain.events import ApplicationEvent
from services.intake.applications.domain.form_events import AttachmentAdded, AttachmentRemoved, Scan
from services.intake.applications.domain.requirements import broken
from services.intake.applications.domain.state import State

MEDIA_TYPES: Mapping[str, str] = {
    "PDF": "application/pdf",
    "DOCX": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "PNG": "image/png",
    "JPEG": "image/jpeg",
}
"""Every type that can be attached, with the media type under which it comes and goes."""

MOST = 50
"""Attachments of one application at a time: a sitting cannot read more."""


@dataclass(frozen=True)
class AttachFile:
    """Attach a file whose bytes have been told, scanned, sealed and stored; while asking first, ``digest`` is empty."""

    part: ClassVar = "attachments"
    attachment: str
    name: str
    type: str
    size: int
    fingerprint: str
    digest: str
    scan: Scan


def attach_file(command: AttachFile, state: State, acting: Acting[Settings]) -> Sequence[ApplicationEvent]:
    """One more document of a type and a size that the council takes; the same bytes again lead to nothing."""
    taken, failing = acting.settings.attachments, list[Failing]()
    if command.size > taken.max_bytes:
        sentence = f"A file may hold {taken.max_bytes} bytes at most."
        failing.append(Failing("/size", "FILE_TOO_LARGE", sentence))
    if MEDIA_TYPES[command.type] not in taken.types:
        types = ", ".join(name for name, media_type in MEDIA_TYPES.items() if media_type in taken.types)
        failing.append(Failing("/type", "TYPE_NOT_TAKEN", f"This council takes these types: {types}."))
    if failing:
        raise broken(*failing)
    if state.attachments.by_fingerprint(command.fingerprint) is not None:
        return []
    if len(state.attachments.standing) >= MOST:
        raise rule_broken("TOO_MANY_ATTACHMENTS", f"An application holds {MOST} attachments at most.")
    return [
        AttachmentAdded(
            attachment=command.attachment,
            name=Private(state.begun.person, command.name),
            type=command.type,
            size=command.size,
            fingerprint=command.fingerprint,
            digest=command.digest,
            scan=command.scan,
            added_by=acting.by.actor,
        )
    ]


@dataclass(frozen=True)
class RemoveAttachment:
    """Take an attachment away."""

    part: ClassVar = "attachments"
    attachment: str


def remove_attachment(command: RemoveAttachment, state: State, acting: Acting[Settings]) -> Sequence[ApplicationEvent]:
    """What was handed in once stays in the record, and its bytes with it."""
    standing = state.attachments.standing.get(command.attachment)
    if standing is None:
        raise not_found()
    kept = command.attachment in state.attachments.handed_in
    return [AttachmentRemoved(command.attachment, acting.by.actor, standing.fingerprint, kept)]
