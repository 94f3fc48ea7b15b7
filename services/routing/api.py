"""The JSON routes of routing: publish settings, appoint officers, grant and end authority, read the way of a case."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from edge.commands import CommandAnswer, CommandContext, Purpose, ReadingContext, Version, answered, shown
from edge.forms import Email, Form, Identifier, Line, Moment, NoWords, Pence
from ledger.decider import not_found
from services.hosting import Host
from services.routing import handlers, projections
from services.routing.handlers import Appointment, Grant

# --- What is asked --------------------------------------------------------------------------------------------


class SettingsForm(Form):
    """A council's terms, whole, and the moment from which they shall be in force."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"settings": {"id": "c92ab7", "slug": "shropshire"}, "in_force_from": "2026-10-05T08:15:00Z"}
        }
    )

    settings: dict[str, Any]
    in_force_from: Moment


class OfficerForm(Form):
    """An officer of the council: the id that their token carries, their role and where they work."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "officer": "officer-017",
                "role": "practice_manager",
                "team": "north-practice",
                "service": "adults",
                "name": "A name",
                "email": "officer-017@council.example",
            }
        }
    )

    officer: Identifier
    role: Identifier
    team: Identifier | None = None
    service: Identifier | None = None
    name: Line
    email: Email


class AuthorityForm(Form):
    """Up to how many pence a week an officer may decide alone, that amount included, and in which time."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"limit_weekly_pence": 100000, "from_at": "2026-10-05T08:00:00Z"}}
    )

    limit_weekly_pence: Pence
    from_at: Moment
    until_at: Moment | None = None


# --- What is shown --------------------------------------------------------------------------------------------


class VersionShown(BaseModel):
    """One published version of a council's settings."""

    version: int
    in_force_from: datetime
    settings: dict[str, Any]
    digest: str
    published_by: str
    published_at: datetime


class SettingsShown(BaseModel):
    """Every published version, newest first, and the number of the one in force now."""

    settings: tuple[VersionShown, ...]
    in_force: int | None


class OfficerShown(BaseModel):
    """An officer with role and authority; a name or address that was erased is null."""

    officer: str
    role: str
    team: str
    service: str
    name: str | None
    email: str | None
    limit_weekly_pence: int | None
    from_at: datetime | None
    until_at: datetime | None
    version: int


class OfficersShown(BaseModel):
    """Every officer of the council."""

    officers: tuple[OfficerShown, ...]


class RouteShown(BaseModel):
    """The way of one application, and exactly which row of which settings said so."""

    application: str
    route: str
    forum: str | None
    sitting_on: date | None
    reasons: tuple[str, ...]
    settings_version: int
    table: str
    row: str
    inputs: dict[str, Any]
    limit_weekly_pence: int | None
    routed_at: datetime
    version: int


def router(host: Host) -> APIRouter:
    """The routes of routing for one process."""
    routes = APIRouter(prefix="/councils/{council}", tags=["routing"])

    @routes.post("/settings", status_code=201, response_model=CommandAnswer, summary="Publish the next version")
    async def publish_settings(form: SettingsForm, context: CommandContext) -> Response:
        outcome = await handlers.publish_settings(host.book, context, form.settings, form.in_force_from)
        return answered(outcome, location="settings")

    @routes.get("/settings", response_model=SettingsShown, summary="Every published version, newest first")
    async def show_settings(context: ReadingContext) -> Response:
        async with host.book.reading(context.council) as reader:
            versions = await projections.published(reader)
        return shown({"settings": versions, "in_force": _in_force(versions, context.now)})

    @routes.post("/officers", status_code=201, response_model=CommandAnswer, summary="Appoint an officer")
    async def appoint_officer(form: OfficerForm, context: CommandContext) -> Response:
        appointment = Appointment(form.officer, form.role, form.team or "", form.service or "", form.name, form.email)
        outcome = await handlers.appoint_officer(host.book, context, appointment)
        return answered(outcome, location=f"officers/{form.officer}")

    @routes.get("/officers", response_model=OfficersShown, summary="Every officer with role, authority and version")
    async def list_officers(context: ReadingContext, purpose: Purpose) -> Response:
        async with host.book.reading(context.council) as reader:
            found = await projections.officers(reader)
        clear = await host.vault.unseal_all(context.council, found)
        await host.access.read(context, "officers", "", purpose)
        return shown({"officers": clear})

    @routes.post("/officers/{officer}/authority", response_model=CommandAnswer, summary="Grant authority up to a limit")
    async def grant_authority(
        officer: Identifier, form: AuthorityForm, context: CommandContext, version: Version
    ) -> Response:
        grant = Grant(form.limit_weekly_pence, form.from_at, form.until_at)
        return answered(await handlers.grant_authority(host.book, context, version, officer, grant))

    @routes.post("/officers/{officer}/authority/end", response_model=CommandAnswer, summary="End authority at once")
    async def end_authority(officer: Identifier, form: NoWords, context: CommandContext, version: Version) -> Response:
        return answered(await handlers.end_authority(host.book, context, version, officer))

    @routes.get("/applications/{application}/route", response_model=RouteShown, summary="The way of one application")
    async def show_route(application: UUID, context: ReadingContext, purpose: Purpose) -> Response:
        async with host.book.reading(context.council) as reader:
            found = await projections.route_of(reader, str(application))
        if found is None:
            raise not_found()
        await host.access.read(context, "route", str(application), purpose)
        return shown(found, version=found["version"])

    return routes


def _in_force(versions: Sequence[dict[str, Any]], now: datetime) -> int | None:
    return max((one["version"] for one in versions if one["in_force_from"] <= now), default=None)
