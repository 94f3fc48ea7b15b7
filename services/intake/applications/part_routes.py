"""The routes by which each part of the form is written."""

from fastapi import APIRouter
from starlette.responses import Response

from edge.answers import CommandAnswer, answered
from edge.calls import Command
from edge.forms import Identifier
from services.intake.applications import commands
from services.intake.applications.part_forms import (
    ActionsForm,
    BudgetForm,
    CircumstancesForm,
    ComplexityForm,
    CostsForm,
    FamilyAgreementForm,
    FamilyMemberForm,
    OptionsTriedForm,
    OtherFundingForm,
    ParentalResponsibilityForm,
    SectionForm,
    SupportNeedsForm,
    TakenOutForm,
    VoiceForm,
)

routes = APIRouter(prefix="/councils/{council}", tags=["intake"])


@routes.post("/applications/{application}/indicative-budget", response_model=CommandAnswer)
async def indicate_budget(call: Command, application: Identifier, form: BudgetForm) -> Response:
    """Indicate the budget, before the plan is written."""
    return answered(await commands.carry_out(call, application, form.command()))


@routes.put("/applications/{application}/costs", response_model=CommandAnswer)
async def give_costs(call: Command, application: Identifier, form: CostsForm) -> Response:
    """Say what is asked for, and of which resources it is made up."""
    return answered(await commands.carry_out(call, application, form.command()))


@routes.put("/applications/{application}/circumstances", response_model=CommandAnswer)
async def state_circumstances(call: Command, application: Identifier, form: CircumstancesForm) -> Response:
    """Say what the council's scheme looks at besides kind and costs."""
    return answered(await commands.carry_out(call, application, form.command()))


@routes.put("/applications/{application}/complexity", response_model=CommandAnswer)
async def mark_complexity(call: Command, application: Identifier, form: ComplexityForm) -> Response:
    """Mark the case very complex or particularly distinctive, with the reason."""
    return answered(await commands.carry_out(call, application, form.command()))


@routes.put("/applications/{application}/sections/{section}", response_model=CommandAnswer)
async def complete_section(call: Command, application: Identifier, section: Identifier, form: SectionForm) -> Response:
    """Write a section of the form that is one text, in the role that it belongs to."""
    return answered(await commands.carry_out(call, application, form.command(section)))


@routes.put("/applications/{application}/options-tried", response_model=CommandAnswer)
async def list_options_tried(call: Command, application: Identifier, form: OptionsTriedForm) -> Response:
    """Write the other options that were tried, and why each was unsuitable."""
    return answered(await commands.carry_out(call, application, form.command()))


@routes.put("/applications/{application}/other-funding", response_model=CommandAnswer)
async def state_other_funding(call: Command, application: Identifier, form: OtherFundingForm) -> Response:
    """Say which other sources may pay, with the information about each."""
    return answered(await commands.carry_out(call, application, form.command()))


@routes.put("/applications/{application}/actions", response_model=CommandAnswer)
async def plan_actions(call: Command, application: Identifier, form: ActionsForm) -> Response:
    """Write the plan of action, after the budget was indicated."""
    return answered(await commands.carry_out(call, application, form.command()))


@routes.put("/applications/{application}/family-agreement", response_model=CommandAnswer)
async def state_family_agreement(call: Command, application: Identifier, form: FamilyAgreementForm) -> Response:
    """Say whether the family agrees to the plan, and if not, why."""
    return answered(await commands.carry_out(call, application, form.command()))


@routes.put("/applications/{application}/support-needs", response_model=CommandAnswer)
async def state_support_needs(call: Command, application: Identifier, form: SupportNeedsForm) -> Response:
    """Write the needs that support under an order must take into account, and the advice sought."""
    return answered(await commands.carry_out(call, application, form.command()))


@routes.put("/applications/{application}/family/{party}", response_model=CommandAnswer)
async def name_family_member(
    call: Command, application: Identifier, party: Identifier, form: FamilyMemberForm
) -> Response:
    """Add somebody to the family of a draft, or correct what it says of them."""
    return answered(await commands.carry_out(call, application, form.command(party)))


@routes.post("/applications/{application}/family/{party}/removal", response_model=CommandAnswer)
async def take_out_family_member(
    call: Command, application: Identifier, party: Identifier, form: TakenOutForm
) -> Response:
    """Take somebody out of the family who was named in error, at any stage; others hear of it once it was handed in."""
    return answered(await commands.carry_out(call, application, form.command(party)))


@routes.put("/applications/{application}/parental-responsibility", response_model=CommandAnswer)
async def state_parental_responsibility(
    call: Command, application: Identifier, form: ParentalResponsibilityForm
) -> Response:
    """Say that the council or nobody holds parental responsibility, and why; null takes that back."""
    return answered(await commands.state_parental_responsibility(call, application, form.command()))


@routes.put("/applications/{application}/voices/{party}", response_model=CommandAnswer)
async def record_voice(call: Command, application: Identifier, party: Identifier, form: VoiceForm) -> Response:
    """Record somebody's views, or why they could not be had; a child's beside their age and understanding."""
    return answered(await commands.carry_out(call, application, form.command(party)))
