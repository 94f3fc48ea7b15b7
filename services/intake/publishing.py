"""What others hear of intake: submissions and further information. Drafts, signatures and edits stay inside."""

from collections.abc import Sequence
from typing import Any

from ledger.book import Decided
from ledger.decider import Private
from ledger.rows import Outgoing
from ledger.sealed import sealed_json
from services.intake.domain.events import ApplicationSubmitted, FurtherInformationGiven


def publish(decided: Decided) -> Sequence[Outgoing]:
    """The public event of one stored event, or nothing."""
    match decided.event:
        case ApplicationSubmitted() as submitted:
            return [_event("submitted", submitted.application, _submitted(submitted))]
        case FurtherInformationGiven() as given:
            return [_event("further_information_given", given.application, _given(given))]
        case _:
            return []


def _event(action: str, application: str, data: dict[str, Any]) -> Outgoing:
    return Outgoing("events", f"uk.panelbook.intake.application.{action}.v1", application, data)


def _submitted(submitted: ApplicationSubmitted) -> dict[str, Any]:
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
    }


def _given(given: FurtherInformationGiven) -> dict[str, Any]:
    return {
        "application": given.application,
        "answers": [{"work": answer.work, "text": sealed_json(answer.text, "answers")} for answer in given.answers],
        "changed_sections": [changed.section for changed in given.sections],
        "weekly_pence": given.weekly_pence,
        "given_by": given.given_by,
        "received_at": given.received_at.isoformat(),
    }


def _optional(private: Private | None, at: str) -> dict[str, str] | None:
    return None if private is None else sealed_json(private, at)
