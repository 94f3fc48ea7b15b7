"""The routes of applications in panel's hands, and of sittings where they need their applications."""

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
    shown,
)
from edge.forms import NoWords
from ledger.decider import not_found
from services.hosting import Host
from services.panel.decisions import commands, read
from services.panel.decisions.domain.by_panel import PanelsWords
from services.panel.decisions.domain.out_of_panel.deciding import Asked
from services.panel.decisions.forms import (
    DecisionShown,
    DecisionsShown,
    DelegatedDecisionForm,
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
from services.panel.known.domain.wording import WorkAsked
from services.panel.sittings.domain.events import Present
from services.panel.sittings.domain.hearing import Chair
from services.panel.sittings.forms import ItemForm, OpeningForm, SittingForm, SlotForm


def router(host: Host) -> APIRouter:
    """The routes of one council's applications."""
    routes = APIRouter(prefix="/councils/{council}")

    @routes.post("/sittings", status_code=201, response_model=CommandAnswer, tags=["sittings"])
    async def schedule_sitting(context: CommandContext, form: SittingForm) -> Response:
        """Put a sitting of a forum in the calendar."""
        outcome = await commands.schedule_sitting(host.book, context, form.forum, form.on)
        return answered(outcome, location=f"sittings/{outcome.answer['id']}")

    @routes.post("/sittings/{sitting}/slots", response_model=CommandAnswer, tags=["sittings"])
    async def offer_slot(context: CommandContext, version: Version, sitting: UUID, form: SlotForm) -> Response:
        """Give an application its minutes on the agenda; one that a deferral sent here comes first."""
        outcome = await commands.offer_slot(
            host.book, context, version, sitting, form.application, form.minutes, form.place
        )
        return answered(outcome)

    @routes.post("/sittings/{sitting}/opening", response_model=CommandAnswer, tags=["sittings"])
    async def open_sitting(context: CommandContext, version: Version, sitting: UUID, form: OpeningForm) -> Response:
        """Open the sitting before a quorum."""
        present = tuple(Present(one.member, one.kind) for one in form.present)
        return answered(await commands.open_sitting(host.book, context, version, sitting, present))

    @routes.post("/sittings/{sitting}/items/{application}/opening", response_model=CommandAnswer, tags=["sittings"])
    async def open_item(
        context: CommandContext, version: Version, sitting: UUID, application: UUID, form: ItemForm
    ) -> Response:
        """Begin to hear one application; a case under an order may have a chair of its own (S4 §7)."""
        chair = Chair(form.chair.officer, form.chair.role) if form.chair else None
        return answered(await commands.open_item(host.book, context, version, sitting, application, chair))

    @routes.post("/sittings/{sitting}/closing", response_model=CommandAnswer, tags=["sittings"])
    async def close_sitting(context: CommandContext, version: Version, sitting: UUID, _: NoWords) -> Response:
        """End the sitting; what it left unratified is told to the chair and the directors."""
        return answered(await commands.close_sitting(host.book, context, version, sitting))

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
        return answered(await commands.decide_by_panel(host.book, context, version, application, form.sitting, words))

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
        outcome = await commands.decide_alone(
            host.book, context, version, application, form.outcome, form.reasons, form.needed
        )
        return answered(outcome, location=f"decisions/{application}")

    @routes.post("/decisions/{application}/court-filing", response_model=CommandAnswer, tags=["decisions"])
    async def file_with_court(context: CommandContext, version: Version, application: UUID, _: NoWords) -> Response:
        """Record that the plan was submitted to the court, which it is after the panel's decision (S4 §7)."""
        return answered(await commands.file_with_court(host.book, context, version, application))

    @routes.post("/decisions/{application}/return", response_model=CommandAnswer, tags=["decisions"])
    async def return_application(
        context: CommandContext, version: Version, application: UUID, form: ReturnForm
    ) -> Response:
        """Send an inaccurate or incomplete application back to its originator."""
        outcome = await commands.return_to_originator(
            host.book, context, version, application, form.reasons, form.defer_to
        )
        return answered(outcome)

    @routes.post("/decisions/{application}/withdrawal-agreement", response_model=CommandAnswer, tags=["decisions"])
    async def agree_withdrawal(
        context: CommandContext, version: Version, application: UUID, form: ReasonForm
    ) -> Response:
        """Agree, as the application's service manager, to its withdrawal."""
        return answered(await commands.agree_withdrawal(host.book, context, version, application, form.reason))

    @routes.post("/decisions/{application}/withdrawal", response_model=CommandAnswer, tags=["decisions"])
    async def withdraw_application(
        context: CommandContext, version: Version, application: UUID, form: ReasonForm
    ) -> Response:
        """Withdraw an application, once its service manager has agreed."""
        return answered(await commands.withdraw(host.book, context, version, application, form.reason))

    @routes.get("/decisions", response_model=DecisionsShown, tags=["decisions"])
    async def list_decisions(context: ReadingContext, purpose: Purpose, stage: Narrow = None) -> Response:
        """Every application that came into panel's hands; nothing personal."""
        async with host.book.reading(context.council) as reader:
            found = await read.decisions(reader, stage)
        await host.access.read(context, "decisions", stage or "", purpose)
        return shown({"decisions": found})

    @routes.get("/decisions/{application}", response_model=DecisionShown, tags=["decisions"])
    async def show_decision(context: ReadingContext, purpose: StatedPurpose, application: UUID) -> Response:
        """One application: its route, its decisions word for word, and the challenges to them; reading is logged."""
        async with host.book.reading(context.council) as reader:
            found = await read.decision(reader, application)
        if found is None:
            raise not_found()
        opened = await host.vault.unseal_all(context.council, found)
        await host.access.read(context, "decision", str(application), purpose)
        return shown(opened, version=found["version"])

    return routes


def out_of_panel_router(host: Host) -> APIRouter:
    """The routes of one council's decisions outside a panel."""
    routes = APIRouter(prefix="/councils/{council}", tags=["out of panel"])

    @routes.post("/emergency-decisions", status_code=201, response_model=CommandAnswer)
    async def decide_at_risk_to_life(context: CommandContext, form: RiskToLifeForm) -> Response:
        """Decide at an immediate substantial risk to life; nothing is waited for, the application follows."""
        application = form.application or commands.new_application(context)
        asked = Asked(
            need=form.risk,
            words=form.decision,
            person=form.person,
            weekly_pence=form.weekly_pence,
            one_off_pence=form.one_off_pence,
            ends_on=form.ends_on,
        )
        outcome = await commands.decide_out_of_panel(
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
        outcome = await commands.decide_out_of_panel(host.book, context, application, form.basis, asked)
        return answered(outcome, location=f"decisions/{application}/out-of-panel-decisions")

    @routes.post("/decisions/{application}/ratification", response_model=CommandAnswer)
    async def ratify(context: CommandContext, version: Version, application: UUID, form: RatificationForm) -> Response:
        """Record what the panel makes of a decision outside it, while it hears the application."""
        said = commands.Said(form.sitting, form.decision, form.outcome, form.reasons, form.needed)
        return answered(await commands.ratify(host.book, context, version, application, said))

    @routes.post("/decisions/{application}/replacement", response_model=CommandAnswer)
    async def note_replacement(
        context: CommandContext, version: Version, application: UUID, form: ReplacementForm
    ) -> Response:
        """Note which support is in place of what the panel did not ratify; until then that goes on."""
        outcome = await commands.note_replacement(host.book, context, version, application, form.decision, form.support)
        return answered(outcome)

    @routes.get("/out-of-panel-decisions", response_model=OutOfPanelList)
    async def list_out_of_panel(context: ReadingContext, purpose: Purpose, outcome: Narrow = None) -> Response:
        """Every decision outside a panel, with what is overdue because of it; nothing personal."""
        async with host.book.reading(context.council) as reader:
            found = await read.made_out_of_panel(reader, None, outcome)
        await host.access.read(context, "out_of_panel_decisions", outcome or "", purpose)
        listed = [{name: row[name] for name in OutOfPanelListed.model_fields if name in row} for row in found]
        overdue = [read.overdue(row, context.received_at) for row in found]
        return shown({"decisions": [{**one, "overdue": due} for one, due in zip(listed, overdue, strict=True)]})

    @routes.get("/decisions/{application}/out-of-panel-decisions", response_model=OutOfPanelOfOne)
    async def show_out_of_panel(context: ReadingContext, purpose: StatedPurpose, application: UUID) -> Response:
        """What was decided outside a panel about one application, word for word; reading is logged."""
        async with host.book.reading(context.council) as reader:
            found = await read.made_out_of_panel(reader, application, None)
        if not found:
            raise not_found()
        opened = [
            {
                **await host.vault.unseal_all(context.council, row),
                "overdue": read.overdue(row, context.received_at),
                "support": "REPLACED" if row["replaced_at"] else "CONTINUES",
            }
            for row in found
        ]
        await host.access.read(context, "out_of_panel_decision", str(application), purpose)
        return shown({"decisions": opened}, version=found[0]["version"])

    return routes
