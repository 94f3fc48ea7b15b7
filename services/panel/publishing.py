"""What others hear of panel: sittings, slots, returns, withdrawals, and every decision, outside as a bare reference."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from ledger.decider import Private
from ledger.recorded import Decided
from ledger.rows import Outgoing
from ledger.sealed import sealed_json
from services.panel.decisions.data import decision_data
from services.panel.decisions.domain.events import (
    Agreed,
    AlarmRaised,
    AuthorityConflictFound,
    DecidedOutOfPanel,
    Deferred,
    DelegatedDecisionMade,
    NotAgreed,
    NotRatified,
    Ratified,
    Returned,
    Withdrawn,
)
from services.panel.sittings.domain.events import SittingScheduled, SlotOffered

DECIDED = "uk.panelbook.panel.decision.decided.v1"
ANNOUNCED = "uk.panelbook.panel.decision.announced.v1"


def publish(decided: Decided) -> Sequence[Outgoing]:
    """The public events of one stored event."""
    match decided.event:
        case SittingScheduled() as scheduled:
            return [_event("sitting.scheduled", str(scheduled.sitting), _scheduled(scheduled))]
        case SlotOffered() as offered:
            return [_event("sitting.slot_offered", str(offered.application), _offered(offered))]
        case Returned() as returned:
            data = {
                "application": returned.application,
                "by": returned.returned_by,
                "reasons": _sealed(returned.reasons),
                "defer_to": returned.defer_to,
            }
            return [_event("decision.returned", str(returned.application), data)]
        case Withdrawn() as withdrawn:
            data = {
                "application": withdrawn.application,
                "by": withdrawn.withdrawn_by,
                "reasons": _sealed((withdrawn.reason,)),
            }
            return [_event("decision.withdrawn", str(withdrawn.application), data)]
        case (Agreed() | Deferred() | NotAgreed() | DelegatedDecisionMade()) as decision:
            application = str(decision.ruling.application)
            told = Outgoing("events", DECIDED, application, decision_data(decision))
            return [told, _announced(decided.row.council, decision.ruling.decision, f"decisions/{application}")]
        case DecidedOutOfPanel() as outside:
            told = _event("decision.decided_out_of_panel", str(outside.application), _outside(outside))
            where = f"decisions/{outside.application}/out-of-panel-decisions"
            return [told, _announced(decided.row.council, outside.decision, where)]
        case Ratified() as ratified:
            data = _of_panel(ratified, ratified.ratified_by, ratified.ratified_at)
            return [_event("decision.ratified", str(ratified.application), data)]
        case NotRatified() as refused:
            data = {**_of_panel(refused, refused.refused_by, refused.refused_at), "needed": _sealed(refused.needed)}
            return [_event("decision.not_ratified", str(refused.application), data)]
        case AlarmRaised() as alarm:
            told = {"officers": list(alarm.officers), "roles": list(alarm.roles)}
            data = {**msgspec.to_builtins(alarm), **told}
            return [_event("decision.alarm_raised", str(alarm.application), data)]
        case AuthorityConflictFound() as conflict:
            data = {**msgspec.to_builtins(conflict), "roles": list(conflict.roles)}
            return [_event("decision.authority_conflict_found", str(conflict.application), data)]
        case _:
            return []


def _event(name: str, subject: str, data: dict[str, Any]) -> Outgoing:
    return Outgoing("events", f"uk.panelbook.panel.{name}.v1", subject, msgspec.to_builtins(data))


def _announced(council: str, decision: UUID, where: str) -> Outgoing:
    """Outside, a decision is a reference and a place to read it with authority: no person, no outcome (S4 §1)."""
    reference = str(decision)
    data = {
        "schema_version": 1,
        "council": council,
        "reference": reference,
        "detail_url": f"/panel/councils/{council}/{where}",
    }
    return Outgoing("decisions", ANNOUNCED, reference, data)


def _outside(made: DecidedOutOfPanel) -> dict[str, Any]:
    return {
        "application": made.application,
        "decision": made.decision,
        "person": made.person,
        "basis": made.basis,
        "grounds": list(made.grounds),
        "need": sealed_json(made.need),
        "words": sealed_json(made.words),
        "decided_by": made.decided_by,
        "decided_role": made.decided_role,
        "decided_at": made.decided_at,
        "weekly_pence": made.weekly_pence,
        "one_off_pence": made.one_off_pence,
        "ends_on": made.ends_on,
        "application_due_at": made.application_due_at,
        "forum": made.forum,
        "ratify_on": made.ratify_on,
        "settings_version": made.settings_version,
    }


def _of_panel(said: Ratified | NotRatified, by: str, at: datetime) -> dict[str, Any]:
    return {
        "application": said.application,
        "decision": said.decision,
        "sitting": said.sitting,
        "by": by,
        "role": said.role,
        "at": at,
        "reasons": _sealed(said.reasons),
    }


def _scheduled(scheduled: SittingScheduled) -> dict[str, Any]:
    return {
        "sitting": scheduled.sitting,
        "forum": scheduled.forum,
        "starts_at": scheduled.starts_at,
        "ends_at": scheduled.ends_at,
        "cut_off_at": scheduled.cut_off_at,
    }


def _offered(offered: SlotOffered) -> dict[str, Any]:
    return {
        "sitting": offered.sitting,
        "application": offered.application,
        "starts_at": offered.starts_at,
        "minutes": offered.minutes,
        "members": [{"role": member} for member in offered.members],
        "place": offered.place,
    }


def _sealed(texts: Sequence[Private]) -> list[dict[str, str]]:
    return [sealed_json(text) for text in texts]
