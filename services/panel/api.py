"""Panel's routes: sittings with their agenda, and what becomes of each application."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
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
    by,
    shown,
)
from edge.forms import IDENTIFIER, Day, Form, Identifier, Line, Moment, NoWords, Pence
from ledger.decider import not_found
from services.hosting import Host
from services.panel import handlers, projections
from services.panel.domain.ruling import PanelsWords
from services.panel.domain.sitting import CloseItem, CloseSitting, OpenItem, Present, SignMinutes
from services.panel.domain.wording import WorkAsked

Words = Annotated[str, StringConstraints(max_length=20_000)]
"""Narrative that a rule judges, so that an empty one is answered with the rule's own code."""

ReasonCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
"""A reason in capitals, so that no spelling of COST is another reason."""

MemberKind = Literal[
    "social_work",
    "health",
    "education",
    "occupational_therapy",
    "housing",
    "legal",
    "finance",
    "commissioning",
    "panel_administrator",
    "chair",
    "vice_chair",
]
"""What a member is at a panel; closed, because whether a panel is skilled is judged by it (S2 #19)."""

Many = Field(max_length=50)


class SittingForm(Form):
    """A forum of the council's settings and the day on which it sits."""

    model_config = ConfigDict(json_schema_extra={"example": {"forum": "CARE_PANEL", "on": "2026-10-13"}})

    forum: Identifier
    on: Day


class SlotForm(
    Form,
    json_schema_extra={
        "example": {"application": "863ac4ee-6b55-5ed3-a3ad-52e9609ad8f2", "minutes": 20, "place": "Room 4"}
    },
):
    """An application's minutes on the agenda, and the room or the link."""

    application: UUID
    minutes: Annotated[int, Field(ge=1, le=1440)]
    place: Line


class PresentForm(Form):
    """Somebody present, and the kind of member they are."""

    member: Identifier
    kind: MemberKind


class OpeningForm(
    Form,
    json_schema_extra={
        "example": {
            "present": [{"member": "officer-017", "kind": "social_work"}, {"member": "officer-032", "kind": "health"}]
        }
    },
):
    """Everybody present when the sitting opens."""

    present: Annotated[tuple[PresentForm, ...], Many]


class WorkForm(Form):
    """A specific piece of further work: what, by whom, until when."""

    owner: Annotated[str, StringConstraints(pattern=rf"^$|{IDENTIFIER}")]
    due_at: Moment
    text: Words


class PanelDecisionForm(Form):
    """What the panel decided; which fields an outcome needs is in the panel's README."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "sitting": "5d0f3c8e-7a51-5f5d-9b0a-8a6f0f2c1d11",
                "outcome": "AGREED",
                "reasons": ["The plan meets what was assessed."],
                "review_on": "2026-12-08",
            }
        }
    )

    sitting: UUID
    outcome: Annotated[str, StringConstraints(max_length=40)]
    reasons: Annotated[tuple[Words, ...], Many] = ()
    needed: Annotated[tuple[Words, ...], Many] = ()
    further_work: Annotated[tuple[WorkForm, ...], Many] = ()
    reason_codes: Annotated[tuple[ReasonCode, ...], Many] = ()
    next_sitting_on: Day | None = None
    review_on: Day | None = None
    no_review_because: Words | None = None
    meets_outcomes: bool | None = None
    meets_assessed_needs: bool | None = None
    weekly_pence: Pence | None = None


class DelegatedDecisionForm(
    Form, json_schema_extra={"example": {"outcome": "AGREED", "reasons": ["The plan meets what was assessed."]}}
):
    """What an officer decides alone."""

    outcome: Annotated[str, StringConstraints(max_length=40)]
    reasons: Annotated[tuple[Words, ...], Many] = ()
    needed: Annotated[tuple[Words, ...], Many] = ()


class ReturnForm(
    Form, json_schema_extra={"example": {"reasons": ["The costs are of another child."], "defer_to": "2026-10-20"}}
):
    """Why an application goes back, and the sitting at which its place is kept, if one is named."""

    reasons: Annotated[tuple[Words, ...], Many]
    defer_to: Day | None = None


class ReasonForm(Form, json_schema_extra={"example": {"reason": "The family moved to another area."}}):
    """Why an application is withdrawn, or may be."""

    reason: Words


# What is shown --------------------------------------------------------------------------------------------------


class SittingListed(BaseModel):
    """A sitting, and how many of its minutes are given out."""

    sitting: UUID
    forum: str
    sitting_on: date
    starts_at: datetime
    ends_at: datetime
    cut_off_at: datetime
    minutes: int
    stage: str
    version: int
    minutes_given_out: int


class SittingsShown(BaseModel):
    """Sittings, newest first."""

    sittings: tuple[SittingListed, ...]


class SlotShown(BaseModel):
    """An application's place on an agenda, and when it was heard."""

    application: UUID
    starts_at: datetime
    minutes: int
    place: str
    kept_first: bool
    opened_at: datetime | None
    closed_at: datetime | None


class SittingShown(BaseModel):
    """One sitting with its agenda."""

    sitting: UUID
    forum: str
    sitting_on: date
    starts_at: datetime
    ends_at: datetime
    minutes: int
    cut_off_at: datetime
    core_members: tuple[str, ...]
    settings_version: int
    stage: str
    opened_by: str | None
    opened_at: datetime | None
    present: tuple[PresentForm, ...]
    closed_at: datetime | None
    signed_by: str | None
    signed_at: datetime | None
    version: int
    agenda: tuple[SlotShown, ...]


class DecisionListed(BaseModel):
    """An application in panel's hands, without anything personal; money in pence a week."""

    application: UUID
    stage: str
    kind: str
    weekly_pence: int
    indicative_weekly_pence: int
    complex: bool
    received_at: datetime
    times_submitted: int
    route: str
    forum: str | None
    returns_on: date | None
    version: int


class DecisionsShown(BaseModel):
    """Applications in panel's hands, newest first."""

    decisions: tuple[DecisionListed, ...]


class PersonShown(BaseModel):
    """The person concerned; an erased text is null, here as everywhere."""

    person: str
    name: str | None


class WorkShown(BaseModel):
    """A piece of further work."""

    work: str
    owner: str
    due_at: datetime
    text: str | None


class RulingShown(BaseModel):
    """One decision word for word, with everything that it rested on."""

    decision: UUID
    outcome: str
    made: str
    sitting: UUID | None
    decided_by: str
    decided_role: str
    decided_at: datetime
    reasons: tuple[str | None, ...]
    needed: tuple[str | None, ...]
    further_work: tuple[WorkShown, ...]
    next_sitting_on: date | None
    weekly_pence: int
    final_budget: dict[str, int] | None
    review_on: date | None
    settings_version: int
    limit_weekly_pence: int | None


class ChallengeShown(BaseModel):
    """A complaint that a disagreement opened."""

    complaint: UUID
    stage: str
    received_on: date


class PlaceShown(BaseModel):
    """Where and when an application is on an agenda."""

    sitting: UUID
    starts_at: datetime
    minutes: int
    place: str


class DecisionShown(BaseModel):
    """One application: its route, its decisions word for word, and the challenges to them."""

    application: UUID
    stage: str
    kind: str
    weekly_pence: int
    indicative_weekly_pence: int
    complex: bool
    distinctive: bool
    received_at: datetime
    times_submitted: int
    person: PersonShown
    originator: str
    team_manager: str
    service_manager: str
    route: dict[str, Any]
    outstanding: tuple[str, ...]
    returns_on: date | None
    decisions: tuple[RulingShown, ...]
    slots: tuple[PlaceShown, ...]
    challenges: tuple[ChallengeShown, ...]
    version: int


def router(host: Host) -> APIRouter:
    """The routes of one council's sittings and decisions."""
    routes = APIRouter(prefix="/councils/{council}")
    _sittings(routes, host)
    _decisions(routes, host)
    return routes


def _sittings(routes: APIRouter, host: Host) -> None:
    @routes.post("/sittings", status_code=201, response_model=CommandAnswer, tags=["sittings"])
    async def schedule_sitting(context: CommandContext, form: SittingForm) -> Response:
        """Put a sitting of a forum in the calendar."""
        outcome = await handlers.schedule_sitting(host.book, context, form.forum, form.on)
        return answered(outcome, location=f"sittings/{outcome.answer['id']}")

    @routes.post("/sittings/{sitting}/slots", response_model=CommandAnswer, tags=["sittings"])
    async def offer_slot(context: CommandContext, version: Version, sitting: UUID, form: SlotForm) -> Response:
        """Give an application its minutes on the agenda; one that a deferral sent here comes first."""
        outcome = await handlers.offer_slot(
            host.book, context, version, sitting, form.application, form.minutes, form.place
        )
        return answered(outcome)

    @routes.post("/sittings/{sitting}/opening", response_model=CommandAnswer, tags=["sittings"])
    async def open_sitting(context: CommandContext, version: Version, sitting: UUID, form: OpeningForm) -> Response:
        """Open the sitting before a quorum."""
        present = tuple(Present(one.member, one.kind) for one in form.present)
        return answered(await handlers.open_sitting(host.book, context, version, sitting, present))

    @routes.post("/sittings/{sitting}/items/{application}/opening", response_model=CommandAnswer, tags=["sittings"])
    async def open_item(
        context: CommandContext, version: Version, sitting: UUID, application: UUID, _: NoWords
    ) -> Response:
        """Begin to hear one application."""
        command = OpenItem(by(context), application, context.received_at)
        return answered(await handlers.carry_out_sitting(host.book, context, version, sitting, command))

    @routes.post("/sittings/{sitting}/items/{application}/closing", response_model=CommandAnswer, tags=["sittings"])
    async def close_item(
        context: CommandContext, version: Version, sitting: UUID, application: UUID, _: NoWords
    ) -> Response:
        """Finish hearing one application."""
        command = CloseItem(by(context), application, context.received_at)
        return answered(await handlers.carry_out_sitting(host.book, context, version, sitting, command))

    @routes.post("/sittings/{sitting}/closing", response_model=CommandAnswer, tags=["sittings"])
    async def close_sitting(context: CommandContext, version: Version, sitting: UUID, _: NoWords) -> Response:
        """End the sitting."""
        command = CloseSitting(by(context), context.received_at)
        return answered(await handlers.carry_out_sitting(host.book, context, version, sitting, command))

    @routes.post("/sittings/{sitting}/minutes/signature", response_model=CommandAnswer, tags=["sittings"])
    async def sign_minutes(context: CommandContext, version: Version, sitting: UUID, _: NoWords) -> Response:
        """Sign the minutes; nothing in the sitting changes any more."""
        command = SignMinutes(by(context), context.received_at)
        return answered(await handlers.carry_out_sitting(host.book, context, version, sitting, command))

    @routes.get("/sittings", response_model=SittingsShown, tags=["sittings"])
    async def list_sittings(context: ReadingContext, purpose: Purpose, forum: Narrow = None) -> Response:
        """Every sitting, newest first."""
        async with host.book.reading(context.council) as reader:
            found = await projections.sittings(reader, forum)
        await host.access.read(context, "sittings", forum or "", purpose)
        return shown({"sittings": found})

    @routes.get("/sittings/{sitting}", response_model=SittingShown, tags=["sittings"])
    async def show_sitting(context: ReadingContext, purpose: Purpose, sitting: UUID) -> Response:
        """One sitting with its agenda."""
        async with host.book.reading(context.council) as reader:
            found = await projections.sitting(reader, sitting)
        if found is None:
            raise not_found()
        await host.access.read(context, "sitting", str(sitting), purpose)
        return shown(found, version=found["version"])


def _decisions(routes: APIRouter, host: Host) -> None:
    @routes.post("/decisions/{application}/panel-decision", response_model=CommandAnswer, tags=["decisions"])
    async def decide_by_panel(
        context: CommandContext, version: Version, application: UUID, form: PanelDecisionForm
    ) -> Response:
        """Record what the panel decided, while it hears the application."""
        words = PanelsWords(
            outcome=form.outcome,
            reasons=form.reasons,
            needed=form.needed,
            further_work=tuple(WorkAsked(work.owner, work.due_at, work.text) for work in form.further_work),
            reason_codes=form.reason_codes,
            next_sitting_on=form.next_sitting_on,
            review_on=form.review_on,
            no_review_because=form.no_review_because,
            meets_outcomes=form.meets_outcomes,
            meets_assessed_needs=form.meets_assessed_needs,
            weekly_pence=form.weekly_pence,
        )
        return answered(await handlers.decide_by_panel(host.book, context, version, application, form.sitting, words))

    @routes.post("/decisions/{application}/delegated-decision", response_model=CommandAnswer, tags=["decisions"])
    async def decide_by_delegation(
        context: CommandContext, version: Version, application: UUID, form: DelegatedDecisionForm
    ) -> Response:
        """Decide within the caller's own authority, judged now."""
        outcome = await handlers.decide_alone(
            host.book, context, version, application, form.outcome, form.reasons, form.needed
        )
        return answered(outcome)

    @routes.post("/decisions/{application}/return", response_model=CommandAnswer, tags=["decisions"])
    async def return_application(
        context: CommandContext, version: Version, application: UUID, form: ReturnForm
    ) -> Response:
        """Send an inaccurate or incomplete application back to its originator."""
        outcome = await handlers.return_to_originator(
            host.book, context, version, application, form.reasons, form.defer_to
        )
        return answered(outcome)

    @routes.post("/decisions/{application}/withdrawal-agreement", response_model=CommandAnswer, tags=["decisions"])
    async def agree_withdrawal(
        context: CommandContext, version: Version, application: UUID, form: ReasonForm
    ) -> Response:
        """Agree, as the application's service manager, to its withdrawal."""
        return answered(await handlers.agree_withdrawal(host.book, context, version, application, form.reason))

    @routes.post("/decisions/{application}/withdrawal", response_model=CommandAnswer, tags=["decisions"])
    async def withdraw_application(
        context: CommandContext, version: Version, application: UUID, form: ReasonForm
    ) -> Response:
        """Withdraw an application, once its service manager has agreed."""
        return answered(await handlers.withdraw(host.book, context, version, application, form.reason))

    @routes.get("/decisions", response_model=DecisionsShown, tags=["decisions"])
    async def list_decisions(context: ReadingContext, purpose: Purpose, stage: Narrow = None) -> Response:
        """Every application that came into panel's hands; nothing personal."""
        async with host.book.reading(context.council) as reader:
            found = await projections.decisions(reader, stage)
        await host.access.read(context, "decisions", stage or "", purpose)
        return shown({"decisions": found})

    @routes.get("/decisions/{application}", response_model=DecisionShown, tags=["decisions"])
    async def show_decision(context: ReadingContext, purpose: StatedPurpose, application: UUID) -> Response:
        """One application: its route, its decisions word for word, and the challenges to them; reading is logged."""
        async with host.book.reading(context.council) as reader:
            found = await projections.decision(reader, application)
        if found is None:
            raise not_found()
        opened = await host.vault.unseal_all(context.council, found)
        await host.access.read(context, "decision", str(application), purpose)
        return shown(opened, version=found["version"])
