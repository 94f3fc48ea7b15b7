"""Who belongs to the person, named and corrected while the form is a draft, and who holds parental responsibility."""

from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from councils.guards import Warned
from councils.settings import Level
from ledger.decider import Kind, Private
from services.intake.applications.domain.events import (
    AgreementVoided,
    ApplicationEvent,
    ApplicationReopened,
    ApplicationStarted,
    ChangesAgreed,
    ChangesSigned,
    FurtherInformationAsked,
    PartReopened,
)
from services.intake.applications.domain.family import (
    MOST_RELATIVES,
    NameFamilyMember,
    RecordVoice,
    Relative,
    StateParentalResponsibility,
)
from services.intake.applications.domain.form import form_schema
from services.intake.applications.domain.form_events import (
    FamilyMember,
    FamilyMemberNamed,
    GuardPassed,
    ParentalResponsibilityStated,
    VoiceRecorded,
)
from services.intake.applications.domain.further_information import GiveFurtherInformation
from services.intake.applications.domain.officers import Officers
from services.intake.applications.domain.signing import SignApplication
from tests.scenario import Given
from tests.services.intake.cases import (
    AGREED,
    CHILD,
    COMPLETE,
    FATHER,
    MANAGER,
    MOTHER,
    SHROPSHIRE,
    SIGNED,
    STARTED,
    SUBMIT,
    SWINDON,
    acting,
    application,
    at_level,
    complete,
    heard_from,
    own,
    submitted,
)

AUNT = "party-aunt"
NAME_AUNT = NameFamilyMember(Relative(AUNT, "carer", "Hazel Larkspur", True))
AUNT_NAMED = FamilyMemberNamed(FamilyMember(AUNT, "carer", Private(AUNT, "Hazel Larkspur"), True))
FATHER_HOLDS_NONE = FamilyMemberNamed(FamilyMember(FATHER, "parent", Private(FATHER, "Rowan Larkspur"), False))
VOIDED = AgreementVoided("family", "officer-tm", "officer-sm")
COUNCIL_HOLDS_IT = StateParentalResponsibility("COUNCIL", "A care order was made on 1 May 2026.", "officer-head")
WITH_COUNCIL = ParentalResponsibilityStated("COUNCIL", own("A care order was made on 1 May 2026."), "officer-head")
COUNCILS_VIEW = VoiceRecorded("officer-head", own("The council supports the move."), None)
NOBODY = ParentalResponsibilityStated("NOBODY", own("Both parents have died."))
ALONE = replace(STARTED, family=())
"""Begun with nobody in the family."""


def begun(started: ApplicationStarted, *said: ApplicationEvent) -> Given:
    """Complete, but that the family began as it is told, with the child's own voice alone."""
    rest = [one for one in COMPLETE[1:] if not isinstance(one, VoiceRecorded) or one.party == CHILD]
    return application(started, *said, *rest)


# --- Naming and correcting --------------------------------------------------------------------------------------


def test_somebody_is_added_to_the_family_of_a_draft_and_their_view_is_asked_for() -> None:
    """B12: who comes to be known later holds parental responsibility as anybody named at the beginning does."""
    application(STARTED).when(NAME_AUNT).then(AUNT_NAMED)
    named = application(STARTED, AUNT_NAMED, *COMPLETE[1:])
    refused = named.when(SUBMIT).then_refused("PR_VIEWS_MISSING", failing=["PR_VIEWS_MISSING"])
    assert [one.pointer for one in refused.failing] == ["/family/3"]
    view = RecordVoice(AUNT, "She can come to me.", None)
    said = VoiceRecorded(AUNT, Private(AUNT, "She can come to me."), None)
    application(STARTED).when(view).then_refused("UNKNOWN_PARTY")
    application(STARTED, AUNT_NAMED).when(view).then(said)
    heard = application(STARTED, AUNT_NAMED, said, *COMPLETE[1:])
    heard.when(SUBMIT).then(submitted(family=(*STARTED.family, AUNT_NAMED.member)))


def test_what_is_said_of_somebody_is_corrected_in_their_place() -> None:
    """B12: the father turns out to hold none: his view is not missing, and the submission says it as it is."""
    correct = NameFamilyMember(Relative(FATHER, "parent", "Rowan Larkspur", False))
    application(STARTED).when(correct).then(FATHER_HOLDS_NONE)
    unheard = [one for one in COMPLETE[1:] if one != heard_from(FATHER)]
    application(STARTED, *unheard).when(SUBMIT).then_refused("PR_VIEWS_MISSING")
    corrected = application(STARTED, FATHER_HOLDS_NONE, *unheard)
    corrected.when(SUBMIT).then(submitted(family=(*STARTED.family[:2], FATHER_HOLDS_NONE.member)))


def test_naming_somebody_after_the_signature_voids_it() -> None:
    """B6, B12: signature and agreement stood for another family."""
    complete().when(NAME_AUNT).then(AUNT_NAMED, VOIDED)
    voided = complete().and_then(AUNT_NAMED, VOIDED)
    voided.when(SUBMIT).then_refused(
        "INCOMPLETE", failing=["PR_VIEWS_MISSING", "TM_SIGNATURE_MISSING", "SM_AGREEMENT_MISSING"]
    )
    unsigned = [one for one in COMPLETE if one not in (SIGNED, AGREED)]
    application(*unsigned).when(NAME_AUNT).then(AUNT_NAMED)
    voided.when(SignApplication(())).then(SIGNED)


@pytest.mark.parametrize("command", [NAME_AUNT, COUNCIL_HOLDS_IT], ids=["family", "statement"])
def test_the_family_is_its_social_workers_to_name_and_only_in_a_draft(command: Any) -> None:
    """B12: what others were told at the submission is not changed beside it; after a return it is a draft again."""
    application(STARTED).when(command, acting(MANAGER)).then_refused("NOT_YOUR_APPLICATION")
    in_hands = complete().and_then(submitted())
    refused = in_hands.when(command).then_refused("IN_PANELS_HANDS")
    assert refused.kind is Kind.WRONG_STATE
    in_hands.and_then(FurtherInformationAsked("decision-1", (), None)).when(command).then_refused("IN_PANELS_HANDS")
    returned = in_hands.and_then(ApplicationReopened("officer-admin", None))
    assert len(returned.when(command).events) == 2


def test_a_family_has_at_most_fifty_people_and_a_correction_adds_none() -> None:
    """B12."""
    full = tuple(replace(STARTED.family[1], party=f"party-{number}") for number in range(MOST_RELATIVES))
    crowd = application(replace(STARTED, family=full))
    crowd.when(NAME_AUNT).then_refused("FAMILY_FULL")
    crowd.when(NameFamilyMember(Relative("party-7", "carer", "Hazel", False))).then(
        FamilyMemberNamed(FamilyMember("party-7", "carer", Private("party-7", "Hazel"), False))
    )


def test_the_childs_own_entry_made_later_is_the_only_place_for_their_voice() -> None:
    """B12: a sibling's wishes do not do once the child is named as one of the family."""
    sibling = FamilyMember("party-sibling", "child", Private("party-sibling", "Wren"), False)
    voice = VoiceRecorded("party-sibling", None, Private("party-sibling", "Born last week."))
    rest = [one for one in COMPLETE[1:] if one != heard_from(CHILD)]
    siblings = replace(STARTED, family=(sibling, *STARTED.family[1:]))
    assert application(siblings, voice, *rest).when(SUBMIT).refused is None
    named = FamilyMemberNamed(STARTED.family[0])
    application(siblings, named, voice, *rest).when(SUBMIT).then_refused("CHILD_VIEWS_MISSING")


# --- Where nobody is named --------------------------------------------------------------------------------------


def test_where_nobody_is_named_the_form_must_say_who_holds_parental_responsibility() -> None:
    """B12: silence is a gap; the council by an order, or nobody, is an answer with its reason."""
    refused = begun(ALONE).when(SUBMIT, acting()).then_refused("PR_NOT_STATED", failing=["PR_NOT_STATED"])
    assert [one.pointer for one in refused.failing] == ["/parental_responsibility"]
    begun(ALONE, AUNT_NAMED).when(SUBMIT, acting()).then_refused("PR_VIEWS_MISSING", failing=["PR_VIEWS_MISSING"])
    for said in ((WITH_COUNCIL, COUNCILS_VIEW), (NOBODY,)):
        begun(ALONE, *said).when(SUBMIT, acting()).then(submitted(family=()))


def test_a_care_order_does_not_silence_the_parents_who_hold_it_too() -> None:
    """B12: the council shares it with them; their views are asked for all the same."""
    whole = application(STARTED, WITH_COUNCIL, COUNCILS_VIEW, *COMPLETE[1:])
    whole.when(SUBMIT).then(submitted())
    begun(STARTED, WITH_COUNCIL, COUNCILS_VIEW).when(SUBMIT, acting()).then_refused("PR_VIEWS_MISSING")


def test_the_councils_own_view_is_needed_like_any_holders_from_the_manager_it_names() -> None:
    """B12: no manager, or one of whom no view is recorded, is a gap; views or why they could not be had fill it."""
    unnamed = ParentalResponsibilityStated("COUNCIL", own("A care order was made on 1 May 2026."))
    for stated in (unnamed, WITH_COUNCIL):
        refused = application(STARTED, stated, *COMPLETE[1:]).when(SUBMIT).then_refused("PR_VIEWS_MISSING")
        assert [one.pointer for one in refused.failing] == ["/parental_responsibility/manager"]
        named = application(STARTED, stated)
        view = RecordVoice("officer-head", "The council supports the move.", None)
        if stated is unnamed:
            named.when(view).then_refused("UNKNOWN_PARTY")
        else:
            named.when(view).then(COUNCILS_VIEW)
    absent = replace(COUNCILS_VIEW, views=None, why_not_obtainable=own("She is away until after the cut-off."))
    application(STARTED, WITH_COUNCIL, absent, *COMPLETE[1:]).when(SUBMIT).then(submitted())
    another = replace(WITH_COUNCIL, manager="officer-deputy")
    replaced = application(STARTED, WITH_COUNCIL, COUNCILS_VIEW, another, *COMPLETE[1:])
    replaced.when(SUBMIT).then_refused("PR_VIEWS_MISSING")
    nobody = StateParentalResponsibility("NOBODY", "Both parents have died.", "officer-head")
    application(ALONE).when(nobody).then(NOBODY)


def test_the_manager_who_speaks_for_the_council_is_an_officer() -> None:
    """B12, I3."""
    known, none = Officers(frozenset({"officer-head"}), True), Officers(frozenset(), True)
    application(ALONE).when(replace(COUNCIL_HOLDS_IT, officers=known)).then(WITH_COUNCIL)
    refused = application(ALONE).when(replace(COUNCIL_HOLDS_IT, officers=none)).then_refused("OFFICER_UNKNOWN")
    assert [one.pointer for one in refused.failing] == ["/manager"]
    unheard = replace(COUNCIL_HOLDS_IT, officers=Officers(frozenset(), False))
    passed = GuardPassed(Warned("OFFICER_UNKNOWN", "warn"), "parental_responsibility")
    application(ALONE).when(unheard).then(WITH_COUNCIL, passed)


def test_a_deferral_asks_no_form_of_before_for_a_manager() -> None:
    """B12, D5: what it says of parental responsibility is closed then; a manager who is named is heard all the same."""
    unnamed = ParentalResponsibilityStated("COUNCIL", own("A care order was made on 1 May 2026."))
    asked = (FurtherInformationAsked("decision-1", (), None), heard_from(CHILD), PartReopened("voices"))
    agreed = (
        ChangesSigned("officer-tm", "team_manager", ("voices",), ()),
        ChangesAgreed("officer-sm", "service_manager", ("voices",), ()),
    )
    answer = GiveFurtherInformation((), {}, None)
    old = begun(ALONE, unnamed).and_then(submitted(family=()), *asked, *agreed)
    assert old.when(answer, acting()).refused is None
    silent = begun(ALONE, WITH_COUNCIL).and_then(submitted(family=()), *asked, *agreed)
    silent.when(answer, acting()).then_refused("PR_VIEWS_MISSING")


def test_that_nobody_holds_it_does_not_stand_beside_somebody_who_does() -> None:
    """B12: one of the two is wrong."""
    application(STARTED, NOBODY, *COMPLETE[1:]).when(SUBMIT).then_refused("PR_NOT_STATED")


def test_who_holds_it_is_stated_with_a_reason_and_taken_back() -> None:
    """B12."""
    application(ALONE).when(COUNCIL_HOLDS_IT).then(WITH_COUNCIL)
    application(ALONE).when(replace(COUNCIL_HOLDS_IT, reason=None)).then_refused("PR_REASON_MISSING")
    take_back = StateParentalResponsibility(None, None)
    application(ALONE).when(take_back).then_nothing()
    taken_back = ParentalResponsibilityStated(None, None)
    application(ALONE, WITH_COUNCIL).when(take_back).then(taken_back)
    begun(ALONE, WITH_COUNCIL, taken_back).when(SUBMIT, acting()).then_refused("PR_NOT_STATED")
    complete().when(COUNCIL_HOLDS_IT).then(
        WITH_COUNCIL, AgreementVoided("parental_responsibility", "officer-tm", "officer-sm")
    )


@pytest.mark.parametrize("level", ["warn", "off"])
def test_a_council_may_have_it_otherwise_and_the_submission_keeps_the_level(level: Level) -> None:
    """B12: the pack's guard; the views of whoever is named have no level."""
    (event,) = begun(ALONE).when(SUBMIT, acting(settings=at_level(level, "PR_NOT_STATED"))).events
    assert event.warnings == (Warned("PR_NOT_STATED", level),)
    begun(STARTED).when(SUBMIT, acting(settings=at_level(level, "PR_NOT_STATED"))).then_refused("PR_VIEWS_MISSING")


def test_a_kind_that_asks_for_no_such_voice_asks_nobody_who_holds_it() -> None:
    """B12: an adult's plan, as the pack says by its voices."""
    adult = replace(ALONE, kind="SUPPORT_PLAN")
    command = replace(SUBMIT, sitting_on=None)
    assert begun(adult).when(command, acting(settings=SHROPSHIRE)).refused is None
    assert "parental_responsibility" not in form_schema(SHROPSHIRE, "SUPPORT_PLAN")["properties"]


def test_a_deferral_does_not_ask_again_who_holds_it() -> None:
    """B12, D5: an application from before the rule, whose voices changed, is not judged by what was not touched."""
    deferred = begun(ALONE).and_then(
        submitted(family=()), FurtherInformationAsked("decision-1", (), None), heard_from(CHILD), PartReopened("voices")
    )
    signed = deferred.and_then(
        ChangesSigned("officer-tm", "team_manager", ("voices",), ()),
        ChangesAgreed("officer-sm", "service_manager", ("voices",), ()),
    )
    assert signed.when(GiveFurtherInformation((), {}, None), acting()).refused is None


def test_the_published_form_asks_for_a_holder_or_the_statement() -> None:
    """B7, B12: either satisfies the schema; where the guard stands lower or it is said already, neither is asked."""
    published = form_schema(SWINDON, "PLACEMENT_MOVE")
    asked = Draft202012Validator({"anyOf": published["anyOf"]})
    relative = {"party": MOTHER, "relationship": "parent", "name": "Linden"}
    holder = {"family": [relative | {"has_parental_responsibility": True}]}
    statement = {"parental_responsibility": {"held_by": "COUNCIL", "reason": "A care order."}}
    assert asked.is_valid(holder)
    assert asked.is_valid(statement)
    for silent in ({}, {"family": []}, {"family": [relative]}):
        assert not asked.is_valid(silent)
    for said in (holder["family"], statement["parental_responsibility"]):
        name = "family" if isinstance(said, list) else "parental_responsibility"
        assert Draft202012Validator(published["properties"][name]).is_valid(said)
    lower = form_schema(at_level("warn", "PR_NOT_STATED"), "PLACEMENT_MOVE")
    written = form_schema(SWINDON, "PLACEMENT_MOVE", written=frozenset({"parental_responsibility"}))
    assert "anyOf" not in lower
    assert "anyOf" not in written
