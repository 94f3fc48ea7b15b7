"""What others hear of routing: settings, authority, training and ways, with names, addresses and reasons sealed."""

from collections.abc import Sequence
from typing import Any

from ledger.book import Decided
from ledger.rows import Outgoing
from ledger.sealed import sealed_json
from services.routing.officers.domain import officer
from services.routing.officers.domain.officer import (
    AuthorityEnded,
    AuthorityGranted,
    OfficerAppointed,
    TrainingRecorded,
)
from services.routing.routes.domain.route import ExceptionGranted, Rerouted, Routed
from services.routing.routes.read import exception_data, way_data
from services.routing.settings.domain.settings import STREAM, SettingsPublished


def publish(decided: Decided) -> Sequence[Outgoing]:
    """The public event of one stored event."""
    match decided.event:
        case SettingsPublished() as published:
            return [_event("settings.published", STREAM, _settings(published))]
        case OfficerAppointed() as appointed:
            return [_event("officer.appointed", officer.stream(appointed.officer), _appointed(appointed))]
        case AuthorityGranted() as granted:
            return [_event("officer.authority_granted", officer.stream(granted.officer), _granted(granted))]
        case AuthorityEnded() as ended:
            data = {"officer": ended.officer, "ended_at": ended.ended_at.isoformat()}
            return [_event("officer.authority_ended", officer.stream(ended.officer), data)]
        case TrainingRecorded() as recorded:
            return [_event("officer.training_recorded", officer.stream(recorded.officer), _trained(recorded))]
        case Routed(application, way) | Rerouted(application, way):
            # A route that changed is a route: whoever listens follows the newest one.
            return [_event("route.routed", application, {"application": application, **way_data(way)})]
        case ExceptionGranted() as granted:
            data = {"application": granted.application, **exception_data(granted)}
            return [_event("route.exception_granted", granted.application, data)]
        case _:
            return []


def _event(name: str, subject: str, data: dict[str, Any]) -> Outgoing:
    return Outgoing("events", f"uk.panelbook.routing.{name}.v1", subject, data)


def _settings(published: SettingsPublished) -> dict[str, Any]:
    return {
        "version": published.version,
        "in_force_from": published.in_force_from.isoformat(),
        "settings": published.settings,
        "digest": published.digest,
        "published_by": published.published_by,
    }


def _appointed(appointed: OfficerAppointed) -> dict[str, Any]:
    return {
        "officer": appointed.officer,
        "role": appointed.role,
        "team": appointed.team,
        "service": appointed.service,
        "name": sealed_json(appointed.name, "name"),
        "email": sealed_json(appointed.email, "email"),
    }


def _granted(granted: AuthorityGranted) -> dict[str, Any]:
    return {
        "officer": granted.officer,
        "limit_weekly_pence": granted.limit_weekly_pence,
        "from_at": granted.from_at.isoformat(),
        "until_at": granted.until_at.isoformat() if granted.until_at else None,
        "limit_one_off_pence": granted.limit_one_off_pence,
        "limit_yearly_pence": granted.limit_yearly_pence,
    }


def _trained(recorded: TrainingRecorded) -> dict[str, Any]:
    return {
        "officer": recorded.officer,
        "course": recorded.course,
        "completed_on": recorded.completed_on.isoformat(),
        "valid_until": recorded.valid_until.isoformat() if recorded.valid_until else None,
        "recorded_by": recorded.recorded_by,
    }
