"""What intake's routes take: request models, each with an example that its schema accepts."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from edge.forms import Day, Email, Form, Identifier, Line, Pence, Text

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
"""One of the council's own codes, in capitals."""


class PersonForm(Form):
    """The person whose support is asked for, under the opaque id that the council's systems know them by."""

    person: Identifier
    name: Line
    born_on: Day
    contact_email: Email | None = None


class RelativeForm(Form):
    """Somebody in the family, the person concerned included, each under an opaque id of their own."""

    party: Identifier
    relationship: Literal["child", "young_person", "parent", "carer", "person"]
    name: Line
    has_parental_responsibility: bool = False


class FamilyMemberForm(Form):
    """Somebody in the family, under the opaque id of the address; whoever is there already is described anew."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"relationship": "parent", "name": "A name", "has_parental_responsibility": True}}
    )

    relationship: Literal["child", "young_person", "parent", "carer", "person"]
    name: Line
    has_parental_responsibility: bool = False


class ParentalResponsibilityForm(Form):
    """Who holds parental responsibility where no relative does, and why; null takes back what was said."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"held_by": "COUNCIL", "reason": "A care order was made on 1 May 2026."}}
    )

    held_by: Literal["COUNCIL", "NOBODY"] | None
    reason: Text | None = None


class BeginningForm(Form):
    """An application that begins from an assessment: what the assessment says is not asked again."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "kind": "PLACEMENT_MOVE",
                "team": "localities-north",
                "team_manager": "officer-021",
                "service": "localities",
                "service_manager": "officer-004",
                "family": [],
                "miles": None,
            }
        }
    )

    kind: Identifier
    team: Identifier
    team_manager: Identifier
    service: Identifier
    service_manager: Identifier
    family: Annotated[tuple[RelativeForm, ...], Field(max_length=50)] = ()
    miles: Annotated[float, Field(ge=0, le=1000)] | None = None


class AssessmentForm(Form):
    """An assessment as the council's case system holds it; money in pence, null where it says nothing."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "person": {"person": "p-7f3a90", "name": "A name", "born_on": "2014-05-02", "contact_email": None},
                "assessed_on": "2026-09-01",
                "needs": "What the person needs.",
                "outcomes": "What the support is meant to reach.",
                "analysis": None,
                "indicative_weekly_pence": 600000,
                "weekly_pence": 612308,
                "one_off_pence": 0,
            }
        }
    )

    person: PersonForm
    assessed_on: Day
    needs: Text
    outcomes: Text
    analysis: Text | None = None
    indicative_weekly_pence: Pence | None = None
    weekly_pence: Pence | None = None
    one_off_pence: Pence = 0


class StartForm(Form):
    """Who asks for what kind of support for whom, and who will sign and agree.

    ``application`` is the id under which a decision was made outside a panel, where this is the one that follows it.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "kind": "PLACEMENT_MOVE",
                "person": {"person": "p-7f3a90", "name": "A name", "born_on": "2014-05-02", "contact_email": None},
                "team": "localities-north",
                "team_manager": "officer-021",
                "service": "localities",
                "service_manager": "officer-004",
                "family": [
                    {
                        "party": "p-1c22d4",
                        "relationship": "parent",
                        "name": "A name",
                        "has_parental_responsibility": True,
                    }
                ],
                "miles": 18.4,
            }
        }
    )

    kind: Identifier
    person: PersonForm
    team: Identifier
    team_manager: Identifier
    service: Identifier
    service_manager: Identifier
    family: Annotated[tuple[RelativeForm, ...], Field(max_length=50)] = ()
    miles: Annotated[float, Field(ge=0, le=1000)] | None = None
    application: UUID | None = None


class BudgetForm(Form, json_schema_extra={"example": {"weekly_pence": 600000}}):
    """The indicative budget in pence a week."""

    weekly_pence: Pence


class ResourceForm(Form):
    """One resource asked for: pence a week, pence once, and where that is limited from when and for how many days."""

    resource: Code
    weekly_pence: Pence = 0
    one_off_pence: Pence = 0
    days: Annotated[int, Field(ge=1, le=36_600)] | None = None
    starts_on: Day | None = None


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
    resources: Annotated[tuple[ResourceForm, ...], Field(max_length=100)] = ()


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


class ComplexityForm(
    Form, json_schema_extra={"example": {"complex": True, "distinctive": False, "reason": "Two courts are involved."}}
):
    """Whether the case is very complex or particularly distinctive; either needs a reason."""

    complex: bool
    distinctive: bool = False
    reason: Text | None = None


class SectionForm(Form, json_schema_extra={"example": {"text": "The section as it reads from now on."}}):
    """A section of the form, whole."""

    text: Text


class OptionForm(Form):
    """Another option that was tried or considered, and why it was unsuitable."""

    option: Text
    why_unsuitable: Text | None = None


class OptionsTriedForm(Form):
    """Every other option that was tried; a draft may leave out why one was unsuitable, a submission may not."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"options": [{"option": "Care by an aunt.", "why_unsuitable": "Two hours from school."}]}
        }
    )

    options: Annotated[tuple[OptionForm, ...], Field(max_length=50)]


class SourceForm(Form):
    """Whether another source may pay, and the information about it."""

    source: Code
    possible: bool
    information: Text | None = None


class OtherFundingForm(Form):
    """The other sources that were considered; an empty list says that none is possible."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"sources": [{"source": "CAMHS", "possible": True, "information": "Asked on 1 October."}]}
        }
    )

    sources: Annotated[tuple[SourceForm, ...], Field(max_length=50)]


class ActionForm(Form):
    """One action of the plan; a draft may lack owner and dates, a submission may not."""

    action: Text
    owner: Line | None = None
    due_on: Day | None = None
    review_on: Day | None = None


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

    actions: Annotated[tuple[ActionForm, ...], Field(max_length=100)]


class FamilyAgreementForm(
    Form, json_schema_extra={"example": {"agreed": False, "reason": None, "significant_harm": True}}
):
    """Whether the family agrees to the plan; if not, why, or that significant harm is the exception."""

    agreed: bool
    reason: Text | None = None
    significant_harm: bool = False


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

    needs: Annotated[dict[Code, Text], Field(max_length=20)]
    advice: Annotated[dict[Code, Text], Field(max_length=20)] = Field(default_factory=dict[str, Text])


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


class SignatureForm(Form, json_schema_extra={"example": {"comments": ["The costs are as the team knows them."]}}):
    """The team manager's comments, if there are any."""

    comments: Annotated[tuple[Text, ...], Field(max_length=50)] = ()


class AnswerCommentForm(
    Form, json_schema_extra={"example": {"answer": "The school was asked; its letter is attached."}}
):
    """The answer to one of the team manager's comments."""

    answer: Text


class ExpectedForm(Form, json_schema_extra={"example": {"sitting_on": "2026-10-13"}}):
    """The sitting that the application is announced for."""

    sitting_on: Day


class ReasonForm(Form, json_schema_extra={"example": {"reason": "The child has gone home to the parents."}}):
    """Why an application is given up, or may be."""

    reason: Text


class SubmissionForm(Form, json_schema_extra={"example": {"sitting_on": "2026-10-13"}}):
    """The sitting that the application is for, where the council asks for one."""

    sitting_on: Day | None = None


class AnswerForm(Form):
    """The answer to one piece of further work."""

    work: Identifier
    text: Text


class FurtherInformationForm(Form):
    """An answer for every piece of work that was asked for.

    What was changed since the deferral must be signed again first, where the council asks for signatures; sections and
    costs may be changed here at once where it does not.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "answers": [{"work": "work-1", "text": "Two further providers were asked; neither has a place."}],
                "sections": {"options_tried": "The section as it reads from now on."},
                "weekly_pence": 598000,
            }
        }
    )

    answers: Annotated[tuple[AnswerForm, ...], Field(max_length=50)]
    sections: Annotated[dict[str, Text], Field(max_length=20)] = Field(default_factory=dict[str, Text])
    weekly_pence: Pence | None = None
