"""Complaints as their officer lists them, soonest due first."""

from collections.abc import Sequence
from typing import Any

from ledger.changes import Change, Table
from ledger.codec.sealed import sealed_json
from ledger.recorded import Decided, Recorded
from ledger.store import Reader
from services.record.complaints.domain.complaint import ComplaintOpened

COMPLAINT = Table("read.complaint", key=("complaint",))


def project(recorded: Recorded) -> Sequence[Change]:
    """The changes that keep the list in step with one row."""
    match recorded:
        case Decided(row, ComplaintOpened() as opened):
            return [
                COMPLAINT.row(opened.complaint).insert(
                    application=opened.application,
                    decision=opened.decision,
                    stage=str(opened.stage),
                    state="open",
                    received_on=opened.received_on,
                    due_on=opened.due_on,
                    extendable_to=opened.extendable_to,
                    acknowledge_by=opened.acknowledge_by,
                    relationship=str(opened.relationship),
                    from_party=opened.from_party,
                    words=sealed_json(opened.words),
                    recorded_by=opened.recorded_by,
                    version=row.version,
                )
            ]
        case _:
            return []


async def complaints(
    reader: Reader, *, complaint: str | None = None, application: str | None = None
) -> list[dict[str, Any]]:
    """Complaints of one council, soonest due first; ``words`` stay sealed."""
    found = await reader.fetch(
        "select complaint, application, decision, stage, state, received_on, due_on, extendable_to, acknowledge_by,"
        " relationship, from_party, words, recorded_by, version from read.complaint"
        " where council = $1 and ($2::text is null or complaint = $2) and ($3::text is null or application = $3)"
        " order by due_on, complaint limit 500",
        complaint,
        application,
    )
    return [dict(row) for row in found]
