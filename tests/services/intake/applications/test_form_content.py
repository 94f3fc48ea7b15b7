"""Whose voices, which other funding, which plan and which support needs a form must hold: B12 to B15."""

from dataclasses import replace
from datetime import date

import pytest

from councils.guards import Warned
from ledger.decider import Private
from services.intake.applications.domain.family import RecordVoice
from services.intake.applications.domain.form_events import (
    ActionsPlanned,
    FamilyAgreementStated,
    FundingSource,
    OtherFundingStated,
    PlannedAction,
    Stated,
    SupportNeedsStated,
    VoiceRecorded,
)
from services.intake.applications.domain.sections import (
    Action,
    PlanActions,
    StateFamilyAgreement,
    StateOtherFunding,
    StateSupportNeeds,
)
from tests.services.intake.cases import (
    ACTIONS,
    CHILD,
    FAMILY_AGREES,
    FATHER,
    FUNDING,
    INDICATED,
    STARTED,
    SUBMIT,
    SWINDON,
    acting,
    application,
    at_level,
    complete,
    heard_from,
    instead_of,
    ordered,
    own,
    submitted,
    without,
    written,
)

# --- B12: voices ------------------------------------------------------------------------------------------------


def test_the_second_holder_of_parental_responsibility_is_named_by_place() -> None:
    """B12: two people hold it, one view is recorded."""
    refused = without(heard_from(FATHER)).when(SUBMIT).then_refused("PR_VIEWS_MISSING", failing=["PR_VIEWS_MISSING"])
    assert [one.pointer for one in refused.failing] == ["/family/2"]
    why_not = VoiceRecorded(FATHER, None, Private(FATHER, "Cannot be found."))
    instead_of(heard_from(FATHER), why_not).when(SUBMIT).then(submitted())


def test_the_childs_wishes_stand_beside_their_age_and_understanding() -> None:
    """B12: wishes and feelings with age and understanding are required."""
    command = RecordVoice(CHILD, "What they think.", None, 12, "Understands it well.")
    application(STARTED).when(command).then(heard_from(CHILD))
    for told in (replace(command, age_years=None), replace(command, understanding=None)):
        (said,) = application(STARTED).when(told).events
        instead_of(heard_from(CHILD), said).when(SUBMIT).then_refused("CHILD_UNDERSTANDING_MISSING")
    newborn = VoiceRecorded(CHILD, None, own("Born last week."))
    instead_of(heard_from(CHILD), newborn).when(SUBMIT).then(submitted())


def test_no_level_of_any_guard_does_without_the_voices_that_the_law_asks_for() -> None:
    """B12: statutory duties have no level."""
    lower = SWINDON.model_copy(update={"guards": {"PR_VIEWS_MISSING": "off", "CHILD_VIEWS_MISSING": "off"}})
    for voice, code in ((FATHER, "PR_VIEWS_MISSING"), (CHILD, "CHILD_VIEWS_MISSING")):
        without(heard_from(voice)).when(SUBMIT, acting(settings=lower)).then_refused(code)


# --- B13: other funding -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["EDUCATION", "HEALTH", "CAMHS", "YOT", "ADOPTION_SUPPORT_FUND"])
def test_each_source_that_may_pay_needs_its_information_and_is_named(source: str) -> None:
    """B13: each of the five, marked possible and without information."""
    said = OtherFundingStated((FundingSource("HEALTH" if source != "HEALTH" else "YOT", False, None),
                               FundingSource(source, True, None)))  # fmt: skip
    refused = instead_of(FUNDING, said).when(SUBMIT).then_refused("OTHER_FUNDING_MISSING")
    assert [one.pointer for one in refused.failing] == ["/other_funding/1/information"]
    assert source in refused.sentence


def test_that_no_other_source_is_possible_is_an_answer_and_silence_is_none() -> None:
    instead_of(FUNDING, OtherFundingStated(())).when(SUBMIT).then(submitted())
    without(FUNDING).when(SUBMIT).then_refused("OTHER_FUNDING_MISSING", failing=["OTHER_FUNDING_MISSING"])


def test_sources_are_the_councils_own_and_each_is_named_once() -> None:
    command = StateOtherFunding((("CAMHS", True, None), ("LOTTERY", True, None), ("CAMHS", False, None)))
    refused = application(STARTED).when(command)
    refused.then_refused("UNKNOWN_SOURCE", failing=["UNKNOWN_SOURCE", "SOURCE_TWICE"])


# --- B14: the plan of action and the family's agreement ---------------------------------------------------------


def test_everything_that_a_plan_lacks_is_named_at_once() -> None:
    """B14: no analysis of needs, none of parenting capacity, and actions without owner, date or review."""
    actions = PlanActions(
        (
            Action("Therapy.", None, date(2026, 11, 2), date(2026, 12, 8)),
            Action("Contact.", "Fostering team", None, None),
        )
    )
    planned = ActionsPlanned(
        (
            PlannedAction(own("Therapy."), None, date(2026, 11, 2), date(2026, 12, 8)),
            PlannedAction(own("Contact."), own("Fostering team"), None, None),
        )
    )
    application(STARTED, INDICATED).when(actions).then(planned)
    bare = without(written("analysis"), written("parenting_capacity"), ACTIONS).and_then(planned)
    refused = bare.when(SUBMIT).then_refused("PLAN_INCOMPLETE", failing=["PLAN_INCOMPLETE"] * 5)
    assert [one.pointer for one in refused.failing] == [
        "/sections/analysis",
        "/sections/parenting_capacity",
        "/actions/0/owner",
        "/actions/1/due_on",
        "/actions/1/review_on",
    ]


def test_a_plan_without_any_action_is_incomplete() -> None:
    for history in (without(ACTIONS), instead_of(ACTIONS, ActionsPlanned(()))):
        refused = history.when(SUBMIT).then_refused("PLAN_INCOMPLETE", failing=["PLAN_INCOMPLETE"])
        assert [one.pointer for one in refused.failing] == ["/actions"]


def test_without_the_familys_agreement_a_reason_or_significant_harm_is_needed() -> None:
    """B14: the family's agreement absent needs a reason or the significant-harm exception."""
    said = StateFamilyAgreement(False, None, False)
    disagrees = FamilyAgreementStated(False, None, False)
    application(STARTED).when(said).then(disagrees)
    refused = instead_of(FAMILY_AGREES, disagrees).when(SUBMIT).then_refused("FAMILY_AGREEMENT_MISSING")
    assert [one.pointer for one in refused.failing] == ["/family_agreement/reason"]
    without(FAMILY_AGREES).when(SUBMIT).then_refused("FAMILY_AGREEMENT_MISSING")
    for enough in (FamilyAgreementStated(False, own("Wants another home."), False),
                   FamilyAgreementStated(False, None, True)):  # fmt: skip
        instead_of(FAMILY_AGREES, enough).when(SUBMIT).then(submitted())


# --- B15: support under an order --------------------------------------------------------------------------------

NEEDS = {"EDUCATION": "School.", "HEALTH": "Asthma.", "SOCIAL": "A friend.", "EMOTIONAL": "Grief."}
ADVICE = {"CLA_NURSE": "An inhaler at school."}


def support(needs: dict[str, str], advice: dict[str, str]) -> SupportNeedsStated:
    """The support needs as they are stored."""
    return SupportNeedsStated(
        tuple(Stated(code, own(text)) for code, text in needs.items()),
        tuple(Stated(code, own(text)) for code, text in advice.items()),
    )


@pytest.mark.parametrize("order", ["SGO", "CHILD_ARRANGEMENTS", "ADOPTION_SUPPORT"])
@pytest.mark.parametrize("missing", list(NEEDS))
def test_each_need_that_support_under_an_order_leaves_out_is_named(order: str, missing: str) -> None:
    """B15: education, health, social or emotional needs empty."""
    needs = {code: text for code, text in NEEDS.items() if code != missing}
    refused = ordered(order, support(needs, ADVICE)).when(SUBMIT).then_refused("SUPPORT_NEEDS_MISSING")
    assert [one.pointer for one in refused.failing] == [f"/support_needs/needs/{missing}"]
    assert missing.lower() in refused.sentence


def test_without_advice_of_virtual_school_or_nurse_a_warning_is_kept() -> None:
    """B15: it goes through, and the warning stays with the submission; one of the two is enough."""
    command = StateSupportNeeds(NEEDS, ADVICE)
    application(STARTED).when(command).then(support(NEEDS, ADVICE))
    (event,) = ordered("SGO", support(NEEDS, {})).when(SUBMIT).events
    assert event.warnings == (Warned("SUPPORT_ADVICE_MISSING", "warn"),)
    (event,) = ordered("SGO", support(NEEDS, ADVICE)).when(SUBMIT).events
    assert event.warnings == ()
    strict = at_level("refuse", "SUPPORT_ADVICE_MISSING")
    ordered("SGO", support(NEEDS, {})).when(SUBMIT, acting(settings=strict)).then_refused("SUPPORT_ADVICE_MISSING")


def test_support_needs_are_not_asked_without_an_order_and_only_by_the_councils_codes() -> None:
    complete().when(SUBMIT).then(submitted())
    unknown = StateSupportNeeds({"LEISURE": "Football."}, {"PRIEST": "None."})
    application(STARTED).when(unknown).then_refused(
        "UNKNOWN_SUPPORT_NEED", failing=["UNKNOWN_SUPPORT_NEED", "UNKNOWN_SUPPORT_NEED"]
    )
