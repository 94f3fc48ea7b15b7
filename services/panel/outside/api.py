"""Routes for decisions outside a panel, in an emergency or at a risk to life, and for their ratification."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from edge.commands import (
    CommandAnswer,
    CommandContext,
    Narrow,
    Purpose,
    ReadingContext,
    StatedPurpose,
    Version,
    answered,
    shown,
)
from edge.forms import Day, Form, Identifier, Pence, Text
from ledger.decider import not_found
from services.hosting import Host
from services.panel.domain.out_of_panel import Asked
from services.panel.forms import GuardShown, Many, ReasonCode, Words
from services.panel.outside import handlers, projections


class RiskToLifeForm(
    Form,
    json_schema_extra={
        "example": {
            "person": "p-7f3a90",
            "risk": "He was found on the bridge again tonight.",
            "decision": "A place with Harbour House from tonight.",
        }
    },
):
    """An immediate substantial risk to life: the person, the risk and the decision; nothing else is needed (S4 §12)."""

    person: Identifier
    risk: Text
    decision: Text
    application: UUID | None = None
    weekly_pence: Pence | None = None
    one_off_pence: Pence | None = None
    ends_on: Day | None = None


class AdviceForm(Form):
    """Advice that was taken, and whose it is."""

    officer: Identifier
    text: Words


class OutOfPanelForm(
    Form,
    json_schema_extra={
        "example": {
            "basis": "EMERGENCY",
            "grounds": ["EMERGENCY_CARE_NEED"],
            "need": "Her foster carer was taken to hospital this morning.",
            "decision": "Two weeks with the carers who know her.",
            "weekly_pence": 84000,
            "advice": {"officer": "officer-004", "text": "Agreed: nobody in the family can take her in."},
        }
    },
):
    """A decision in an emergency, or for a short period; ``person`` where panel does not have the application yet."""

    basis: Literal["EMERGENCY", "SHORT_PERIOD"]
    need: Words
    decision: Words
    person: Identifier | None = None
    grounds: Annotated[tuple[ReasonCode, ...], Many] = ()
    weekly_pence: Pence | None = None
    one_off_pence: Pence | None = None
    advice: AdviceForm | None = None
    ends_on: Day | None = None


class RatificationForm(
    Form,
    json_schema_extra={
        "example": {
            "decision": "e6632a9b-6248-567b-afbb-aeb866688053",
            "sitting": "5d0f3c8e-7a51-5f5d-9b0a-8a6f0f2c1d11",
            "outcome": "RATIFIED",
        }
    },
):
    """What the panel makes of a decision outside it: RATIFIED, or NOT_RATIFIED with reasons and what is needed."""

    decision: UUID
    sitting: UUID
    outcome: Annotated[str, Field(max_length=40)]
    reasons: Annotated[tuple[Words, ...], Many] = ()
    needed: Annotated[tuple[Words, ...], Many] = ()


class ReplacementForm(
    Form,
    json_schema_extra={
        "example": {
            "decision": "e6632a9b-6248-567b-afbb-aeb866688053",
            "support": "She lives with her aunt from today.",
        }
    },
):
    """Which support took the place of what was not ratified."""

    decision: UUID
    support: Words


class AlarmShown(BaseModel):
    """What fell due, when, and when it was noticed."""

    code: str
    fell_due_at: datetime
    noticed_at: datetime


class OutOfPanelShown(BaseModel):
    """A decision outside a panel; ``overdue`` names what is overdue at this moment, alarm or not.

    ``basis`` is DELEGATED for one that an officer made within an authority that had ended at ``authority_ended_at``,
    which became known afterwards: it stands, is to be ratified, and its own words are the application's decision.
    ``support`` is CONTINUES until the panel did not ratify it and something else is in its place. An erased text is
    null.
    """

    decision: UUID
    application: UUID
    person: str
    basis: str
    grounds: tuple[str, ...]
    need: str | None
    words: str | None
    advised_by: str | None
    advice: str | None
    decided_by: str
    decided_role: str
    decided_at: datetime
    weekly_pence: int | None
    one_off_pence: int | None
    high_cost_weekly_pence: int | None
    ends_on: date | None
    period_ends_at: datetime | None
    application_due_at: datetime | None
    arrived_at: datetime | None
    forum: str | None
    ratify_on: date | None
    settings_version: int | None
    warned: tuple[GuardShown, ...]
    outcome: str
    outcome_at: datetime | None
    outcome_by: str | None
    sitting: UUID | None
    reasons: tuple[str | None, ...]
    needed: tuple[str | None, ...]
    replaced_at: datetime | None
    authority_ended_at: datetime | None
    support: Literal["CONTINUES", "REPLACED"]
    overdue: tuple[str, ...]
    alarms: tuple[AlarmShown, ...]
    version: int


class OutOfPanelListed(BaseModel):
    """A decision outside a panel without anything personal."""

    decision: UUID
    application: UUID
    basis: str
    decided_by: str
    decided_role: str
    decided_at: datetime
    authority_ended_at: datetime | None
    outcome: str
    ratify_on: date | None
    application_due_at: datetime | None
    arrived_at: datetime | None
    overdue: tuple[str, ...]
    version: int


class OutOfPanelList(BaseModel):
    """Decisions outside a panel, newest first."""

    decisions: tuple[OutOfPanelListed, ...]


class OutOfPanelOfOne(BaseModel):
    """Decisions outside a panel about one application, newest first."""

    decisions: tuple[OutOfPanelShown, ...]


def router(host: Host) -> APIRouter:
    """The routes of one council's decisions outside a panel."""
    routes = APIRouter(prefix="/councils/{council}", tags=["out of panel"])

    @routes.post("/emergency-decisions", status_code=201, response_model=CommandAnswer)
    async def decide_at_risk_to_life(context: CommandContext, form: RiskToLifeForm) -> Response:
        """Decide at an immediate substantial risk to life; nothing is waited for, the application follows."""
        application = form.application or handlers.new_application(context)
        asked = Asked(
            need=form.risk,
            words=form.decision,
            person=form.person,
            weekly_pence=form.weekly_pence,
            one_off_pence=form.one_off_pence,
            ends_on=form.ends_on,
        )
        outcome = await handlers.decide_out_of_panel(
            host.book, context, application, "RISK_TO_LIFE", asked, needs_settings=False
        )
        return answered(outcome, location=f"decisions/{application}/out-of-panel-decisions")

    @routes.post("/decisions/{application}/out-of-panel-decisions", status_code=201, response_model=CommandAnswer)
    async def decide_out_of_panel(context: CommandContext, application: UUID, form: OutOfPanelForm) -> Response:
        """Decide in an emergency with the service manager's advice, or for a short period that has an end."""
        asked = Asked(
            need=form.need,
            words=form.decision,
            person=form.person,
            grounds=form.grounds,
            weekly_pence=form.weekly_pence,
            one_off_pence=form.one_off_pence,
            advised_by=form.advice.officer if form.advice else None,
            advice=form.advice.text if form.advice else None,
            ends_on=form.ends_on,
        )
        outcome = await handlers.decide_out_of_panel(host.book, context, application, form.basis, asked)
        return answered(outcome, location=f"decisions/{application}/out-of-panel-decisions")

    @routes.post("/decisions/{application}/ratification", response_model=CommandAnswer)
    async def ratify(context: CommandContext, version: Version, application: UUID, form: RatificationForm) -> Response:
        """Record what the panel makes of a decision outside it, while it hears the application."""
        said = handlers.Said(form.sitting, form.decision, form.outcome, form.reasons, form.needed)
        return answered(await handlers.ratify(host.book, context, version, application, said))

    @routes.post("/decisions/{application}/replacement", response_model=CommandAnswer)
    async def note_replacement(
        context: CommandContext, version: Version, application: UUID, form: ReplacementForm
    ) -> Response:
        """Note which support is in place of what the panel did not ratify; until then that goes on."""
        outcome = await handlers.note_replacement(host.book, context, version, application, form.decision, form.support)
        return answered(outcome)

    @routes.get("/out-of-panel-decisions", response_model=OutOfPanelList)
    async def list_out_of_panel(context: ReadingContext, purpose: Purpose, outcome: Narrow = None) -> Response:
        """Every decision outside a panel, with what is overdue because of it; nothing personal."""
        async with host.book.reading(context.council) as reader:
            found = await projections.made_out_of_panel(reader, None, outcome)
        await host.access.read(context, "out_of_panel_decisions", outcome or "", purpose)
        listed = [{name: row[name] for name in OutOfPanelListed.model_fields if name in row} for row in found]
        overdue = [projections.overdue(row, context.received_at) for row in found]
        return shown({"decisions": [{**one, "overdue": due} for one, due in zip(listed, overdue, strict=True)]})

    @routes.get("/decisions/{application}/out-of-panel-decisions", response_model=OutOfPanelOfOne)
    async def show_out_of_panel(context: ReadingContext, purpose: StatedPurpose, application: UUID) -> Response:
        """What was decided outside a panel about one application, word for word; reading is logged."""
        async with host.book.reading(context.council) as reader:
            found = await projections.made_out_of_panel(reader, application, None)
        if not found:
            raise not_found()
        opened = [
            {
                **await host.vault.unseal_all(context.council, row),
                "overdue": projections.overdue(row, context.received_at),
                "support": "REPLACED" if row["replaced_at"] else "CONTINUES",
            }
            for row in found
        ]
        await host.access.read(context, "out_of_panel_decision", str(application), purpose)
        return shown({"decisions": opened}, version=found[0]["version"])

    return routes
