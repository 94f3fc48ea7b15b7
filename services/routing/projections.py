"""Routing's read models: settings by version, officers with their authority, and the way of each application."""

from collections.abc import Sequence
from typing import Any

from councils.settings import Settings
from ledger.book import Decided, Heard, Told
from ledger.rows import Change
from ledger.sealed import sealed_json
from ledger.store import Reader
from services.routing.domain.officer import AuthorityEnded, AuthorityGranted, OfficerAppointed
from services.routing.domain.route import Rerouted, Routed
from services.routing.domain.settings import SettingsPublished
from services.routing.publishing import way_data


def project(told: Told) -> Sequence[Change]:
    """The statements that keep the read models in step with one row; what routing hears leaves no trace of its own."""
    return [] if isinstance(told, Heard) else _decided(told)


def _decided(decided: Decided) -> Sequence[Change]:
    row = decided.row
    match decided.event:
        case SettingsPublished() as published:
            return [
                Change(
                    "insert into read.settings"
                    " (council, version, in_force_from, document, digest, published_by, published_at)"
                    " values ($1, $2, $3, $4, $5, $6, $7)",
                    (
                        published.version,
                        published.in_force_from,
                        published.settings,
                        published.digest,
                        published.published_by,
                        row.recorded_at,
                    ),
                )
            ]
        case OfficerAppointed() as appointed:
            return [
                Change(
                    "insert into read.officer (council, officer, role, team, service, name, email, version)"
                    " values ($1, $2, $3, $4, $5, $6, $7, $8)",
                    (
                        appointed.officer,
                        appointed.role,
                        appointed.team,
                        appointed.service,
                        sealed_json(appointed.name),
                        sealed_json(appointed.email),
                        row.version,
                    ),
                )
            ]
        case AuthorityGranted() as granted:
            return [
                _authority(granted.officer, granted.limit_weekly_pence, granted.from_at, granted.until_at, row.version)
            ]
        case AuthorityEnded() as ended:
            return [_authority(ended.officer, None, None, None, row.version)]
        case Routed(application, way) | Rerouted(application, way):
            return [
                Change(
                    "insert into read.route (council, application, way, routed_at, version)"
                    " values ($1, $2, $3, $4, $5) on conflict (council, application) do update"
                    " set way = excluded.way, routed_at = excluded.routed_at, version = excluded.version",
                    (application, way_data(way), row.recorded_at, row.version),
                )
            ]
        case _:
            return []


def _authority(officer: str, *values: Any) -> Change:
    return Change(
        "update read.officer set limit_weekly_pence = $3, from_at = $4, until_at = $5, version = $6"
        " where council = $1 and officer = $2",
        (officer, *values),
    )


# --- Reading --------------------------------------------------------------------------------------------------


async def settings_version(reader: Reader, version: int) -> Settings | None:
    """One published version, or None where there is none of that number."""
    found = await reader.fetch("select document from read.settings where council = $1 and version = $2", version)
    return Settings.read(found[0]["document"]) if found else None


async def published(reader: Reader) -> list[dict[str, Any]]:
    """Every published version with its document, newest first."""
    found = await reader.fetch(
        "select version, in_force_from, document as settings, digest, published_by, published_at"
        " from read.settings where council = $1 order by version desc"
    )
    return [dict(row) for row in found]


async def officers(reader: Reader) -> list[dict[str, Any]]:
    """Every officer with role and authority; names and addresses as they are sealed."""
    found = await reader.fetch(
        "select officer, role, team, service, name, email, limit_weekly_pence, from_at, until_at, version"
        " from read.officer where council = $1 order by officer"
    )
    return [dict(row) for row in found]


async def route_of(reader: Reader, application: str) -> dict[str, Any] | None:
    """The way that an application takes now, or None while it has none."""
    found = await reader.fetch(
        "select application, way, routed_at, version from read.route where council = $1 and application = $2",
        application,
    )
    if not found:
        return None
    row = dict(found[0])
    return {**row.pop("way"), **row}
