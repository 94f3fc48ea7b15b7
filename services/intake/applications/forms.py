"""The forms by which an application begins, is signed, announced and handed in; each has an example that fits."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from edge.forms import Day, Email, Form, Identifier, Line, Pence, Text
from services.intake.applications.domain.announcing import ExpectApplication
from services.intake.applications.domain.assessment import AssessmentHeld, HoldAssessment
from services.intake.applications.domain.family import Relative
from services.intake.applications.domain.form_events import Relationship
from services.intake.applications.domain.further_information import GiveFurtherInformation
from services.intake.applications.domain.signing import AnswerComment, SignApplication
from services.intake.applications.domain.starting import StartApplication, StartFromAssessment
from services.intake.applications.domain.submitting import SubmitApplication


class PersonForm(Form):
    """The person whose support is asked for, under the opaque id that the council's systems know them by."""

    person: Identifier
    name: Line
    born_on: Day
    contact_email: Email | None = None


class RelativeForm(Form):
    """Somebody in the family, the person concerned included, each under an opaque id of their own."""

    party: Identifier
    relationship: Relationship
    name: Line
    has_parental_responsibility: bool = False

    def relative(self) -> Relative:
        """Somebody in the family as rules know them."""
        return Relative(**dict(self))


Family = Annotated[tuple[RelativeForm, ...], Field(max_length=50)]
"""Everybody in a family whom an application may begin with."""

Miles = Annotated[float, Field(ge=0, le=1000)]
"""How far a placement is from home."""


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
    family: Family = ()
    miles: Miles | None = None

    def command(self, application: str, held: AssessmentHeld) -> StartFromAssessment:
        """The command that it is with an assessment."""
        return StartFromAssessment(
            application=application,
            assessment=held,
            kind=self.kind,
            miles=self.miles,
            team=self.team,
            team_manager=self.team_manager,
            service=self.service,
            service_manager=self.service_manager,
            family=tuple(one.relative() for one in self.family),
        )


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

    def command(self, assessment: str) -> HoldAssessment:
        """The command that it is under a new id."""
        said = dict(self)
        said.pop("person")
        who = self.person
        return HoldAssessment(
            assessment=assessment,
            person=who.person,
            person_name=who.name,
            born_on=who.born_on,
            contact_email=who.contact_email,
            **said,
        )


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
    family: Family = ()
    miles: Miles | None = None
    application: UUID | None = None

    def command(self, new_id: str) -> StartApplication:
        """The command that it is, under the id that it names or else a new one."""
        who = self.person
        return StartApplication(
            application=str(self.application) if self.application else new_id,
            person=who.person,
            person_name=who.name,
            born_on=who.born_on,
            contact_email=who.contact_email,
            kind=self.kind,
            miles=self.miles,
            team=self.team,
            team_manager=self.team_manager,
            service=self.service,
            service_manager=self.service_manager,
            family=tuple(one.relative() for one in self.family),
        )


class SignatureForm(Form, json_schema_extra={"example": {"comments": ["The costs are as the team knows them."]}}):
    """The team manager's comments, if there are any."""

    comments: Annotated[tuple[Text, ...], Field(max_length=50)] = ()

    def command(self) -> SignApplication:
        """The command that it is."""
        return SignApplication(self.comments)


class AnswerCommentForm(
    Form, json_schema_extra={"example": {"answer": "The school was asked; its letter is attached."}}
):
    """The answer to one of the team manager's comments."""

    answer: Text

    def command(self, comment: str) -> AnswerComment:
        """The command that it is for a comment."""
        return AnswerComment(comment, self.answer)


class ExpectedForm(Form, json_schema_extra={"example": {"sitting_on": "2026-10-13"}}):
    """The sitting that the application is announced for."""

    sitting_on: Day

    def command(self) -> ExpectApplication:
        """The command that it is."""
        return ExpectApplication(self.sitting_on)


class ReasonForm(Form, json_schema_extra={"example": {"reason": "The child has gone home to the parents."}}):
    """Why an application is given up, or may be."""

    reason: Text


class SubmissionForm(Form, json_schema_extra={"example": {"sitting_on": "2026-10-13"}}):
    """The sitting that the application is for, where the council asks for one."""

    sitting_on: Day | None = None

    def command(self) -> SubmitApplication:
        """The command that it is."""
        return SubmitApplication(self.sitting_on)


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

    def command(self) -> GiveFurtherInformation:
        """The command that it is."""
        answers = tuple((answer.work, answer.text) for answer in self.answers)
        return GiveFurtherInformation(answers, self.sections, self.weekly_pence)
