"""Everything that panel stores reads back as it was, and its public events hold to their contracts."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from contracts.registry import registry
from ledger.codec.codec import Codec
from ledger.codec.sealed import NotSealed
from ledger.decider import Private
from ledger.recorded import Decided
from ledger.rows import Outgoing, Row
from ledger.vault.vault import MemoryVault
from services.panel.decisions.domain.events import Agreed
from services.panel.publishing import publish
from services.panel.sittings.domain.events import RatificationPlaced, SlotFreed, SlotMovedOn
from services.panel.stored import STORED
from tests.ledger.codec.roundtrip import assert_round_trips
from tests.services.panel.cases import (
    APPLICATION,
    DECISION,
    NOW,
    SITTING,
    TUESDAY,
    plan,
    private,
    received,
    scheduled,
    slot,
)
from tests.services.panel.decisions import test_conflicts as conflicts
from tests.services.panel.decisions import test_court as court
from tests.services.panel.decisions import test_decision as decisions
from tests.services.panel.decisions import test_delegated as by_practice
from tests.services.panel.decisions import test_out_of_panel as outside
from tests.services.panel.decisions import test_ratification as ratification
from tests.services.panel.decisions import test_returned_and_withdrawn as returned
from tests.services.panel.sittings import test_sitting as sittings

NOT_AGREED = decisions.waiting().when(*decisions.panel("NOT_AGREED", **decisions.COST_ONLY)).events[0]
DELEGATED = by_practice.made(99999, 100000, decisions.BUDGET)
UNREVIEWED = replace(decisions.AGREED, review_on=None, no_review_because=private("The package ends in November."))
PUBLIC = {
    "scheduled": (scheduled(), ["panel.sitting.scheduled"]),
    "slot_offered": (slot(20), ["panel.sitting.slot_offered"]),
    "returned": (decisions.RETURNED, ["panel.decision.returned"]),
    "returned_for_a_day": (replace(decisions.RETURNED, defer_to=TUESDAY), ["panel.decision.returned"]),
    "withdrawn": (
        returned.Withdrawn(APPLICATION, "worker-1", NOW, "service-manager-1", private(decisions.REASON)),
        ["panel.decision.withdrawn"],
    ),
    "agreed": (decisions.AGREED, ["panel.decision.decided", "panel.decision.announced"]),
    "unreviewed": (UNREVIEWED, ["panel.decision.decided", "panel.decision.announced"]),
    "deferred": (decisions.DEFERRED, ["panel.decision.decided", "panel.decision.announced"]),
    "not_agreed": (NOT_AGREED, ["panel.decision.decided", "panel.decision.announced"]),
    "delegated": (DELEGATED, ["panel.decision.decided", "panel.decision.announced"]),
    "received": (received(), []),
    "received_for_delegation": (plan(99999), []),
    "route_changed": (decisions.RouteChanged(APPLICATION, decisions.delegated()), []),
    "further_information": (decisions.GIVEN, []),
    "deferred_to_sitting": (returned.DeferredToSitting(APPLICATION, TUESDAY), []),
    "withdrawal_agreed": (returned.WITHDRAWAL_AGREED, []),
    "slot_freed": (SlotFreed(APPLICATION, "worker-1"), []),
    "slot_moved_on": (
        SlotMovedOn(APPLICATION, DECISION, "CARE_PANEL", TUESDAY, 15, "Room 4", "admin-1"),
        ["panel.sitting.slot_moved_on"],
    ),
    "opened": (sittings.OPENED, []),
    "item_opened": (sittings.ITEM_OPENED, []),
    "item_closed": (sittings.ITEM_CLOSED, []),
    "closed": (sittings.CLOSED, []),
    "ratification_placed": (RatificationPlaced(SITTING, APPLICATION, DECISION, NOW, 10, "admin-1"), []),
    "filed": (court.FILED, []),
    "out_of_panel": (outside.EMERGENCY, ["panel.decision.decided_out_of_panel", "panel.decision.announced"]),
    "at_risk_to_life": (outside.AT_RISK, ["panel.decision.decided_out_of_panel", "panel.decision.announced"]),
    "ratified": (ratification.RATIFIED, ["panel.decision.ratified"]),
    "not_ratified": (ratification.NOT_RATIFIED, ["panel.decision.not_ratified"]),
    "replaced": (ratification.REPLACED, []),
    "alarm": (ratification.OVERDUE, ["panel.decision.alarm_raised"]),
    "ratification_set": (conflicts.PLACED, []),
    "authority_conflict": (conflicts.CONFLICT, ["panel.decision.authority_conflict_found"]),
    "minutes_signed": (sittings.MinutesSigned("chair-1", "chair", NOW), []),
}


async def sealed(event: Any) -> Decided:
    """The event as its row has it."""
    event = await MemoryVault().seal_event("c4d81e", f"decision-{APPLICATION}", event)
    return decided(event)


def decided(event: Any) -> Decided:
    """A row of the event; what it leads to does not depend on the row's own columns, its council apart."""
    nothing = UUID(int=0)
    row = Row(
        "c4d81e", "book", 1, 1, "decided", f"decision-{APPLICATION}", 1, "", 0, 0, nothing, "", 1, NOW, NOW, "chair-1",
        "chair", nothing, nothing, "", b"",
    )  # fmt: skip
    return Decided(row, event)


@pytest.mark.parametrize("name", PUBLIC)
async def test_what_is_stored_reads_back_as_it_was(name: str) -> None:
    codec, event = Codec(STORED), (await sealed(PUBLIC[name][0])).event
    assert codec.decode(*codec.encode(event)) == event


def test_any_event_reads_back_as_it_was() -> None:
    assert_round_trips(Codec(STORED), examples=10)


@pytest.mark.parametrize("name", PUBLIC)
async def test_every_public_event_holds_to_its_contract(name: str) -> None:
    event, types = PUBLIC[name]
    told = publish(await sealed(event))
    assert [one.type for one in told] == [f"uk.panelbook.{type_}.v1" for type_ in types]
    for one in told:
        registry().validate_strictly(one.type, one.data)
        assert registry().subject(one.type, one.data) == one.subject


async def test_outside_a_decision_is_a_reference_and_nothing_more() -> None:
    _, announced = publish(await sealed(decisions.AGREED))
    assert announced == Outgoing(
        "decisions",
        "uk.panelbook.panel.decision.announced.v1",
        str(DECISION),
        {
            "schema_version": 1,
            "council": "c4d81e",
            "reference": str(DECISION),
            "detail_url": f"/panel/councils/c4d81e/decisions/{APPLICATION}",
        },
    )


async def test_a_deferral_tells_its_work_and_the_next_sitting() -> None:
    told, _ = publish(await sealed(decisions.DEFERRED))
    (work,) = told.data["further_work"]
    assert (work["work"], work["owner"], work["due_at"]) == (decisions.WORK_ID, "worker-1", "2026-10-14T16:00:00Z")
    assert (told.data["outcome"], told.data["sitting"]) == ("DEFERRED", str(SITTING))
    assert told.data["next_sitting_on"] == "2026-10-20"


async def test_a_delegated_decision_tells_limit_cost_and_settings_version() -> None:
    told, _ = publish(await sealed(DELEGATED))
    assert told.data["made"] == "DELEGATED"
    assert (told.data["limit_weekly_pence"], told.data["weekly_pence"], told.data["settings_version"]) == (
        100000,
        99999,
        2,
    )


def test_reasons_never_leave_unsealed() -> None:
    with pytest.raises(NotSealed):
        publish(decided(decisions.RETURNED))


async def test_a_name_that_came_sealed_is_passed_on_as_it_came() -> None:
    agreed = (await sealed(decisions.AGREED)).event
    assert isinstance(agreed, Agreed)
    name: Private = agreed.ruling.concerned.person_name
    assert name == received().concerned.person_name
