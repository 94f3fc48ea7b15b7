"""The names under which panel's events are stored. Append to it; never edit a released line."""

from typing import Any

from ledger.codec.codec import Upcast, stored
from services.panel.decisions.domain import events as decisions
from services.panel.sittings.domain import events as sittings


def _with(**added: Any) -> Upcast:
    """An upcast that fills in what an event did not hold when it was stored."""
    return lambda state: {**state, **added}


def _of_no_consequence(state: dict[str, Any]) -> dict[str, Any]:
    """What happens if it is not provided was not kept with the first cases."""
    return {**state, "case": {**state["case"], "consequence": None}}


def _of_no_order(state: dict[str, Any]) -> dict[str, Any]:
    """An order could not be named when the first cases were received."""
    return {**state, "case": {**state["case"], "order": None}}


STORED = (
    stored("panel.sitting.scheduled", 1, sittings.SittingScheduled),
    stored("panel.sitting.slot_offered", 2, sittings.SlotOffered, {1: _with(warned=[])}),
    stored("panel.sitting.slot_freed", 1, sittings.SlotFreed),
    stored("panel.sitting.opened", 1, sittings.SittingOpened),
    stored(
        "panel.sitting.item_opened",
        2,
        sittings.ItemOpened,
        {1: _with(chaired_by=None, chaired_role=None, may_chair=[])},
    ),
    stored("panel.sitting.item_closed", 1, sittings.ItemClosed),
    stored("panel.sitting.closed", 1, sittings.SittingClosed),
    stored("panel.sitting.minutes_signed", 1, sittings.MinutesSigned),
    stored("panel.decision.received", 3, decisions.Received, {1: _of_no_order, 2: _of_no_consequence}),
    stored("panel.decision.route_changed", 1, decisions.RouteChanged),
    stored(
        "panel.decision.further_information_received",
        3,
        decisions.FurtherInformationReceived,
        {1: _with(one_off_pence=None), 2: _with(consequence=None)},
    ),
    stored("panel.decision.returned", 1, decisions.Returned),
    stored("panel.decision.deferred_to_sitting", 1, decisions.DeferredToSitting),
    stored("panel.decision.withdrawal_agreed", 1, decisions.WithdrawalAgreed),
    stored("panel.decision.withdrawn", 1, decisions.Withdrawn),
    stored("panel.decision.agreed", 1, decisions.Agreed),
    stored("panel.decision.deferred", 1, decisions.Deferred),
    stored("panel.decision.not_agreed", 2, decisions.NotAgreed, {1: _with(consequence=None)}),
    stored(
        "panel.decision.delegated_decision_made",
        3,
        decisions.DelegatedDecisionMade,
        {
            1: _with(one_off_pence=None, limit_one_off_pence=None, limit_yearly_pence=None),
            2: _with(consequence=None),
        },
    ),
    stored("panel.sitting.ratification_placed", 1, sittings.RatificationPlaced),
    stored("panel.decision.plan_filed_with_court", 1, decisions.PlanFiledWithCourt),
    stored("panel.decision.decided_out_of_panel", 1, decisions.DecidedOutOfPanel),
    stored("panel.decision.ratified", 1, decisions.Ratified),
    stored("panel.decision.not_ratified", 1, decisions.NotRatified),
    stored("panel.decision.replacement_in_place", 1, decisions.ReplacementInPlace),
    stored("panel.decision.alarm_raised", 1, decisions.AlarmRaised),
    stored("panel.decision.ratification_set", 1, decisions.RatificationSet),
    stored("panel.decision.authority_conflict_found", 1, decisions.AuthorityConflictFound),
    stored("panel.sitting.slot_moved_on", 1, sittings.SlotMovedOn),
    stored("panel.decision.family_member_taken_out", 1, decisions.FamilyMemberTakenOut),
)
