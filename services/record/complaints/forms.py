"""What is said of a disagreement, and how complaints are shown."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from edge.forms import Day, Form, Identifier, Line, Text, one_of
from edge.lists import Narrow, OfDays, PageShown
from ledger.decider import Private
from services.record.complaints.domain.complaint import About, Disagreement, Relationship, Stage


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
    relationship: Annotated[str, one_of(*Relationship)]
    received_on: Day
    words: Text
    reason: Text | None = Field(
        None, description="Where nothing had been decided on that day: what delay or conduct it is about."
    )
    name: Line | None = Field(
        None, description="Of a parent or a young person whom no form names: they become a party."
    )

    def said(self) -> Disagreement:
        """What the form says, as rules know it; the command needs what record knows of the case beside it."""
        who = self.from_party
        return Disagreement(
            application=str(self.application),
            from_party=who,
            relationship=self.relationship,
            received_on=self.received_on,
            words=Private(who, self.words),
            reason=Private(who, self.reason) if self.reason else None,
            name=Private(who, self.name) if self.name else None,
        )


class ComplaintListed(BaseModel):
    """One complaint with its clocks, without the words it was opened with. Days are London's."""

    complaint: str
    application: str
    decision: str | None
    stage: Stage
    state: Literal["open"]
    received_on: date
    due_on: date
    extendable_to: date | None
    acknowledge_by: date | None
    relationship: Relationship
    from_party: str
    recorded_by: str
    version: int
    about: About


class ComplaintShown(ComplaintListed):
    """One complaint with its words; null when whoever said them was erased.

    ``reason`` says what a complaint about delay or conduct is about, ``party_name`` who a party is whom no form named.
    """

    words: str | None
    reason: str | None
    party_name: str | None


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
