"""The JSON routes of officers, their authority, and the terms they have read."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from edge.answers import CommandAnswer, answered, shown
from edge.calls import Command, Creation, Lookup, Reading
from edge.forms import Identifier, NoWords
from edge.lists import paged
from ledger.decider import not_found
from services import settings
from services.routing.officers import commands, read
from services.routing.officers.domain.readiness import reaching_nobody
from services.routing.officers.forms import (
    AcknowledgementsShown,
    AuthorityForm,
    OfficerForm,
    OfficersAsked,
    OfficersShown,
    ReadinessShown,
    RoleForm,
    TrainingForm,
)
from services.routing.settings import read as settings_read
from services.routing.settings.forms import SettingsVersion

routes = APIRouter(prefix="/councils/{council}", tags=["routing"])


@routes.post(
    "/settings/{settings}/acknowledgements",
    status_code=201,
    response_model=CommandAnswer,
    summary="Say that one has read a version",
)
async def acknowledge_settings(call: Creation, settings: SettingsVersion, form: NoWords) -> Response:
    outcome = await commands.acknowledge_terms(call, settings)
    return answered(outcome, location=f"settings/{settings}/acknowledgements")


@routes.get(
    "/settings/{settings}/acknowledgements",
    response_model=AcknowledgementsShown,
    summary="Which officers have read a version, and which have not",
)
async def list_acknowledgements(
    call: Reading, settings: SettingsVersion, asked: Annotated[OfficersAsked, Query()]
) -> Response:
    page_asked = asked.asked(call)
    async with call.reading() as reader:
        known = settings in await settings_read.versions(reader)
        page = await read.OFFICERS.page(reader, page_asked)
        said = await read.acknowledgements(reader, settings, [one["officer"] for one in page.rows])
    if not known:
        raise not_found()
    readers = [{name: one[name] for name in ("officer", "role", "team", "service", "name")} for one in page.rows]
    clear = [{**one, "acknowledged_at": said.get(one["officer"])} for one in await call.unsealed(readers)]
    await call.log_read("acknowledgements", str(settings))
    acknowledged = [one for one in clear if one["acknowledged_at"] is not None]
    outstanding = [one for one in clear if one["acknowledged_at"] is None]
    body = {"version": settings, "acknowledged": acknowledged, "outstanding": outstanding}
    return paged(call, asked, body, page.total, page.last)


@routes.post("/officers", status_code=201, response_model=CommandAnswer, summary="Appoint an officer")
async def appoint_officer(call: Creation, form: OfficerForm) -> Response:
    return answered(await commands.appoint_officer(call, form.command()), location=f"officers/{form.officer}")


@routes.put("/officers/{officer}", response_model=CommandAnswer, summary="Give an officer another role or place")
async def change_role(call: Command, officer: Identifier, form: RoleForm) -> Response:
    return answered(await commands.change_role(call, form.command(officer)))


@routes.get("/officers", response_model=OfficersShown, summary="Every officer with role, authority and training")
async def list_officers(call: Reading, asked: Annotated[OfficersAsked, Query()]) -> Response:
    page_asked = asked.asked(call)
    async with call.reading() as reader:
        page = await read.OFFICERS.page(reader, page_asked)
        found = await read.trained(reader, page.rows)
    clear = await call.unsealed(found)
    await call.log_read("officers")
    return paged(call, asked, {"officers": clear}, page.total, page.last)


@routes.get("/readiness", response_model=ReadinessShown, summary="What would reach nobody: roles that no officer holds")
async def show_readiness(call: Lookup) -> Response:
    async with call.reading() as reader:
        known, appointed = await settings.newest(reader), await read.officers(reader)
    addresses = await call.unsealed([{"officer": one["officer"], "email": one["email"]} for one in appointed])
    nobody = reaching_nobody(known, {one["role"] for one in appointed}) if known else ()
    without = [one["officer"] for one in addresses if not one["email"]]
    body = {
        "ready": known is not None and not nobody and not without,
        "settings_published": known is not None,
        "reaching_nobody": [asdict(one) for one in nobody],
        "without_address": without,
    }
    return shown(body)


@routes.post("/officers/{officer}/authority", response_model=CommandAnswer, summary="Grant authority up to a limit")
async def grant_authority(call: Command, officer: Identifier, form: AuthorityForm) -> Response:
    return answered(await commands.grant_authority(call, form.command(officer)))


@routes.post("/officers/{officer}/authority/end", response_model=CommandAnswer, summary="End authority at once")
async def end_authority(call: Command, officer: Identifier, form: NoWords) -> Response:
    return answered(await commands.end_authority(call, officer))


@routes.post("/officers/{officer}/training", response_model=CommandAnswer, summary="Record a completed course")
async def record_training(call: Command, officer: Identifier, form: TrainingForm) -> Response:
    return answered(await commands.record_training(call, form.command(officer)))
