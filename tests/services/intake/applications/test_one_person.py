"""One person is not three signatures, whatever roles they bear (DOMAIN.md, I6)."""

from dataclasses import replace
from datetime import date

import pytest

from ledger.decider import By
from services.intake.applications.domain.abandoning import AbandonApplication, AgreeAbandonment
from services.intake.applications.domain.events import (
    AbandonmentAgreed,
    ApplicationAgreed,
    ApplicationReopened,
    ApplicationSigned,
    ChangesAgreed,
    ChangesSigned,
    FurtherInformationAsked,
    FurtherWork,
    PartReopened,
)
from services.intake.applications.domain.further_information import GiveFurtherInformation
from services.intake.applications.domain.signing import AgreeApplication, SignApplication
from tests.services.intake.cases import (
    AGREED,
    IN_TIME,
    MANAGER,
    SERVICE_MANAGER,
    SIGNED,
    SUBMIT,
    WORKER,
    acting,
    at_level,
    complete,
    own,
    submitted,
    without,
)

ASKED = FurtherInformationAsked("decision-1", (FurtherWork("w1", "o", IN_TIME, own("Ask the school.")),), None, None)
ANSWER = GiveFurtherInformation((("w1", "The school was asked."),), {}, None)


def as_(by: By, who: By) -> By:
    """The role, team and service of one, chosen by another person."""
    return replace(by, actor=who.actor)


def test_whoever_began_it_neither_signs_nor_agrees_in_whichever_role() -> None:
    """I6: the second signature is refused, before submission and, of what changed after a deferral, after it."""
    drafts = without(SIGNED, AGREED)
    changed = complete().and_then(submitted(), ASKED, PartReopened("plan"))
    for form in (drafts, changed):
        assert form.when(SignApplication(()), acting(as_(MANAGER, WORKER))).then_refused("SELF_APPROVAL").kind == 403
    for form in (without(AGREED), changed.and_then(ChangesSigned("officer-tm", "team_manager", ("plan",), ()))):
        form.when(AgreeApplication(), acting(as_(SERVICE_MANAGER, WORKER))).then_refused("SELF_APPROVAL")


def test_whoever_signed_does_not_agree_and_the_other_way_round() -> None:
    """I6, B6: a team manager who is the service manager too is one person; two of them are wanted."""
    lower = at_level("warn", "TM_SIGNATURE_MISSING")
    signed, agreed = without(AGREED), without(SIGNED)
    signed.when(AgreeApplication(), acting(as_(SERVICE_MANAGER, MANAGER))).then_refused("SELF_APPROVAL")
    sign = acting(as_(MANAGER, SERVICE_MANAGER), settings=lower)
    agreed.when(SignApplication(()), sign).then_refused("SELF_APPROVAL")
    changed = complete().and_then(submitted(), ASKED, PartReopened("plan"))
    changed = changed.and_then(ChangesSigned("officer-tm", "team_manager", ("plan",), ()))
    changed.when(AgreeApplication(), acting(as_(SERVICE_MANAGER, MANAGER))).then_refused("SELF_APPROVAL")
    assert changed.when(AgreeApplication(), acting(SERVICE_MANAGER)).events


@pytest.mark.parametrize("approver", [MANAGER, SERVICE_MANAGER])
def test_whoever_signed_or_agreed_does_not_hand_it_in_for_a_colleague(approver: By) -> None:
    """I6: also where they share the team as a social worker; after a deferral of what changed too."""
    worker = acting(as_(WORKER, approver))
    complete().when(SUBMIT, worker).then_refused("SELF_APPROVAL")
    changed = complete().and_then(submitted(), ASKED, PartReopened("plan"))
    signed = ChangesSigned("officer-tm", "team_manager", ("plan",), ())
    agreed = ChangesAgreed("officer-sm", "service_manager", ("plan",), ())
    changed.and_then(signed, agreed).when(ANSWER, worker).then_refused("SELF_APPROVAL")
    assert changed.and_then(signed, agreed).when(ANSWER, acting()).events


def test_what_one_person_signed_before_this_rule_is_not_handed_in() -> None:
    """I6: their own signature, or both signatures of one, stand in an older history; an edit voids them."""
    by_itself = without(SIGNED, AGREED)
    by_itself.and_then(ApplicationSigned("officer-sw", "team_manager", ()), AGREED).when(SUBMIT).then_refused(
        "SELF_APPROVAL"
    )
    both = by_itself.and_then(SIGNED, ApplicationAgreed("officer-tm", "service_manager"))
    both.when(SUBMIT).then_refused("SELF_APPROVAL")
    assert complete().when(SUBMIT).events


def test_giving_up_what_the_panel_waits_for_takes_two_persons_too() -> None:
    """B11, I6: neither the originator as a manager nor the manager who agreed as a social worker does both."""
    returned = complete().and_then(submitted(), ApplicationReopened("admin-1", date(2026, 10, 20)))
    reason = "She has moved to her aunt."
    agree = AgreeAbandonment(reason)
    returned.when(agree, acting(as_(SERVICE_MANAGER, WORKER))).then_refused("SELF_APPROVAL")
    agreed = returned.and_then(AbandonmentAgreed("officer-sm", "service_manager", own(reason)))
    agreed.when(AbandonApplication(reason), acting(as_(WORKER, SERVICE_MANAGER))).then_refused("SELF_APPROVAL")
    assert agreed.when(AbandonApplication(reason)).events
