"""The names under which panel's events are stored. Append to it; never edit a released line."""

from ledger.codec import stored
from services.panel.domain import agenda, decision, ruling

STORED = (
    stored("panel.sitting.scheduled", 1, agenda.SittingScheduled),
    stored("panel.sitting.slot_offered", 1, agenda.SlotOffered),
    stored("panel.sitting.slot_freed", 1, agenda.SlotFreed),
    stored("panel.sitting.opened", 1, agenda.SittingOpened),
    stored("panel.sitting.item_opened", 1, agenda.ItemOpened),
    stored("panel.sitting.item_closed", 1, agenda.ItemClosed),
    stored("panel.sitting.closed", 1, agenda.SittingClosed),
    stored("panel.sitting.minutes_signed", 1, agenda.MinutesSigned),
    stored("panel.decision.received", 1, decision.Received),
    stored("panel.decision.route_changed", 1, decision.RouteChanged),
    stored("panel.decision.further_information_received", 1, decision.FurtherInformationReceived),
    stored("panel.decision.returned", 1, decision.Returned),
    stored("panel.decision.deferred_to_sitting", 1, decision.DeferredToSitting),
    stored("panel.decision.withdrawal_agreed", 1, decision.WithdrawalAgreed),
    stored("panel.decision.withdrawn", 1, decision.Withdrawn),
    stored("panel.decision.agreed", 1, ruling.Agreed),
    stored("panel.decision.deferred", 1, ruling.Deferred),
    stored("panel.decision.not_agreed", 1, ruling.NotAgreed),
    stored("panel.decision.delegated_decision_made", 1, ruling.DelegatedDecisionMade),
)
