"""The JSON routes of officers, their authority, and the terms they have read."""

from fastapi import APIRouter
from starlette.responses import Response

from edge.commands import CommandAnswer, CommandContext, Purpose, ReadingContext, Version, answered, shown
from edge.forms import Identifier, NoWords
from ledger.decider import not_found
from services.hosting import Host
from services.routing.officers import commands, read
from services.routing.officers.commands import Appointment, Grant
from services.routing.officers.forms import (
    AcknowledgementsShown,
    AuthorityForm,
    OfficerForm,
    OfficersShown,
    RoleForm,
    TrainingForm,
)
from services.routing.settings import read as settings_read
from services.routing.settings.forms import SettingsVersion


def router(host: Host) -> APIRouter:
    """The routes of officers for one process."""
    routes = APIRouter(prefix="/councils/{council}", tags=["routing"])

    @routes.post(
        "/settings/{settings}/acknowledgements",
        status_code=201,
        response_model=CommandAnswer,
        summary="Say that one has read a version",
    )
    async def acknowledge_settings(settings: SettingsVersion, form: NoWords, context: CommandContext) -> Response:
        outcome = await commands.acknowledge_terms(host.book, context, settings)
        return answered(outcome, location=f"settings/{settings}/acknowledgements")

    @routes.get(
        "/settings/{settings}/acknowledgements",
        response_model=AcknowledgementsShown,
        summary="Which officers have read a version, and which have not",
    )
    async def list_acknowledgements(settings: SettingsVersion, context: ReadingContext, purpose: Purpose) -> Response:
        async with host.book.reading(context.council) as reader:
            known = settings in await settings_read.versions(reader)
            found = await read.acknowledgements(reader, settings)
        if not known:
            raise not_found()
        clear = await host.vault.unseal_all(context.council, found)
        await host.access.read(context, "acknowledgements", str(settings), purpose)
        acknowledged = [one for one in clear if one["acknowledged_at"] is not None]
        outstanding = [one for one in clear if one["acknowledged_at"] is None]
        return shown({"version": settings, "acknowledged": acknowledged, "outstanding": outstanding})

    @routes.post("/officers", status_code=201, response_model=CommandAnswer, summary="Appoint an officer")
    async def appoint_officer(form: OfficerForm, context: CommandContext) -> Response:
        appointment = Appointment(form.officer, form.role, form.team or "", form.service or "", form.name, form.email)
        outcome = await commands.appoint_officer(host.book, context, appointment)
        return answered(outcome, location=f"officers/{form.officer}")

    @routes.put("/officers/{officer}", response_model=CommandAnswer, summary="Give an officer another role or place")
    async def change_role(officer: Identifier, form: RoleForm, context: CommandContext, version: Version) -> Response:
        appointment = Appointment(officer, form.role, form.team or "", form.service or "", form.name, form.email)
        return answered(await commands.change_role(host.book, context, version, appointment))

    @routes.get("/officers", response_model=OfficersShown, summary="Every officer with role, authority and training")
    async def list_officers(context: ReadingContext, purpose: Purpose) -> Response:
        async with host.book.reading(context.council) as reader:
            found = await read.officers(reader)
        clear = await host.vault.unseal_all(context.council, found)
        await host.access.read(context, "officers", "", purpose)
        return shown({"officers": clear})

    @routes.post("/officers/{officer}/authority", response_model=CommandAnswer, summary="Grant authority up to a limit")
    async def grant_authority(
        officer: Identifier, form: AuthorityForm, context: CommandContext, version: Version
    ) -> Response:
        grant = Grant(
            form.limit_weekly_pence, form.from_at, form.until_at, form.limit_one_off_pence, form.limit_yearly_pence
        )
        return answered(await commands.grant_authority(host.book, context, version, officer, grant))

    @routes.post("/officers/{officer}/authority/end", response_model=CommandAnswer, summary="End authority at once")
    async def end_authority(officer: Identifier, form: NoWords, context: CommandContext, version: Version) -> Response:
        return answered(await commands.end_authority(host.book, context, version, officer))

    @routes.post("/officers/{officer}/training", response_model=CommandAnswer, summary="Record a completed course")
    async def record_training(
        officer: Identifier, form: TrainingForm, context: CommandContext, version: Version
    ) -> Response:
        outcome = await commands.record_training(
            host.book, context, version, officer, form.course, form.completed_on, form.valid_until
        )
        return answered(outcome)

    return routes
