"""The JSON routes of settings."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from edge.commands import CommandAnswer, CommandContext, ReadingContext, Version, answered, shown
from services.hosting import Host
from services.routing.settings import commands, read
from services.routing.settings.forms import (
    RetirementForm,
    SettingsForm,
    SettingsShown,
    SettingsVersion,
    ValidationShown,
)


def router(host: Host) -> APIRouter:
    """The routes of settings for one process."""
    routes = APIRouter(prefix="/councils/{council}", tags=["routing"])

    @routes.post("/settings", status_code=201, response_model=CommandAnswer, summary="Publish the next version")
    async def publish_settings(form: SettingsForm, context: CommandContext) -> Response:
        outcome = await commands.publish_settings(host.book, context, form.settings, form.in_force_from)
        return answered(outcome, location="settings")

    @routes.post("/settings/validation", response_model=ValidationShown, summary="Everything wrong with a draft")
    async def validate_settings(form: SettingsForm, context: ReadingContext) -> Response:
        found = await commands.validate_settings(host.book, context, form.settings, form.in_force_from)
        return shown({"valid": not found, "failing": [asdict(one) for one in found]})

    @routes.get("/settings", response_model=SettingsShown, summary="Every published version, newest first")
    async def show_settings(context: ReadingContext) -> Response:
        async with host.book.reading(context.council) as reader:
            versions = await read.published(reader)
        newest = max((one.pop("stream_version") for one in versions), default=0)
        return shown({"settings": versions, "in_force": _in_force(versions, context.now)}, version=newest)

    @routes.post("/settings/{settings}/retirement", response_model=CommandAnswer, summary="Take a version back")
    async def retire_settings(
        settings: SettingsVersion, form: RetirementForm, context: CommandContext, version: Version
    ) -> Response:
        return answered(await commands.retire_settings(host.book, context, version, settings, form.reason))

    return routes


def _in_force(versions: Sequence[dict[str, Any]], now: datetime) -> int | None:
    return max((one["version"] for one in versions if one["in_force_from"] <= now), default=None)
