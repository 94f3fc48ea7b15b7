"""The names under which panel's events are stored. Append to it; never edit a released line."""

from typing import Any

from ledger.codec import Upcast, stored
from services.panel.domain import agenda, court, decision, out_of_panel, ruling


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
    stored("panel.sitting.scheduled", 1, agenda.SittingScheduled),
    stored("panel.sitting.slot_offered", 2, agenda.SlotOffered, {1: _with(warned=[])}),
    stored("panel.sitting.slot_freed", 1, agenda.SlotFreed),
    stored("panel.sitting.opened", 1, agenda.SittingOpened),
    stored(
        "panel.sitting.item_opened", 2, agenda.ItemOpened, {1: _with(chaired_by=None, chaired_role=None, may_chair=[])}
    ),
    stored("panel.sitting.item_closed", 1, agenda.ItemClosed),
    stored("panel.sitting.closed", 1, agenda.SittingClosed),
    stored("panel.sitting.minutes_signed", 1, agenda.MinutesSigned),
    stored("panel.decision.received", 3, decision.Received, {1: _of_no_order, 2: _of_no_consequence}),
    stored("panel.decision.route_changed", 1, decision.RouteChanged),
    stored(
        "panel.decision.further_information_received",
        3,
        decision.FurtherInformationReceived,
        {1: _with(one_off_pence=None), 2: _with(consequence=None)},
    ),
    stored("panel.decision.returned", 1, decision.Returned),
    stored("panel.decision.deferred_to_sitting", 1, decision.DeferredToSitting),
    stored("panel.decision.withdrawal_agreed", 1, decision.WithdrawalAgreed),
    stored("panel.decision.withdrawn", 1, decision.Withdrawn),
    stored("panel.decision.agreed", 1, ruling.Agreed),
    stored("panel.decision.deferred", 1, ruling.Deferred),
    stored("panel.decision.not_agreed", 2, ruling.NotAgreed, {1: _with(consequence=None)}),
    stored(
        "panel.decision.delegated_decision_made",
        3,
        ruling.DelegatedDecisionMade,
        {
            1: _with(one_off_pence=None, limit_one_off_pence=None, limit_yearly_pence=None),
            2: _with(consequence=None),
        },
    ),
    stored("panel.sitting.ratification_placed", 1, agenda.RatificationPlaced),
    stored("panel.decision.plan_filed_with_court", 1, court.PlanFiledWithCourt),
    stored("panel.decision.decided_out_of_panel", 1, out_of_panel.DecidedOutOfPanel),
    stored("panel.decision.ratified", 1, out_of_panel.Ratified),
    stored("panel.decision.not_ratified", 1, out_of_panel.NotRatified),
    stored("panel.decision.replacement_in_place", 1, out_of_panel.ReplacementInPlace),
    stored("panel.decision.alarm_raised", 1, out_of_panel.AlarmRaised),
    stored("panel.decision.ratification_set", 1, out_of_panel.RatificationSet),
    stored("panel.decision.authority_conflict_found", 1, out_of_panel.AuthorityConflictFound),
)
