"""The JSON routes of settings."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from edge.answers import CommandAnswer, answered, shown
from edge.calls import Command, Creation, Lookup
from services.routing.settings import commands, read
from services.routing.settings.forms import (
    RetirementForm,
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
async def show_settings(call: Lookup) -> Response:
    async with call.reading() as reader:
        versions = await read.published(reader)
    newest = max((one.pop("stream_version") for one in versions), default=0)
    return shown({"settings": versions, "in_force": _in_force(versions, call.context.now)}, version=newest)


@routes.post("/settings/{settings}/retirement", response_model=CommandAnswer, summary="Take a version back")
async def retire_settings(call: Command, settings: SettingsVersion, form: RetirementForm) -> Response:
    return answered(await commands.retire_settings(call, form.command(settings)))


def _in_force(versions: Sequence[dict[str, Any]], now: datetime) -> int | None:
    return max((one["version"] for one in versions if one["in_force_from"] <= now), default=None)
