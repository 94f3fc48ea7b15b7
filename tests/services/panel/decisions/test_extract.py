"""A council's own system follows a decision's link (I10), where the council lets it (G23): what it is shown of it."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from edge.access import AccessRead, AccessRefused
from services.panel.decisions.extract import DecisionExtract, OutOfPanelExtract, RulingExtract
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse
from tests.services.panel.decisions.test_api_out_of_panel import RISK, decides, emergency
from tests.services.panel.doors import (
    APPLICATION,
    EMAIL,
    NAME,
    REASON,
    WORK,
    alone,
    appointed,
    being_heard,
    by_chair,
    code,
    panel_decides,
    plan_received,
    post,
    received,
    settings_heard,
)

FROM = "2026-10-05T08:00:00Z"
PERSONAL = (NAME, EMAIL, "person-1", "Bo", "parent-1", "worker-1", "manager-1", REASON, WORK["text"], "chair-1")


async def followed(house: ServiceHouse, council: str = SWINDON, number: int = -1, **by: Any) -> httpx.Response:
    """What a system gets that follows the link of the newest decision event with a token of its own."""
    _, _, thin = (await house.told(council, lane="decisions"))[number]
    return await read(house, thin["detail_url"].removeprefix("/panel"), **{"council": council, **by})


async def read(
    house: ServiceHouse, path: str, *, role: str = "system", purpose: str | None = "payment", **by: Any
) -> httpx.Response:
    headers = house.headers("finance-system", role, purpose=purpose, **by)
    return await house.http.get(path, headers=headers)


def same_refusal(*answers: httpx.Response) -> bool:
    """Whether nobody can tell the answers apart, but by the number of the request."""
    seen = [(one.status_code, one.json(), sorted(one.headers)) for one in answers]
    for _, body, _ in seen:
        body.pop("correlation_id", None)
        body.pop("instance", None)
    return all(one == seen[0] for one in seen) and code(answers[0]) == (404, "NOT_FOUND")


async def agreed(house: ServiceHouse) -> None:
    await being_heard(house)
    answer = await panel_decides(house, outcome="AGREED", review_on="2026-12-08")
    assert answer.status_code == 200, answer.text


async def let_systems_read(house: ServiceHouse, council: str = SWINDON, *, version: int = 2, on: bool = True) -> None:
    """The council's next version, in force now."""
    begins = house.clock.now().isoformat().replace("+00:00", "Z")
    await settings_heard(house, council, version=version, in_force_from=begins, detail_to_subscribers=on)


async def test_a_finance_system_is_shown_outcome_amounts_days_and_references(house: ServiceHouse) -> None:
    """I10, G23: by the link of the event, for a purpose, with its row in the access lane."""
    await agreed(house)
    await let_systems_read(house)
    answer = await followed(house)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"'), answer.text
    ((_, reference, _),) = await house.told(lane="decisions")
    assert answer.json() == {
        "application": APPLICATION,
        "weekly_pence": 120_000,
        "one_off_pence": 0,
        "version": 2,
        "decisions": [
            {
                "reference": reference,
                "outcome": "AGREED",
                "made": "PANEL",
                "decided_at": "2026-10-13T09:15:00Z",
                "weekly_pence": 120_000,
                "one_off_pence": None,
                "final_budget": {
                    "weekly_pence": 120_000,
                    "yearly_pence": 6_240_000,
                    "indicative_weekly_pence": 100_000,
                    "difference_pence": 20_000,
                },
                "review_on": "2026-12-08",
                "next_sitting_on": None,
                "settings_version": 1,
            }
        ],
    }
    logged = await house.logged()
    assert logged[-1] == AccessRead("decision_extract", APPLICATION, "payment")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"outcome": "DEFERRED", "reasons": [REASON], "further_work": [WORK]}, ("DEFERRED", "2026-10-20")),
        (
            {"outcome": "NOT_AGREED", "reasons": [REASON], "needed": [REASON], "reason_codes": ["OTHER"],
             "meets_outcomes": False, "meets_assessed_needs": False},
            ("NOT_AGREED", None),
        ),
    ],
)  # fmt: skip
async def test_no_word_no_name_and_no_family_is_shown(
    house: ServiceHouse, words: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    """I10, for the outcomes that say most: neither what anybody wrote, nor who anybody is."""
    await being_heard(house)
    answer = await panel_decides(house, **words)
    assert answer.status_code == 200, answer.text
    await let_systems_read(house)
    shown = await followed(house)
    assert shown.status_code == 200, shown.text
    (one,) = shown.json()["decisions"]
    assert (one["outcome"], one["next_sitting_on"]) == expected
    assert [said for said in PERSONAL if str(said) in shown.text] == []
    assert '"sealed"' not in shown.text


def test_the_extract_has_no_field_for_anybodys_words() -> None:
    """I10: a field that is added here is looked at again, one by one."""
    assert set(DecisionExtract.model_fields) == {
        "application", "decisions", "weekly_pence", "one_off_pence", "version",
    }  # fmt: skip
    assert set(RulingExtract.model_fields) == {
        "reference", "outcome", "made", "decided_at", "weekly_pence", "one_off_pence", "final_budget", "review_on",
        "next_sitting_on", "settings_version",
    }  # fmt: skip
    assert set(OutOfPanelExtract.model_fields) == {
        "reference", "decided_at", "weekly_pence", "one_off_pence", "ends_on", "ratify_on", "ratification",
        "ratified_or_refused_at", "support", "replaced_at", "settings_version",
    }  # fmt: skip


async def test_off_another_councils_an_unknown_and_an_undecided_one_are_the_same_404(house: ServiceHouse) -> None:
    """G23, I10: who may not read cannot tell why; a past case that was taken in is unknown to panel like any other."""
    await agreed(house)
    off = await followed(house)
    path = f"/councils/{SWINDON}/decisions/{APPLICATION}"
    others_token = await read(house, path, council=SHROPSHIRE)
    await let_systems_read(house)
    await settings_heard(house, SHROPSHIRE, detail_to_subscribers=True)
    others_token_on = await read(house, path, council=SHROPSHIRE)
    unknown = await read(house, f"/councils/{SWINDON}/decisions/{uuid4()}")
    unknown_outside = await read(house, f"/councils/{SWINDON}/decisions/{APPLICATION}/out-of-panel-decisions")
    assert same_refusal(off, others_token, others_token_on, unknown, unknown_outside)
    refused = [one for one in await house.logged() if isinstance(one, AccessRefused)]
    assert AccessRefused("show_decision", "NOT_FOUND", f"decisions/{APPLICATION}") in refused
    (marked,) = {one.asked for one in await house.logged(SHROPSHIRE) if isinstance(one, AccessRefused)}
    assert marked == SWINDON


async def test_before_there_is_a_decision_there_is_nothing_to_follow(house: ServiceHouse) -> None:
    """I10: an application that waits is nobody's decision yet."""
    await received(house)
    await let_systems_read(house)
    assert code(await read(house, f"/councils/{SWINDON}/decisions/{APPLICATION}")) == (404, "NOT_FOUND")


async def test_the_settings_in_force_at_the_reading_say_so(house: ServiceHouse) -> None:
    """G23: turned on later they open what was decided before, to the instant; turned off they close it again."""
    await agreed(house)
    house.clock.set("2026-10-13T10:00:00Z")
    on = {"version": 2, "in_force_from": "2026-10-13T11:00:00Z", "detail_to_subscribers": True}
    await settings_heard(house, **on)
    assert (await followed(house)).status_code == 404
    house.clock.set("2026-10-13T10:59:59.999999Z")
    assert (await followed(house)).status_code == 404
    house.clock.set("2026-10-13T11:00:00Z")
    assert (await followed(house)).status_code == 200
    await settings_heard(house, version=3, in_force_from="2026-10-13T12:00:00Z")
    assert (await followed(house)).status_code == 200
    house.clock.set("2026-10-13T12:00:00Z")
    assert (await followed(house)).status_code == 404


async def test_a_system_says_for_what_it_reads(house: ServiceHouse) -> None:
    """G5, I5: in a word of the council's own settings, whether or not there is anything to read."""
    await agreed(house)
    await let_systems_read(house)
    assert code(await followed(house, purpose=None)) == (428, "PURPOSE_MISSING")
    assert code(await followed(house, purpose="curiosity")) == (422, "PURPOSE_NOT_KNOWN")


async def test_a_role_beside_it_neither_widens_nor_narrows_what_the_system_is_shown(house: ServiceHouse) -> None:
    """I10: what is shown goes by the role that is acted in."""
    await agreed(house)
    await let_systems_read(house)
    path = f"/councils/{SWINDON}/decisions/{APPLICATION}"
    for roles in (["system", "finance"], ["finance", "system"], ["system", "director_csw"]):
        token = house.issuer.token("finance-system", SWINDON, roles)
        headers = {"Authorization": f"Bearer {token}", "Panelbook-Purpose": "payment", "Panelbook-Role": "system"}
        answer = await house.http.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        assert set(answer.json()) == set(DecisionExtract.model_fields)
        assert [said for said in PERSONAL if str(said) in answer.text] == []
    for role in ("finance", "placements", "direct_payments", "attendee", "settings_publisher"):
        assert code(await read(house, path, role=role)) == (404, "NOT_FOUND"), role


async def test_a_system_is_shown_nothing_else(house: ServiceHouse) -> None:
    """I5: neither lists nor sittings, however much the council lets it have of decisions; and it decides nothing."""
    await agreed(house)
    await let_systems_read(house)
    for path in ("decisions", "out-of-panel-decisions", "sittings", "reports/panel-share"):
        assert code(await read(house, f"/councils/{SWINDON}/{path}")) == (404, "NOT_FOUND"), path
    again = {"outcome": "AGREED", "review_on": "2026-12-08"}
    tried = await post(house, f"decisions/{APPLICATION}/panel-decision", again, "finance-system", "system", version=2)
    assert tried.status_code in (403, 404, 409, 422), tried.text


async def test_a_delegated_decision_has_its_own_amounts(house: ServiceHouse) -> None:
    """A1, I10: decided by the practice, followed by the council's finance."""
    await plan_received(house, 99_999)
    assert (await alone(house)).status_code == 201
    await let_systems_read(house, SHROPSHIRE)
    shown = await followed(house, SHROPSHIRE)
    assert shown.status_code == 200, shown.text
    (one,) = shown.json()["decisions"]
    assert (one["made"], one["outcome"], one["weekly_pence"], one["one_off_pence"]) == (
        "DELEGATED",
        "AGREED",
        99_999,
        0,
    )
    assert "limit" not in shown.text
    assert "practice-1" not in shown.text


async def test_a_decision_outside_a_panel_says_what_it_costs_and_until_when_and_never_why(house: ServiceHouse) -> None:
    """E1, I10: neither the emergency nor its grounds, which say something of the person."""
    await settings_heard(house)
    await appointed(house, "service-manager-1", "service_manager")
    made = await decides(house)
    assert made.status_code == 201, made.text
    await let_systems_read(house)
    shown = await followed(house)
    assert shown.status_code == 200, shown.text
    assert shown.json()["application"] == APPLICATION
    (one,) = shown.json()["decisions"]
    assert (one["reference"], one["weekly_pence"], one["ratification"], one["support"]) == (
        made.json()["decision"], 84_000, "WAITING", "CONTINUES",
    )  # fmt: skip
    said = emergency()
    for hidden in (said["need"], said["decision"], "EMERGENCY", "service-manager-1", "person-1"):
        assert str(hidden) not in shown.text
    assert (await house.logged())[-1] == AccessRead("decision_extract", APPLICATION, "payment")


async def test_a_decision_at_a_risk_to_life_before_any_settings_is_read_by_no_system(house: ServiceHouse) -> None:
    """E3, G23: a council that has said nothing lets nobody read, and says so with the same 404."""
    made = await post(house, "emergency-decisions", RISK, "director-1", "director_csw")
    assert made.status_code == 201, made.text
    assert code(await followed(house)) == (404, "NOT_FOUND")
    await settings_heard(house, detail_to_subscribers=True)
    shown = await followed(house)
    assert shown.status_code == 200, shown.text
    assert RISK["risk"] not in shown.text
    assert "RISK_TO_LIFE" not in shown.text


async def test_what_is_decided_after_a_deferral_stands_behind_it(house: ServiceHouse) -> None:
    """D5, I10: both events lead to one place, which names both references in their order."""
    await being_heard(house)
    deferred = await panel_decides(house, outcome="DEFERRED", reasons=[REASON], further_work=[WORK])
    assert deferred.status_code == 200, deferred.text
    await let_systems_read(house)
    first = await followed(house)
    assert [one["reference"] for one in first.json()["decisions"]] == [deferred.json()["decision"]]
    returned = await by_chair(house, f"decisions/{APPLICATION}/return", {"reasons": [REASON]}, version=2)
    assert returned.status_code < 500
    assert (await followed(house)).status_code == 200
