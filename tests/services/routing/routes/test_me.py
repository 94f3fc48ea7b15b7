"""Who I am, what I am appointed to, and what waits for me in routing."""

from typing import Any

from edge.access import AccessRead
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse
from tests.services.routing.doors import APPLICATION, SUBMITTED, appoint, ask, post, publish, submission
from tests.services.routing.routes.test_api_ways import DIRECTOR, open_for_exceptions, resources, swindons

PRACTICE = {"actor": "officer-pm", "role": "practice_manager", "council": SHROPSHIRE}


async def me(house: ServiceHouse, **by: Any) -> dict[str, Any]:
    answer = await ask(house, "GET", "me", **by)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_role_of_the_token_is_one_thing_and_an_appointment_another(house: ServiceHouse) -> None:
    """A6: authority is what routing's officers were granted; the limits, and whether they hold at this moment."""
    await publish(house)
    assert (await me(house, **PRACTICE))["appointed"] is None
    await appoint(house)
    appointed = (await me(house, **PRACTICE))["appointed"]
    assert (appointed["role"], appointed["authority_in_force"]) == ("practice_manager", False)
    grant = {"limit_weekly_pence": 100_000, "from_at": "2026-10-05T09:00:00Z", "until_at": "2026-10-05T10:00:00Z"}
    await post(house, "officers/officer-pm/authority", grant, version=1)
    for moment, in_force in (("08:59:59", False), ("09:00:00", True), ("09:59:59", True), ("10:00:00", False)):
        house.clock.set(f"2026-10-05T{moment}Z")
        appointed = (await me(house, **PRACTICE))["appointed"]
        assert (appointed["limit_weekly_pence"], appointed["authority_in_force"]) == (100_000, in_force), moment
    assert "name" not in appointed
    assert AccessRead("me", "officer-pm", "case_work") in await house.logged(SHROPSHIRE)


async def test_what_i_may_decide_alone_waits_for_me_and_terms_that_i_have_not_read(house: ServiceHouse) -> None:
    """A1, A17: each with the address of its record; what waits for others does not stand there."""
    await publish(house)
    await appoint(house)
    grant = {"limit_weekly_pence": 100_000, "from_at": "2026-10-05T08:00:00Z"}
    await post(house, "officers/officer-pm/authority", grant, version=1)
    await house.hear(SUBMITTED, submission(), council=SHROPSHIRE)
    for_the_call = "6a9f1b3e-8a53-5d43-9a0e-51f0f5a3c002"
    await house.hear(SUBMITTED, submission(application=for_the_call, weekly_pence=100_001), council=SHROPSHIRE)
    house.clock.set("2026-10-05T09:00:00Z")
    shown = await me(house, **PRACTICE)
    assert [(one["what"], one["record"]) for one in shown["waiting"]] == [
        ("TERMS", f"/routing/councils/{SHROPSHIRE}/settings"),
        ("DELEGATED_DECISION", f"/panel/councils/{SHROPSHIRE}/decisions/{APPLICATION}"),
    ]
    assert shown["waiting_in_all"] == 2
    other = await me(house, **(PRACTICE | {"actor": "officer-else"}))
    assert (other["waiting"], other["appointed"]) == ([], None)


async def test_an_exception_waits_for_whoever_may_grant_it(house: ServiceHouse) -> None:
    """A10: and for no service manager."""
    await open_for_exceptions(house)
    await house.hear(SUBMITTED, swindons(**resources(("HOLIDAY", 100))))
    assert "EXCEPTION" in [one["what"] for one in (await me(house, **DIRECTOR))["waiting"]]
    assert (await me(house, actor="officer-sm", role="service_manager"))["waiting"] == []


async def test_a_system_and_an_attendee_may_ask_who_they_are(house: ServiceHouse) -> None:
    for role in ("system", "attendee"):
        shown = await me(house, actor=f"a-{role}", role=role, council=SWINDON)
        assert (shown["actor"], shown["role"], shown["waiting"], shown["appointed"]) == (f"a-{role}", role, [], None)
