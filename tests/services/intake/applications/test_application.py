"""The rules of an application, told as what happened, what was asked, and what it led to."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ledger.decider import By, Kind, Private
from services.intake.applications.domain.costs import GiveCosts, IndicateBudget, MarkComplexity
from services.intake.applications.domain.editing import Edit
from services.intake.applications.domain.events import (
    AgreementVoided,
    ApplicationClosed,
    ApplicationReopened,
    ApplicationSubmitted,
    FurtherInformationAsked,
    FurtherWork,
)
from services.intake.applications.domain.family import RecordVoice, Relative
from services.intake.applications.domain.form_events import (
    BudgetIndicated,
    ComplexityMarked,
    FundingSource,
    OtherFundingStated,
    SectionCompleted,
    VoiceRecorded,
)
from services.intake.applications.domain.further_information import GiveFurtherInformation
from services.intake.applications.domain.hearing import HearClosed, HearReturned
from services.intake.applications.domain.sections import CompleteSection
from services.intake.applications.domain.signing import AgreeApplication, SignApplication
from services.intake.applications.domain.submitting import SubmitApplication
from tests.services.intake.cases import (
    AGREED,
    CHILD,
    COSTED,
    CUT_OFF,
    FATHER,
    FUNDING,
    ID,
    IN_TIME,
    INDICATED,
    MANAGER,
    MOTHER,
    PANEL_DAY,
    SECTIONS,
    SERVICE_MANAGER,
    SHROPSHIRE,
    SIGNED,
    START,
    STARTED,
    STARTED_AT,
    SUBMIT,
    SWINDON,
    VOICES,
    WORKER,
    acting,
    application,
    complete,
    heard_from,
    submitted,
    without,
    written,
)

SIGN = SignApplication(())
AGREE = AgreeApplication()
GIVE_COSTS = GiveCosts(612_308, 0)
WORK = FurtherWork("work-1", "officer-sw", datetime(2026, 10, 14, 16, 0, tzinfo=UTC), Private(CHILD, box="sealed"))
SECOND = replace(WORK, work="work-2")
DEFERRED = FurtherInformationAsked("decision-1", (WORK, SECOND), date(2026, 10, 20))
LATER = datetime(2026, 10, 14, 14, 5, tzinfo=UTC)
GIVE = GiveFurtherInformation((("work-1", "One."), ("work-2", "Two.")), {}, None)


# --- Starting -------------------------------------------------------------------------------------------------


def test_a_social_worker_starts_an_application_and_everything_personal_is_marked_private() -> None:
    application().when(START).then(STARTED)


def test_nobody_but_a_social_worker_starts_an_application() -> None:
    refused = application().when(START, acting(MANAGER, at=STARTED_AT)).then_refused("NOT_A_SOCIAL_WORKER")
    assert refused.kind is Kind.NOT_ALLOWED


def test_an_application_is_started_in_the_workers_own_team() -> None:
    application().when(replace(START, team="localities-south")).then_refused("NOT_YOUR_TEAM")


def test_a_kind_that_the_council_does_not_know_and_a_party_named_twice_are_told_at_once() -> None:
    twice = (*START.family, Relative(MOTHER, "carer", "Linden Larkspur", False))
    command = replace(START, kind="SUPPORT_PLAN", family=twice)
    refused = application().when(command).then_refused("PARTY_TWICE", failing=["PARTY_TWICE", "UNKNOWN_KIND"])
    assert [one.pointer for one in refused.failing] == ["/family/3/party", "/kind"]


def test_nothing_can_be_done_with_an_application_that_was_never_started() -> None:
    for command in (GIVE_COSTS, SIGN, AGREE, SUBMIT, GIVE):
        application().when(command).then_refused("NOT_FOUND")


# --- Editing --------------------------------------------------------------------------------------------------


def test_the_plan_waits_for_the_indicative_budget() -> None:
    plan = CompleteSection("plan", "What there is to say about plan.")
    application(STARTED).when(plan).then_refused("NO_INDICATIVE_BUDGET")
    application(STARTED, INDICATED).when(plan).then(written("plan"))
    application(STARTED, BudgetIndicated(0)).when(plan).then(written("plan"))


def test_every_other_section_may_be_written_before_the_budget_is_indicated() -> None:
    needs = CompleteSection("needs", "What there is to say about needs.")
    application(STARTED).when(needs).then(written("needs"))


def test_a_section_that_the_form_does_not_have_is_refused() -> None:
    application(STARTED).when(CompleteSection("weather", "Fair.")).then_refused("UNKNOWN_SECTION")


@pytest.mark.parametrize(("is_complex", "distinctive"), [(True, False), (False, True), (True, True)])
def test_a_complexity_mark_needs_a_reason(is_complex: bool, distinctive: bool) -> None:
    """A4: very complex or particularly distinctive, each with a reason."""
    mark = MarkComplexity(is_complex, distinctive, None)
    application(STARTED).when(mark).then_refused("COMPLEXITY_REASON_MISSING", failing=["COMPLEXITY_REASON_MISSING"])
    reasoned = ComplexityMarked(is_complex, distinctive, Private(CHILD, "Two courts."))
    application(STARTED).when(replace(mark, reason="Two courts.")).then(reasoned)


def test_a_complexity_mark_can_be_taken_away_without_a_reason() -> None:
    marked = ComplexityMarked(True, False, Private(CHILD, "Two courts."))
    taken_away = ComplexityMarked(False, False, None)
    application(STARTED, marked).when(MarkComplexity(False, False, None)).then(taken_away)
    application(STARTED).when(MarkComplexity(False, False, None)).then_nothing()


def test_saying_the_same_amounts_again_is_nothing_new_and_voids_no_signature() -> None:
    complete().when(GIVE_COSTS).then_nothing()
    complete().when(IndicateBudget(600_000)).then_nothing()


def test_somebodys_views_or_why_they_could_not_be_had_are_sealed_as_their_own() -> None:
    why_not = VoiceRecorded(FATHER, None, Private(FATHER, "Cannot be found."))
    application(STARTED).when(RecordVoice(FATHER, None, "Cannot be found.")).then(why_not)
    application(STARTED).when(RecordVoice(MOTHER, "What they think.", None)).then(heard_from(MOTHER))


def test_views_of_a_stranger_and_views_that_say_nothing_are_refused() -> None:
    application(STARTED).when(RecordVoice("party-stranger", "Hm.", None)).then_refused("UNKNOWN_PARTY")
    application(STARTED).when(RecordVoice(MOTHER, None, None)).then_refused("VIEWS_EMPTY")


EDITS: tuple[Edit, ...] = (
    IndicateBudget(1),
    GiveCosts(1, 0),
    MarkComplexity(True, False, "Two courts."),
    CompleteSection("needs", "Anew."),
    RecordVoice(MOTHER, "Anew.", None),
)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: type(edit).__name__)
def test_an_edit_after_the_signature_voids_signature_and_agreement(edit: Edit) -> None:
    """B6: every edit of the form."""
    first, voided = complete().when(edit).events
    assert not isinstance(first, AgreementVoided)
    assert isinstance(voided, AgreementVoided)
    assert (voided.signature_of, voided.agreement_of) == ("officer-tm", "officer-sm")
    edited = complete().and_then(first, voided)
    refused = edited.when(SUBMIT).then_refused("INCOMPLETE", failing=["TM_SIGNATURE_MISSING", "SM_AGREEMENT_MISSING"])
    assert refused.kind is Kind.RULE_BROKEN


def test_an_edit_voids_an_agreement_that_stands_without_a_signature() -> None:
    """B6: where a council lets the agreement come first, or asks for it alone, nothing is edited behind it."""
    rewrite = CompleteSection("needs", "Anew.")
    rewritten = SectionCompleted("needs", Private(CHILD, "Anew."))
    voided = AgreementVoided("needs", None, "officer-sm")
    without(SIGNED).when(rewrite).then(rewritten, voided)
    refused = without(SIGNED).and_then(rewritten, voided).when(SUBMIT)
    refused.then_refused("INCOMPLETE", failing=["TM_SIGNATURE_MISSING", "SM_AGREEMENT_MISSING"])


def test_an_edit_before_the_signature_voids_nothing() -> None:
    rewritten = SectionCompleted("needs", Private(CHILD, "Anew."))
    without(SIGNED, AGREED).when(CompleteSection("needs", "Anew.")).then(rewritten)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: type(edit).__name__)
@pytest.mark.parametrize("role", ["chair", "panel_administrator", "team_manager", "service_manager"])
def test_no_other_role_edits_an_application(edit: Edit, role: str) -> None:
    by = By("officer-sw", role, "localities-north", "localities")
    complete().when(edit, acting(by)).then_refused("NOT_YOUR_APPLICATION")


def test_a_colleague_of_the_team_may_edit_and_a_social_worker_of_another_team_may_not() -> None:
    colleague = By("officer-sw-2", "social_worker", "localities-north")
    stranger = By("officer-sw-3", "social_worker", "localities-south")
    edit = CompleteSection("needs", "What there is to say about needs.")
    application(STARTED).when(edit, acting(colleague)).then(written("needs"))
    application(STARTED).when(edit, acting(stranger)).then_refused("NOT_YOUR_APPLICATION")


# --- Signing and agreeing -------------------------------------------------------------------------------------


def test_the_team_manager_signs_and_the_service_manager_agrees() -> None:
    without(SIGNED, AGREED).when(SIGN).then(SIGNED)
    without(AGREED).when(AGREE).then(AGREED)


def test_comments_of_the_signature_are_sealed() -> None:
    signed = replace(SIGNED, comments=(Private(CHILD, "Say more of school."),))
    without(SIGNED, AGREED).when(replace(SIGN, comments=("Say more of school.",))).then(signed)


def test_nobody_but_the_manager_of_its_team_signs() -> None:
    for by in (WORKER, SERVICE_MANAGER, replace(MANAGER, team="localities-south")):
        refused = without(SIGNED, AGREED).when(SIGN, acting(by)).then_refused("NOT_ITS_TEAM_MANAGER")
        assert refused.kind is Kind.NOT_ALLOWED


def test_a_service_manager_of_another_service_may_not_agree() -> None:
    """B6: 403."""
    other = replace(SERVICE_MANAGER, service="disability")
    refused = without(AGREED).when(AGREE, acting(other)).then_refused("NOT_ITS_SERVICE_MANAGER")
    assert refused.kind is Kind.NOT_ALLOWED


def test_agreement_before_the_signature_is_refused() -> None:
    """B6: 409."""
    refused = without(SIGNED, AGREED).when(AGREE).then_refused("NOT_SIGNED")
    assert refused.kind is Kind.WRONG_STATE


def test_signing_and_agreeing_twice_are_refused() -> None:
    complete().when(SIGN).then_refused("ALREADY_SIGNED")
    complete().when(AGREE).then_refused("ALREADY_AGREED")


def test_a_council_that_asks_for_neither_signature_nor_agreement_takes_none() -> None:
    manager = By("officer-pm", "practice_manager", "localities-north", "localities")
    application(STARTED).when(SignApplication(()), acting(manager, settings=SHROPSHIRE)).then_refused(
        "SIGNATURE_NOT_ASKED_FOR"
    )
    application(STARTED).when(AgreeApplication(), acting(manager, settings=SHROPSHIRE)).then_refused(
        "AGREEMENT_NOT_ASKED_FOR"
    )


# --- Submitting -----------------------------------------------------------------------------------------------


def test_a_complete_application_in_time_is_submitted_and_names_the_rule_that_judged_it() -> None:
    complete().when(SUBMIT).then(
        ApplicationSubmitted(
            application=ID,
            person=CHILD,
            person_name=Private(CHILD, "Robin Larkspur"),
            contact_email=None,
            kind="PLACEMENT_MOVE",
            weekly_pence=612_308,
            one_off_pence=0,
            indicative_weekly_pence=600_000,
            complex=False,
            distinctive=False,
            reasons_given=None,
            miles=18.4,
            originator="officer-sw",
            team="localities-north",
            team_manager="officer-tm",
            service="localities",
            service_manager="officer-sm",
            sitting_on=PANEL_DAY,
            forum="CARE_PANEL",
            cut_off_at=CUT_OFF,
            received_at=IN_TIME,
            settings_version=1,
            needs=Private(CHILD, "What there is to say about needs."),
            family=STARTED.family,
            times_submitted=1,
            consequence=Private(CHILD, "What there is to say about consequence."),
        )
    )


def test_received_exactly_at_the_cut_off_is_in_time() -> None:
    """B1: "by 5pm" includes 5pm."""
    complete().when(SUBMIT, acting(at=CUT_OFF)).then(submitted(received_at=CUT_OFF))


@pytest.mark.parametrize("late_by", [timedelta(microseconds=1), timedelta(seconds=1)])
def test_received_after_the_cut_off_is_late_and_the_next_sitting_is_offered(late_by: timedelta) -> None:
    """B1: a microsecond is enough."""
    refused = complete().when(SUBMIT, acting(at=CUT_OFF + late_by)).then_refused("LATE", failing=["LATE"])
    assert refused.kind is Kind.RULE_BROKEN
    assert refused.facts == {
        "cut_off_at": "2026-10-07T16:00:00Z",
        "offered": "2026-10-20",
        "offered_cut_off_at": "2026-10-14T16:00:00Z",
    }
    assert "17:00 on Wednesday 7 October 2026" in refused.sentence


@pytest.mark.parametrize("role", ["panel_administrator", "service_manager", "director_csw", "director_cs"])
def test_a_late_one_is_late_for_administrator_service_manager_and_director_too(role: str) -> None:
    """B2: nobody may add it; what remains is a request out of panel for an emergency care need (E6)."""
    by = By("officer-x", role, "localities-north", "localities")
    for given_so_far in (complete(), without(AGREED)):
        refused = given_so_far.when(SUBMIT, acting(by, at=CUT_OFF + timedelta(seconds=1))).then_refused("LATE")
        assert refused.facts["offered"] == "2026-10-20"
        assert "emergency care need" in refused.sentence
    complete().when(SUBMIT, acting(by, at=CUT_OFF)).then_refused("NOT_YOUR_APPLICATION")


def test_an_application_lacking_four_things_is_told_all_four_at_once() -> None:
    """B5: cost, outcomes, the child's views, and CAMHS possible without its information."""
    camhs = OtherFundingStated((FundingSource("CAMHS", True, None),))
    bare = without(COSTED, written("outcomes"), heard_from(CHILD), FUNDING).and_then(camhs)
    refused = bare.when(SUBMIT).then_refused(
        "INCOMPLETE",
        failing=["COST_MISSING", "OUTCOMES_MISSING", "OTHER_FUNDING_MISSING", "CHILD_VIEWS_MISSING"],
    )
    assert [one.pointer for one in refused.failing] == [
        "/costs",
        "/sections/outcomes",
        "/other_funding/0/information",
        "/voices",
    ]


def test_what_is_incomplete_and_late_is_told_both_at_once() -> None:
    """B1, B5: nobody completes a form only to hear then that it was too late already."""
    refused = without(COSTED, AGREED).when(SUBMIT, acting(at=CUT_OFF + timedelta(seconds=1)))
    refused.then_refused("INCOMPLETE", failing=["COST_MISSING", "SM_AGREEMENT_MISSING", "LATE"])
    without(COSTED).when(SUBMIT, acting(at=CUT_OFF)).then_refused("COST_MISSING", failing=["COST_MISSING"])


def test_an_empty_form_lacks_everything_its_kind_and_council_ask_for() -> None:
    application(STARTED).when(replace(SUBMIT, sitting_on=None)).then_refused(
        "INCOMPLETE",
        failing=[
            "NO_INDICATIVE_BUDGET",
            "COST_MISSING",
            "NEEDS_MISSING",
            "OUTCOMES_MISSING",
            "PLAN_MISSING",
            "PLAN_INCOMPLETE",
            "PLAN_INCOMPLETE",
            "PLAN_INCOMPLETE",
            "FAMILY_AGREEMENT_MISSING",
            "OPTIONS_TRIED_MISSING",
            "OTHER_FUNDING_MISSING",
            "CONSEQUENCE_MISSING",
            "CHILD_VIEWS_MISSING",
            "PR_VIEWS_MISSING",
            "PR_VIEWS_MISSING",
            "TM_SIGNATURE_MISSING",
            "SM_AGREEMENT_MISSING",
            "SITTING_MISSING",
        ],
    )


def test_a_missing_agreement_alone_is_told_by_its_own_code() -> None:
    """B6: SM_AGREEMENT_MISSING."""
    without(AGREED).when(SUBMIT).then_refused("SM_AGREEMENT_MISSING", failing=["SM_AGREEMENT_MISSING"])


def test_whose_views_are_missing_is_told_by_place_and_never_by_name() -> None:
    refused = without(heard_from(FATHER)).when(SUBMIT).then_refused("PR_VIEWS_MISSING")
    assert [one.pointer for one in refused.failing] == ["/family/2"]
    assert "Rowan" not in refused.sentence


def test_a_recorded_reason_stands_for_views_that_could_not_be_had() -> None:
    why_not = VoiceRecorded(FATHER, None, Private(FATHER, "Cannot be found."))
    history = [why_not if event == heard_from(FATHER) else event for event in (*SECTIONS, *VOICES)]
    application(STARTED, INDICATED, COSTED, *history, SIGNED, AGREED).when(SUBMIT).then(submitted())


def test_a_siblings_voice_is_not_the_childs() -> None:
    sibling = replace(STARTED.family[0], party="party-sibling")
    started = replace(STARTED, family=(*STARTED.family, sibling))
    history = (started, INDICATED, COSTED, *SECTIONS, heard_from("party-sibling"), *VOICES[1:], SIGNED, AGREED)
    application(*history).when(SUBMIT).then_refused("CHILD_VIEWS_MISSING")


@pytest.mark.parametrize("day", [date(2026, 10, 14), date(2026, 12, 25)])
def test_a_day_on_which_the_forum_does_not_sit_is_refused(day: date) -> None:
    complete().when(replace(SUBMIT, sitting_on=day)).then_refused("NOT_A_SITTING_DAY", failing=["NOT_A_SITTING_DAY"])


def test_a_kind_that_the_council_gave_up_meanwhile_is_refused() -> None:
    fewer = SWINDON.model_copy(
        update={"kinds": {code: kind for code, kind in SWINDON.kinds.items() if code == "CRISIS"}}
    )
    complete().when(SUBMIT, acting(settings=fewer)).then_refused("UNKNOWN_KIND")


def test_a_council_without_sittings_at_submission_judges_no_cut_off_and_asks_for_no_signature() -> None:
    adult = replace(STARTED, kind="SUPPORT_PLAN", family=(replace(STARTED.family[0], relationship="person"),))
    history = application(adult, INDICATED, COSTED, *SECTIONS[:3], heard_from(CHILD))
    command = SubmitApplication(None)
    (event,) = history.when(command, acting(settings=SHROPSHIRE)).events
    assert (event.sitting_on, event.forum, event.cut_off_at) == (None, None, None)
    history.when(replace(command, sitting_on=PANEL_DAY), acting(settings=SHROPSHIRE)).then_refused(
        "SITTING_NOT_ASKED_FOR"
    )
    unheard = application(adult, INDICATED, COSTED, *SECTIONS[:3])
    unheard.when(command, acting(settings=SHROPSHIRE)).then_refused("PERSON_VIEWS_MISSING")


# --- In panel's hands -----------------------------------------------------------------------------------------


def test_after_submission_nothing_can_be_edited_signed_or_submitted_again() -> None:
    in_hands = complete().and_then(submitted())
    for command in (*EDITS, SIGN, AGREE, SUBMIT):
        refused = in_hands.when(command).then_refused("IN_PANELS_HANDS")
        assert refused.kind is Kind.WRONG_STATE


def test_a_returned_application_is_open_again_and_counts_its_submissions() -> None:
    """B5: it is its originator's again; the signatures stand until the first edit."""
    returned = ApplicationReopened("officer-admin", date(2026, 10, 20), datetime(2026, 10, 14, 16, 0, tzinfo=UTC))
    in_hands = complete().and_then(submitted())
    in_hands.when(HearReturned("officer-admin", date(2026, 10, 20))).then(returned)
    again = in_hands.and_then(returned)
    again.when(SUBMIT).then(submitted(times_submitted=2))
    again.when(CompleteSection("needs", "Anew.")).then(
        SectionCompleted("needs", Private(CHILD, "Anew.")), AgreementVoided("needs", "officer-tm", "officer-sm")
    )


@pytest.mark.parametrize(
    "heard",
    [HearClosed("AGREED", "decision-1"), HearClosed("NOT_AGREED", "decision-1"), HearClosed("WITHDRAWN", None)],
    ids=lambda heard: heard.outcome,
)
def test_what_panel_is_done_with_is_closed(heard: HearClosed) -> None:
    closed = ApplicationClosed(heard.outcome, heard.decision)
    deferred = complete().and_then(submitted(), DEFERRED)
    deferred.when(heard).then(closed)
    for command in (*EDITS, SIGN, AGREE, SUBMIT):
        deferred.and_then(closed).when(command).then_refused("APPLICATION_CLOSED")
    deferred.and_then(closed).when(GIVE, acting(at=LATER)).then_refused("NOTHING_ASKED")
