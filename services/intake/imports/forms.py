"""What a row of a file holds: a past case, field by field of the kinds that the forms over HTTP have."""

from typing import Annotated, Literal
from uuid import UUID, uuid5

from pydantic import ConfigDict, Field, StringConstraints

from edge.forms import Day, Email, Form, Identifier, Line, Moment, Pence, Text
from services.intake.applications.domain.family import Relative
from services.intake.applications.domain.form_events import CircumstancesStated, ResourceLine
from services.intake.applications.domain.sections import Action
from services.intake.applications.forms import Family, Miles
from services.intake.applications.part_forms import (
    Actions,
    ByCode,
    CircumstancesForm,
    FamilyAgreementForm,
    Options,
    Resources,
    Sources,
    VoiceForm,
)
from services.intake.imports.domain.past_case import PastCase, PastDecision, PastVoice

NAMES = UUID("7b0b1c0e-52f1-4b39-8f3c-6d1f3a2b9c10")

REFERENCE = r"^[A-Za-z0-9][A-Za-z0-9._:/+-]{0,63}$"

Reference = Annotated[str, StringConstraints(pattern=REFERENCE)]
"""What another system calls a case: like an id, and with the slashes that many put into theirs."""

NOT_KEPT = ("person.male", "person.ethnicity")
"""What a file may say and the book has no place for; whoever takes a file in is reminded of it."""


def application_of(council: str, reference: str) -> str:
    """The id of a past case's application, the same every time it is taken in."""
    return str(uuid5(NAMES, f"{council}/{reference}"))


class PastPersonForm(Form):
    """Whom the case is about."""

    id: Identifier = Field(description="The id that the council's systems know the person by.")
    name: Line = Field(description="The person's name.")
    born_on: Day = Field(description="The person's birthday.")
    contact_email: Email | None = Field(None, description="Where letters about the case were sent.")
    male: bool | None = Field(None, description="Read, and not kept.")
    ethnicity: Line | None = Field(None, description="Read, and not kept.")


class PastDecisionForm(Form):
    """How the case ended."""

    outcome: Literal["AGREED", "NOT_AGREED", "WITHDRAWN"] = Field(description="What was decided.")
    made: Literal["PANEL", "DELEGATED", "OUT_OF_PANEL"] = Field(description="How it was decided.")
    role: Identifier = Field(description="The role that decided.")
    at: Moment = Field(description="When it was decided.")
    route: Identifier = Field(description="The way that it took.")
    forum: Identifier | None = Field(None, description="The forum that it went to, if one.")
    times_deferred: Annotated[int, Field(ge=0, le=100)] = Field(0, description="How often a panel deferred it.")

    def decision(self) -> PastDecision:
        """The decision as the rules take it."""
        return PastDecision(**vars(self))


class PastVoiceForm(VoiceForm):
    """What somebody of the family thinks and wishes, or why that could not be had."""

    model_config = ConfigDict(json_schema_extra={"example": {"party": "parent-1", "views": "In their own words."}})

    party: Identifier

    def voice(self) -> PastVoice:
        """The voice as the rules take it."""
        return PastVoice(**vars(self))


class PastCaseForm(Form):
    """One past case as a file holds it; money in pence, moments with their offset from UTC."""

    case: Reference = Field(description="What the other system calls the case; no two may share it.")
    kind: Identifier = Field(description="One of the council's kinds of application.")
    person: PastPersonForm
    received_at: Moment = Field(description="When the application was received.")
    sitting_on: Day | None = Field(None, description="The sitting that it was for.")
    indicative_weekly_pence: Pence = Field(description="The indicative budget in pence a week.")
    weekly_pence: Pence = Field(description="What was asked for in pence a week.")
    one_off_pence: Pence = Field(0, description="What was asked for in pence once.")
    originator: Identifier = Field(description="The social worker who asked.")
    team: Identifier = Field(description="The social worker's team.")
    team_manager: Identifier = Field(description="Who signed.")
    service: Identifier = Field(description="The team's service.")
    service_manager: Identifier = Field(description="Who agreed.")
    miles: Miles | None = Field(None, description="How far the placement is from home.")
    complex: bool = Field(False, description="Whether the case was very complex.")
    distinctive: bool = Field(False, description="Whether the case was particularly distinctive.")
    complexity_reason: Text | None = Field(None, description="Why it was complex or distinctive.")
    family: Family = Field((), description="Everybody in the family, the person concerned included.")
    resources: Resources = Field((), description="What the costs are made of.")
    circumstances: CircumstancesForm = Field(
        default_factory=CircumstancesForm, description="What the council's scheme looks at besides."
    )
    sections: Annotated[dict[Identifier, Text], Field(max_length=50)] = Field(
        default_factory=dict[str, Text], description="A section of the form that is one text."
    )
    options_tried: Options | None = Field(None, description="The other options that were tried.")
    other_funding: Sources | None = Field(None, description="The other sources of funding that were considered.")
    actions: Actions | None = Field(None, description="The plan of action.")
    family_agreement: FamilyAgreementForm | None = Field(None, description="Whether the family agreed to the plan.")
    support_needs: ByCode | None = Field(None, description="A need that support under an order takes into account.")
    support_advice: ByCode | None = Field(None, description="Advice that was sought for such a need.")
    voices: Annotated[tuple[PastVoiceForm, ...], Field(max_length=50)] = Field(
        (), description="What each of the family thinks and wishes."
    )
    decided: PastDecisionForm

    def past_case(self, council: str) -> PastCase:
        """The case as the rules take it; its application's id follows from council and reference."""
        said, who = vars(self).copy(), self.person
        options, funding, agreement = self.options_tried, self.other_funding, self.family_agreement
        for name in ("case", "person", "sections"):
            said.pop(name)
        said |= {
            "reference": self.case,
            "application": application_of(council, self.case),
            "person": who.id,
            "person_name": who.name,
            "born_on": who.born_on,
            "contact_email": who.contact_email,
            "family": tuple(Relative(**vars(one)) for one in self.family),
            "resources": tuple(ResourceLine(**vars(one)) for one in self.resources),
            "circumstances": CircumstancesStated(**vars(self.circumstances)),
            "texts": self.sections,
            "options_tried": None if options is None else tuple((one.option, one.why_unsuitable) for one in options),
            "other_funding": None
            if funding is None
            else tuple((one.source, one.possible, one.information) for one in funding),
            "actions": None if self.actions is None else tuple(Action(**vars(one)) for one in self.actions),
            "family_agreement": None
            if agreement is None
            else (agreement.agreed, agreement.reason, agreement.significant_harm),
            "voices": tuple(one.voice() for one in self.voices),
            "decided": self.decided.decision(),
        }
        return PastCase(**said)
