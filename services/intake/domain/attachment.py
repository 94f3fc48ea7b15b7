"""What is attached to an application: what may be added and taken away, and how long the bytes are kept for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from ledger.decider import By, Failing, Private, not_found, rule_broken
from services.intake.domain.file_types import MEDIA_TYPES

MOST = 50
"""Attachments of one application at a time: a sitting cannot read more."""

Scan = Literal["clean", "not_scanned"]


@dataclass(frozen=True)
class AttachmentAdded:
    """A document was attached. Its bytes are kept sealed beside the ledger, never in it.

    ``fingerprint`` (hex) finds them: an HMAC under the person's key, gone with it. ``digest`` (hex) is SHA-256 of the
    ciphertext, so that an altered one is found. ``size`` is that of the content in bytes.
    """

    attachment: str
    name: Private
    type: str
    size: int
    fingerprint: str
    digest: str
    scan: Scan
    added_by: str


@dataclass(frozen=True)
class AttachmentRemoved:
    """A document is no longer part of the form. ``kept``: it was handed in once, so the record holds its bytes."""

    attachment: str
    removed_by: str
    fingerprint: str
    kept: bool


@dataclass(frozen=True)
class AttachFile:
    """Attach a file whose bytes have been told, scanned, sealed and stored; while asking first, ``digest`` is empty."""

    by: By
    attachment: str
    name: str
    type: str
    size: int
    fingerprint: str
    digest: str
    scan: Scan
    most_bytes: int
    types: tuple[str, ...]


@dataclass(frozen=True)
class RemoveAttachment:
    """Take an attachment away."""

    by: By
    attachment: str


@dataclass(frozen=True)
class Attachments:
    """The attachments that stand, and which of them were handed in."""

    standing: Mapping[str, AttachmentAdded] = field(default_factory=dict[str, AttachmentAdded])
    handed_in: frozenset[str] = frozenset()

    def by_fingerprint(self, fingerprint: str) -> str | None:
        """The attachment that holds these bytes already."""
        return next((name for name, one in self.standing.items() if one.fingerprint == fingerprint), None)


NOTHING_ATTACHED = Attachments()


def evolved(attachments: Attachments, event: AttachmentAdded | AttachmentRemoved) -> Attachments:
    """One more, or one less."""
    match event:
        case AttachmentAdded(attachment):
            return replace(attachments, standing={**attachments.standing, attachment: event})
        case AttachmentRemoved(attachment):
            standing = {name: one for name, one in attachments.standing.items() if name != attachment}
            return replace(attachments, standing=standing)
        case _:
            assert_never(event)


def handed_in(attachments: Attachments) -> Attachments:
    """The form went to the panel with what is attached now."""
    return replace(attachments, handed_in=attachments.handed_in | attachments.standing.keys())


def attached(
    command: AttachFile | RemoveAttachment, attachments: Attachments, person: str
) -> Sequence[AttachmentAdded | AttachmentRemoved]:
    """What attaching or removing leads to; the same bytes again lead to nothing."""
    match command:
        case AttachFile():
            return _added(command, attachments, person)
        case RemoveAttachment(by, attachment):
            standing = attachments.standing.get(attachment)
            if standing is None:
                raise not_found()
            kept = attachment in attachments.handed_in
            return [AttachmentRemoved(attachment, by.actor, standing.fingerprint, kept)]
        case _:
            assert_never(command)


def _added(command: AttachFile, attachments: Attachments, person: str) -> Sequence[AttachmentAdded]:
    failing = [
        *(
            [Failing("/size", "FILE_TOO_LARGE", f"A file may hold {command.most_bytes} bytes at most.")]
            if command.size > command.most_bytes
            else []
        ),
        *(
            [Failing("/type", "TYPE_NOT_TAKEN", f"This council takes these types: {', '.join(_taken(command))}.")]
            if MEDIA_TYPES[command.type] not in command.types
            else []
        ),
    ]
    if failing:
        raise rule_broken(failing[0].code, failing[0].sentence, failing=failing)
    if attachments.by_fingerprint(command.fingerprint) is not None:
        return []
    if len(attachments.standing) >= MOST:
        raise rule_broken("TOO_MANY_ATTACHMENTS", f"An application holds {MOST} attachments at most.")
    return [
        AttachmentAdded(
            attachment=command.attachment,
            name=Private(person, command.name),
            type=command.type,
            size=command.size,
            fingerprint=command.fingerprint,
            digest=command.digest,
            scan=command.scan,
            added_by=command.by.actor,
        )
    ]


def _taken(command: AttachFile) -> list[str]:
    return [name for name, media_type in MEDIA_TYPES.items() if media_type in command.types]
