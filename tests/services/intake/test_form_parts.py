"""The parts of the form, told as what happened, what was asked, and what it led to: B6 to B9 and B12 to B17."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from councils.settings import Level, Settings
from ledger.decider import By, Kind, Private
from services.intake.domain.assessment import ASSESSMENT, AssessmentHeld, HoldAssessment
from services.intake.domain.commands import (
    Action,
    AgreeApplication,
    AnswerComment,
    CompleteSection,
    GiveCosts,
    ListOptionsTried,
    PlanActions,
    RecordVoice,
    SignApplication,
    StartFromAssessment,
    StateCircumstances,
    StateFamilyAgreement,
    StateOtherFunding,
    StateSupportNeeds,
    SubmitApplication,
)
from services.intake.domain.events import (
    AgreementVoided,
    ApplicationAgreed,
    ApplicationEvent,
    ApplicationSigned,
    AssessmentTaken,
    BudgetIndicated,
    CommentAnswered,
    CostsGiven,
    GuardPassed,
    SectionCompleted,
    VoiceRecorded,
)
from services.intake.domain.form import form_schema
from services.intake.domain.parts import (
    ActionsPlanned,
    CircumstancesStated,
    FamilyAgreementStated,
    FundingSource,
    OptionsTried,
    OptionTried,
    OtherFundingStated,
    PlannedAction,
    ResourceLine,
    ResourcesListed,
    Stated,
    SupportNeedsStated,
)
from tests.scenario import Given, given
from tests.services.intake.cases import (
    ACTIONS,
    AGREED,
    CHILD,
    COMPLETE,
    FAMILY_AGREES,
    FATHER,
    FUNDING,
    ID,
    INDICATED,
    MANAGER,
    NORTHBOROUGH,
    OPTIONS,
    SERVICE_MANAGER,
    SIGNED,
    STARTED,
    STARTED_AT,
    SUBMIT,
    SWINDON,
    WORKER,
    application,
    complete,
    heard_from,
    own,
    submitted,
    without,
    written,
)

SIGN = SignApplication(MANAGER, SWINDON, ())
AGREE = AgreeApplication(SERVICE_MANAGER, SWINDON)


def instead_of(part: ApplicationEvent, said: ApplicationEvent) -> Given:
    """Complete, but that one part says something else."""
    return application(*(said if event == part else event for event in COMPLETE))


def at_level(level: Level, *codes: str, settings: Settings = SWINDON) -> Settings:
    """The council's settings with these guards at another level."""
    return settings.model_copy(update={"guards": dict.fromkeys(codes, level)})


def ordered(order: str, *support: ApplicationEvent) -> Given:
    """Complete, for support under an order."""
    return application(*COMPLETE[:3], CircumstancesStated(order=order), *support, *COMPLETE[3:])


# --- Costs and resources ----------------------------------------------------------------------------------------


def test_costs_are_the_sums_of_the_resources_without_the_workers_own_time() -> None:
    lines = (ResourceLine("TRANSPORT", 25_000, 0), ResourceLine("TRANSPORT", 24_999, 100),
             ResourceLine("WORKER_TIME", 9_000, 5, 84))  # fmt: skip
    command = GiveCosts(WORKER, SWINDON, 49_999, 100, lines)
    application(STARTED).when(command).then(CostsGiven(49_999, 100), ResourcesListed(lines))
    again = application(STARTED, CostsGiven(49_999, 100), ResourcesListed(lines))
    again.when(command).then_nothing()
    again.when(replace(command, resources=())).then(ResourcesListed(()))


def test_costs_that_differ_from_their_resources_by_a_penny_do_not_add_up() -> None:
    lines = (ResourceLine("TRANSPORT", 25_000, 0), ResourceLine("WORKER_TIME", 1, 1))
    wrong = GiveCosts(WORKER, SWINDON, 25_001, 1, lines)
    refused = application(STARTED).when(wrong).then_refused("COSTS_DO_NOT_ADD_UP")
    assert [one.pointer for one in refused.failing] == ["/weekly_pence", "/one_off_pence"]


def test_a_resource_that_the_council_does_not_list_is_named_by_its_place() -> None:
    lines = (ResourceLine("TRANSPORT", 1, 0), ResourceLine("MOONLIGHT", 1, 0))
    refused = application(STARTED).when(GiveCosts(WORKER, SWINDON, 2, 0, lines)).then_refused("UNKNOWN_RESOURCE")
    assert [one.pointer for one in refused.failing] == ["/resources/1/resource"]


def test_circumstances_are_stated_once_and_go_with_the_submission() -> None:
    stated = CircumstancesStated(("WIDER_PACKAGE",), True, True, False, "20", None, "RESPITE")
    command = StateCircumstances(WORKER, ("WIDER_PACKAGE",), True, True, False, "20", None, "RESPITE")
    application(STARTED).when(command).then(stated)
    application(STARTED, stated).when(command).then_nothing()
    lines = ResourcesListed((ResourceLine("PLACEMENT", 612_308, 0),))
    history = application(*COMPLETE[:3], stated, lines, *COMPLETE[3:])
    history.when(SUBMIT).then(submitted(circumstances=stated, resources=lines.lines))


# --- B6: sections owned by roles --------------------------------------------------------------------------------


JAF_KIND = next(iter(NORTHBOROUGH.kinds))


def northborough(*events: ApplicationEvent) -> Given:
    """An application to Northborough that is complete but for the reviewing officer's section."""
    return application(replace(STARTED, kind=JAF_KIND), *COMPLETE[1:], *events)


def test_without_the_reviewing_officers_section_northborough_refuses() -> None:
    """B6: JAF, IRO section empty. B3: its cut-off is Wednesday 13:00 in London, 12:00 UTC."""
    command = replace(SUBMIT, settings=NORTHBOROUGH, received_at=datetime(2026, 10, 7, 12, 0, tzinfo=UTC))
    refused = northborough().when(command).then_refused("IRO_SECTION_MISSING", failing=["IRO_SECTION_MISSING"])
    assert [one.pointer for one in refused.failing] == ["/sections/iro"]
    (event,) = northborough(written("iro")).when(command).events
    assert (event.kind, event.cut_off_at) == (JAF_KIND, datetime(2026, 10, 7, 12, 0, tzinfo=UTC))
    late = replace(command, received_at=datetime(2026, 10, 7, 12, 0, 1, tzinfo=UTC))
    northborough(written("iro")).when(late).then_refused("LATE")


def test_the_reviewing_officers_section_is_written_by_nobody_else() -> None:
    iro = By("officer-iro", "iro", "", "independent-reviewing")
    command = CompleteSection(iro, NORTHBOROUGH, "iro", "What there is to say about iro.")
    application(STARTED).when(command).then(written("iro"))
    refused = application(STARTED).when(replace(command, by=WORKER)).then_refused("SECTION_NOT_YOURS")
    assert refused.kind is Kind.NOT_ALLOWED
    application(STARTED).when(replace(command, section="needs")).then_refused("NOT_YOUR_APPLICATION")


def test_the_reviewing_officers_section_written_after_the_signature_voids_it_as_any_edit_does() -> None:
    iro = By("officer-iro", "iro", "", "independent-reviewing")
    command = CompleteSection(iro, NORTHBOROUGH, "iro", "What there is to say about iro.")
    complete().when(command).then(written("iro"), AgreementVoided("iro", "officer-tm", "officer-sm"))


def test_a_council_gives_a_section_to_the_role_that_it_names() -> None:
    own_way = SWINDON.model_copy(update={"section_owners": {"other_funding": "team_manager"}})
    command = StateOtherFunding(MANAGER, own_way, ())
    application(STARTED).when(command).then(OtherFundingStated(()))
    application(STARTED).when(replace(command, by=WORKER)).then_refused("SECTION_NOT_YOURS")


# --- B7: from an assessment already held ------------------------------------------------------------------------

HOLD = HoldAssessment(
    by=WORKER,
    at=STARTED_AT,
    assessment="assessment-1",
    person=CHILD,
    person_name="Robin Larkspur",
    born_on=date(2014, 5, 2),
    contact_email=None,
    assessed_on=date(2026, 9, 1),
    needs="A settled home.",
    outcomes="Stays at the same school.",
    analysis=None,
    indicative_weekly_pence=600_000,
    weekly_pence=612_308,
    one_off_pence=0,
)
HELD = AssessmentHeld(
    assessment="assessment-1",
    person=CHILD,
    person_name=own("Robin Larkspur"),
    born_on=own("2014-05-02"),
    contact_email=None,
    assessed_on=date(2026, 9, 1),
    needs=own("A settled home."),
    outcomes=own("Stays at the same school."),
    analysis=None,
    indicative_weekly_pence=600_000,
    weekly_pence=612_308,
    one_off_pence=0,
    held_by="officer-sw",
    held_at=STARTED_AT,
)


def test_an_assessment_is_held_once_by_a_social_worker() -> None:
    given(ASSESSMENT).when(HOLD).then(HELD)
    given(ASSESSMENT, HELD).when(HOLD).then_nothing()
    given(ASSESSMENT).when(replace(HOLD, by=MANAGER)).then_refused("NOT_A_SOCIAL_WORKER")


def test_what_the_assessment_says_is_in_the_application_and_asked_no_more() -> None:
    """B7: name, needs, outcomes and costs are present; none of them is an empty required field of the form."""
    begin = StartFromAssessment(
        by=WORKER,
        settings=SWINDON,
        application=ID,
        kind="PLACEMENT_MOVE",
        assessment=HELD,
        miles=18.4,
        team="localities-north",
        team_manager="officer-tm",
        service="localities",
        service_manager="officer-sm",
        family=(),
        at=STARTED_AT,
    )
    parts = ("person", "needs", "outcomes", "indicative_budget", "costs")
    application().when(begin).then(
        replace(STARTED, family=()),
        AssessmentTaken("assessment-1", date(2026, 9, 1), parts),
        SectionCompleted("needs", own("A settled home.")),
        SectionCompleted("outcomes", own("Stays at the same school.")),
        BudgetIndicated(600_000),
        CostsGiven(612_308, 0),
    )
    asked = form_schema(SWINDON, "PLACEMENT_MOVE", held=frozenset(parts))
    assert not set(parts) & set(asked["required"])
    assert all(asked["properties"][part]["readOnly"] for part in parts)
    assert {"analysis", "actions", "options_tried", "voices"} <= set(asked["required"])


def test_the_form_asks_for_no_field_twice_and_says_who_writes_each() -> None:
    asked = form_schema(NORTHBOROUGH, JAF_KIND)
    assert len(asked["required"]) == len(set(asked["required"])) == len(asked["properties"])
    assert asked["properties"]["iro"]["x-written-by"] == "iro"
    assert asked["properties"]["needs"]["x-written-by"] == "social_worker"


# --- B8: the indicative budget before the plan ------------------------------------------------------------------

PLAN = CompleteSection(WORKER, SWINDON, "plan", "What there is to say about plan.")
ACT = PlanActions(WORKER, SWINDON, (Action("Therapy.", "Fostering team", date(2026, 11, 2), date(2026, 12, 8)),))


def test_no_plan_starts_before_the_indicative_budget() -> None:
    """B8: neither the plan nor its actions; once indicated, the budget stands earlier in history."""
    application(STARTED).when(PLAN).then_refused("NO_INDICATIVE_BUDGET")
    application(STARTED).when(ACT).then_refused("NO_INDICATIVE_BUDGET")
    application(STARTED, INDICATED).when(PLAN).then(written("plan"))
    application(STARTED, INDICATED).when(ACT).then(ACTIONS)


@pytest.mark.parametrize("level", ["warn", "off"])
def test_a_council_may_lower_the_guard_on_the_plan_and_the_event_keeps_its_level(level: Level) -> None:
    lower = at_level(level, "NO_INDICATIVE_BUDGET")
    passed = GuardPassed("NO_INDICATIVE_BUDGET", level, "plan")
    application(STARTED).when(replace(PLAN, settings=lower)).then(written("plan"), passed)
    # Others are told the indicative budget with the submission, so that is never handed in without one.
    without(INDICATED).when(replace(SUBMIT, settings=lower)).then_refused("NO_INDICATIVE_BUDGET")


# --- B9: options tried ------------------------------------------------------------------------------------------


def test_a_placement_request_without_options_tried_is_refused() -> None:
    """B9: no entries at all, or an empty list of them."""
    without(OPTIONS).when(SUBMIT).then_refused("OPTIONS_TRIED_MISSING", failing=["OPTIONS_TRIED_MISSING"])
    instead_of(OPTIONS, OptionsTried(())).when(SUBMIT).then_refused("OPTIONS_TRIED_MISSING")


def test_every_option_without_why_it_was_unsuitable_is_named_by_its_place() -> None:
    """B9: an entry without why it was unsuitable."""
    listed = ListOptionsTried(WORKER, SWINDON, (("An aunt.", None), ("A friend.", "No room."), ("Respite.", None)))
    tried = OptionsTried(
        (
            OptionTried(own("An aunt."), None),
            OptionTried(own("A friend."), own("No room.")),
            OptionTried(own("Respite."), None),
        )
    )
    application(STARTED).when(listed).then(tried)
    refused = instead_of(OPTIONS, tried).when(SUBMIT).then_refused("OPTIONS_TRIED_MISSING")
    assert [one.pointer for one in refused.failing] == [
        "/options_tried/0/why_unsuitable",
        "/options_tried/2/why_unsuitable",
    ]


# --- B12: voices ------------------------------------------------------------------------------------------------


def test_the_second_holder_of_parental_responsibility_is_named_by_place() -> None:
    """B12: two people hold it, one view is recorded."""
    refused = without(heard_from(FATHER)).when(SUBMIT).then_refused("PR_VIEWS_MISSING", failing=["PR_VIEWS_MISSING"])
    assert [one.pointer for one in refused.failing] == ["/family/2"]
    why_not = VoiceRecorded(FATHER, None, Private(FATHER, "Cannot be found."))
    instead_of(heard_from(FATHER), why_not).when(SUBMIT).then(submitted())


def test_the_childs_wishes_stand_beside_their_age_and_understanding() -> None:
    """B12: wishes and feelings with age and understanding are required."""
    command = RecordVoice(WORKER, CHILD, "What they think.", None, 12, "Understands it well.")
    application(STARTED).when(command).then(heard_from(CHILD))
    for told in (replace(command, age_years=None), replace(command, understanding=None)):
        (said,) = application(STARTED).when(told).events
        instead_of(heard_from(CHILD), said).when(SUBMIT).then_refused("CHILD_UNDERSTANDING_MISSING")
    newborn = VoiceRecorded(CHILD, None, own("Born last week."))
    instead_of(heard_from(CHILD), newborn).when(SUBMIT).then(submitted())


def test_no_level_of_any_guard_does_without_the_voices_that_the_law_asks_for() -> None:
    lower = SWINDON.model_copy(update={"guards": {"PR_VIEWS_MISSING": "off", "CHILD_VIEWS_MISSING": "off"}})
    for voice, code in ((FATHER, "PR_VIEWS_MISSING"), (CHILD, "CHILD_VIEWS_MISSING")):
        without(heard_from(voice)).when(replace(SUBMIT, settings=lower)).then_refused(code)


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
    command = StateOtherFunding(
        WORKER, SWINDON, (("CAMHS", True, None), ("LOTTERY", True, None), ("CAMHS", False, None))
    )
    refused = application(STARTED).when(command)
    refused.then_refused("UNKNOWN_SOURCE", failing=["UNKNOWN_SOURCE", "SOURCE_TWICE"])


# --- B14: the plan of action and the family's agreement ---------------------------------------------------------


def test_everything_that_a_plan_lacks_is_named_at_once() -> None:
    """B14: no analysis of needs, none of parenting capacity, and actions without owner, date or review."""
    actions = PlanActions(
        WORKER,
        SWINDON,
        (
            Action("Therapy.", None, date(2026, 11, 2), date(2026, 12, 8)),
            Action("Contact.", "Fostering team", None, None),
        ),
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
    said = StateFamilyAgreement(WORKER, SWINDON, False, None, False)
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
    command = StateSupportNeeds(WORKER, SWINDON, NEEDS, ADVICE)
    application(STARTED).when(command).then(support(NEEDS, ADVICE))
    (event,) = ordered("SGO", support(NEEDS, {})).when(SUBMIT).events
    assert (event.warnings, event.guards) == (("SUPPORT_ADVICE_MISSING",), {"SUPPORT_ADVICE_MISSING": "warn"})
    (event,) = ordered("SGO", support(NEEDS, ADVICE)).when(SUBMIT).events
    assert (event.warnings, event.guards) == ((), {})
    strict = at_level("refuse", "SUPPORT_ADVICE_MISSING")
    ordered("SGO", support(NEEDS, {})).when(replace(SUBMIT, settings=strict)).then_refused("SUPPORT_ADVICE_MISSING")


def test_support_needs_are_not_asked_without_an_order_and_only_by_the_councils_codes() -> None:
    complete().when(SUBMIT).then(submitted())
    unknown = StateSupportNeeds(WORKER, SWINDON, {"LEISURE": "Football."}, {"PRIEST": "None."})
    application(STARTED).when(unknown).then_refused(
        "UNKNOWN_SUPPORT_NEED", failing=["UNKNOWN_SUPPORT_NEED", "UNKNOWN_SUPPORT_NEED"]
    )


# --- B16: comments ----------------------------------------------------------------------------------------------

COMMENTED = ApplicationSigned("officer-tm", "team_manager", (own("Say more of school."), own("Which aunt?")))
FIRST_ANSWERED = CommentAnswered("comment-1", own("Added."), "officer-sw")
SECOND_ANSWERED = CommentAnswered("comment-2", own("The mother's sister."), "officer-sw")


def test_the_service_manager_does_not_agree_over_an_open_comment() -> None:
    """B16: two comments of the team manager's, one answered."""
    commented = without(SIGNED, AGREED).and_then(COMMENTED, FIRST_ANSWERED)
    refused = commented.when(AGREE).then_refused("COMMENT_OPEN", failing=["COMMENT_OPEN"])
    assert (refused.kind, refused.failing[0].pointer) == (Kind.RULE_BROKEN, "/comments/comment-2")
    answer = AnswerComment(WORKER, "comment-2", "The mother's sister.")
    commented.when(answer).then(SECOND_ANSWERED)
    commented.and_then(SECOND_ANSWERED).when(AGREE).then(AGREED)


@pytest.mark.parametrize(("level", "warnings"), [("warn", ("COMMENT_OPEN",)), ("off", ())])
def test_a_council_that_lowers_the_guard_on_comments_keeps_its_level_with_the_agreement(
    level: Level, warnings: tuple[str, ...]
) -> None:
    commented = without(SIGNED, AGREED).and_then(COMMENTED)
    lower = replace(AGREE, settings=at_level(level, "COMMENT_OPEN"))
    agreed = ApplicationAgreed("officer-sm", "service_manager", warnings, {"COMMENT_OPEN": level})
    commented.when(lower).then(agreed)


def test_a_comment_outlives_the_signature_that_an_edit_voids() -> None:
    commented = without(SIGNED, AGREED).and_then(COMMENTED, AgreementVoided("needs", "officer-tm", None), SIGNED)
    commented.when(AGREE).then_refused("COMMENT_OPEN", failing=["COMMENT_OPEN", "COMMENT_OPEN"])
    answer = AnswerComment(WORKER, "comment-1", "Added.")
    commented.when(answer).then(FIRST_ANSWERED)
    commented.and_then(FIRST_ANSWERED).when(answer).then_refused("COMMENT_ANSWERED")


def test_comments_are_answered_by_the_applications_social_workers_and_only_where_there_are_any() -> None:
    commented = without(SIGNED, AGREED).and_then(COMMENTED)
    commented.when(AnswerComment(MANAGER, "comment-1", "Mine.")).then_refused("NOT_YOUR_APPLICATION")
    for unknown in ("comment-0", "comment-3", "1", "comment-", "comment-²"):
        commented.when(AnswerComment(WORKER, unknown, "Where?")).then_refused("NOT_FOUND")


# --- B17 and the levels of guards -------------------------------------------------------------------------------


def test_what_happens_if_it_is_not_provided_must_be_said_and_goes_with_the_submission() -> None:
    """B17: the text stands beside any refusal, so panel is handed it."""
    without(written("consequence")).when(SUBMIT).then_refused("CONSEQUENCE_MISSING", failing=["CONSEQUENCE_MISSING"])
    (event,) = complete().when(SUBMIT).events
    assert event.consequence == own("What there is to say about consequence.")


LOWERED: tuple[tuple[ApplicationEvent, str], ...] = (
    (written("needs"), "NEEDS_MISSING"),
    (written("outcomes"), "OUTCOMES_MISSING"),
    (written("plan"), "PLAN_MISSING"),
    (written("analysis"), "PLAN_INCOMPLETE"),
    (FAMILY_AGREES, "FAMILY_AGREEMENT_MISSING"),
    (OPTIONS, "OPTIONS_TRIED_MISSING"),
    (FUNDING, "OTHER_FUNDING_MISSING"),
    (written("consequence"), "CONSEQUENCE_MISSING"),
    (SIGNED, "TM_SIGNATURE_MISSING"),
    (AGREED, "SM_AGREEMENT_MISSING"),
)


@pytest.mark.parametrize(("part", "code"), LOWERED, ids=[code for _, code in LOWERED])
def test_each_guard_of_the_form_refuses_warns_or_asks_nothing_as_the_council_has_it(
    part: ApplicationEvent, code: str
) -> None:
    lacking = without(part)

    def handed_in(level: Level) -> SubmitApplication:
        return replace(SUBMIT, settings=at_level(level, code))

    lacking.when(SUBMIT).then_refused(code, failing=[code])
    lacking.when(handed_in("refuse")).then_refused(code, failing=[code])
    (warned,) = lacking.when(handed_in("warn")).events
    assert (warned.warnings, warned.guards) == ((code,), {code: "warn"})
    (passed,) = lacking.when(handed_in("off")).events
    assert (passed.warnings, passed.guards) == ((), {code: "off"})


def test_a_service_manager_agrees_first_only_where_the_signature_is_no_guard_that_refuses() -> None:
    """B6: agreement before the signature is 409, unless the council asks for no signature or lowered the guard."""
    refused = without(SIGNED, AGREED).when(AGREE).then_refused("NOT_SIGNED")
    assert refused.kind is Kind.WRONG_STATE
    lower = replace(AGREE, settings=at_level("warn", "TM_SIGNATURE_MISSING"))
    without(SIGNED, AGREED).when(lower).then(AGREED)


def test_a_lower_level_hides_no_other_gap() -> None:
    bare = without(written("needs"), heard_from(FATHER))
    lower = replace(SUBMIT, settings=at_level("off", "NEEDS_MISSING"))
    bare.when(lower).then_refused("PR_VIEWS_MISSING", failing=["PR_VIEWS_MISSING"])


def test_signing_again_after_an_edit_needs_both() -> None:
    edited = complete().and_then(
        SectionCompleted("needs", own("Anew.")), AgreementVoided("needs", "officer-tm", "officer-sm")
    )
    edited.when(SIGN).then(SIGNED)
    edited.and_then(SIGNED).when(AGREE).then(AGREED)
    edited.and_then(SIGNED, AGREED).when(SUBMIT).then(submitted(needs=own("Anew.")))
