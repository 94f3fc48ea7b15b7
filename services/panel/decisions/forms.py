"""What the routes of decisions take and show."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from councils.settings import Route
from edge.forms import IDENTIFIER, Day, Form, Identifier, Moment, Pence, Text, one_of
from edge.lists import Narrow, OfMoments, PageShown
from services.panel.decisions.domain import by_delegation
from services.panel.decisions.domain.by_delegation import DecideByDelegation
from services.panel.decisions.domain.by_panel import OUTCOMES, DecideByPanel, Outcome, PanelsWords
from services.panel.decisions.domain.events import Alarm, Basis
from services.panel.decisions.domain.out_of_panel.deciding import Asked, DecideOutOfPanel
from services.panel.decisions.domain.out_of_panel.ratifying import WORDS, NoteReplacement, Ratification, Ratify
from services.panel.decisions.domain.requirements.words import WorkAsked
from services.panel.decisions.domain.returning import ReturnToOriginator
from services.panel.decisions.domain.state import Stage
from services.panel.sittings.forms import GuardShown, Many

Words = Annotated[str, StringConstraints(max_length=20_000)]
"""Narrative that a rule judges, so that an empty one is answered with the rule's own code."""


ReasonCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
"""A reason in capitals, so that no spelling of COST is another reason."""


class WorkForm(Form):
    """A specific piece of further work: what, by whom, until when."""

    owner: Annotated[str, StringConstraints(pattern=rf"^$|{IDENTIFIER}")]
    due_at: Moment
    text: Words

    def asked(self) -> WorkAsked:
        """The piece of work as rules know it."""
        return WorkAsked(self.owner, self.due_at, self.text)


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
    outcome: Annotated[str, one_of(*OUTCOMES)]
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

    def command(self, decision: UUID) -> DecideByPanel:
        """The command that this asks for."""
        words = self.model_dump(exclude={"sitting", "further_work"})
        work = tuple(one.asked() for one in self.further_work)
        return DecideByPanel(decision, self.sitting, PanelsWords(**words, further_work=work))


class DelegatedDecisionForm(
    Form, json_schema_extra={"example": {"outcome": "AGREED", "reasons": ["The plan meets what was assessed."]}}
):
    """What an officer decides alone."""

    outcome: Annotated[str, one_of(*by_delegation.OUTCOMES)]
    reasons: Annotated[tuple[Words, ...], Many] = ()
    needed: Annotated[tuple[Words, ...], Many] = ()

    def command(self, decision: UUID) -> DecideByDelegation:
        """The command that this asks for."""
        return DecideByDelegation(decision, self.outcome, self.reasons, self.needed)


class ReturnForm(
    Form, json_schema_extra={"example": {"reasons": ["The costs are of another child."], "defer_to": "2026-10-20"}}
):
    """Why an application goes back, and the sitting at which its place is kept, if one is named."""

    reasons: Annotated[tuple[Words, ...], Many]
    defer_to: Day | None = None

    def command(self) -> ReturnToOriginator:
        """The command that this asks for."""
        return ReturnToOriginator(self.reasons, self.defer_to)


class ReasonForm(Form, json_schema_extra={"example": {"reason": "The family moved to another area."}}):
    """Why an application is withdrawn, or may be."""

    reason: Words


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

    def command(self, decision: UUID, application: UUID) -> DecideOutOfPanel:
        """The command that this asks for; ``application`` is the id of the one that is due where none is named."""
        said = self.model_dump(include={"person", "weekly_pence", "one_off_pence", "ends_on"})
        asked = Asked(need=self.risk, words=self.decision, **said)
        return DecideOutOfPanel(decision, self.application or application, "RISK_TO_LIFE", asked)


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

    def command(self, decision: UUID, application: UUID) -> DecideOutOfPanel:
        """The command that this asks for."""
        said = self.model_dump(exclude={"basis", "decision", "advice"})
        if self.advice:
            said |= {"advised_by": self.advice.officer, "advice": self.advice.text}
        asked = Asked(words=self.decision, **said)
        return DecideOutOfPanel(decision, application, self.basis, asked)


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
    outcome: Annotated[str, one_of(*WORDS)]
    reasons: Annotated[tuple[Words, ...], Many] = ()
    needed: Annotated[tuple[Words, ...], Many] = ()

    def command(self) -> Ratify:
        """The command that this asks for."""
        return Ratify(self.decision, self.sitting, self.outcome, self.reasons, self.needed)


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

    def command(self) -> NoteReplacement:
        """The command that this asks for."""
        return NoteReplacement(self.decision, self.support)


# What is shown --------------------------------------------------------------------------------------------------


class DecisionListed(BaseModel):
    """An application in panel's hands, without anything personal; money in pence a week."""

    application: UUID
    stage: Stage
    kind: str
    weekly_pence: int
    indicative_weekly_pence: int
    complex: bool
    received_at: datetime
    times_submitted: int
    route: Route
    forum: str | None
    returns_on: date | None
    version: int


class DecisionsAsked(OfMoments):
    """Which applications are listed; the days are those on which they were received."""

    application: UUID | None = None
    stage: Narrow = None
    kind: Narrow = None
    team: Narrow = None
    route: Narrow = None
    forum: Narrow = None
    returns_on: Day | None = None


class DecisionsShown(PageShown):
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
    outcome: Outcome
    made: Literal["PANEL", "DELEGATED"]
    sitting: UUID | None
    decided_by: str
    decided_role: str
    decided_at: datetime
    reasons: tuple[str | None, ...]
    needed: tuple[str | None, ...]
    consequence: str | None = Field(
        default=None, description="Beside a refusal: what happens if this is not provided, as the application says it."
    )
    further_work: tuple[WorkShown, ...]
    next_sitting_on: date | None
    weekly_pence: int
    final_budget: dict[str, int] | None
    review_on: date | None
    settings_version: int
    limit_weekly_pence: int | None
    limit_yearly_pence: int | None = None
    limit_one_off_pence: int | None = None
    one_off_pence: int | None = None
    warned: tuple[GuardShown, ...] = ()


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


class ReturnShown(BaseModel):
    """Why it was returned, word for word, until it is received again."""

    by: str
    at: datetime
    reasons: tuple[str | None, ...]


class DecisionShown(BaseModel):
    """One application: its route, its decisions word for word, and the challenges to them."""

    application: UUID
    stage: Stage
    kind: str
    weekly_pence: int
    one_off_pence: int
    court_order: str | None
    filed_with_court_at: datetime | None
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
    returned: ReturnShown | None
    decisions: tuple[RulingShown, ...]
    slots: tuple[PlaceShown, ...]
    challenges: tuple[ChallengeShown, ...]
    version: int


class AlarmShown(BaseModel):
    """What fell due, when, and when it was noticed."""

    code: Alarm | Literal["AUTHORITY_CONFLICT"]
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
    basis: Basis | Literal["DELEGATED"]
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
    outcome: Ratification
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
    basis: Basis | Literal["DELEGATED"]
    decided_by: str
    decided_role: str
    decided_at: datetime
    authority_ended_at: datetime | None
    outcome: Ratification
    ratify_on: date | None
    application_due_at: datetime | None
    arrived_at: datetime | None
    overdue: tuple[str, ...]
    version: int


class OutOfPanelAsked(OfMoments):
    """Which decisions outside a panel are listed; the days are those on which they were made."""

    decision: UUID | None = None
    application: UUID | None = None
    outcome: Narrow = None
    basis: Narrow = None
    team: Narrow = None
    forum: Narrow = None
    ratify_on: Day | None = None


class OutOfPanelList(PageShown):
    """Decisions outside a panel, newest first."""

    decisions: tuple[OutOfPanelListed, ...]


class OutOfPanelOfOne(BaseModel):
    """Decisions outside a panel about one application, newest first."""

    decisions: tuple[OutOfPanelShown, ...]
