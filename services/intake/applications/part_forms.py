"""The forms by which each part of an application is written; each has an example that its schema accepts."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from edge.forms import Day, Form, Identifier, Line, Pence, Text
from services.intake.applications.domain.costs import GiveCosts, IndicateBudget, MarkComplexity, StateCircumstances
from services.intake.applications.domain.family import (
    NameFamilyMember,
    RecordVoice,
    Relative,
    StateParentalResponsibility,
)
from services.intake.applications.domain.form_events import Relationship, ResourceLine
from services.intake.applications.domain.sections import (
    Action,
    CompleteSection,
    ListOptionsTried,
    PlanActions,
    StateFamilyAgreement,
    StateOtherFunding,
    StateSupportNeeds,
)
from services.intake.applications.domain.taking_out import TakeOutFamilyMember

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
"""One of the council's own codes, in capitals."""


class BudgetForm(Form, json_schema_extra={"example": {"weekly_pence": 600000}}):
    """The indicative budget in pence a week."""

    weekly_pence: Pence

    def command(self) -> IndicateBudget:
        """The command that it is."""
        return IndicateBudget(self.weekly_pence)


class ResourceForm(Form):
    """One resource asked for: pence a week, pence once, and where that is limited from when and for how many days."""

    resource: Code
    weekly_pence: Pence = 0
    one_off_pence: Pence = 0
    days: Annotated[int, Field(ge=1, le=36_600)] | None = None
    starts_on: Day | None = None


Resources = Annotated[tuple[ResourceForm, ...], Field(max_length=100)]
"""What the costs are made of."""


class CostsForm(Form):
    """What is asked for: pence a week and pence once, and of which resources it is made up.

    Where resources are listed the costs are their sums; `WORKER_TIME`, the allocated worker's own, never counts.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "weekly_pence": 612308,
                "one_off_pence": 0,
                "resources": [
                    {"resource": "PLACEMENT", "weekly_pence": 612308, "one_off_pence": 0, "days": None},
                    {"resource": "WORKER_TIME", "weekly_pence": 9000, "one_off_pence": 0, "days": 84},
                ],
            }
        }
    )

    weekly_pence: Pence
    one_off_pence: Pence = 0
    resources: Resources = ()

    def command(self) -> GiveCosts:
        """The command that it is."""
        lines = tuple(ResourceLine(**dict(line)) for line in self.resources)
        return GiveCosts(self.weekly_pence, self.one_off_pence, lines)


class CircumstancesForm(Form):
    """What the council's scheme looks at besides kind and costs."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "within": ["WIDER_PACKAGE"],
                "emergency": False,
                "disability_team": False,
                "complex_health": False,
                "section": "20",
                "order": None,
                "package": None,
            }
        }
    )

    within: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    emergency: bool = False
    disability_team: bool = False
    complex_health: bool = False
    section: Literal["17", "18", "20"] | None = None
    order: Literal["SGO", "CHILD_ARRANGEMENTS", "ADOPTION_SUPPORT"] | None = None
    package: Code | None = None

    def command(self) -> StateCircumstances:
        """The command that it is."""
        return StateCircumstances(**dict(self))


class ComplexityForm(
    Form, json_schema_extra={"example": {"complex": True, "distinctive": False, "reason": "Two courts are involved."}}
):
    """Whether the case is very complex or particularly distinctive; either needs a reason."""

    complex: bool
    distinctive: bool = False
    reason: Text | None = None

    def command(self) -> MarkComplexity:
        """The command that it is."""
        return MarkComplexity(self.complex, self.distinctive, self.reason)


class SectionForm(Form, json_schema_extra={"example": {"text": "The section as it reads from now on."}}):
    """A section of the form, whole."""

    text: Text

    def command(self, section: str) -> CompleteSection:
        """The command that it is for a section."""
        return CompleteSection(section, self.text)


class OptionForm(Form):
    """Another option that was tried or considered, and why it was unsuitable."""

    option: Text
    why_unsuitable: Text | None = None


Options = Annotated[tuple[OptionForm, ...], Field(max_length=50)]
"""Every other option."""


class OptionsTriedForm(Form):
    """Every other option that was tried; a draft may leave out why one was unsuitable, a submission may not."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"options": [{"option": "Care by an aunt.", "why_unsuitable": "Two hours from school."}]}
        }
    )

    options: Options

    def command(self) -> ListOptionsTried:
        """The command that it is."""
        return ListOptionsTried(tuple((one.option, one.why_unsuitable) for one in self.options))


class SourceForm(Form):
    """Whether another source may pay, and the information about it."""

    source: Code
    possible: bool
    information: Text | None = None


Sources = Annotated[tuple[SourceForm, ...], Field(max_length=50)]
"""Every other source."""


class OtherFundingForm(Form):
    """The other sources that were considered; an empty list says that none is possible."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"sources": [{"source": "CAMHS", "possible": True, "information": "Asked on 1 October."}]}
        }
    )

    sources: Sources

    def command(self) -> StateOtherFunding:
        """The command that it is."""
        return StateOtherFunding(tuple((one.source, one.possible, one.information) for one in self.sources))


class ActionForm(Form):
    """One action of the plan; a draft may lack owner and dates, a submission may not."""

    action: Text
    owner: Line | None = None
    due_on: Day | None = None
    review_on: Day | None = None


Actions = Annotated[tuple[ActionForm, ...], Field(max_length=100)]
"""The plan, action by action."""


class ActionsForm(Form):
    """The plan of action: who does what, by when, and when it is reviewed."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "actions": [
                    {
                        "action": "Therapy once a week.",
                        "owner": "The fostering team",
                        "due_on": "2026-11-02",
                        "review_on": "2026-12-08",
                    }
                ]
            }
        }
    )

    actions: Actions

    def command(self) -> PlanActions:
        """The command that it is."""
        return PlanActions(tuple(Action(**dict(one)) for one in self.actions))


class FamilyAgreementForm(
    Form, json_schema_extra={"example": {"agreed": False, "reason": None, "significant_harm": True}}
):
    """Whether the family agrees to the plan; if not, why, or that significant harm is the exception."""

    agreed: bool
    reason: Text | None = None
    significant_harm: bool = False

    def command(self) -> StateFamilyAgreement:
        """The command that it is."""
        return StateFamilyAgreement(self.agreed, self.reason, self.significant_harm)


ByCode = Annotated[dict[Code, Text], Field(max_length=20)]
"""A text under each of some of the council's own codes."""


class SupportNeedsForm(Form):
    """The needs that support under an order takes into account, and the advice sought, under the council's codes."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "needs": {"EDUCATION": "Stays at the same school."},
                "advice": {"VIRTUAL_SCHOOL": "A place is kept until July."},
            }
        }
    )

    needs: ByCode
    advice: ByCode = Field(default_factory=dict[str, Text])

    def command(self) -> StateSupportNeeds:
        """The command that it is."""
        return StateSupportNeeds(self.needs, self.advice)


class FamilyMemberForm(Form):
    """Somebody in the family, under the opaque id of the address; whoever is there already is described anew."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"relationship": "parent", "name": "A name", "has_parental_responsibility": True}}
    )

    relationship: Relationship
    name: Line
    has_parental_responsibility: bool = False

    def command(self, party: str) -> NameFamilyMember:
        """The command that it is about somebody."""
        return NameFamilyMember(Relative(party=party, **dict(self)))


class ParentalResponsibilityForm(Form):
    """Who holds parental responsibility where no relative does, and why; null takes back what was said.

    For the council, `manager` is the officer from whom its own view comes: like any holder's it is recorded under
    `voices`, by the manager's id.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "held_by": "COUNCIL",
                "reason": "A care order was made on 1 May 2026.",
                "manager": "officer-004",
            }
        }
    )

    held_by: Literal["COUNCIL", "NOBODY"] | None
    reason: Text | None = None
    manager: Identifier | None = None

    def command(self) -> StateParentalResponsibility:
        """The command that it is."""
        return StateParentalResponsibility(self.held_by, self.reason, self.manager)


class TakenOutForm(Form, json_schema_extra={"example": {"reason": "A neighbour of the same name was named."}}):
    """Why somebody does not belong to the family."""

    reason: Text

    def command(self, party: str) -> TakeOutFamilyMember:
        """The command that it is for somebody."""
        return TakeOutFamilyMember(party, self.reason)


class VoiceForm(Form):
    """What somebody thinks and wishes, or why that could not be had; a child's beside their age and understanding."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "views": "In their own words.",
                "why_not_obtainable": None,
                "age_years": 12,
                "understanding": "Understands what is proposed and what it means.",
            }
        }
    )

    views: Text | None = None
    why_not_obtainable: Text | None = None
    age_years: Annotated[int, Field(ge=0, le=130)] | None = None
    understanding: Text | None = None

    def command(self, party: str) -> RecordVoice:
        """The command that it is about somebody."""
        return RecordVoice(party=party, **dict(self))
