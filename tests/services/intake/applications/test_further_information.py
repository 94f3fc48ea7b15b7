"""What a deferral opens: answers to its further work, and changes of which only what changed is signed again (D5)."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from councils.guards import Warned
from councils.settings import Level
from ledger.decider import Acting, Private
from services.intake.applications.domain.costs import GiveCosts, IndicateBudget, MarkComplexity, StateCircumstances
from services.intake.applications.domain.editing import Edit
from services.intake.applications.domain.events import (
    AgreementVoided,
    Answer,
    ApplicationReopened,
    ChangesAgreed,
    ChangesSigned,
    FurtherInformationAsked,
    FurtherInformationGiven,
    FurtherWork,
    PartReopened,
)
from services.intake.applications.domain.family import RecordVoice
from services.intake.applications.domain.form_events import CostsGiven, OptionsTried, OptionTried, SectionCompleted
from services.intake.applications.domain.further_information import GiveFurtherInformation
from services.intake.applications.domain.hearing import HearDeferred, HearReturned
from services.intake.applications.domain.sections import CompleteSection, ListOptionsTried
from services.intake.applications.domain.signing import AgreeApplication, SignApplication
from tests.services.intake.cases import (
    CHILD,
    ID,
    MANAGER,
    SHROPSHIRE,
    SUBMIT,
    SWINDON,
    WORKER,
    acting,
    complete,
    own,
    submitted,
)

SIGN = SignApplication(())
AGREE = AgreeApplication()
WORK = FurtherWork("work-1", "officer-sw", datetime(2026, 10, 14, 16, 0, tzinfo=UTC), Private(CHILD, box="sealed"))
SECOND = replace(WORK, work="work-2")
RETURNS_ON, CLOSES_AT = date(2026, 10, 20), datetime(2026, 10, 14, 16, 0, tzinfo=UTC)
ASKED = FurtherInformationAsked("decision-1", (WORK, SECOND), RETURNS_ON, CLOSES_AT)
LATER = datetime(2026, 10, 14, 14, 5, tzinfo=UTC)
ANSWERS = (Answer("work-1", own("One.")), Answer("work-2", own("Two.")))
GIVE = GiveFurtherInformation((("work-1", "One."), ("work-2", "Two.")), {}, None)
GIVEN = FurtherInformationGiven(
    ID,
    "decision-1",
    ANSWERS,
    (),
    612_308,
    "officer-sw",
    LATER,
    changed=(),
    one_off_pence=0,
    resources=(),
    sitting_on=RETURNS_ON,
    cut_off_at=CLOSES_AT,
)
DEFERRED = complete().and_then(submitted(), ASKED)
CHEAPER = GiveCosts(598_000, 0)
REWRITE = CompleteSection("needs", "Anew.")
NEEDS = SectionCompleted("needs", own("Anew."))
CHANGED = (CostsGiven(598_000, 0), PartReopened("costs"), NEEDS, PartReopened("needs"))
BOTH = ("costs", "needs")
SIGNED = ChangesSigned("officer-tm", "team_manager", BOTH, ())
AGREED = ChangesAgreed("officer-sm", "service_manager", BOTH, ())


def test_a_deferral_opens_the_form_for_answers_and_changes_but_not_for_another_submission() -> None:
    in_hands = complete().and_then(submitted())
    in_hands.when(HearDeferred("decision-1", (WORK, SECOND), RETURNS_ON)).then(ASKED)
    DEFERRED.when(SUBMIT).then_refused("IN_PANELS_HANDS")
    DEFERRED.when(SIGN).then_refused("IN_PANELS_HANDS")
    DEFERRED.when(AGREE).then_refused("IN_PANELS_HANDS")


def test_what_was_not_touched_keeps_its_signatures() -> None:
    """D5: answers alone change nothing that was signed."""
    DEFERRED.when(GIVE, acting(at=LATER)).then(GIVEN)
    state = DEFERRED.and_then(GIVEN).state()
    assert (state.stage, state.signed_by, state.agreed_by) == ("submitted", "officer-tm", "officer-sm")
    DEFERRED.and_then(GIVEN).when(GIVE, acting(at=LATER)).then_refused("NOTHING_ASKED")
    DEFERRED.and_then(GIVEN).when(CHEAPER).then_refused("IN_PANELS_HANDS")


def test_a_change_after_a_deferral_reopens_that_part_alone() -> None:
    """D5: the form's own signature and agreement stand; the part that changed is to be signed."""
    DEFERRED.when(CHEAPER).then(CostsGiven(598_000, 0), PartReopened("costs"))
    state = DEFERRED.and_then(*CHANGED).state()
    assert (state.signed_by, state.agreed_by, state.changed) == ("officer-tm", "officer-sm", frozenset(BOTH))
    again = CompleteSection("needs", "And again.")
    DEFERRED.and_then(*CHANGED).when(again).then(SectionCompleted("needs", own("And again.")))


def test_what_changed_is_not_given_before_both_managers_have_signed_it() -> None:
    """D5: only changed ones need re-signing, and they do."""
    changed = DEFERRED.and_then(*CHANGED)
    changed.when(GIVE, acting(at=LATER)).then_refused(
        "INCOMPLETE", failing=["TM_SIGNATURE_MISSING", "SM_AGREEMENT_MISSING"]
    )
    changed.when(AGREE).then_refused("NOT_SIGNED")
    changed.when(SIGN).then(SIGNED)
    signed = changed.and_then(SIGNED)
    signed.when(GIVE, acting(at=LATER)).then_refused("SM_AGREEMENT_MISSING", failing=["SM_AGREEMENT_MISSING"])
    signed.when(AGREE).then(AGREED)
    signed.and_then(AGREED).when(GIVE, acting(at=LATER)).then(replace(GIVEN, weekly_pence=598_000, changed=BOTH))
    signed.when(SIGN).then_refused("ALREADY_SIGNED")
    signed.and_then(AGREED).when(AGREE).then_refused("ALREADY_AGREED")


def test_a_change_after_the_changes_were_signed_is_signed_again() -> None:
    agreed = DEFERRED.and_then(*CHANGED, SIGNED, AGREED)
    agreed.when(CompleteSection("needs", "And again.")).then(
        SectionCompleted("needs", own("And again.")), PartReopened("needs")
    )
    agreed.and_then(NEEDS, PartReopened("needs")).when(GIVE, acting(at=LATER)).then_refused("INCOMPLETE")


def test_what_changed_and_was_not_signed_anew_voids_the_old_signature_when_panel_returns_it() -> None:
    """D5, B6: a return is no way round the signature of what a deferral opened."""
    returned, heard = ApplicationReopened("officer-admin", None), HearReturned("officer-admin", None)
    voided = AgreementVoided("costs, needs", "officer-tm", "officer-sm")
    for history in (DEFERRED.and_then(*CHANGED), DEFERRED.and_then(*CHANGED, SIGNED)):
        history.when(heard).then(returned, voided)
    again = DEFERRED.and_then(*CHANGED, returned, voided)
    again.when(SUBMIT).then_refused("INCOMPLETE", failing=["TM_SIGNATURE_MISSING", "SM_AGREEMENT_MISSING"])
    DEFERRED.when(heard).then(returned)
    DEFERRED.and_then(*CHANGED, SIGNED, AGREED).when(heard).then(returned)


def test_a_second_deferral_does_not_sign_what_the_first_one_opened() -> None:
    """D5: changed, never given, deferred again: it is still to be signed."""
    again = DEFERRED.and_then(*CHANGED, ASKED)
    again.when(GIVE, acting(at=LATER)).then_refused(
        "INCOMPLETE", failing=["TM_SIGNATURE_MISSING", "SM_AGREEMENT_MISSING"]
    )
    signed = again.and_then(SIGNED, AGREED)
    signed.when(GIVE, acting(at=LATER)).then(replace(GIVEN, weekly_pence=598_000, changed=BOTH))


def test_a_change_after_an_agreement_without_a_signature_is_agreed_again() -> None:
    """D5, B6: as for the form itself."""
    agreed = DEFERRED.and_then(*CHANGED, AGREED)
    again = CompleteSection("needs", "And again.")
    agreed.when(again).then(SectionCompleted("needs", own("And again.")), PartReopened("needs"))


def test_what_changed_is_signed_although_the_council_gave_up_its_kind() -> None:
    """D5: an application in hand is not let through unsigned because its kind is no longer taken."""
    fewer = SWINDON.model_copy(update={"kinds": {}})
    changed = DEFERRED.and_then(*CHANGED)
    changed.when(GIVE, acting(settings=fewer, at=LATER)).then_refused("INCOMPLETE")


def test_changes_that_come_with_the_answers_wait_for_their_signatures_too() -> None:
    """The cost and the plan cannot change while an old signature stands for them."""
    for command in (replace(GIVE, weekly_pence=598_000), replace(GIVE, sections={"plan": "Another plan."})):
        DEFERRED.when(command).then_refused("INCOMPLETE", failing=["TM_SIGNATURE_MISSING", "SM_AGREEMENT_MISSING"])
    DEFERRED.when(replace(GIVE, weekly_pence=612_308), acting(at=LATER)).then(GIVEN)


def test_what_happens_if_it_is_not_provided_goes_along_where_it_was_written_anew() -> None:
    """B17: panel puts the text beside a refusal, so it hears of the newer one; D5: of nothing that was not touched."""
    anew = SectionCompleted("consequence", own("She loses her home."))
    parts = ("consequence",)
    signed = replace(SIGNED, parts=parts), replace(AGREED, parts=parts)
    (event,) = DEFERRED.and_then(anew, PartReopened("consequence"), *signed).when(GIVE, acting(at=LATER)).events
    assert (event.changed, event.consequence) == (parts, own("She loses her home."))
    (untouched,) = DEFERRED.when(GIVE, acting(at=LATER)).events
    assert untouched.consequence is None


def test_where_no_signature_is_asked_for_changes_may_come_with_the_answers() -> None:
    unsigned = replace(GIVE, sections={"needs": "Anew."}, weekly_pence=598_000)
    started = replace(complete().events[0], kind="SUPPORT_PLAN")
    history = replace(DEFERRED, events=(started, *DEFERRED.events[1:]))
    history.when(unsigned, acting(settings=SHROPSHIRE, at=LATER)).then(
        NEEDS,
        PartReopened("needs"),
        CostsGiven(598_000, 0),
        PartReopened("costs"),
        replace(GIVEN, weekly_pence=598_000, changed=BOTH, cut_off_at=None),
    )


def test_what_changed_must_hold_what_the_form_asks_of_it_and_nothing_else_is_judged_again() -> None:
    untold = OptionsTried((OptionTried(own("Respite."), None),))
    changed = DEFERRED.and_then(untold, PartReopened("options_tried"))
    refused = changed.when(GIVE, acting(at=LATER)).then_refused("INCOMPLETE")
    assert [one.code for one in refused.failing] == [
        "OPTIONS_TRIED_MISSING",
        "TM_SIGNATURE_MISSING",
        "SM_AGREEMENT_MISSING",
    ]
    listed = ListOptionsTried((("Respite.", None),))
    DEFERRED.when(listed).then(untold, PartReopened("options_tried"))


@pytest.mark.parametrize("level", ["warn", "off"])
def test_the_level_of_a_guard_holds_for_changes_too(level: Level) -> None:
    lower = SWINDON.model_copy(update={"guards": {"SM_AGREEMENT_MISSING": level}})
    (event,) = DEFERRED.and_then(*CHANGED, SIGNED).when(GIVE, acting(settings=lower, at=LATER)).events
    assert event.warnings == (Warned("SM_AGREEMENT_MISSING", level),)


@pytest.mark.parametrize(
    "edit",
    [
        IndicateBudget(1),
        MarkComplexity(True, False, "Courts."),
        StateCircumstances(emergency=True),
    ],
    ids=lambda edit: type(edit).__name__,
)
def test_what_routing_judged_is_not_opened_by_a_deferral(edit: Edit) -> None:
    DEFERRED.when(edit).then_refused("IN_PANELS_HANDS")


def test_views_that_change_are_signed_like_any_other_part() -> None:
    voice = RecordVoice("party-father", "I agree now.", None)
    _, reopened = DEFERRED.when(voice).events
    assert reopened == PartReopened("voices")


def test_comments_on_what_changed_are_answered_before_the_agreement() -> None:
    """B16 holds for the signature of changes too."""
    commented = DEFERRED.and_then(*CHANGED, replace(SIGNED, comments=(own("Which provider?"),)))
    commented.when(AGREE).then_refused("COMMENT_OPEN")


def test_further_information_names_everything_wrong_with_its_answers_at_once() -> None:
    answers = (("work-2", "Two."), ("work-2", "Again."), ("work-9", "Nobody asked."))
    DEFERRED.when(replace(GIVE, answers=answers), acting(at=LATER)).then_refused(
        "WORK_UNANSWERED", failing=["WORK_UNANSWERED", "WORK_TWICE", "UNKNOWN_WORK"]
    )
    DEFERRED.when(replace(GIVE, sections={"weather": "Fair."}), acting(at=LATER)).then_refused("UNKNOWN_SECTION")


def test_further_information_that_nobody_asked_for_is_refused() -> None:
    for history in (complete(), complete().and_then(submitted())):
        history.when(GIVE, acting(at=LATER)).then_refused("NOTHING_ASKED")


def test_only_its_social_workers_give_further_information() -> None:
    DEFERRED.when(GIVE, acting(MANAGER, at=LATER)).then_refused("NOT_YOUR_APPLICATION")
    DEFERRED.when(REWRITE, acting(MANAGER)).then_refused("NOT_YOUR_APPLICATION")


def test_a_second_deferral_starts_with_nothing_changed() -> None:
    again = DEFERRED.and_then(*CHANGED, SIGNED, AGREED, replace(GIVEN, weekly_pence=598_000, changed=BOTH), ASKED)
    again.when(GIVE, acting(at=LATER)).then(replace(GIVEN, weekly_pence=598_000))


# --- The cut-off of the named sitting ---------------------------------------------------------------------------


def test_answers_at_the_cut_off_are_in_time_and_a_second_later_they_are_taken_and_marked_as_late() -> None:
    """D5: deferred to Tue 20 Oct, whose cut-off is Wed 14 Oct 16:00:00Z; "Deferred papers keep the cut-off"."""
    DEFERRED.when(GIVE, acting(at=CLOSES_AT)).then(replace(GIVEN, received_at=CLOSES_AT, late=False))
    for after in (timedelta(microseconds=1), timedelta(seconds=1)):
        DEFERRED.when(GIVE, acting(at=CLOSES_AT + after)).then(replace(GIVEN, received_at=CLOSES_AT + after, late=True))
    given = DEFERRED.and_then(replace(GIVEN, received_at=CLOSES_AT + timedelta(seconds=1), late=True))
    assert given.state().stage == "submitted"


def test_answers_are_held_to_the_cut_off_in_force_when_they_are_received() -> None:
    """D5: a council that closes later meanwhile is not told that they are late."""
    forum = SWINDON.forums["CARE_PANEL"]
    at_six = forum.model_copy(update={"cut_off": forum.cut_off.model_copy(update={"time": time(18, 0)})})
    longer = SWINDON.model_copy(update={"forums": {**SWINDON.forums, "CARE_PANEL": at_six}})
    at = CLOSES_AT + timedelta(hours=1)
    DEFERRED.when(GIVE, acting(settings=longer, at=at)).then(replace(GIVEN, received_at=at, cut_off_at=at))


def test_without_a_named_sitting_nothing_is_late() -> None:
    """D5: a deferral that names no sitting, a council that names none at submission, and settings not heard yet."""
    unnamed = complete().and_then(submitted(), replace(ASKED, next_sitting_on=None, cut_off_at=None))
    long_after = datetime(2026, 11, 30, tzinfo=UTC)
    bare = replace(GIVEN, received_at=long_after, cut_off_at=None)
    unnamed.when(GIVE, acting(at=long_after)).then(replace(bare, sitting_on=None))
    elsewhere = complete().and_then(submitted(forum=None, sitting_on=None, cut_off_at=None), ASKED)
    elsewhere.when(GIVE, acting(at=long_after)).then(bare)
    heard = HearDeferred("decision-1", (WORK, SECOND), RETURNS_ON)
    complete().and_then(submitted()).when(heard, Acting(WORKER, LATER, None)).then(replace(ASKED, cut_off_at=None))


def test_a_second_deferral_is_held_to_the_sitting_that_it_names() -> None:
    """D5."""
    later = replace(ASKED, decision="decision-2", next_sitting_on=date(2026, 10, 27), cut_off_at=None)
    again = DEFERRED.and_then(GIVEN, later)
    at = datetime(2026, 10, 21, 16, 0, 1, tzinfo=UTC)
    again.when(GIVE, acting(at=at)).then(
        replace(
            GIVEN,
            decision="decision-2",
            received_at=at,
            sitting_on=date(2026, 10, 27),
            cut_off_at=datetime(2026, 10, 21, 16, 0, tzinfo=UTC),
            late=True,
        )
    )
