"""What others hear of complaints: that one was opened, and its clocks."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import UNSET, UnsetType

from ledger.codec.sealed import sealed_json
from ledger.recorded import Decided
from ledger.rows import Outgoing
from services.public import Data, Day, Id, Name, Sealed, outgoing, public
from services.record.complaints.domain.complaint import ComplaintOpened


def publish(decided: Decided) -> Sequence[Outgoing]:
    """The public events of one stored event."""
    match decided.event:
        case ComplaintOpened() as opened:
            data = ComplaintOpenedV1(
                complaint=opened.complaint,
                application=opened.application,
                decision=opened.decision,
                stage=opened.stage.value,
                received_on=opened.received_on,
                due_on=opened.due_on,
                extendable_to=opened.extendable_to,
                acknowledge_by=opened.acknowledge_by,
                from_party=opened.from_party,
                relationship=opened.relationship.value,
                words=sealed_json(opened.words),
                recorded_by=opened.recorded_by,
                about=opened.about,
            )
            return [outgoing(data)]
        case _:
            return []


@public("uk.panelbook.record.complaint.opened.v1", "A complaint was opened", "{complaint}")
class ComplaintOpenedV1(Data, frozen=True):
    """A family's disagreement, which is a complaint without exception (S4 §8): Stage One where it is about a child,
    the adult procedure else.
    """

    complaint: Annotated[Id, "The complaint."]
    application: Annotated[Id, "The application it is about."]
    decision: Annotated[Id | None, "The decision it is about, where there is one."]
    stage: Annotated[Literal["STAGE_ONE", "ADULT"], "The procedure and the stage it is at."]
    received_on: Annotated[Day, "Day 0 of the clock."]
    due_on: Annotated[
        Day,
        "Ten working days later (SI 2006/1738 reg 14); an adult's, when a written explanation is owed "
        "(SI 2009/309 reg 14).",
    ]
    extendable_to: Annotated[Day | None, "Twenty working days later, once, with a reason; null for an adult's."]
    from_party: Annotated[Name, "Who disagrees."]
    relationship: Annotated[
        Literal["child", "young_person", "parent", "carer", "advocate", "person"],
        "What they are to the person concerned.",
    ]
    words: Annotated[Sealed, "Their own words."]
    recorded_by: Annotated[Name, "The officer who wrote it down."]
    acknowledge_by: Annotated[
        Day | UnsetType | None, "Three working days later for an adult's (SI 2009/309 reg 13); null for Stage One."
    ] = UNSET
    about: Annotated[
        Literal["DECISION", "DELAY_OR_CONDUCT"] | UnsetType, "A decision, or what came before there was one."
    ] = UNSET
