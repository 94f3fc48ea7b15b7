"""Somebody named in error is taken out of a family, before submission and after (DOMAIN.md, B12)."""

from dataclasses import replace

import pytest

from ledger.book import rebuild
from ledger.decider import By
from services.intake.applications.domain.events import (
    AgreementVoided,
    ApplicationClosed,
    ApplicationEvent,
    ApplicationReopened,
    FurtherInformationAsked,
)
from services.intake.applications.domain.family import RecordVoice
from services.intake.applications.domain.form_events import FamilyMemberTakenOut
from services.intake.applications.domain.taking_out import TakeOutFamilyMember
from tests.services.house import SWINDON, ServiceHouse
from tests.services.intake.cases import (
    CHILD,
    FATHER,
    ID,
    IN_TIME,
    MANAGER,
    MOTHER,
    SERVICE_MANAGER,
    STARTED,
    SUBMIT,
    acting,
    application,
    complete,
    own,
    submitted,
    without,
)
from tests.services.intake.doors import MOTHER as ONE
from tests.services.intake.doors import call, done, filled, shown, submit

REASON = "A namesake in another town."
TAKE_OUT = TakeOutFamilyMember(FATHER, REASON)
OUT = FamilyMemberTakenOut(ID, FATHER, own(REASON), "officer-sw", IN_TIME, False)
RETURNED = (ApplicationReopened("officer-admin", None),)
IN_HANDS = complete().and_then(submitted())


def test_in_a_draft_it_is_an_edit_and_the_form_is_complete_without_them() -> None:
    """B12, B6: nobody's view is missing any more, and what they were said to think is nobody's."""
    application(STARTED).when(TAKE_OUT).then(OUT)
    complete().when(TAKE_OUT).then(OUT, AgreementVoided("family", "officer-tm", "officer-sm"))
    family = tuple(one for one in STARTED.family if one.party != FATHER)
    complete().and_then(OUT).when(SUBMIT).then(submitted(family=family))
    application(STARTED, OUT).when(RecordVoice(FATHER, "Yes.", None)).then_refused("UNKNOWN_PARTY")
    both = without().and_then(OUT, replace(OUT, party=MOTHER))
    both.when(SUBMIT).then_refused("PR_NOT_STATED")


@pytest.mark.parametrize(
    "later",
    [
        (),
        (FurtherInformationAsked("decision-1", (), None),),
        (ApplicationClosed("AGREED", "decision-1"),),
        RETURNED,
    ],
)
def test_at_any_stage_after_submission_others_hear_of_it(later: tuple[ApplicationEvent, ...]) -> None:
    """B12: the letter to a stranger may be on its way; only in a draft are signatures voided."""
    outcome = IN_HANDS.and_then(*later).when(TAKE_OUT)
    assert outcome.refused is None
    assert outcome.events[0] == replace(OUT, announced=True)
    assert len(outcome.events) == (2 if later == RETURNED else 1)


def test_its_workers_and_the_managers_it_names_do_it_and_nobody_else() -> None:
    """B12."""
    for by in (MANAGER, SERVICE_MANAGER):
        IN_HANDS.when(TAKE_OUT, acting(by)).then(replace(OUT, taken_out_by=by.actor, announced=True))
    for by in (By("officer-x", "team_manager", "localities-north"), By("officer-y", "social_worker", "elsewhere")):
        IN_HANDS.when(TAKE_OUT, acting(by)).then_refused("NOT_YOUR_APPLICATION")


def test_whom_it_is_about_stays_and_nobody_is_taken_out_twice() -> None:
    """B12."""
    application(STARTED).when(TakeOutFamilyMember(CHILD, REASON)).then_refused("PERSON_STAYS")
    application(STARTED, OUT).when(TAKE_OUT).then_refused("UNKNOWN_PARTY")


async def test_through_the_door_before_and_after(house: ServiceHouse) -> None:
    """B12: with a reason, sealed; nothing is told of a draft, and everybody hears of what was handed in."""
    application, version = await filled(house)
    at = f"applications/{application}"
    aunt = {"relationship": "carer", "name": "Hazel Larkspur", "has_parental_responsibility": False}
    version = (await done(house, "PUT", f"{at}/family/party-aunt", aunt, version))["version"]
    before = len(await house.told())
    for said in ({}, {"reason": ""}, {"reason": "\u200b"}):
        refused = await call(house, "POST", f"{at}/family/party-aunt/removal", said, version=version)
        assert refused.status_code == 422, said
    path = f"{at}/family/party-aunt/removal"
    version = (await done(house, "POST", path, {"reason": "She moved away years ago."}, version))["version"]
    assert [one["party"] for one in (await shown(house, application))["family"]] == [CHILD, ONE]
    assert len(await house.told()) == before, "of a draft nobody has heard"
    manager = {"actor": "officer-tm", "role": "team_manager", "team": "localities-north"}
    version = (await done(house, "POST", f"{at}/signature", {}, version, **manager))["version"]
    agreeing = {"actor": "officer-sm", "role": "service_manager", "service": "localities"}
    version = (await done(house, "POST", f"{at}/agreement", {}, version, **agreeing))["version"]
    answer = await submit(house, application, version)
    assert answer.status_code == 201, answer.text
    out = await done(house, "POST", f"{at}/family/{ONE}/removal", {"reason": REASON}, answer.json()["version"])
    assert out["events"] == ["intake.application.family_member_taken_out"]
    *_, (type_, subject, data) = await house.told()
    assert (type_, subject) == ("uk.panelbook.intake.application.family_member_taken_out.v1", application)
    assert (data["party"], data["by"], data["reason"]["person"]) == (ONE, "officer-sw", CHILD)
    record = await shown(house, application)
    assert [one["party"] for one in record["family"]] == [CHILD]
    assert ONE not in {one["party"] for one in record["voices"]}
    assert REASON not in repr([row.payload for row in await house.stored()])
    tables = await house.read_models()
    await rebuild(house.host.book, [SWINDON])
    assert await house.read_models() == tables
