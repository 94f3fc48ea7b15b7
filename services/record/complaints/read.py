"""Complaints as their officer lists them, soonest due first."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from ledger.recorded import Decided, Recorded
from ledger.rows import Change
from ledger.sealed import sealed_json
from ledger.store import Reader
from services.record.complaints.domain.complaint import ComplaintOpened


def project(recorded: Recorded) -> Sequence[Change]:
    """The statements that keep the list in step with one row."""
    match recorded:
        case Decided(row, ComplaintOpened() as opened):
            return [
                Change(
                    "insert into read.complaint (council, complaint, application, decision, stage, state, received_on,"
                    " due_on, extendable_to, acknowledge_by, relationship, from_party, words, recorded_by, version)"
                    " values ($1, $2, $3, $4, $5, 'open', $6, $7, $8, $9, $10, $11, $12, $13, $14)",
                    (
                        opened.complaint,
                        opened.application,
                        opened.decision,
                        str(opened.stage),
                        opened.received_on,
                        opened.due_on,
                        opened.extendable_to,
                        opened.acknowledge_by,
                        str(opened.relationship),
                        opened.from_party,
                        sealed_json(opened.words),
                        opened.recorded_by,
                        row.version,
                    ),
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


def overdue(today: date, due_on: date) -> bool:
    """Overdue is a comparison at read time: the due day itself is still in time."""
    return today > due_on
