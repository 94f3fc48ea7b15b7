"""The names under which intake's events are stored. Append to it; never edit a released line."""

from typing import Any

from ledger.codec.codec import Upcast, stored
from services.intake.applications.domain import assessment, events, form_events
from services.intake.expectations.domain import expected


def _with(**added: Any) -> Upcast:
    """An upcast that fills in what an event did not hold when it was stored: nothing was said of it then."""
    return lambda state: {**state, **added}


_UNSAID = {
    "within": [],
    "emergency": False,
    "disability_team": False,
    "complex_health": False,
    "section": None,
    "order": None,
    "package": None,
}
_NO_WARNINGS = {"warnings": [], "guards": {}}


def _warned(state: dict[str, Any]) -> dict[str, Any]:
    """The codes that warned stood beside the levels of all that were passed once; the levels say both."""
    kept = {name: value for name, value in state.items() if name not in ("warnings", "guards")}
    return {**kept, "warnings": [{"code": code, "level": level} for code, level in state["guards"].items()]}


def _guard_passed(state: dict[str, Any]) -> dict[str, Any]:
    return {"passed": {"code": state["guard"], "level": state["level"]}, "part": state["part"]}


def _changed_by_section(state: dict[str, Any]) -> dict[str, Any]:
    """Further information once held the changed texts itself; their names are what changed."""
    changed = [section["section"] for section in state["sections"]]
    return {**state, **_NO_WARNINGS, "changed": changed, "one_off_pence": None, "resources": []}


STORED = (
    stored("intake.application.started", 2, events.ApplicationStarted, {1: _with(warnings=[])}),
    stored("intake.application.budget_indicated", 1, form_events.BudgetIndicated),
    stored("intake.application.costs_given", 1, form_events.CostsGiven),
    stored("intake.application.complexity_marked", 1, form_events.ComplexityMarked),
    stored("intake.application.section_completed", 1, form_events.SectionCompleted),
    stored(
        "intake.application.voice_recorded",
        2,
        form_events.VoiceRecorded,
        {1: _with(age_years=None, understanding=None)},
    ),
    stored("intake.application.signed", 1, events.ApplicationSigned),
    stored("intake.application.agreed", 3, events.ApplicationAgreed, {1: _with(**_NO_WARNINGS), 2: _warned}),
    stored("intake.application.agreement_voided", 1, events.AgreementVoided),
    stored(
        "intake.application.submitted",
        3,
        events.ApplicationSubmitted,
        {1: _with(resources=[], circumstances=_UNSAID, consequence=None, **_NO_WARNINGS), 2: _warned},
    ),
    stored(
        "intake.application.reopened", 3, events.ApplicationReopened, {1: _with(cut_off_at=None), 2: _with(reasons=[])}
    ),
    stored(
        "intake.application.further_information_asked",
        2,
        events.FurtherInformationAsked,
        {1: _with(cut_off_at=None)},
    ),
    stored(
        "intake.application.further_information_given",
        5,
        events.FurtherInformationGiven,
        {
            1: _changed_by_section,
            2: _with(consequence=None),
            3: _with(sitting_on=None, cut_off_at=None, late=False),
            4: _warned,
        },
    ),
    stored("intake.application.closed", 1, events.ApplicationClosed),
    stored("intake.application.assessment_taken", 1, events.AssessmentTaken),
    stored("intake.application.guard_passed", 2, form_events.GuardPassed, {1: _guard_passed}),
    stored("intake.application.resources_listed", 1, form_events.ResourcesListed),
    stored("intake.application.circumstances_stated", 1, form_events.CircumstancesStated),
    stored("intake.application.options_tried", 1, form_events.OptionsTried),
    stored("intake.application.other_funding_stated", 1, form_events.OtherFundingStated),
    stored("intake.application.actions_planned", 1, form_events.ActionsPlanned),
    stored("intake.application.family_agreement_stated", 1, form_events.FamilyAgreementStated),
    stored("intake.application.support_needs_stated", 1, form_events.SupportNeedsStated),
    stored("intake.application.comment_answered", 1, events.CommentAnswered),
    stored("intake.application.expected", 1, events.ApplicationExpected),
    stored("intake.application.part_reopened", 1, events.PartReopened),
    stored("intake.application.changes_signed", 1, events.ChangesSigned),
    stored("intake.application.changes_agreed", 2, events.ChangesAgreed, {1: _warned}),
    stored("intake.application.abandonment_agreed", 1, events.AbandonmentAgreed),
    stored("intake.application.abandoned", 1, events.ApplicationAbandoned),
    stored("intake.application.imported", 1, events.ApplicationImported),
    stored("intake.application.attachment_added", 1, form_events.AttachmentAdded),
    stored("intake.application.attachment_removed", 1, form_events.AttachmentRemoved),
    stored("intake.assessment.held", 1, assessment.AssessmentHeld),
    stored("intake.application.family_member_named", 1, form_events.FamilyMemberNamed),
    stored(
        "intake.application.parental_responsibility_stated",
        2,
        form_events.ParentalResponsibilityStated,
        {1: _with(manager=None)},
    ),
    stored("intake.expected.not_received", 1, expected.ExpectedNotReceived),
    stored("intake.application.family_member_taken_out", 1, form_events.FamilyMemberTakenOut),
)
