"""Officers through routing's doors: roles, limits, training, and nobody by their own hand (DOMAIN.md, A6, A18)."""

from councils.packs import load_pack
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse
from tests.services.routing.doors import IN_FORCE, Said, appoint, appoint_as, ask, code, get, post, publish

GRANT = {"limit_weekly_pence": 100_000, "from_at": "2026-10-05T08:15:00Z"}


async def test_an_approver_changes_neither_their_own_limit_nor_their_own_role(house: ServiceHouse) -> None:
    """A6: 403, whatever role they act in."""
    await appoint(house)
    again = {"role": "head_of_service", "name": "A name", "email": "pm@council.example"}
    for role in ("practice_manager", "settings_publisher"):
        own: Said = {"actor": "officer-pm", "role": role, "council": SHROPSHIRE, "version": 1}
        assert code(await ask(house, "POST", "officers/officer-pm/authority", GRANT, **own)) == (403, "OWN_AUTHORITY")
        assert code(await ask(house, "POST", "officers/officer-pm/authority/end", {}, **own)) == (403, "OWN_AUTHORITY")
        assert code(await ask(house, "PUT", "officers/officer-pm", again, **own)) == (403, "OWN_AUTHORITY")
    assert len(await house.stored(SHROPSHIRE)) == 1


async def test_another_role_ends_the_authority_and_is_told(house: ServiceHouse) -> None:
    """A6."""
    await appoint(house)
    await post(house, "officers/officer-pm/authority", GRANT, version=1)
    again = {"role": "head_of_service", "service": "adults", "name": "A name", "email": "head@council.example"}
    answer = await house.http.put(
        f"/councils/{SHROPSHIRE}/officers/officer-pm",
        json=again,
        headers=house.headers("officer-publisher", "settings_publisher", council=SHROPSHIRE, version=2),
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["events"] == ["routing.officer.authority_ended", "routing.officer.appointed"]
    (shown,) = (await get(house, "officers")).json()["officers"]
    assert (shown["role"], shown["team"], shown["email"]) == ("head_of_service", "", "head@council.example")
    assert (shown["limit_weekly_pence"], shown["version"]) == (None, 4)
    told = [type_.split(".")[4] for type_, _, _ in await house.told(SHROPSHIRE)]
    assert told == ["appointed", "authority_granted", "authority_ended", "appointed"]


async def test_no_officer_is_granted_more_than_the_settings_give_to_their_role(house: ServiceHouse) -> None:
    """A18, A1: Shropshire's practice managers up to £1,000.00, also from before those settings are in force."""
    await publish(house)
    await appoint(house)
    for from_at in ("2026-10-05T08:15:00Z", "2026-10-05T08:14:59Z", "2026-10-01T08:00:00Z"):
        above = {"limit_weekly_pence": 100_001, "from_at": from_at}
        refused = await post(house, "officers/officer-pm/authority", above, version=1)
        assert code(refused) == (422, "ABOVE_ROLE_LIMIT")
    assert (await post(house, "officers/officer-pm/authority", GRANT, version=1)).status_code == 200


async def test_a_role_without_delegated_amount_gets_none(house: ServiceHouse) -> None:
    """A6: Swindon's sources delegate no amount to any role."""
    await publish(house, council=SWINDON)
    await appoint_as(house, "officer-tm", "team_manager")
    answer = await post(house, "officers/officer-tm/authority", GRANT, council=SWINDON, version=1)
    assert code(answer) == (422, "ROLE_WITHOUT_LIMIT")


async def test_leeds_figures_for_payments_made_once(house: ServiceHouse) -> None:
    """A18: £100.00 for a Team Manager and more for a Service Delivery Manager."""
    leeds = load_pack("shropshire") | {
        "delegated_limits": {"team_manager": 0, "service_delivery_manager": 0},
        "delegated_limits_one_off": {"team_manager": 10_000, "service_delivery_manager": 50_000},
    }
    assert (await post(house, "settings", {"settings": leeds, "in_force_from": IN_FORCE})).status_code == 201
    for officer, role in (("officer-tm", "team_manager"), ("officer-sdm", "service_delivery_manager")):
        await appoint_as(house, officer, role, council=SHROPSHIRE)
    grant = {"limit_weekly_pence": 0, "limit_one_off_pence": 10_000, "from_at": IN_FORCE}
    assert (await post(house, "officers/officer-tm/authority", grant, version=1)).status_code == 200
    more = grant | {"limit_one_off_pence": 10_001}
    assert code(await post(house, "officers/officer-tm/authority", more, version=2)) == (422, "ABOVE_ROLE_LIMIT")
    assert (await post(house, "officers/officer-sdm/authority", more, version=1)).status_code == 200
    granted = [data for type_, _, data in await house.told(SHROPSHIRE) if type_.endswith("authority_granted.v1")]
    assert [(one["officer"], one["limit_one_off_pence"]) for one in granted] == [
        ("officer-tm", 10_000),
        ("officer-sdm", 10_001),
    ]


async def test_training_is_kept_and_told_to_whoever_asks_for_it(house: ServiceHouse) -> None:
    """C11 and B18 rest on it: a course with the last day on which it is good."""
    await appoint(house)
    course = {"course": "PANEL_MEMBER", "completed_on": "2025-10-06", "valid_until": "2026-10-05"}
    path = "officers/officer-pm/training"
    answer = await ask(house, "POST", path, course, actor="officer-pa", role="panel_administrator",
                       council=SHROPSHIRE, version=1)  # fmt: skip
    assert answer.status_code == 200, answer.text
    (shown,) = (await get(house, "officers")).json()["officers"]
    assert (shown["training"], shown["version"]) == ([course], 2)
    renewed = course | {"completed_on": "2026-10-05", "valid_until": None}
    assert (await post(house, path, renewed, version=2)).status_code == 200
    (shown,) = (await get(house, "officers")).json()["officers"]
    assert shown["training"] == [renewed]
    assert [data["valid_until"] for type_, _, data in await house.told(SHROPSHIRE) if "training" in type_] == [
        "2026-10-05",
        None,
    ]


async def test_readiness_names_every_letter_and_alarm_that_would_reach_nobody(house: ServiceHouse) -> None:
    """I3: alarms to a role that nobody holds are named with their role, until somebody is appointed to it."""
    before = (await get(house, "readiness", council=SWINDON)).json()
    assert (before["ready"], before["settings_published"]) == (False, False)
    await publish(house, council=SWINDON)
    found = (await get(house, "readiness", council=SWINDON)).json()
    assert {one["what"]: one["roles"] for one in found["reaching_nobody"]} == {
        "expected_not_received": ["chair"],
        "complaint_opened": ["complaints_officer"],
        "out_of_panel_overdue": ["director_csw"],
        "authority_conflict": ["director_csw"],
        "TELL_ANOTHER_WAY": ["panel_administrator"],
    }
    for role in ("chair", "complaints_officer", "director_csw"):
        await appoint_as(house, f"officer-{role}", role)
    found = (await get(house, "readiness", council=SWINDON)).json()
    assert [one["what"] for one in found["reaching_nobody"]] == ["TELL_ANOTHER_WAY"]
    await appoint_as(house, "officer-adm", "panel_administrator")
    found = (await get(house, "readiness", council=SWINDON)).json()
    assert found == {"ready": True, "settings_published": True, "reaching_nobody": [], "without_address": []}
