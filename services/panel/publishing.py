"""What others hear of panel: sittings, slots, returns, withdrawals, and every decision, outside as a bare reference."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from ledger.book import Decided
from ledger.decider import Private
from ledger.rows import Outgoing
from ledger.sealed import sealed_json
from services.panel.domain import ruling
from services.panel.domain.agenda import SittingScheduled, SlotOffered
from services.panel.domain.case import Concerned
from services.panel.domain.decision import Returned, Withdrawn
from services.panel.domain.out_of_panel import (
    AlarmRaised,
    AuthorityConflictFound,
    DecidedOutOfPanel,
    NotRatified,
    Ratified,
)
from services.panel.domain.ruling import Agreed, Deferred, DelegatedDecisionMade, NotAgreed

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


def decision_data(decision: ruling.Decision) -> dict[str, Any]:
    """A decision as JSON values with its personal members sealed: the public event, and what the read model keeps."""
    made = decision.ruling
    usual = {
        "application": made.application,
        "decision": made.decision,
        "sitting": None,
        "decided_by": made.decided_by,
        "decided_role": made.decided_role,
        "decided_at": made.decided_at,
        "reasons": _sealed(decision.reasons),
        "needed": [],
        "further_work": [],
        "next_sitting_on": None,
        "weekly_pence": made.weekly_pence,
        "final_budget": None,
        "review_on": None,
        "settings_version": made.settings_version,
        "limit_weekly_pence": None,
        **_concerned(made.concerned),
    }
    return msgspec.to_builtins({**usual, **_own(decision)})


def _own(decision: ruling.Decision) -> dict[str, Any]:
    match decision:
        case Agreed():
            return {
                "outcome": "AGREED",
                "made": "PANEL",
                "sitting": decision.sitting,
                "final_budget": decision.budget,
                "review_on": decision.review_on,
            }
        case Deferred():
            return {
                "outcome": "DEFERRED",
                "made": "PANEL",
                "sitting": decision.sitting,
                "further_work": [
                    {"work": work.work, "owner": work.owner, "due_at": work.due_at, "text": sealed_json(work.text)}
                    for work in decision.further_work
                ],
                "next_sitting_on": decision.next_sitting_on,
            }
        case NotAgreed():
            return {
                "outcome": "NOT_AGREED",
                "made": "PANEL",
                "sitting": decision.sitting,
                "needed": _sealed(decision.needed),
                "consequence": _optional(decision.consequence),
                "warned": [{"code": one.code, "level": one.level} for one in decision.warned],
            }
        case DelegatedDecisionMade():
            return {
                "outcome": decision.outcome,
                "made": "DELEGATED",
                "needed": _sealed(decision.needed),
                "consequence": _optional(decision.consequence),
                "final_budget": decision.budget,
                "limit_weekly_pence": decision.limit_weekly_pence,
                "one_off_pence": decision.one_off_pence,
                "limit_one_off_pence": decision.limit_one_off_pence,
                "limit_yearly_pence": decision.limit_yearly_pence,
            }


def _concerned(concerned: Concerned) -> dict[str, Any]:
    return {
        "person": concerned.person,
        "person_name": sealed_json(concerned.person_name),
        "contact_email": _optional(concerned.contact_email),
        "originator": concerned.originator,
        "team_manager": concerned.team_manager,
        "family": [
            {
                "party": member.party,
                "relationship": member.relationship,
                "name": sealed_json(member.name),
                "has_parental_responsibility": member.has_parental_responsibility,
            }
            for member in concerned.family
        ],
    }


def _optional(text: Private | None) -> dict[str, str] | None:
    return None if text is None else sealed_json(text)


def _sealed(texts: Sequence[Private]) -> list[dict[str, str]]:
    return [sealed_json(text) for text in texts]
