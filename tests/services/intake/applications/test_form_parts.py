"""The parts of the form, told as what happened, what was asked, and what it led to: B6 to B9, B16 and B17."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from councils.guards import Warned
from councils.settings import Level, Settings
from ledger.decider import Acting, By, Kind
from services.intake.applications.domain.assessment import ASSESSMENT, AssessmentHeld, HoldAssessment
from services.intake.applications.domain.costs import GiveCosts, StateCircumstances
from services.intake.applications.domain.events import (
    AgreementVoided,
    ApplicationAgreed,
    ApplicationEvent,
    ApplicationSigned,
    AssessmentTaken,
    CommentAnswered,
)
from services.intake.applications.domain.form import form_schema
from services.intake.applications.domain.form_events import (
    BudgetIndicated,
    CircumstancesStated,
    CostsGiven,
    GuardPassed,
    OptionsTried,
    OptionTried,
    OtherFundingStated,
    ResourceLine,
    ResourcesListed,
    SectionCompleted,
)
from services.intake.applications.domain.sections import (
    Action,
    CompleteSection,
    ListOptionsTried,
    PlanActions,
    StateOtherFunding,
)
from services.intake.applications.domain.signing import AgreeApplication, AnswerComment, SignApplication
from services.intake.applications.domain.starting import StartFromAssessment
from services.intake.applications.part_forms import ResourceForm
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
    acting,
    application,
    at_level,
    complete,
    heard_from,
    instead_of,
    own,
    submitted,
    without,
    written,
)

SIGN = SignApplication(())
AGREE = AgreeApplication()


# --- Costs and resources ----------------------------------------------------------------------------------------


def test_costs_are_the_sums_of_the_resources_without_the_workers_own_time() -> None:
    lines = (ResourceLine("TRANSPORT", 25_000, 0), ResourceLine("TRANSPORT", 24_999, 100),
             ResourceLine("WORKER_TIME", 9_000, 5, 84))  # fmt: skip
    command = GiveCosts(49_999, 100, lines)
    application(STARTED).when(command).then(CostsGiven(49_999, 100), ResourcesListed(lines))
    again = application(STARTED, CostsGiven(49_999, 100), ResourcesListed(lines))
    again.when(command).then_nothing()
    again.when(replace(command, resources=())).then(ResourcesListed(()))


def test_costs_that_differ_from_their_resources_by_a_penny_do_not_add_up() -> None:
    lines = (ResourceLine("TRANSPORT", 25_000, 0), ResourceLine("WORKER_TIME", 1, 1))
    wrong = GiveCosts(25_001, 1, lines)
    refused = application(STARTED).when(wrong).then_refused("COSTS_DO_NOT_ADD_UP")
    assert [one.pointer for one in refused.failing] == ["/weekly_pence", "/one_off_pence"]


def test_a_resource_that_the_council_does_not_list_is_named_by_its_place() -> None:
    lines = (ResourceLine("TRANSPORT", 1, 0), ResourceLine("MOONLIGHT", 1, 0))
    refused = application(STARTED).when(GiveCosts(2, 0, lines)).then_refused("UNKNOWN_RESOURCE")
    assert [one.pointer for one in refused.failing] == ["/resources/1/resource"]


def test_circumstances_are_stated_once_and_go_with_the_submission() -> None:
    stated = CircumstancesStated(("WIDER_PACKAGE",), True, True, False, "20", None, "RESPITE")
    command = StateCircumstances(("WIDER_PACKAGE",), True, True, False, "20", None, "RESPITE")
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
    refused = (
        northborough()
        .when(SUBMIT, acting(settings=NORTHBOROUGH, at=datetime(2026, 10, 7, 12, 0, tzinfo=UTC)))
        .then_refused("IRO_SECTION_MISSING", failing=["IRO_SECTION_MISSING"])
    )
    assert [one.pointer for one in refused.failing] == ["/sections/iro"]
    (event,) = (
        northborough(written("iro"))
        .when(SUBMIT, acting(settings=NORTHBOROUGH, at=datetime(2026, 10, 7, 12, 0, tzinfo=UTC)))
        .events
    )
    assert (event.kind, event.cut_off_at) == (JAF_KIND, datetime(2026, 10, 7, 12, 0, tzinfo=UTC))
    northborough(written("iro")).when(
        SUBMIT, acting(settings=NORTHBOROUGH, at=datetime(2026, 10, 7, 12, 0, 1, tzinfo=UTC))
    ).then_refused("LATE")


def test_the_reviewing_officers_section_is_written_by_nobody_else() -> None:
    iro = By("officer-iro", "iro", "", "independent-reviewing")
    command = CompleteSection("iro", "What there is to say about iro.")
    application(STARTED).when(command, acting(iro, settings=NORTHBOROUGH)).then(written("iro"))
    refused = application(STARTED).when(command, acting(settings=NORTHBOROUGH)).then_refused("SECTION_NOT_YOURS")
    assert refused.kind is Kind.NOT_ALLOWED
    application(STARTED).when(replace(command, section="needs"), acting(iro, settings=NORTHBOROUGH)).then_refused(
        "NOT_YOUR_APPLICATION"
    )


def test_the_reviewing_officers_section_written_after_the_signature_voids_it_as_any_edit_does() -> None:
    iro = By("officer-iro", "iro", "", "independent-reviewing")
    command = CompleteSection("iro", "What there is to say about iro.")
    complete().when(command, acting(iro, settings=NORTHBOROUGH)).then(
        written("iro"), AgreementVoided("iro", "officer-tm", "officer-sm")
    )


def test_a_council_gives_a_section_to_the_role_that_it_names() -> None:
    own_way = SWINDON.model_copy(update={"section_owners": {"other_funding": "team_manager"}})
    command = StateOtherFunding(())
    application(STARTED).when(command, acting(MANAGER, settings=own_way)).then(OtherFundingStated(()))
    application(STARTED).when(command, acting(settings=own_way)).then_refused("SECTION_NOT_YOURS")


# --- B7: from an assessment already held ------------------------------------------------------------------------

HOLD = HoldAssessment(
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
    given(ASSESSMENT).when(HOLD, acting(at=STARTED_AT)).then(HELD)
    given(ASSESSMENT, HELD).when(HOLD, acting(at=STARTED_AT)).then_nothing()
    given(ASSESSMENT).when(HOLD, acting(MANAGER, at=STARTED_AT)).then_refused("NOT_A_SOCIAL_WORKER")


def test_what_the_assessment_says_is_in_the_application_and_asked_no_more() -> None:
    """B7: name, needs, outcomes and costs are present; none of them is an empty required field of the form."""
    begin = StartFromAssessment(
        application=ID,
        kind="PLACEMENT_MOVE",
        assessment=HELD,
        miles=18.4,
        team="localities-north",
        team_manager="officer-tm",
        service="localities",
        service_manager="officer-sm",
        family=(),
    )
    parts = ("person", "needs", "outcomes", "indicative_budget", "costs")
    application().when(begin, acting(at=STARTED_AT)).then(
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
    assert len(asked["required"]) == len(set(asked["required"]))
    assert set(asked["properties"]) - set(asked["required"]) == {"family", "parental_responsibility"}
    assert asked["properties"]["iro"]["x-written-by"] == "iro"
    assert asked["properties"]["needs"]["x-written-by"] == "social_worker"


def test_the_form_requires_what_a_submission_is_refused_without_and_nothing_else() -> None:
    """B7: a section whose guard stands lower, and voices that nobody asks for, are no required fields."""
    asked = form_schema(SWINDON, "PLACEMENT_MOVE")
    lowered = form_schema(at_level("warn", "OPTIONS_TRIED_MISSING", "CONSEQUENCE_MISSING"), "PLACEMENT_MOVE")
    assert set(asked["required"]) - set(lowered["required"]) == {"options_tried", "consequence"}
    assert set(lowered["properties"]) == set(asked["properties"])
    silent = SWINDON.kinds["PLACEMENT_MOVE"].model_copy(update={"voices": ()})
    unvoiced = form_schema(SWINDON.model_copy(update={"kinds": {"PLACEMENT_MOVE": silent}}), "PLACEMENT_MOVE")
    assert set(asked["required"]) - set(unvoiced["required"]) == {"voices"}


def test_the_published_form_takes_what_its_doors_take() -> None:
    """B7: a resource may say from when; a plan and the options tried are no empty lists."""
    fields = form_schema(SWINDON, "PLACEMENT_MOVE")["properties"]
    line = fields["costs"]["properties"]["resources"]["items"]
    assert set(line["properties"]) == set(ResourceForm.model_fields)
    assert (fields["actions"]["minItems"], fields["options_tried"]["minItems"]) == (1, 1)
    assert "minItems" not in fields["other_funding"]


# --- B8: the indicative budget before the plan ------------------------------------------------------------------

PLAN = CompleteSection("plan", "What there is to say about plan.")
ACT = PlanActions((Action("Therapy.", "Fostering team", date(2026, 11, 2), date(2026, 12, 8)),))


def test_no_plan_starts_before_the_indicative_budget() -> None:
    """B8: neither the plan nor its actions; once indicated, the budget stands earlier in history."""
    application(STARTED).when(PLAN).then_refused("NO_INDICATIVE_BUDGET")
    application(STARTED).when(ACT).then_refused("NO_INDICATIVE_BUDGET")
    application(STARTED, INDICATED).when(PLAN).then(written("plan"))
    application(STARTED, INDICATED).when(ACT).then(ACTIONS)


@pytest.mark.parametrize("level", ["warn", "off"])
def test_a_council_may_lower_the_guard_on_the_plan_and_the_event_keeps_its_level(level: Level) -> None:
    lower = at_level(level, "NO_INDICATIVE_BUDGET")
    passed = GuardPassed(Warned("NO_INDICATIVE_BUDGET", level), "plan")
    application(STARTED).when(PLAN, acting(settings=lower)).then(written("plan"), passed)
    # Others are told the indicative budget with the submission, so that is never handed in without one.
    without(INDICATED).when(SUBMIT, acting(settings=lower)).then_refused("NO_INDICATIVE_BUDGET")


# --- B9: options tried ------------------------------------------------------------------------------------------


def test_a_placement_request_without_options_tried_is_refused() -> None:
    """B9: no entries at all, or an empty list of them."""
    without(OPTIONS).when(SUBMIT).then_refused("OPTIONS_TRIED_MISSING", failing=["OPTIONS_TRIED_MISSING"])
    instead_of(OPTIONS, OptionsTried(())).when(SUBMIT).then_refused("OPTIONS_TRIED_MISSING")


def test_every_option_without_why_it_was_unsuitable_is_named_by_its_place() -> None:
    """B9: an entry without why it was unsuitable."""
    listed = ListOptionsTried((("An aunt.", None), ("A friend.", "No room."), ("Respite.", None)))
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


# --- B16: comments ----------------------------------------------------------------------------------------------

COMMENTED = ApplicationSigned("officer-tm", "team_manager", (own("Say more of school."), own("Which aunt?")))
FIRST_ANSWERED = CommentAnswered("comment-1", own("Added."), "officer-sw")
SECOND_ANSWERED = CommentAnswered("comment-2", own("The mother's sister."), "officer-sw")


def test_the_service_manager_does_not_agree_over_an_open_comment() -> None:
    """B16: two comments of the team manager's, one answered."""
    commented = without(SIGNED, AGREED).and_then(COMMENTED, FIRST_ANSWERED)
    refused = commented.when(AGREE).then_refused("COMMENT_OPEN", failing=["COMMENT_OPEN"])
    assert (refused.kind, refused.failing[0].pointer) == (Kind.RULE_BROKEN, "/comments/comment-2")
    answer = AnswerComment("comment-2", "The mother's sister.")
    commented.when(answer).then(SECOND_ANSWERED)
    commented.and_then(SECOND_ANSWERED).when(AGREE).then(AGREED)


@pytest.mark.parametrize("level", ["warn", "off"])
def test_a_council_that_lowers_the_guard_on_comments_keeps_its_level_with_the_agreement(level: Level) -> None:
    commented = without(SIGNED, AGREED).and_then(COMMENTED)
    agreed = ApplicationAgreed("officer-sm", "service_manager", (Warned("COMMENT_OPEN", level),))
    commented.when(AGREE, acting(SERVICE_MANAGER, settings=at_level(level, "COMMENT_OPEN"))).then(agreed)


def test_a_comment_outlives_the_signature_that_an_edit_voids() -> None:
    commented = without(SIGNED, AGREED).and_then(COMMENTED, AgreementVoided("needs", "officer-tm", None), SIGNED)
    commented.when(AGREE).then_refused("COMMENT_OPEN", failing=["COMMENT_OPEN", "COMMENT_OPEN"])
    answer = AnswerComment("comment-1", "Added.")
    commented.when(answer).then(FIRST_ANSWERED)
    commented.and_then(FIRST_ANSWERED).when(answer).then_refused("COMMENT_ANSWERED")


def test_comments_are_answered_by_the_applications_social_workers_and_only_where_there_are_any() -> None:
    commented = without(SIGNED, AGREED).and_then(COMMENTED)
    commented.when(AnswerComment("comment-1", "Mine."), acting(MANAGER)).then_refused("NOT_YOUR_APPLICATION")
    for unknown in ("comment-0", "comment-3", "1", "comment-", "comment-²"):
        commented.when(AnswerComment(unknown, "Where?")).then_refused("NOT_FOUND")


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

    def at(level: Level) -> Acting[Settings]:
        return acting(settings=at_level(level, code))

    lacking.when(SUBMIT).then_refused(code, failing=[code])
    lacking.when(SUBMIT, at("refuse")).then_refused(code, failing=[code])
    (warned,) = lacking.when(SUBMIT, at("warn")).events
    assert warned.warnings == (Warned(code, "warn"),)
    (passed,) = lacking.when(SUBMIT, at("off")).events
    assert passed.warnings == (Warned(code, "off"),)


def test_a_service_manager_agrees_first_only_where_the_signature_is_no_guard_that_refuses() -> None:
    """B6: agreement before the signature is 409, unless the council asks for no signature or lowered the guard."""
    refused = without(SIGNED, AGREED).when(AGREE).then_refused("NOT_SIGNED")
    assert refused.kind is Kind.WRONG_STATE
    without(SIGNED, AGREED).when(
        AGREE, acting(SERVICE_MANAGER, settings=at_level("warn", "TM_SIGNATURE_MISSING"))
    ).then(AGREED)


def test_a_lower_level_hides_no_other_gap() -> None:
    bare = without(written("needs"), heard_from(FATHER))
    bare.when(SUBMIT, acting(settings=at_level("off", "NEEDS_MISSING"))).then_refused(
        "PR_VIEWS_MISSING", failing=["PR_VIEWS_MISSING"]
    )


def test_signing_again_after_an_edit_needs_both() -> None:
    edited = complete().and_then(
        SectionCompleted("needs", own("Anew.")), AgreementVoided("needs", "officer-tm", "officer-sm")
    )
    edited.when(SIGN).then(SIGNED)
    edited.and_then(SIGNED).when(AGREE).then(AGREED)
    edited.and_then(SIGNED, AGREED).when(SUBMIT).then(submitted(needs=own("Anew.")))
