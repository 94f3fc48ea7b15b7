"""Panel's routes: sittings with their agenda, and what becomes of each application."""

from uuid import UUID

from fastapi import APIRouter
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
from edge.forms import NoWords
from ledger.decider import not_found
from services.hosting import Host
from services.panel import handlers, projections
from services.panel.domain.agenda import Chair, CloseItem, Present, SignMinutes
from services.panel.domain.ruling import PanelsWords
from services.panel.domain.wording import WorkAsked
from services.panel.forms import (
    DecisionShown,
    DecisionsShown,
    DelegatedDecisionForm,
    ItemForm,
    OpeningForm,
    PanelDecisionForm,
    ReasonForm,
    ReturnForm,
    SittingForm,
    SittingShown,
    SittingsShown,
    SlotForm,
)
from services.panel.outside.handlers import close_sitting as close


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
        context: CommandContext, version: Version, sitting: UUID, application: UUID, form: ItemForm
    ) -> Response:
        """Begin to hear one application; a case under an order may have a chair of its own (S4 §7)."""
        chair = Chair(form.chair.officer, form.chair.role) if form.chair else None
        return answered(await handlers.open_item(host.book, context, version, sitting, application, chair))

    @routes.post("/sittings/{sitting}/items/{application}/closing", response_model=CommandAnswer, tags=["sittings"])
    async def close_item(
        context: CommandContext, version: Version, sitting: UUID, application: UUID, _: NoWords
    ) -> Response:
        """Finish hearing one application."""
        command = CloseItem(by(context), application, context.received_at)
        return answered(await handlers.carry_out_sitting(host.book, context, version, sitting, command))

    @routes.post("/sittings/{sitting}/closing", response_model=CommandAnswer, tags=["sittings"])
    async def close_sitting(context: CommandContext, version: Version, sitting: UUID, _: NoWords) -> Response:
        """End the sitting; what it left unratified is told to the chair and the directors."""
        return answered(await close(host.book, context, version, sitting))

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

    @routes.post(
        "/decisions/{application}/delegated-decision",
        status_code=201,
        response_model=CommandAnswer,
        tags=["decisions"],
    )
    async def decide_by_delegation(
        context: CommandContext, version: Version, application: UUID, form: DelegatedDecisionForm
    ) -> Response:
        """Decide within the caller's own authority, judged now."""
        outcome = await handlers.decide_alone(
            host.book, context, version, application, form.outcome, form.reasons, form.needed
        )
        return answered(outcome, location=f"decisions/{application}")

    @routes.post("/decisions/{application}/court-filing", response_model=CommandAnswer, tags=["decisions"])
    async def file_with_court(context: CommandContext, version: Version, application: UUID, _: NoWords) -> Response:
        """Record that the plan was submitted to the court, which it is after the panel's decision (S4 §7)."""
        return answered(await handlers.file_with_court(host.book, context, version, application))

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
