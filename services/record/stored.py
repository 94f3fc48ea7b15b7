"""The names under which complaints are stored. Append to it; never edit a released line."""

from typing import Any

from ledger.codec.codec import stored
from services.record.complaints.domain.complaint import ComplaintOpened, DisagreementRepeated


def _about_a_decision(state: dict[str, Any]) -> dict[str, Any]:
    """What a complaint was about was not asked before: the decision that it names, or what came before any."""
    about = "DECISION" if state["decision"] is not None else "DELAY_OR_CONDUCT"
    return {**state, "about": about, "reason": None, "party_name": None}


STORED = (
    stored("record.complaint.opened", 2, ComplaintOpened, {1: _about_a_decision}),
    stored("record.complaint.repeated", 1, DisagreementRepeated),
)
