"""The JSON routes of routing: publish settings, appoint officers, grant and end authority, read the way of a case."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from pydantic import ConfigDict
from starlette.responses import Response

from edge.commands import CommandAnswer, CommandContext, Purpose, ReadingContext, Version, answered, shown
from edge.forms import Email, Form, Identifier, Line, Moment, Pence
from ledger.decider import not_found
from services.hosting import Host
from services.routing import handlers, projections
from services.routing.handlers import Appointment, Grant


class SettingsForm(Form):
    """A council's terms, whole, and the moment from which they shall be in force."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"settings": {"id": "c92ab7", "...": "..."}, "in_force_from": "2026-10-05T08:15:00Z"}
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
        json_schema_extra={
            "example": {"limit_weekly_pence": 100000, "from_at": "2026-10-05T08:00:00Z", "until_at": None}
        }
    )

    limit_weekly_pence: Pence
    from_at: Moment
    until_at: Moment | None = None


class NoForm(Form):
    """A command that needs no words."""


def router(host: Host) -> APIRouter:
    """The routes of routing for one process."""
    routes = APIRouter(prefix="/councils/{council}", tags=["routing"])

    @routes.post("/settings", status_code=201, response_model=CommandAnswer)
    async def publish_settings(context: CommandContext, form: SettingsForm) -> Response:
        """Publish the council's settings as its next version."""
        outcome = await handlers.publish_settings(host.book, context, form.settings, form.in_force_from)
        return answered(outcome, location="settings")

    @routes.get("/settings")
    async def settings(context: ReadingContext) -> Response:
        """Every published version, newest first, and the number of the one in force now."""
        async with host.book.reading(context.council) as reader:
            versions = await projections.published(reader)
        return shown({"settings": versions, "in_force": _in_force(versions, context.now)})

    @routes.post("/officers", status_code=201, response_model=CommandAnswer)
    async def appoint_officer(context: CommandContext, form: OfficerForm) -> Response:
        """Appoint an officer; their name and address are sealed."""
        appointment = Appointment(form.officer, form.role, form.team or "", form.service or "", form.name, form.email)
        outcome = await handlers.appoint_officer(host.book, context, appointment)
        return answered(outcome, location=f"officers/{form.officer}")

    @routes.get("/officers")
    async def officers(context: ReadingContext, purpose: Purpose) -> Response:
        """Every officer with role, authority and version; the reading is logged."""
        async with host.book.reading(context.council) as reader:
            found = await projections.officers(reader)
        await host.access.read(context, "officers", "officers", purpose)
        return shown({"officers": await host.vault.unseal_all(context.council, found)})

    @routes.post("/officers/{officer}/authority", response_model=CommandAnswer)
    async def grant_authority(
        context: CommandContext, version: Version, officer: Identifier, form: AuthorityForm
    ) -> Response:
        """Let an officer decide alone up to a limit; there is no grant without one."""
        grant = Grant(form.limit_weekly_pence, form.from_at, form.until_at)
        return answered(await handlers.grant_authority(host.book, context, version, officer, grant))

    @routes.post("/officers/{officer}/authority/end", response_model=CommandAnswer)
    async def end_authority(context: CommandContext, version: Version, officer: Identifier, _: NoForm) -> Response:
        """Take an officer's authority back, at once."""
        return answered(await handlers.end_authority(host.book, context, version, officer))

    @routes.get("/applications/{application}/route")
    async def route(context: ReadingContext, purpose: Purpose, application: Identifier) -> Response:
        """The way that an application takes, and the settings version, table and row that say so."""
        async with host.book.reading(context.council) as reader:
            found = await projections.route_of(reader, application)
        await host.access.read(context, "route", application, purpose)
        if found is None:
            raise not_found()
        return shown(found, version=found["version"])

    return routes


def _in_force(versions: list[dict[str, Any]], now: datetime) -> int | None:
    begun = [version["version"] for version in versions if version["in_force_from"].astimezone(UTC) <= now]
    return max(begun, default=None)
