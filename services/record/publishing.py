"""What others hear of complaints: that one was opened, and its clocks."""

from collections.abc import Sequence

from ledger.book import Decided
from ledger.rows import Outgoing
from ledger.sealed import sealed_json
from services.record.complaints.domain.complaint import ComplaintOpened


def publish(decided: Decided) -> Sequence[Outgoing]:
    """The public events of one stored event."""
    match decided.event:
        case ComplaintOpened() as opened:
            data = {
                "complaint": opened.complaint,
                "application": opened.application,
                "decision": opened.decision,
                "stage": str(opened.stage),
                "received_on": opened.received_on.isoformat(),
                "due_on": opened.due_on.isoformat(),
                "extendable_to": opened.extendable_to.isoformat() if opened.extendable_to else None,
                "acknowledge_by": opened.acknowledge_by.isoformat() if opened.acknowledge_by else None,
                "from_party": opened.from_party,
                "relationship": str(opened.relationship),
                "words": sealed_json(opened.words),
                "recorded_by": opened.recorded_by,
            }
            return [Outgoing("events", "uk.panelbook.record.complaint.opened.v1", opened.complaint, data)]
        case _:
            return []
