"""One person is not three signatures: whoever asks for it, or decided it, does not approve it (DOMAIN.md, I6)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ledger.decider import By
from services.panel.decisions.decider import DECIDER
from services.panel.decisions.domain.events import AlarmRaised, Ratified
from services.panel.decisions.domain.out_of_panel.conflicts import FindSelfApproval
from services.panel.decisions.domain.withdrawing import AgreeWithdrawal, Withdraw
from tests.scenario import given
from tests.services.house import SWINDON as COUNCIL
from tests.services.house import ServiceHouse
from tests.services.panel.cases import (
    APPLICATION,
    CHAIR,
    DECISION,
    NOW,
    PRACTICE_MANAGER,
    SERVICE_MANAGER,
    SHROPSHIRE,
    SITTING,
    SWINDON,
    TEAM_MANAGER,
    WORKER,
    asking,
    but,
    panel,
    plan,
    received,
)
from tests.services.panel.decisions.test_api_out_of_panel import DIRECTOR, PATH, decides
from tests.services.panel.decisions.test_conflicts import CONFLICT
from tests.services.panel.decisions.test_decision import BUDGET, TWENTIETH
from tests.services.panel.decisions.test_delegated import made
from tests.services.panel.decisions.test_out_of_panel import AT_RISK, EMERGENCY, at_risk, emergency, short
from tests.services.panel.decisions.test_ratification import RATIFIED, ratify
from tests.services.panel.decisions.test_returned_and_withdrawn import WITHDRAWAL_AGREED
from tests.services.panel.doors import APPLICATION as CASE
from tests.services.panel.doors import get, settings_heard

STARTED = "uk.panelbook.intake.application.started.v1"
PERIOD = {"basis": "SHORT_PERIOD", "ends_on": "2026-10-16"}
ALARM = "uk.panelbook.panel.decision.alarm_raised.v1"
SELF = AlarmRaised(APPLICATION, DECISION, "SELF_APPROVAL", EMERGENCY.decided_at, NOW, (), ("director_csw",), None, None)
FOUND = asking(FindSelfApproval(SERVICE_MANAGER.actor), at=NOW, settings=SWINDON)


def test_whoever_asks_for_it_does_not_decide_it_whatever_role_they_choose() -> None:
    """I6, A6: at the panel, and out of it before panel knows more than who began the draft."""
    history = given(DECIDER, received())
    history.when(*panel("NOT_AGREED", by=By(WORKER.actor, "chair"))).then_refused("SELF_APPROVAL")
    for role in ("service_manager", "director_csw"):
        draft = emergency(By(WORKER.actor, role), advised_by="service-manager-1", advice="Nobody else can take her in.")
        given(DECIDER).when(*but(draft, originator=WORKER.actor)).then_refused("SELF_APPROVAL")
        assert given(DECIDER).when(*but(draft, originator="worker-2")).events
    period = but(short(By(WORKER.actor, "director_csw"), ends_on=date(2026, 10, 30)), originator=WORKER.actor)
    given(DECIDER).when(*period).then_refused("SELF_APPROVAL")
    given(DECIDER, EMERGENCY).when(*but(ratify(by=By(WORKER.actor, "chair")), originator=WORKER.actor)).then_refused(
        "SELF_APPROVAL"
    )


def test_at_a_risk_to_life_nobody_is_kept_from_deciding() -> None:
    """E3, I6: "there will be no delay"; the following sitting ratifies it, and somebody else records that."""
    assert given(DECIDER).when(*but(at_risk(By(WORKER.actor, "director_csw")), originator=WORKER.actor)).events


@pytest.mark.parametrize("role", ["chair", "vice_chair"])
def test_whoever_decided_out_of_panel_or_alone_does_not_record_its_ratification(role: str) -> None:
    """I6, E2: the Director who decided, or the officer whose authority had ended, does not sign it off in the chair."""
    own = ratify(by=By(EMERGENCY.decided_by, role))
    assert given(DECIDER, EMERGENCY).when(*own).then_refused("SELF_APPROVAL").kind == 403
    given(DECIDER, AT_RISK).when(*ratify("NOT_RATIFIED", by=By("director-1", role))).then_refused("SELF_APPROVAL")
    assert given(DECIDER, AT_RISK).when(*ratify(by=CHAIR)).events
    delegated = given(DECIDER, plan(99999), made(99999, 100000, BUDGET))
    own = ratify(by=By(PRACTICE_MANAGER.actor, role))
    delegated.and_then(CONFLICT).when(*but(own, settings=SHROPSHIRE)).then_refused("SELF_APPROVAL")


def test_a_withdrawal_takes_two_persons() -> None:
    """I6, B11: the originator agrees to none as a manager, and whoever agreed does not withdraw it as another."""
    itself = replace(received(), concerned=replace(received().concerned, service_manager=WORKER.actor))
    agree = asking(AgreeWithdrawal("She has moved to her aunt."), By(WORKER.actor, "service_manager"))
    given(DECIDER, itself).when(*agree).then_refused("SELF_APPROVAL")
    one = replace(received(), concerned=replace(received().concerned, team_manager=SERVICE_MANAGER.actor))
    history = given(DECIDER, one, WITHDRAWAL_AGREED)
    withdraw = asking(Withdraw("She has moved to her aunt."), By(SERVICE_MANAGER.actor, "team_manager"))
    history.when(*withdraw).then_refused("SELF_APPROVAL")
    assert given(DECIDER, received(), WITHDRAWAL_AGREED).when(*but(withdraw, by=TEAM_MANAGER)).events


def test_that_they_asked_for_it_is_found_when_it_is_heard_late() -> None:
    """I6: an alarm to the directors, once; at a risk to life, and for anybody else's decision, none."""
    history = given(DECIDER, EMERGENCY)
    history.when(*FOUND).then(SELF)
    history.and_then(SELF).when(*FOUND).then_nothing()
    history.when(*but(FOUND, originator="worker-2")).then_nothing()
    given(DECIDER, AT_RISK).when(*but(FOUND, originator="director-1")).then_nothing()
    history.and_then(RATIFIED).when(*FOUND).then(SELF)
    assert history.and_then(RATIFIED, SELF).state().elsewhere.made[0].outcome == "ratified"


def test_a_ratification_that_they_recorded_themselves_is_to_be_ratified_anew() -> None:
    """I6, E2: it waits for the next sitting again, whose chair may not be them."""
    by_itself = Ratified(APPLICATION, DECISION, SITTING, WORKER.actor, "chair", NOW, ())
    history = given(DECIDER, EMERGENCY, by_itself)
    after = NOW + timedelta(days=1)
    (alarm,) = history.when(*but(FOUND, originator=WORKER.actor, at=after)).events
    assert (alarm.code, alarm.ratify_on) == ("SELF_APPROVAL", TWENTIETH)
    (one,) = history.and_then(alarm).state().elsewhere.made
    assert (one.outcome, one.ratify_on) == ("waiting", TWENTIETH)
    history.and_then(alarm).when(*but(FOUND, originator=WORKER.actor, at=after)).then_nothing()


# Through panel's routes -----------------------------------------------------------------------------------------


def draft(originator: str) -> dict[str, str]:
    """What intake says of a draft that somebody began."""
    return {
        "application": CASE,
        "kind": "PLACEMENT_MOVE",
        "originator": originator,
        "team": "team-1",
        "started_at": "2026-10-05T08:00:00Z",
    }


async def test_the_originators_own_draft_is_not_decided_out_of_panel_by_them(house: ServiceHouse) -> None:
    """I6: panel heard who began it and has no more of it."""
    await settings_heard(house)
    await house.hear(STARTED, draft("director-1"), council=COUNCIL)
    answer = await decides(house, DIRECTOR, **PERIOD)
    assert (answer.status_code, answer.json()["code"]) == (403, "SELF_APPROVAL")
    await house.hear(STARTED, draft("worker-1"), council=COUNCIL)
    assert (await decides(house, DIRECTOR, **PERIOD)).status_code == 201


async def test_a_draft_heard_after_its_originator_decided_it_is_an_alarm(house: ServiceHouse) -> None:
    """I6: heard late, it is told once, and both read models can be rebuilt."""
    await settings_heard(house)
    answer = await decides(house, DIRECTOR, **PERIOD)
    assert answer.status_code == 201, answer.text
    await house.hear(STARTED, draft("director-1"), council=COUNCIL)
    await house.hear(STARTED, draft("director-1"), council=COUNCIL)
    (alarm,) = [data for type_, _, data in await house.told(COUNCIL) if type_ == ALARM]
    assert (alarm["code"], alarm["roles"]) == ("SELF_APPROVAL", ["director_csw"])
    (listed,) = (await get(house, PATH)).json()["decisions"]
    assert [one["code"] for one in listed["alarms"]] == ["SELF_APPROVAL"]
