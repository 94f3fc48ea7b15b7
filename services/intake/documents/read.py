"""What is attached to each application, and every text that a section of it has had."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ledger.changes import Change, Table
from ledger.codec.sealed import sealed_json
from ledger.decider import Private
from ledger.listing import Listing
from ledger.recorded import Heard, Recorded
from ledger.rows import Row
from ledger.store import Reader
from ledger.unit_of_work import subject_of
from services.intake.applications.domain.events import FurtherInformationGiven
from services.intake.applications.domain.form_events import AttachmentAdded, AttachmentRemoved, SectionCompleted

ATTACHMENT = Table("read.attachment", key=("application", "attachment"))
SECTION_VERSION = Table("read.section_version", key=("application", "section", "version"))


def project(recorded: Recorded) -> Sequence[Change]:
    """What keeps these in step with one event of an application."""
    if isinstance(recorded, Heard):
        return []
    row, application = recorded.row, subject_of(recorded.row.stream)
    match recorded.event:
        case AttachmentAdded(attachment, name) as added:
            plain = ("type", "size", "fingerprint", "digest", "scan", "added_by")
            said = {one: getattr(added, one) for one in plain}
            return [
                ATTACHMENT.row(application, attachment).insert(name=sealed_json(name), added_at=row.recorded_at, **said)
            ]
        case AttachmentRemoved(attachment, removed_by, _, kept):
            removed = {"removed_by": removed_by, "removed_at": row.recorded_at, "kept": kept}
            return [ATTACHMENT.row(application, attachment).set(**removed)]
        case SectionCompleted(section, text):
            return [_section_version(application, section, row, text)]
        case FurtherInformationGiven(sections=sections):
            return [_section_version(application, changed.section, row, changed.text) for changed in sections]
        case _:
            return []


def _section_version(application: str, section: str, row: Row, text: Private) -> Change:
    written = {"text": sealed_json(text), "written_by": row.actor, "written_at": row.recorded_at}
    return SECTION_VERSION.row(application, section, row.version).insert(**written)


# --- Reading --------------------------------------------------------------------------------------------------


ATTACHMENTS = Listing(
    "read.attachment",
    "attachment, name, type, size, digest, scan, added_by, added_at",
    (("added_at", "timestamptz"), ("attachment", "text")),
    narrow={"application": "application = {} and removed_at is null"},
)
"""What is attached to an application now, oldest first, names as they are sealed."""


async def attachment_of(reader: Reader, application: str, attachment: str) -> dict[str, Any] | None:
    """One attachment whose bytes are still kept: one that stands, or that was handed in before it was removed."""
    found = await reader.fetch(
        "select attachment, name, type, size, fingerprint, digest from read.attachment"
        " where council = $1 and application = $2 and attachment = $3 and kept",
        application,
        attachment,
    )
    return dict(found[0]) if found else None


async def writing_of(reader: Reader, application: str) -> dict[str, Any] | None:
    """Who an application is about, whose it is, and whether it is being written; None where there is none."""
    found = await reader.fetch(
        "select person, kind, stage, originator, team, service from read.application"
        " where council = $1 and application = $2",
        application,
    )
    return dict(found[0]) if found else None


async def section_versions(reader: Reader, application: str, section: str) -> list[dict[str, Any]]:
    """Every text that a section was completed with, oldest first; ``version`` is the application's at that moment."""
    found = await reader.fetch(
        "select version, text, written_by, written_at from read.section_version"
        " where council = $1 and application = $2 and section = $3 order by version",
        application,
        section,
    )
    return [dict(row) for row in found]


async def drafts_left_over(reader: Reader, saved_before: datetime) -> list[str]:
    """Applications in the panel's hands, or over, for which somebody's drafts are kept from before a moment."""
    found = await reader.fetch(
        "select a.application from read.application a where a.council = $1 and a.stage in ('submitted', 'closed')"
        " and exists (select from kept.draft d where d.council = $1 and d.stream = 'application-' || a.application"
        " and d.box is not null) and not exists (select from kept.draft d where d.council = $1"
        " and d.stream = 'application-' || a.application and d.saved_at >= $2) order by a.application",
        saved_before,
    )
    return [row["application"] for row in found]
