"""The routes that only look: assessments, the form as a schema, where a draft would go, and why."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from councils.scheme import Preview
from councils.settings import Settings
from edge.answers import shown
from edge.calls import Lookup, Narrow, Reading, ReadingCall, StatedReading
from edge.forms import Identifier
from edge.me import MeShown, What, waits
from edge.me import me as answer_me
from ledger.decider import not_found
from ledger.store import Reader
from services import settings
from services.intake.applications import commands, lists, read, waiting
from services.intake.applications.domain.form import LISTS, form_schema
from services.intake.applications.shown import AssessmentShown, FormShown, PreviewShown, ReadinessShown

routes = APIRouter(prefix="/councils/{council}", tags=["intake"])

_ROUTES = {
    "DELEGATED": "be decided by an officer who may decide it alone",
    "NOT_FUNDED": "not be funded",
    "NOT_REQUIRED": "not need a panel",
    "COMPLEX_HEALTH_NEEDS_PANEL": "go to the Children with Complex Health Needs Panel",
}


@routes.get("/me", response_model=MeShown)
async def me(call: StatedReading) -> Response:
    """Who I am, and what waits for me here: forms to write, repair, sign, agree and hand in, and further work.

    Why a form was returned stands beside it word for word, so that it is read for a purpose; the reading is logged.
    """
    call.whose()
    async with call.reading() as reader:
        in_force = await settings.in_force(reader, call.context.received_at)
        found = await waiting.waiting(reader, call.by, in_force) if in_force is not None else []
    mine = [await _waits(call, What(what), row) for what, row in found]
    await call.log_read("me", call.context.actor)
    return answer_me(call, mine)


async def _waits(call: ReadingCall, what: What, row: Mapping[str, Any]) -> dict[str, Any]:
    since: datetime = row["submitted_at"] or row["started_at"]
    reasons: list[str | None] = []
    if what is What.REPAIR:
        reasons = await call.unsealed(row["returned"]["reasons"])
        since = datetime.fromisoformat(row["returned"]["at"])
    record = f"/intake/councils/{call.context.council}/applications/{row['application']}"
    more = {"due_at": row["due_at"], "on": row["next_sitting_on"], "reasons": reasons}
    return waits(what, record, since, row["application"], **more)


@routes.get("/assessments/{assessment}", response_model=AssessmentShown)
async def assessment(call: StatedReading, assessment: Identifier) -> Response:
    """One assessment already held; the reading is logged."""
    async with call.reading() as reader:
        found = await _assessment(call, reader, assessment)
    await call.log_read("assessment", assessment)
    opened = await call.unsealed(found)
    return shown({**{name: value for name, value in opened.items() if name != "parts"}, **opened["parts"]})


async def _assessment(call: ReadingCall, reader: Reader, assessment: str, on: str = "") -> dict[str, Any]:
    """An assessment as it is sealed. Raises Refused NOT_FOUND where the caller has no need to know of one."""
    cases = await read.cases_of_assessment(reader, assessment, call.context.received_at)
    found = await read.assessment_of(reader, assessment)
    if found is None or not any(call.may_see(case, on) for case in cases):
        raise not_found()
    return found


@routes.get("/forms/{kind}", response_model=FormShown)
async def form(call: Reading, kind: Identifier, assessment: Narrow = None) -> Response:
    """The form of one kind as JSON Schema; with an assessment, what it already holds is not asked again.

    Which parts an assessment holds is said to whoever may read it.
    """
    held: frozenset[str] = frozenset()
    async with call.reading() as reader:
        in_force = await settings.required_in_force(reader, call.context.received_at)
        found = await _assessment(call, reader, assessment, on="assessment") if assessment else None
    if kind not in in_force.kinds:
        raise not_found()
    await call.log_read("form", assessment or kind)
    if found is not None:
        held = frozenset(_held(found["parts"]))
    return shown({"schema": form_schema(in_force, kind, held=held)})


@routes.get("/applications/{application}/form", response_model=FormShown)
async def form_of(call: Reading, application: Identifier) -> Response:
    """The form of one application as JSON Schema: what is still required, and what its assessment already said."""
    async with call.reading() as reader:
        call.must_see(await read.case_of(reader, application, call.context.received_at))
        in_force = await settings.required_in_force(reader, call.context.received_at)
        found = await read.application_of(reader, application)
    if found is None or found["kind"] not in in_force.kinds:
        raise not_found()
    await call.log_read("form", application)
    order = (found["circumstances"] or {}).get("order")
    schema = form_schema(
        in_force, found["kind"], held=frozenset(found["assessed_parts"]), written=_written(found), order=order
    )
    return shown({"schema": schema}, version=found["version"])


@routes.get("/applications/{application}/preview", response_model=PreviewShown)
async def preview(call: Reading, application: Identifier) -> Response:
    """Where the draft would go if it were received now, and why; nothing is decided by looking."""
    async with call.reading() as reader:
        call.must_see(await read.case_of(reader, application, call.context.received_at))
        in_force = await settings.required_in_force(reader, call.context.received_at)
        found = await read.application_of(reader, application)
    if found is None:
        raise not_found()
    await call.log_read("preview", application)
    said = commands.preview_of(in_force, found, call.context.received_at)
    body = {
        "sentence": _sentence(in_force, said),
        "route": said.routing.route,
        "forum": said.routing.forum,
        "sitting_on": said.sitting_on,
        "cut_off_at": said.cut_off_at,
        "reasons": said.routing.reasons,
        "settings_version": said.routing.settings_version,
        "table": said.routing.table,
        "row": said.routing.row,
        "inputs": said.routing.inputs,
    }
    return shown(body, version=found["version"])


@routes.get("/readiness", response_model=ReadinessShown)
async def readiness(call: Lookup) -> Response:
    """Who is named as manager in forms that are not over and is no officer: what is sent to them reaches nobody."""
    async with call.reading() as reader:
        nobody = await lists.unknown_officers(reader)
    return shown({"ready": not nobody, "unknown_officers": nobody})


def _held(parts: Mapping[str, Any]) -> list[str]:
    """The parts of the form that an assessment's members fill."""
    names = {"needs": "needs", "outcomes": "outcomes", "analysis": "analysis", "weekly_pence": "costs",
             "indicative_weekly_pence": "indicative_budget"}  # fmt: skip
    return ["person", *(part for member, part in names.items() if parts[member] is not None)]


def _written(found: Mapping[str, Any]) -> frozenset[str]:
    """The parts of an application that are there already."""
    there = {
        "person": True,
        "indicative_budget": found["indicative_weekly_pence"] is not None,
        "costs": found["weekly_pence"] is not None,
        "voices": bool(found["voices"]),
        "parental_responsibility": found["parental_responsibility"] is not None
        or any(member["has_parental_responsibility"] for member in found["family"]),
        **{name: found[name] is not None for name in LISTS},
        # An empty list of these says nothing yet; one of other sources of funding says that there are none.
        **{name: bool(found[name]) for name in ("actions", "options_tried")},
    }
    return frozenset({*(name for name, is_there in there.items() if is_there), *found["sections"]})


def _sentence(settings: Settings, said: Preview) -> str:
    """Such as: this would go to the Care Panel on Tuesday 13 October 2026, because COST."""
    routing = said.routing
    because = ", ".join(routing.reasons)
    if routing.forum is None:
        return f"This would {_ROUTES.get(routing.route, routing.route)}, because {because}."
    name = settings.forums[routing.forum].name
    on = f" on {said.sitting_on:%A} {said.sitting_on.day} {said.sitting_on:%B %Y}" if said.sitting_on else ""
    return f"This would go to the {name}{on}, because {because}."
