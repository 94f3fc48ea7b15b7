"""What others hear of intake: submissions, further information, what is given up, and what was expected and is missing.

Drafts, signatures and edits stay inside.
"""

from collections.abc import Sequence
from typing import Any

from ledger.decider import Private
from ledger.recorded import Decided
from ledger.rows import Outgoing
from ledger.sealed import sealed_json
from services.intake.applications.domain.events import (
    ApplicationAbandoned,
    ApplicationImported,
    ApplicationSubmitted,
    FurtherInformationGiven,
)
from services.intake.applications.domain.form_events import ResourceLine
from services.intake.expectations.domain.expected import ExpectedNotReceived


def publish(decided: Decided) -> Sequence[Outgoing]:
    """The public event of one stored event, or nothing."""
    match decided.event:
        case ApplicationSubmitted() as submitted:
            return [_event("submitted", submitted.application, _submitted(submitted))]
        case FurtherInformationGiven() as given:
            return [_event("further_information_given", given.application, _given(given))]
        case ApplicationAbandoned() as abandoned:
            return [_event("abandoned", abandoned.application, _abandoned(abandoned))]
        case ApplicationImported() as imported:
            return [_event("imported", imported.application, _imported(imported))]
        case ExpectedNotReceived() as noticed:
            subject = f"{noticed.forum}:{noticed.sitting_on.isoformat()}"
            return [Outgoing("events", "uk.panelbook.intake.expected.not_received.v1", subject, _missing(noticed))]
        case _:
            return []


def _event(action: str, application: str, data: dict[str, Any]) -> Outgoing:
    return Outgoing("events", f"uk.panelbook.intake.application.{action}.v1", application, data)


def _submitted(submitted: ApplicationSubmitted) -> dict[str, Any]:
    circumstances = submitted.circumstances
    return {
        "application": submitted.application,
        "person": submitted.person,
        "person_name": sealed_json(submitted.person_name, "person_name"),
        "contact_email": _optional(submitted.contact_email, "contact_email"),
        "kind": submitted.kind,
        "weekly_pence": submitted.weekly_pence,
        "one_off_pence": submitted.one_off_pence,
        "indicative_weekly_pence": submitted.indicative_weekly_pence,
        "complex": submitted.complex,
        "distinctive": submitted.distinctive,
        "reasons_given": _optional(submitted.reasons_given, "reasons_given"),
        "miles": submitted.miles,
        "originator": submitted.originator,
        "team": submitted.team,
        "team_manager": submitted.team_manager,
        "service": submitted.service,
        "service_manager": submitted.service_manager,
        "sitting_on": submitted.sitting_on.isoformat() if submitted.sitting_on else None,
        "forum": submitted.forum,
        "cut_off_at": submitted.cut_off_at.isoformat() if submitted.cut_off_at else None,
        "received_at": submitted.received_at.isoformat(),
        "settings_version": submitted.settings_version,
        # The form holds the needs as one text: one need, which later versions of the form may divide.
        "needs": [{"id": "need-1", "text": sealed_json(submitted.needs, "needs")}] if submitted.needs else [],
        "family": [
            {
                "party": member.party,
                "relationship": member.relationship,
                "name": sealed_json(member.name, "family"),
                "has_parental_responsibility": member.has_parental_responsibility,
            }
            for member in submitted.family
        ],
        "times_submitted": submitted.times_submitted,
        "resources": _resources(submitted.resources),
        "within": list(circumstances.within),
        "emergency": circumstances.emergency,
        "disability_team": circumstances.disability_team,
        "complex_health": circumstances.complex_health,
        "section": circumstances.section,
        "order": circumstances.order,
        "package": circumstances.package,
        "consequence": _optional(submitted.consequence, "consequence"),
        "warnings": list(submitted.warnings),
        "guards": [{"guard": guard, "level": level} for guard, level in submitted.guards.items()],
    }


def _given(given: FurtherInformationGiven) -> dict[str, Any]:
    return {
        "application": given.application,
        "answers": [{"work": answer.work, "text": sealed_json(answer.text, "answers")} for answer in given.answers],
        "changed_sections": [part for part in given.changed if part not in ("costs", "voices")],
        "weekly_pence": given.weekly_pence,
        **({} if given.one_off_pence is None else {"one_off_pence": given.one_off_pence}),
        "resources": _resources(given.resources),
        **({} if given.consequence is None else {"consequence": sealed_json(given.consequence, "consequence")}),
        "given_by": given.given_by,
        "received_at": given.received_at.isoformat(),
        **_judged(given),
    }


def _judged(given: FurtherInformationGiven) -> dict[str, Any]:
    """Against which cut-off it was held; nothing where the deferral named no sitting that has one."""
    if given.sitting_on is None or given.cut_off_at is None:
        return {}
    return {
        "sitting_on": given.sitting_on.isoformat(),
        "cut_off_at": given.cut_off_at.isoformat(),
        "late": given.late,
    }


def _abandoned(abandoned: ApplicationAbandoned) -> dict[str, Any]:
    return {
        "application": abandoned.application,
        "by": abandoned.abandoned_by,
        "agreed_by": abandoned.agreed_by,
        "reason": sealed_json(abandoned.reason, "reason"),
        "abandoned_at": abandoned.abandoned_at.isoformat(),
    }


def _imported(imported: ApplicationImported) -> dict[str, Any]:
    circumstances = imported.circumstances
    return {
        "application": imported.application,
        "kind": imported.kind,
        "weekly_pence": imported.weekly_pence,
        "one_off_pence": imported.one_off_pence,
        "indicative_weekly_pence": imported.indicative_weekly_pence,
        "complex": imported.complex,
        "distinctive": imported.distinctive,
        "resources": _resources(imported.resources),
        "within": list(circumstances.within),
        "emergency": circumstances.emergency,
        "disability_team": circumstances.disability_team,
        "complex_health": circumstances.complex_health,
        "section": circumstances.section,
        "order": circumstances.order,
        "package": circumstances.package,
        "received_at": imported.received_at.isoformat(),
        "sitting_on": imported.sitting_on.isoformat() if imported.sitting_on else None,
        "settings_version": imported.settings_version,
        "decided": {
            "outcome": imported.outcome,
            "made": imported.made,
            "role": imported.decided_role,
            "at": imported.decided_at.isoformat(),
            "route": imported.decided_route,
            "forum": imported.decided_forum,
            "times_deferred": imported.times_deferred,
        },
    }


def _missing(noticed: ExpectedNotReceived) -> dict[str, Any]:
    return {
        "expected": f"{noticed.forum}:{noticed.sitting_on.isoformat()}",
        "forum": noticed.forum,
        "sitting_on": noticed.sitting_on.isoformat(),
        "cut_off_at": noticed.cut_off_at.isoformat(),
        "noticed_at": noticed.noticed_at.isoformat(),
        "missing": [
            {
                "application": one.application,
                "team": one.team,
                "service": one.service,
                "service_manager": one.service_manager,
            }
            for one in noticed.missing
        ],
    }


def _resources(lines: Sequence[ResourceLine]) -> list[dict[str, Any]]:
    return [
        {
            "resource": line.resource,
            "weekly_pence": line.weekly_pence,
            "one_off_pence": line.one_off_pence,
            "days": line.days,
            "starts_on": line.starts_on.isoformat() if line.starts_on else None,
        }
        for line in lines
    ]


def _optional(private: Private | None, at: str) -> dict[str, str] | None:
    return None if private is None else sealed_json(private, at)
