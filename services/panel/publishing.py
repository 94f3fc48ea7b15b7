"""What others hear of panel: sittings, slots, returns, withdrawals, and every decision, outside as a bare reference."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, UnsetType

from ledger.codec.sealed import sealed_json, sealed_list
from ledger.recorded import Decided
from ledger.rows import Outgoing
from services.panel.decisions.data import decision_data
from services.panel.decisions.domain.events import (
    Agreed,
    AlarmRaised,
    AuthorityConflictFound,
    DecidedOutOfPanel,
    Deferred,
    DelegatedDecisionMade,
    NotAgreed,
    NotRatified,
    Ratified,
    Returned,
    Withdrawn,
)
from services.panel.sittings.domain.events import SittingScheduled, SlotMovedOn, SlotOffered
from services.public import (
    Count,
    Data,
    Day,
    FamilyMember,
    Id,
    Limits,
    Moment,
    Name,
    Pence,
    Sealed,
    Some,
    Text,
    outgoing,
    public,
)


def publish(decided: Decided) -> Sequence[Outgoing]:
    """The public events of one stored event."""
    return [outgoing(data) for data in _public(decided.event, decided.row.council)]


def _public(event: Any, council: str) -> Sequence[Data]:
    match event:
        case SittingScheduled():
            scheduled = SittingScheduledV1(
                sitting=event.sitting,
                forum=event.forum,
                starts_at=event.starts_at,
                ends_at=event.ends_at,
                cut_off_at=event.cut_off_at,
            )
            return [scheduled]
        case SlotOffered():
            offered = SittingSlotOfferedV1(
                sitting=event.sitting,
                application=event.application,
                starts_at=event.starts_at,
                minutes=event.minutes,
                members=[Member(role=role) for role in event.members],
                place=event.place,
            )
            return [offered]
        case SlotMovedOn():
            return [SittingSlotMovedOnV1(application=event.application, forum=event.forum, on=event.on)]
        case Returned():
            returned = DecisionReturnedV1(
                application=event.application,
                by=event.returned_by,
                reasons=sealed_list(event.reasons),
                defer_to=event.defer_to,
            )
            return [returned]
        case Withdrawn():
            reasons = sealed_list((event.reason,))
            return [DecisionWithdrawnV1(application=event.application, by=event.withdrawn_by, reasons=reasons)]
        case Agreed() | Deferred() | NotAgreed() | DelegatedDecisionMade():
            where = f"decisions/{event.ruling.application}"
            decision = DecisionDecidedV1(**decision_data(event))
            return [decision, _announced(council, event.ruling.decision, where)]
        case DecidedOutOfPanel():
            where = f"decisions/{event.application}/out-of-panel-decisions"
            return [_out_of_panel(event), _announced(council, event.decision, where)]
        case Ratified():
            at = event.ratified_at
            return [DecisionRatifiedV1(by=event.ratified_by, at=at, **_of_panel(event))]
        case NotRatified():
            by, at, needed = event.refused_by, event.refused_at, sealed_list(event.needed)
            return [DecisionNotRatifiedV1(by=by, at=at, needed=needed, **_of_panel(event))]
        case AlarmRaised():
            return [DecisionAlarmRaisedV1(**vars(event))]
        case AuthorityConflictFound():
            return [DecisionAuthorityConflictFoundV1(**vars(event))]
        case _:
            return []


def _announced(council: str, decision: UUID, where: str) -> Data:
    """Outside, a decision is a reference and a place to read it with authority: no person, no outcome (S4 §1)."""
    return DecisionAnnouncedV1(
        schema_version=1,
        council=council,
        reference=decision,
        detail_url=f"/panel/councils/{council}/{where}",
    )


def _out_of_panel(made: DecidedOutOfPanel) -> Data:
    return DecisionDecidedOutOfPanelV1(
        application=made.application,
        decision=made.decision,
        person=made.person,
        basis=made.basis,
        grounds=made.grounds,
        need=sealed_json(made.need),
        words=sealed_json(made.words),
        decided_by=made.decided_by,
        decided_role=made.decided_role,
        decided_at=made.decided_at,
        weekly_pence=made.weekly_pence,
        one_off_pence=made.one_off_pence,
        ends_on=made.ends_on,
        application_due_at=made.application_due_at,
        forum=made.forum,
        ratify_on=made.ratify_on,
        settings_version=made.settings_version,
    )


def _of_panel(said: Ratified | NotRatified) -> dict[str, Any]:
    return {
        "application": said.application,
        "decision": said.decision,
        "sitting": said.sitting,
        "role": said.role,
        "reasons": sealed_list(said.reasons),
    }


@public(
    "uk.panelbook.panel.decision.alarm_raised.v1",
    "Something is overdue after a decision outside a panel",
    "{application}",
)
class DecisionAlarmRaisedV1(Data, frozen=True):
    """Nothing stops by itself because of it: support goes on (S4 §12; DOMAIN.md, E5, E7)."""

    application: Annotated[Id, "The application."]
    decision: Annotated[Id, "The decision that was made outside the panel."]
    code: Annotated[
        Literal["APPLICATION_OVERDUE", "SHORT_PERIOD_ENDED", "RATIFICATION_OVERDUE", "SELF_APPROVAL"],
        "What is overdue, or that whoever decided or ratified had asked for it.",
    ]
    fell_due_at: Annotated[Moment, "When it fell due, or was decided."]
    noticed_at: Annotated[Moment, "When that was noticed."]
    officers: Annotated[Sequence[Name], "Officers who are told."]
    roles: Annotated[Sequence[Text], "Roles whose holders are told."]
    sitting: Annotated[Id | UnsetType | None, "The sitting that left it unratified."] = UNSET
    ratify_on: Annotated[Day | UnsetType | None, "The next sitting that it waits for."] = UNSET


@public("uk.panelbook.panel.decision.announced.v1", "A decision can be read", "{reference}", lane="decisions")
class DecisionAnnouncedV1(Data, frozen=True):
    """Says only that there is a decision and where an authorised reader finds it: no person, no outcome, no
    narrative.
    """

    schema_version: Annotated[Literal[1], "The version of this shape."]
    council: Annotated[Name, "The council whose decision it is."]
    reference: Annotated[Id, "The decision's opaque reference."]
    detail_url: Annotated[
        Annotated[Text, Limits({"format": "uri-reference"})], "Where an authorised reader finds the decision."
    ]


@public(
    "uk.panelbook.panel.decision.authority_conflict_found.v1",
    "An officer had decided alone when their authority had ended",
    "{application}",
)
class DecisionAuthorityConflictFoundV1(Data, frozen=True):
    """It became known after the decision. Nothing is undone by itself: a panel is to ratify the decision
    (DOMAIN.md, A6).
    """

    application: Annotated[Id, "The application."]
    decision: Annotated[Id, "The decision that was made within delegated authority."]
    person: Annotated[Name, "Whom the decision is about: an opaque party id."]
    decided_by: Annotated[Name, "The officer who decided."]
    decided_role: Annotated[Text, "The role in which they did."]
    decided_at: Annotated[Moment, "When they decided."]
    weekly_pence: Annotated[int, Limits({"minimum": 0}), "What was decided on, in pence a week."]
    ended_at: Annotated[Moment, "When their authority had ended, this moment included."]
    noticed_at: Annotated[Moment, "When that became known."]
    roles: Annotated[Sequence[Text], "Roles whose holders are told."]
    forum: Annotated[Text | None, "The forum that is to ratify the decision."]
    ratify_on: Annotated[Day | None, "The day of the sitting that it waits for."]
    settings_version: Annotated[Count | None, "The settings that this rests on."]


class Work(Data, frozen=True):
    """One piece of further work asked for by a deferral (S4 appendix)."""

    work: Annotated[Text, "Names the piece of work within the decision."]
    owner: Annotated[Text, "The officer who owes it."]
    due_at: Moment
    text: Sealed


class Budget(Data, frozen=True):
    """The final personal budget beside the indicative one (S0)."""

    weekly_pence: Pence
    yearly_pence: Pence
    indicative_weekly_pence: Pence
    difference_pence: Annotated[
        int, "Pence a week: final minus indicative; below nought where the final budget is lower."
    ]


class Guard(Data, frozen=True):
    """A guard of the council's settings, and the level in force."""

    code: Annotated[Text, "Its code."]
    level: Annotated[Literal["warn", "off"], "The level that let it through."]


@public("uk.panelbook.panel.decision.decided.v1", "An application was decided", "{application}")
class DecisionDecidedV1(Data, frozen=True):
    """Agreed, deferred or not agreed: by whom, with which authority, why, and what is needed next."""

    application: Annotated[Id, "The application."]
    decision: Annotated[Id, "The decision, also the reference that subscribers are given."]
    outcome: Annotated[Literal["AGREED", "DEFERRED", "NOT_AGREED"], "What was decided (S4 appendix)."]
    made: Annotated[Literal["PANEL", "DELEGATED", "OUT_OF_PANEL"], "How it was decided."]
    sitting: Annotated[Id | None, "The sitting that decided, if one did."]
    decided_by: Annotated[Name, "The officer who recorded it."]
    decided_role: Annotated[Text, "The role in which they did."]
    decided_at: Annotated[Moment, "When."]
    reasons: Annotated[Sequence[Sealed], "Why."]
    needed: Annotated[Sequence[Sealed], "What would be needed for another outcome."]
    further_work: Annotated[Sequence[Work], "What a deferral asks for."]
    next_sitting_on: Annotated[Day | None, "The sitting a deferred application returns to."]
    weekly_pence: Annotated[Pence, "The weekly cost that was decided on."]
    final_budget: Annotated[Budget | None, "The final budget of an agreed application."]
    review_on: Annotated[Day | None, "When it is to be reviewed."]
    settings_version: Annotated[Count, "The settings the decision was made under."]
    limit_weekly_pence: Annotated[Pence | None, "The limit of the officer who decided alone, in pence a week."]
    person: Annotated[Name, "The person concerned."]
    person_name: Annotated[Sealed, "Their chosen name."]
    contact_email: Annotated[Sealed | None, "Where they can be written to, if by email."]
    originator: Annotated[Name, "The social worker who asked."]
    team_manager: Annotated[Name, "Their team manager."]
    family: Annotated[Sequence[FamilyMember], "The person and the people around them."]
    one_off_pence: Annotated[Pence | UnsetType | None, "What is paid once, of a delegated decision."] = UNSET
    limit_one_off_pence: Annotated[
        Pence | UnsetType | None,
        "The officer's limit for what is paid once, of a delegated decision, where it has one.",
    ] = UNSET
    limit_yearly_pence: Annotated[
        Pence | UnsetType | None, "The officer's limit for a year, of a delegated decision, where there is one."
    ] = UNSET
    warned: Annotated[Sequence[Guard] | UnsetType, "Guards that stood in the way and let the decision through."] = UNSET
    consequence: Annotated[
        Sealed | UnsetType | None,
        "Beside a refusal: what happens if this is not provided, as the application says it (S3).",
    ] = UNSET


@public("uk.panelbook.panel.decision.decided_out_of_panel.v1", "A decision was made outside a panel", "{application}")
class DecisionDecidedOutOfPanelV1(Data, frozen=True):
    """In an emergency, for a short period, or at a risk to life; the following sitting ratifies it and the
    application follows (S4 §9, §12).
    """

    application: Annotated[Id, "The application; where none had been made yet, the one that is due."]
    decision: Annotated[Id, "The decision, also the reference that subscribers are given."]
    person: Annotated[Name, "The person it is about: an opaque party id."]
    basis: Annotated[Literal["EMERGENCY", "SHORT_PERIOD", "RISK_TO_LIFE"], "Why it did not wait for a panel."]
    grounds: Annotated[Sequence[Text], "What makes it exceptional, as codes of the council's settings."]
    need: Annotated[Sealed, "The emergency or the risk."]
    words: Annotated[Sealed, "What was decided."]
    decided_by: Annotated[Name, "The officer who decided."]
    decided_role: Annotated[Text, "The role in which they did."]
    decided_at: Annotated[Moment, "When."]
    weekly_pence: Annotated[Pence | UnsetType | None, "What it costs a week, where that was said."] = UNSET
    one_off_pence: Annotated[Pence | UnsetType | None, "What it costs once, where that was said."] = UNSET
    ends_on: Annotated[Day | UnsetType | None, "The last day of a short period."] = UNSET
    application_due_at: Annotated[
        Moment | UnsetType | None, "By when the application must follow, where there is none yet."
    ] = UNSET
    forum: Annotated[str | UnsetType | None, "The forum that ratifies it, a key of the council's settings."] = UNSET
    ratify_on: Annotated[Day | UnsetType | None, "The sitting that ratifies it."] = UNSET
    settings_version: Annotated[Count | UnsetType | None, "The settings it rests on, where any were known."] = UNSET


@public(
    "uk.panelbook.panel.decision.not_ratified.v1",
    "The panel did not ratify a decision made outside it",
    "{application}",
)
class DecisionNotRatifiedV1(Data, frozen=True):
    """The first decision stays in history as it was made; its support goes on until a replacement is in place."""

    application: Annotated[Id, "The application."]
    decision: Annotated[Id, "The decision that was made outside the panel."]
    sitting: Annotated[Id, "The sitting."]
    by: Annotated[Name, "The officer who chaired and recorded it."]
    role: Annotated[Text, "The role in which they did."]
    at: Annotated[Moment, "When."]
    reasons: Annotated[Some[Sealed], "Why."]
    needed: Annotated[Some[Sealed], "What would be needed."]


@public("uk.panelbook.panel.decision.ratified.v1", "The panel ratified a decision made outside it", "{application}")
class DecisionRatifiedV1(Data, frozen=True):
    """The first opportunity to do so was this sitting (S4 §5)."""

    application: Annotated[Id, "The application."]
    decision: Annotated[Id, "The decision that was made outside the panel."]
    sitting: Annotated[Id, "The sitting."]
    by: Annotated[Name, "The officer who chaired and recorded it."]
    role: Annotated[Text, "The role in which they did."]
    at: Annotated[Moment, "When."]
    reasons: Annotated[Sequence[Sealed], "Why, where the panel said so."]


@public("uk.panelbook.panel.decision.returned.v1", "An application was returned to its originator", "{application}")
class DecisionReturnedV1(Data, frozen=True):
    """The form is inaccurate or incomplete and goes back to its originator with reasons (S4 §7)."""

    application: Annotated[Id, "The application."]
    by: Annotated[Name, "The officer who returned it."]
    reasons: Annotated[Some[Sealed], "Why."]
    defer_to: Annotated[Day | UnsetType | None, "The sitting it is moved to, if the returner moved it."] = UNSET


@public("uk.panelbook.panel.decision.withdrawn.v1", "An application was withdrawn", "{application}")
class DecisionWithdrawnV1(Data, frozen=True):
    """The application was withdrawn in agreement with the relevant service manager (S4 §5)."""

    application: Annotated[Id, "The application."]
    by: Annotated[Name, "The officer who withdrew it."]
    reasons: Annotated[Some[Sealed], "Why."]


@public("uk.panelbook.panel.sitting.scheduled.v1", "A sitting was scheduled", "{sitting}")
class SittingScheduledV1(Data, frozen=True):
    """A forum sits at this time; applications for it are due by the cut-off."""

    sitting: Annotated[Id, "The sitting."]
    forum: Annotated[Text, "The forum that sits."]
    starts_at: Annotated[Moment, "When it starts."]
    ends_at: Annotated[Moment, "When it must end."]
    cut_off_at: Annotated[Moment, "An application received at this moment is in time, one a microsecond later is not."]


class Member(Data, frozen=True):
    """One member of the panel, by role and never by name."""

    role: Annotated[Text, "The role in which they sit."]


@public("uk.panelbook.panel.sitting.slot_moved_on.v1", "An application moved on to a later sitting", "{application}")
class SittingSlotMovedOnV1(Data, frozen=True):
    """What was deferred to a sitting comes first, and this application no longer fits: it keeps its receipt and is
    offered a slot at the forum's next sitting that has the minutes, which may not be scheduled yet.
    """

    application: Annotated[Id, "The application."]
    forum: Annotated[Name, "The forum."]
    on: Annotated[Day, "The day of the sitting at which it has no place any more."]


@public("uk.panelbook.panel.sitting.slot_offered.v1", "A slot was offered", "{application}")
class SittingSlotOfferedV1(Data, frozen=True):
    """The presenter of one application is told when, for how long, where, and who will be there (S3)."""

    sitting: Annotated[Id, "The sitting."]
    application: Annotated[Id, "The application."]
    starts_at: Annotated[Moment, "When the slot starts."]
    minutes: Annotated[Count, "How long it is."]
    members: Annotated[Sequence[Member], "Who will be there."]
    place: Annotated[Text, "The room, or the link for a call."]
