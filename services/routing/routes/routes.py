"""The JSON routes of applications' ways, exceptions and queues."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from edge.answers import CommandAnswer, answered, shown
from edge.calls import Command, Lookup, Reading, StatedReading
from edge.lists import paged
from edge.me import What, waits
from edge.me import me as answer_me
from ledger.decider import not_found
from ledger.listing import page_of
from services.routing.officers import read as officers
from services.routing.routes import commands, read
from services.routing.routes.forms import (
    DecidersShown,
    DraftForm,
    ExceptionForm,
    PreviewShown,
    QueueShown,
    RouteShown,
    RoutingMeShown,
    WaitingAsked,
)
from services.routing.routes.read import Queued

routes = APIRouter(prefix="/councils/{council}", tags=["routing"])


@routes.get("/applications/{application}/route", response_model=RouteShown, summary="The way of one application")
async def show_route(call: StatedReading, application: UUID) -> Response:
    async with call.reading() as reader:
        known = await read.deciders_of(reader, str(application), call.context.now)
        call.must_see(known and known.case)
        found = await read.route_of(reader, str(application))
    if found is None:
        raise not_found()
    clear = await call.unsealed(found)
    await call.log_read("route", str(application))
    return shown(clear, version=found["version"])


@routes.post(
    "/applications/{application}/exception",
    response_model=CommandAnswer,
    summary="Agree that the scheme's answer shall not hold",
)
async def grant_exception(call: Command, application: UUID, form: ExceptionForm) -> Response:
    return answered(await commands.grant_exception(call, str(application), form.reason))


@routes.post("/route-preview", response_model=PreviewShown, summary="Where a draft would go, on which day, and why")
async def preview_route(call: Lookup, form: DraftForm) -> Response:
    async with call.reading() as reader:
        found = await read.preview_route(reader, form.facts(), form.at or call.context.now)
    way = asdict(found.preview.routing) | {"sitting_on": found.preview.sitting_on}
    rest = {"cut_off_at": found.preview.cut_off_at, "sentence": found.sentence}
    return shown({**way, **rest, "exception": found.exception, "granted_by": found.granted_by})


@routes.get("/applications/{application}/deciders", response_model=DecidersShown, summary="Who could decide it now")
async def show_deciders(call: Reading, application: UUID) -> Response:
    now = call.context.now
    async with call.reading() as reader:
        found = await read.deciders_of(reader, str(application), now)
        call.must_see(found and found.case)
    assert found is not None
    judged = [{**_without(row, "email", "version"), "refused": code} for row, code in found.officers]
    clear = await call.unsealed(judged)
    await call.log_read("deciders", str(application))
    may = [one for one in clear if one["refused"] is None]
    may_not = [one for one in clear if one["refused"] is not None]
    way = _without(_waiting(Queued(found.submitted, found.waiting, now, found.case)), "since", "officers")
    return shown({**way, "deciders": may if found.waiting.wait == "DELEGATED_DECISION" else [], "others": may_not})


@routes.get("/me", response_model=RoutingMeShown, summary="Who I am, what I may decide, and what waits for me")
async def me(call: Reading) -> Response:
    actor, role, now, council = call.context.actor, call.context.role, call.context.now, call.context.council
    call.whose()
    async with call.reading() as reader:
        queue = await read.waiting_now(reader, now)
        known = await officers.officers(reader)
        appointed = await officers.trained(reader, [one for one in known if one["officer"] == actor])
        terms = await officers.unread_terms(reader, actor, now)
    await call.log_read("me", actor)
    mine = [_of_mine(council, one) for one in queue if one.waiting.wait in _DECIDES and _waits_for(one, actor, role)]
    unread = [waits(What.TERMS, f"/routing/councils/{council}/settings", since) for since in terms.values()]
    return answer_me(call, [*mine, *unread], appointed=_appointed(appointed[0], now) if appointed else None)


def _of_mine(council: str, one: Queued) -> dict[str, Any]:
    application, wait = one.submitted.application, one.waiting.wait
    return waits(_DECIDES[wait], _RECORDS[wait].format(council, application), one.since, application)


_DECIDES = {"DELEGATED_DECISION": What.DELEGATED_DECISION, "EXCEPTION": What.EXCEPTION}
"""What waits on an officer here; what a returned or deferred form waits for is intake's to say."""

_RECORDS = {
    "DELEGATED_DECISION": "/panel/councils/{}/decisions/{}",
    "EXCEPTION": "/routing/councils/{}/applications/{}/route",
}


def _appointed(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    begun = row["from_at"] is not None and row["from_at"] <= now
    in_force = begun and (row["until_at"] is None or row["until_at"] > now)
    return {**_without(row, "officer", "name", "email", "version"), "authority_in_force": in_force}


@routes.get("/waiting", response_model=QueueShown, summary="What waits for me, and whom everything else waits on")
async def show_waiting(call: Reading, asked: Annotated[WaitingAsked, Query()]) -> Response:
    actor, role, now = call.context.actor, call.context.role, call.context.now
    page_asked = asked.asked(call)
    async with call.reading() as reader:
        queue = await read.waiting_now(reader, now)
        call.whose()
        seen = [one for one in queue if _waits_for(one, actor, role) or call.may_see(one.case)]
        terms = await officers.unread_terms(reader, actor, now)
    await call.log_read("waiting")

    def place(one: Queued) -> tuple[str, ...]:
        # What waits for the caller comes first, then the longest waiting.
        others = "1" if not _waits_for(one, actor, role) else "0"
        return others, one.since.astimezone(UTC).isoformat(timespec="microseconds"), one.submitted.application

    found, total, last = page_of((one for one in seen if _is_asked_for(one, asked)), place, page_asked)
    mine = [_waiting(one) for one in found if _waits_for(one, actor, role)]
    others = [_waiting(one) for one in found if not _waits_for(one, actor, role)]
    return paged(call, asked, {"mine": mine, "others": others, "terms": list(terms)}, total, last)


def _is_asked_for(one: Queued, asked: WaitingAsked) -> bool:
    has = {**_waiting(one), "kind": one.submitted.facts.kind, "team": one.case.team}
    wanted = asked.narrowed()
    since, until = wanted.pop("since"), wanted.pop("until")
    during = (since is None or one.since >= since) and (until is None or one.since < until)
    return during and all(value is None or has[name] == value for name, value in wanted.items())


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
