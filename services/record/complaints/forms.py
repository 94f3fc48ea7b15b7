"""What is said of a disagreement, and how complaints are shown."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from edge.forms import Day, Form, Identifier, Line, Text
from edge.lists import Narrow, OfDays, PageShown
from ledger.decider import Private
from services.record.complaints.domain.complaint import Disagreement


class DisagreementForm(
    Form,
    json_schema_extra={
        "example": {
            "application": "863ac4ee-6b55-5ed3-a3ad-52e9609ad8f2",
            "from_party": "p-1c22d4",
            "relationship": "parent",
            "received_on": "2026-10-20",
            "words": "In their own words.",
        }
    },
):
    """What somebody of the family disagrees with, in their own words."""

    application: UUID
    from_party: Identifier
    relationship: Line
    received_on: Day
    words: Text

    def said(self) -> Disagreement:
        """What the form says, as rules know it; the command needs what record knows of the case beside it."""
        words = Private(self.from_party, self.words)
        return Disagreement(str(self.application), self.from_party, self.relationship, self.received_on, words)


class ComplaintListed(BaseModel):
    """One complaint with its clocks, without the words it was opened with. Days are London's."""

    complaint: str
    application: str
    decision: str | None
    stage: str
    state: str
    received_on: date
    due_on: date
    extendable_to: date | None
    acknowledge_by: date | None
    relationship: str
    from_party: str
    recorded_by: str
    version: int


class ComplaintShown(ComplaintListed):
    """One complaint with its words; null when whoever said them was erased."""

    words: str | None


class ComplaintsAsked(OfDays):
    """Which complaints are listed; the days are those on which they were received."""

    complaint: Narrow = None
    application: UUID | None = None
    decision: Narrow = None
    stage: Narrow = None
    state: Narrow = None
    relationship: Narrow = None

    def narrowed(self) -> dict[str, Any]:
        """Record keeps ids as texts."""
        return {**super().narrowed(), "application": str(self.application) if self.application else None}


class ComplaintsShown(PageShown):
    """A council's complaints, soonest due first."""

    complaints: tuple[ComplaintListed, ...]
