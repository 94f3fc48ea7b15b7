"""Complaints as their officer lists them, soonest due first."""

from collections.abc import Sequence
from typing import Any

from ledger.changes import Change, Table
from ledger.codec.sealed import sealed_json
from ledger.listing import Listing
from ledger.recorded import Decided, Recorded
from ledger.store import Reader
from services.record.complaints.domain.complaint import ComplaintOpened, DisagreementRepeated

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
                    about=opened.about,
                    reason=sealed_json(opened.reason) if opened.reason else None,
                    party_name=sealed_json(opened.party_name) if opened.party_name else None,
                    version=row.version,
                )
            ]
        case Decided(row, DisagreementRepeated(complaint=complaint)):
            return [COMPLAINT.row(complaint).set(version=row.version)]
        case _:
            return []


_SHOWN = (
    "complaint, application, decision, stage, state, received_on, due_on, extendable_to, acknowledge_by, relationship,"
    " from_party, recorded_by, version, about"
)

COMPLAINTS = Listing(
    "read.complaint",
    _SHOWN,
    (("due_on", "date"), ("complaint", "text")),
    narrow={
        "complaint": "complaint = {}",
        "application": "application = {}",
        "decision": "decision = {}",
        "stage": "stage = {}",
        "state": "state = {}",
        "relationship": "relationship = {}",
        "since": "received_on >= {}",
        "until": "received_on <= {}",
    },
)
"""Complaints, soonest due first; without their words."""


async def complaint_of(reader: Reader, complaint: str) -> dict[str, Any] | None:
    """One complaint, what is sealed of it as it is; None where there is none by this id."""
    found = await reader.fetch(
        f"select {_SHOWN}, words, reason, party_name from read.complaint where council = $1 and complaint = $2",
        complaint,
    )
    return dict(found[0]) if found else None


async def words_of(reader: Reader, application: str, from_party: str) -> list[tuple[str, Any]]:
    """The complaints of one party about an application, oldest first, each with its words as they are sealed."""
    found = await reader.fetch(
        "select complaint, words from read.complaint where council = $1 and application = $2 and from_party = $3"
        " order by received_on, complaint",
        application,
        from_party,
    )
    return [(row["complaint"], row["words"]) for row in found]
