"""The routes by which each part of the form is written."""

from fastapi import APIRouter
from starlette.responses import Response

from edge.commands import CommandAnswer, CommandContext, Version, answered, by
from edge.forms import Identifier
from services.hosting import Host
from services.intake.applications import commands
from services.intake.applications.domain.costs import GiveCosts, IndicateBudget, MarkComplexity, StateCircumstances
from services.intake.applications.domain.family import (
    NameFamilyMember,
    RecordVoice,
    Relative,
    StateParentalResponsibility,
)
from services.intake.applications.domain.form_events import ResourceLine
from services.intake.applications.domain.sections import (
    Action,
    CompleteSection,
    ListOptionsTried,
    PlanActions,
    StateFamilyAgreement,
    StateOtherFunding,
    StateSupportNeeds,
)
from services.intake.applications.forms import (
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
    VoiceForm,
)


def parts(routes: APIRouter, host: Host) -> None:
    """Add one route for each part."""
    book = host.book

    @routes.post("/applications/{application}/indicative-budget", response_model=CommandAnswer)
    async def indicate_budget(
        context: CommandContext, version: Version, application: Identifier, form: BudgetForm
    ) -> Response:
        """Indicate the budget, before the plan is written."""
        command = IndicateBudget(by(context), form.weekly_pence)
        return answered(await commands.edit(book, context, version, application, command))

    @routes.put("/applications/{application}/costs", response_model=CommandAnswer)
    async def give_costs(
        context: CommandContext, version: Version, application: Identifier, form: CostsForm
    ) -> Response:
        """Say what is asked for, and of which resources it is made up."""
        lines = tuple(
            ResourceLine(line.resource, line.weekly_pence, line.one_off_pence, line.days, line.starts_on)
            for line in form.resources
        )
        settings = await commands.settings_now(book, context)
        command = GiveCosts(by(context), settings, form.weekly_pence, form.one_off_pence, lines)
        return answered(await commands.edit(book, context, version, application, command))

    @routes.put("/applications/{application}/circumstances", response_model=CommandAnswer)
    async def state_circumstances(
        context: CommandContext, version: Version, application: Identifier, form: CircumstancesForm
    ) -> Response:
        """Say what the council's scheme looks at besides kind and costs."""
        command = StateCircumstances(
            by(context),
            form.within,
            form.emergency,
            form.disability_team,
            form.complex_health,
            form.section,
            form.order,
            form.package,
        )
        return answered(await commands.edit(book, context, version, application, command))

    @routes.put("/applications/{application}/complexity", response_model=CommandAnswer)
    async def mark_complexity(
        context: CommandContext, version: Version, application: Identifier, form: ComplexityForm
    ) -> Response:
        """Mark the case very complex or particularly distinctive, with the reason."""
        command = MarkComplexity(by(context), form.complex, form.distinctive, form.reason)
        return answered(await commands.edit(book, context, version, application, command))

    @routes.put("/applications/{application}/sections/{section}", response_model=CommandAnswer)
    async def complete_section(
        context: CommandContext, version: Version, application: Identifier, section: Identifier, form: SectionForm
    ) -> Response:
        """Write a section of the form that is one text, in the role that it belongs to."""
        command = CompleteSection(by(context), await commands.settings_now(book, context), section, form.text)
        return answered(await commands.edit(book, context, version, application, command))

    @routes.put("/applications/{application}/options-tried", response_model=CommandAnswer)
    async def list_options_tried(
        context: CommandContext, version: Version, application: Identifier, form: OptionsTriedForm
    ) -> Response:
        """Write the other options that were tried, and why each was unsuitable."""
        options = tuple((one.option, one.why_unsuitable) for one in form.options)
        command = ListOptionsTried(by(context), await commands.settings_now(book, context), options)
        return answered(await commands.edit(book, context, version, application, command))

    @routes.put("/applications/{application}/other-funding", response_model=CommandAnswer)
    async def state_other_funding(
        context: CommandContext, version: Version, application: Identifier, form: OtherFundingForm
    ) -> Response:
        """Say which other sources may pay, with the information about each."""
        sources = tuple((one.source, one.possible, one.information) for one in form.sources)
        command = StateOtherFunding(by(context), await commands.settings_now(book, context), sources)
        return answered(await commands.edit(book, context, version, application, command))

    @routes.put("/applications/{application}/actions", response_model=CommandAnswer)
    async def plan_actions(
        context: CommandContext, version: Version, application: Identifier, form: ActionsForm
    ) -> Response:
        """Write the plan of action, after the budget was indicated."""
        actions = tuple(Action(one.action, one.owner, one.due_on, one.review_on) for one in form.actions)
        command = PlanActions(by(context), await commands.settings_now(book, context), actions)
        return answered(await commands.edit(book, context, version, application, command))

    @routes.put("/applications/{application}/family-agreement", response_model=CommandAnswer)
    async def state_family_agreement(
        context: CommandContext, version: Version, application: Identifier, form: FamilyAgreementForm
    ) -> Response:
        """Say whether the family agrees to the plan, and if not, why."""
        settings = await commands.settings_now(book, context)
        command = StateFamilyAgreement(by(context), settings, form.agreed, form.reason, form.significant_harm)
        return answered(await commands.edit(book, context, version, application, command))

    @routes.put("/applications/{application}/support-needs", response_model=CommandAnswer)
    async def state_support_needs(
        context: CommandContext, version: Version, application: Identifier, form: SupportNeedsForm
    ) -> Response:
        """Write the needs that support under an order must take into account, and the advice sought."""
        settings = await commands.settings_now(book, context)
        command = StateSupportNeeds(by(context), settings, form.needs, form.advice)
        return answered(await commands.edit(book, context, version, application, command))

    @routes.put("/applications/{application}/family/{party}", response_model=CommandAnswer)
    async def name_family_member(
        context: CommandContext, version: Version, application: Identifier, party: Identifier, form: FamilyMemberForm
    ) -> Response:
        """Add somebody to the family of a draft, or correct what it says of them."""
        member = Relative(party, form.relationship, form.name, form.has_parental_responsibility)
        command = NameFamilyMember(by(context), member)
        return answered(await commands.edit(book, context, version, application, command))

    @routes.put("/applications/{application}/parental-responsibility", response_model=CommandAnswer)
    async def state_parental_responsibility(
        context: CommandContext, version: Version, application: Identifier, form: ParentalResponsibilityForm
    ) -> Response:
        """Say that the council or nobody holds parental responsibility, and why; null takes that back."""
        command = StateParentalResponsibility(by(context), form.held_by, form.reason)
        return answered(await commands.edit(book, context, version, application, command))

    @routes.put("/applications/{application}/voices/{party}", response_model=CommandAnswer)
    async def record_voice(
        context: CommandContext, version: Version, application: Identifier, party: Identifier, form: VoiceForm
    ) -> Response:
        """Record somebody's views, or why they could not be had; a child's beside their age and understanding."""
        command = RecordVoice(
            by(context), party, form.views, form.why_not_obtainable, form.age_years, form.understanding
        )
        return answered(await commands.edit(book, context, version, application, command))
