"""A decision as JSON values: what the public event says, what the read model keeps, and what is overdue of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from ledger.codec.sealed import sealed_json, sealed_list, sealed_or_none
from services.panel.decisions.domain.events import Agreed, Decision, Deferred, DelegatedDecisionMade, NotAgreed
from services.panel.known.domain.case import Concerned


def decision_data(decision: Decision) -> dict[str, Any]:
    """A decision as JSON values with its personal members sealed: the public event, and what the read model keeps."""
    made = decision.ruling
    usual = {
        "application": made.application,
        "decision": made.decision,
        "sitting": None,
        "decided_by": made.decided_by,
        "decided_role": made.decided_role,
        "decided_at": made.decided_at,
        "reasons": sealed_list(decision.reasons),
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


def _own(decision: Decision) -> dict[str, Any]:
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
                "needed": sealed_list(decision.needed),
                "consequence": sealed_or_none(decision.consequence),
                "warned": [{"code": one.code, "level": one.level} for one in decision.warned],
            }
        case DelegatedDecisionMade():
            return {
                "outcome": decision.outcome,
                "made": "DELEGATED",
                "needed": sealed_list(decision.needed),
                "consequence": sealed_or_none(decision.consequence),
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
        "contact_email": sealed_or_none(concerned.contact_email),
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


def overdue(row: Mapping[str, Any], at: datetime) -> list[str]:
    """What is overdue at a moment, by the due fields alone: a comparison, not a stored state."""
    # One absent application is one alarm: a short period's stands at its end (E5).
    due = None if row["period_ends_at"] else row["application_due_at"]
    dues = {"APPLICATION_OVERDUE": due, "SHORT_PERIOD_ENDED": row["period_ends_at"]}
    codes = [code for code, due in dues.items() if due is not None and row["arrived_at"] is None and due < at]
    left = row["outcome"] == "waiting" and any(alarm["code"] == "RATIFICATION_OVERDUE" for alarm in row["alarms"])
    return [*codes, *(["RATIFICATION_OVERDUE"] if left else [])]
