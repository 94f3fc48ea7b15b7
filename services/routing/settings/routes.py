"""The JSON routes of settings."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from edge.answers import CommandAnswer, answered, etag, shown
from edge.calls import Command, Creation, Lookup
from edge.lists import listed
from services.routing.settings import commands, read
from services.routing.settings.forms import (
    RetirementForm,
    SettingsAsked,
    SettingsForm,
    SettingsShown,
    SettingsVersion,
    ValidationShown,
)

routes = APIRouter(prefix="/councils/{council}", tags=["routing"])


@routes.post("/settings", status_code=201, response_model=CommandAnswer, summary="Publish the next version")
async def publish_settings(call: Creation, form: SettingsForm) -> Response:
    return answered(await commands.publish_settings(call, form.command(call.context.council)), location="settings")


@routes.post("/settings/validation", response_model=ValidationShown, summary="Everything wrong with a draft")
async def validate_settings(call: Lookup, form: SettingsForm) -> Response:
    found = await commands.validate_settings(call, form.command(call.context.council))
    return shown({"valid": not found, "failing": [asdict(one) for one in found]})


@routes.get("/settings", response_model=SettingsShown, summary="Every published version, newest first")
async def show_settings(call: Lookup, asked: Annotated[SettingsAsked, Query()]) -> Response:
    page_asked = asked.asked(call)
    async with call.reading() as reader:
        page = await read.SETTINGS.page(reader, page_asked)
        in_force, newest = await read.standing(reader, call.context.now)
    answer = listed(call, asked, "settings", page, in_force=in_force)
    answer.headers["ETag"] = etag(newest)
    return answer


@routes.post("/settings/{settings}/retirement", response_model=CommandAnswer, summary="Take a version back")
async def retire_settings(call: Command, settings: SettingsVersion, form: RetirementForm) -> Response:
    return answered(await commands.retire_settings(call, form.command(settings)))
