"""The JSON routes of routing: settings, officers and their authority, the way of a case, and whom it waits on."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.responses import Response

from councils.scheme import Facts
from edge.commands import CommandAnswer, CommandContext, Purpose, ReadingContext, Version, answered, shown
from edge.forms import Identifier, NoWords
from ledger.decider import not_found
from services.hosting import Host
from services.routing import handlers, projections
from services.routing.forms import (
    AcknowledgementsShown,
    AuthorityForm,
    DecidersShown,
    DraftForm,
    ExceptionForm,
    OfficerForm,
    OfficersShown,
    PreviewShown,
    QueueShown,
    RetirementForm,
    RoleForm,
    RouteShown,
    SettingsForm,
    SettingsShown,
    TrainingForm,
    ValidationShown,
)
from services.routing.handlers import Appointment, Grant, Queued

SettingsVersion = Annotated[int, Path(ge=1, le=100_000, description="A version of the council's settings.")]


def router(host: Host) -> APIRouter:
    """The routes of routing for one process."""
    routes = APIRouter(prefix="/councils/{council}", tags=["routing"])
    _settings(routes, host)
    _officers(routes, host)
    _ways(routes, host)
    return routes


def _settings(routes: APIRouter, host: Host) -> None:
    @routes.post("/settings", status_code=201, response_model=CommandAnswer, summary="Publish the next version")
    async def publish_settings(form: SettingsForm, context: CommandContext) -> Response:
        outcome = await handlers.publish_settings(host.book, context, form.settings, form.in_force_from)
        return answered(outcome, location="settings")

    @routes.post("/settings/validation", response_model=ValidationShown, summary="Everything wrong with a draft")
    async def validate_settings(form: SettingsForm, context: ReadingContext) -> Response:
        found = await handlers.validate_settings(host.book, context, form.settings, form.in_force_from)
        return shown({"valid": not found, "failing": [asdict(one) for one in found]})

    @routes.get("/settings", response_model=SettingsShown, summary="Every published version, newest first")
    async def show_settings(context: ReadingContext) -> Response:
        async with host.book.reading(context.council) as reader:
            versions = await projections.published(reader)
        newest = max((one.pop("stream_version") for one in versions), default=0)
        return shown({"settings": versions, "in_force": _in_force(versions, context.now)}, version=newest)

    @routes.post("/settings/{settings}/retirement", response_model=CommandAnswer, summary="Take a version back")
    async def retire_settings(
        settings: SettingsVersion, form: RetirementForm, context: CommandContext, version: Version
    ) -> Response:
        return answered(await handlers.retire_settings(host.book, context, version, settings, form.reason))

    @routes.post(
        "/settings/{settings}/acknowledgements",
        status_code=201,
        response_model=CommandAnswer,
        summary="Say that one has read a version",
    )
    async def acknowledge_settings(settings: SettingsVersion, form: NoWords, context: CommandContext) -> Response:
        outcome = await handlers.acknowledge_terms(host.book, context, settings)
        return answered(outcome, location=f"settings/{settings}/acknowledgements")

    @routes.get(
        "/settings/{settings}/acknowledgements",
        response_model=AcknowledgementsShown,
        summary="Which officers have read a version, and which have not",
    )
    async def list_acknowledgements(settings: SettingsVersion, context: ReadingContext, purpose: Purpose) -> Response:
        async with host.book.reading(context.council) as reader:
            known = settings in await projections.versions(reader)
            found = await projections.acknowledgements(reader, settings)
        if not known:
            raise not_found()
        clear = await host.vault.unseal_all(context.council, found)
        await host.access.read(context, "acknowledgements", str(settings), purpose)
        acknowledged = [one for one in clear if one["acknowledged_at"] is not None]
        outstanding = [one for one in clear if one["acknowledged_at"] is None]
        return shown({"version": settings, "acknowledged": acknowledged, "outstanding": outstanding})


def _in_force(versions: Sequence[dict[str, Any]], now: datetime) -> int | None:
    return max((one["version"] for one in versions if one["in_force_from"] <= now), default=None)


def _officers(routes: APIRouter, host: Host) -> None:
    @routes.post("/officers", status_code=201, response_model=CommandAnswer, summary="Appoint an officer")
    async def appoint_officer(form: OfficerForm, context: CommandContext) -> Response:
        appointment = Appointment(form.officer, form.role, form.team or "", form.service or "", form.name, form.email)
        outcome = await handlers.appoint_officer(host.book, context, appointment)
        return answered(outcome, location=f"officers/{form.officer}")

    @routes.put("/officers/{officer}", response_model=CommandAnswer, summary="Give an officer another role or place")
    async def change_role(officer: Identifier, form: RoleForm, context: CommandContext, version: Version) -> Response:
        appointment = Appointment(officer, form.role, form.team or "", form.service or "", form.name, form.email)
        return answered(await handlers.change_role(host.book, context, version, appointment))

    @routes.get("/officers", response_model=OfficersShown, summary="Every officer with role, authority and training")
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
        grant = Grant(
            form.limit_weekly_pence, form.from_at, form.until_at, form.limit_one_off_pence, form.limit_yearly_pence
        )
        return answered(await handlers.grant_authority(host.book, context, version, officer, grant))

    @routes.post("/officers/{officer}/authority/end", response_model=CommandAnswer, summary="End authority at once")
    async def end_authority(officer: Identifier, form: NoWords, context: CommandContext, version: Version) -> Response:
        return answered(await handlers.end_authority(host.book, context, version, officer))

    @routes.post("/officers/{officer}/training", response_model=CommandAnswer, summary="Record a completed course")
    async def record_training(
        officer: Identifier, form: TrainingForm, context: CommandContext, version: Version
    ) -> Response:
        outcome = await handlers.record_training(
            host.book, context, version, officer, form.course, form.completed_on, form.valid_until
        )
        return answered(outcome)


def _ways(routes: APIRouter, host: Host) -> None:
    @routes.get("/applications/{application}/route", response_model=RouteShown, summary="The way of one application")
    async def show_route(application: UUID, context: ReadingContext, purpose: Purpose) -> Response:
        async with host.book.reading(context.council) as reader:
            found = await projections.route_of(reader, str(application))
        if found is None:
            raise not_found()
        clear = await host.vault.unseal_all(context.council, found)
        await host.access.read(context, "route", str(application), purpose)
        return shown(clear, version=found["version"])

    @routes.post(
        "/applications/{application}/exception",
        response_model=CommandAnswer,
        summary="Agree that the scheme's answer shall not hold",
    )
    async def grant_exception(
        application: UUID, form: ExceptionForm, context: CommandContext, version: Version
    ) -> Response:
        outcome = await handlers.grant_exception(host.book, context, version, str(application), form.reason)
        return answered(outcome)

    @routes.post("/route-preview", response_model=PreviewShown, summary="Where a draft would go, on which day, and why")
    async def preview_route(form: DraftForm, context: ReadingContext) -> Response:
        facts = Facts.read(form.model_dump(exclude={"at"}))
        async with host.book.reading(context.council) as reader:
            found = await handlers.preview_route(reader, facts, form.at or context.now)
        way = asdict(found.preview.routing) | {"sitting_on": found.preview.sitting_on}
        rest = {"cut_off_at": found.preview.cut_off_at, "sentence": found.sentence}
        return shown({**way, **rest, "exception": found.exception, "granted_by": found.granted_by})

    @routes.get("/applications/{application}/deciders", response_model=DecidersShown, summary="Who could decide it now")
    async def show_deciders(application: UUID, context: ReadingContext, purpose: Purpose) -> Response:
        async with host.book.reading(context.council) as reader:
            found = await handlers.deciders_of(reader, str(application), context.now)
        if found is None:
            raise not_found()
        told = [{**_without(row, "email", "training", "version"), "refused": code} for row, code in found.officers]
        clear = await host.vault.unseal_all(context.council, told)
        await host.access.read(context, "deciders", str(application), purpose)
        may = [one for one in clear if one["refused"] is None]
        may_not = [one for one in clear if one["refused"] is not None]
        way = _without(_waiting(Queued(found.submitted, found.waiting, context.now)), "since", "officers")
        return shown({**way, "deciders": may if found.waiting.wait == "DELEGATED_DECISION" else [], "others": may_not})

    @routes.get("/waiting", response_model=QueueShown, summary="What waits for me, and whom everything else waits on")
    async def show_waiting(context: ReadingContext, purpose: Purpose) -> Response:
        async with host.book.reading(context.council) as reader:
            queue = await handlers.waiting_now(reader, context.now)
            terms = await projections.unread_terms(reader, context.actor, context.now)
        await host.access.read(context, "waiting", "", purpose)
        mine = [_waiting(one) for one in queue if _waits_for(one, context.actor, context.role)]
        others = [_waiting(one) for one in queue if not _waits_for(one, context.actor, context.role)]
        return shown({"mine": mine, "others": others, "terms": terms})


def _waits_for(one: Queued, actor: str, role: str) -> bool:
    by_role = one.waiting.wait == "EXCEPTION" and role in one.waiting.roles and actor != one.submitted.originator
    return by_role or actor in one.waiting.officers


def _waiting(one: Queued) -> dict[str, Any]:
    return {
        "application": one.submitted.application,
        "since": one.since,
        "route": one.submitted.route,
        "wait": one.waiting.wait,
        "forum": one.submitted.forum,
        "sitting_on": one.submitted.sitting_on,
        "officers": one.waiting.officers,
        "roles": one.waiting.roles,
        "exception": one.waiting.exception,
    }


def _without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
