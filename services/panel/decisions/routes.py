"""The routes of applications in panel's hands, and of sittings where they need their applications."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from edge.answers import CommandAnswer, answered, shown
from edge.calls import Command, Creation, Reading, ReadingCall, StatedReading
from edge.forms import NoWords
from edge.lists import listed, paged
from edge.me import MeShown, What, waits
from edge.me import me as answer_me
from edge.need_to_know import narrowed
from ledger.decider import not_found
from ledger.store import Reader
from services import settings
from services.panel.decisions import commands, extract, read, waiting
from services.panel.decisions.data import overdue
from services.panel.decisions.domain.court import FilePlanWithCourt
from services.panel.decisions.domain.withdrawing import AgreeWithdrawal, Withdraw
from services.panel.decisions.extract import DecisionExtract, OutOfPanelExtracts
from services.panel.decisions.forms import (
    DecisionsAsked,
    DecisionShown,
    DecisionsShown,
    DelegatedDecisionForm,
    OutOfPanelAsked,
    OutOfPanelForm,
    OutOfPanelList,
    OutOfPanelListed,
    OutOfPanelOfOne,
    PanelDecisionForm,
    RatificationForm,
    ReasonForm,
    ReplacementForm,
    ReturnForm,
    RiskToLifeForm,
)
from services.panel.decisions.lists import read as lists
from services.panel.known import read as known
from services.panel.sittings.forms import ItemForm, OpeningForm, SlotForm

routes = APIRouter(prefix="/councils/{council}")

# Sittings that need their applications --------------------------------------------------------------------------


@routes.post("/sittings/{sitting}/slots", response_model=CommandAnswer, tags=["sittings"])
async def offer_slot(call: Command, sitting: UUID, form: SlotForm) -> Response:
    """Give an application its minutes on the agenda; one that a deferral sent here comes first."""
    return answered(await commands.offer_slot(call, sitting, form.command()))


@routes.post("/sittings/{sitting}/opening", response_model=CommandAnswer, tags=["sittings"])
async def open_sitting(call: Command, sitting: UUID, form: OpeningForm) -> Response:
    """Open the sitting before a quorum."""
    return answered(await commands.open_sitting(call, sitting, form.command()))


@routes.post("/sittings/{sitting}/items/{application}/opening", response_model=CommandAnswer, tags=["sittings"])
async def open_item(call: Command, sitting: UUID, application: UUID, form: ItemForm) -> Response:
    """Begin to hear one application; a case under an order may have a chair of its own (S4 §7)."""
    return answered(await commands.open_item(call, sitting, form.command(application)))


# Applications ---------------------------------------------------------------------------------------------------


@routes.post("/decisions/{application}/panel-decision", response_model=CommandAnswer, tags=["decisions"])
async def decide_by_panel(call: Command, application: UUID, form: PanelDecisionForm) -> Response:
    """Record what the panel decided, while it hears the application."""
    command = form.command(commands.decision_id(call.context))
    return answered(await commands.decide_by_panel(call, application, command))


@routes.post(
    "/decisions/{application}/delegated-decision", status_code=201, response_model=CommandAnswer, tags=["decisions"]
)
async def decide_by_delegation(call: Command, application: UUID, form: DelegatedDecisionForm) -> Response:
    """Decide within the caller's own authority, judged now."""
    command = form.command(commands.decision_id(call.context))
    outcome = await commands.decide_by_delegation(call, application, command)
    return answered(outcome, location=f"decisions/{application}")


@routes.post("/decisions/{application}/court-filing", response_model=CommandAnswer, tags=["decisions"])
async def file_with_court(call: Command, application: UUID, _: NoWords) -> Response:
    """Record that the plan was submitted to the court, which it is after the panel's decision (S4 §7)."""
    return answered(await commands.carry_out(call, application, FilePlanWithCourt()))


@routes.post("/decisions/{application}/return", response_model=CommandAnswer, tags=["decisions"])
async def return_application(call: Command, application: UUID, form: ReturnForm) -> Response:
    """Send an inaccurate or incomplete application back to its originator."""
    return answered(await commands.carry_out(call, application, form.command()))


@routes.post("/decisions/{application}/withdrawal-agreement", response_model=CommandAnswer, tags=["decisions"])
async def agree_withdrawal(call: Command, application: UUID, form: ReasonForm) -> Response:
    """Agree, as the application's service manager, to its withdrawal."""
    return answered(await commands.withdraw(call, application, AgreeWithdrawal(form.reason)))


@routes.post("/decisions/{application}/withdrawal", response_model=CommandAnswer, tags=["decisions"])
async def withdraw_application(call: Command, application: UUID, form: ReasonForm) -> Response:
    """Withdraw an application, once its service manager has agreed."""
    return answered(await commands.withdraw(call, application, Withdraw(form.reason)))


@routes.get("/me", response_model=MeShown, tags=["decisions"])
async def me(call: Reading) -> Response:
    """Who I am, and what waits for me here: items to decide, minutes, and what follows a decision outside a panel."""
    call.whose()
    async with call.reading() as reader:
        found = await waiting.waiting(reader, call.by)
    await call.log_read("me", call.context.actor)
    return answer_me(call, [_waits(call.context.council, one) for one in found])


def _waits(council: str, one: waiting.Waits) -> dict[str, Any]:
    record = f"/panel/councils/{council}/{_RECORD_OF.get(one.what, 'decisions/{}').format(one.record)}"
    return waits(What(one.what), record, one.since, one.application, due_at=one.due_at, on=one.on)


_OUTSIDE = "decisions/{}/out-of-panel-decisions"
_RECORD_OF = {
    "MINUTES": "sittings/{}",
    **dict.fromkeys(("RATIFICATION", "APPLICATION_DUE", "REPLACEMENT"), _OUTSIDE),
}


@routes.get("/decisions", response_model=DecisionsShown, tags=["decisions"])
async def list_decisions(call: Reading, asked: Annotated[DecisionsAsked, Query()]) -> Response:
    """Every application that came into panel's hands; nothing personal."""
    page_asked = asked.asked(call)
    async with call.reading() as reader:
        page = await lists.DECISIONS.page(reader, page_asked, narrowed(call.whose()))
    await call.log_read("decisions", asked.stage or "")
    return listed(call, asked, "decisions", page)


@routes.get("/decisions/{application}", response_model=DecisionShown | DecisionExtract, tags=["decisions"])
async def show_decision(call: StatedReading, application: UUID) -> Response:
    """One application: its route, its decisions word for word, and the challenges to them; reading is logged.

    A council's own system (role `system`) is shown the extract, where the council lets its systems have it.
    """
    if call.has_extract:
        return await _show_extract(call, application, _of_decision)
    async with call.reading() as reader:
        call.must_see(await known.case_of(reader, application, call.context.received_at))
        found = await read.decision(reader, application)
    if found is None:
        raise not_found()
    opened = await call.unsealed(found)
    await call.log_read("decision", str(application))
    return shown(opened, version=found["version"])


# Out of panel ---------------------------------------------------------------------------------------------------


@routes.post("/emergency-decisions", status_code=201, response_model=CommandAnswer, tags=["out of panel"])
async def decide_at_risk_to_life(call: Creation, form: RiskToLifeForm) -> Response:
    """Decide at an immediate substantial risk to life; nothing is waited for, the application follows."""
    command = form.command(commands.decision_id(call.context), commands.new_application(call.context))
    outcome = await commands.decide_out_of_panel(call, command)
    return answered(outcome, location=f"decisions/{command.application}/out-of-panel-decisions")


@routes.post(
    "/decisions/{application}/out-of-panel-decisions",
    status_code=201,
    response_model=CommandAnswer,
    tags=["out of panel"],
)
async def decide_out_of_panel(call: Creation, application: UUID, form: OutOfPanelForm) -> Response:
    """Decide in an emergency with the service manager's advice, or for a short period that has an end."""
    command = form.command(commands.decision_id(call.context), application)
    outcome = await commands.decide_out_of_panel(call, command)
    return answered(outcome, location=f"decisions/{application}/out-of-panel-decisions")


@routes.post("/decisions/{application}/ratification", response_model=CommandAnswer, tags=["out of panel"])
async def ratify(call: Command, application: UUID, form: RatificationForm) -> Response:
    """Record what the panel makes of a decision outside it, while it hears the application."""
    return answered(await commands.ratify(call, application, form.command()))


@routes.post("/decisions/{application}/replacement", response_model=CommandAnswer, tags=["out of panel"])
async def note_replacement(call: Command, application: UUID, form: ReplacementForm) -> Response:
    """Note which support is in place of what the panel did not ratify; until then that goes on."""
    return answered(await commands.note_replacement(call, application, form.command()))


@routes.get("/out-of-panel-decisions", response_model=OutOfPanelList, tags=["out of panel"])
async def list_out_of_panel(call: Reading, asked: Annotated[OutOfPanelAsked, Query()]) -> Response:
    """Every decision outside a panel, with what is overdue because of it; nothing personal."""
    page_asked = asked.asked(call)
    async with call.reading() as reader:
        page = await lists.OUT_OF_PANEL_DECISIONS.page(reader, page_asked, narrowed(call.whose()))
        made = await lists.with_alarms(reader, page.rows)
    await call.log_read("out_of_panel_decisions", asked.outcome or "")
    names = OutOfPanelListed.model_fields.keys() - {"overdue"}
    at = call.context.received_at
    found = [{**{name: row[name] for name in names}, "overdue": overdue(row, at)} for row in made]
    return paged(call, asked, {"decisions": found}, page.total, page.last)


@routes.get(
    "/decisions/{application}/out-of-panel-decisions",
    response_model=OutOfPanelOfOne | OutOfPanelExtracts,
    tags=["out of panel"],
)
async def show_out_of_panel(call: StatedReading, application: UUID) -> Response:
    """What was decided outside a panel about one application, word for word; reading is logged.

    A council's own system (role `system`) is shown the extract, where the council lets its systems have it.
    """
    if call.has_extract:
        return await _show_extract(call, application, _of_out_of_panel)
    async with call.reading() as reader:
        call.must_see(await known.case_of(reader, application, call.context.received_at))
        found = await lists.made_about(reader, application)
    if not found:
        raise not_found()
    opened = [
        {
            **await call.unsealed(row),
            "overdue": overdue(row, call.context.received_at),
            "support": "REPLACED" if row["replaced_at"] else "CONTINUES",
        }
        for row in found
    ]
    await call.log_read("out_of_panel_decision", str(application))
    return shown({"decisions": opened}, version=found[0]["version"])


# What a council's own systems are shown -------------------------------------------------------------------------


async def _of_decision(reader: Reader, application: UUID) -> dict[str, Any] | None:
    return extract.of_decision(await read.decision(reader, application))


async def _of_out_of_panel(reader: Reader, application: UUID) -> dict[str, Any] | None:
    return extract.of_out_of_panel(await lists.made_about(reader, application))


async def _show_extract(
    call: ReadingCall, application: UUID, of: Callable[[Reader, UUID], Awaitable[dict[str, Any] | None]]
) -> Response:
    async with call.reading() as reader:
        call.must_have_extract(extract.lets_systems_read(await settings.in_force(reader, call.context.received_at)))
        found = await of(reader, application)
    if found is None:
        raise not_found()
    await call.log_read("decision_extract", str(application))
    return shown(found, version=found["version"])
