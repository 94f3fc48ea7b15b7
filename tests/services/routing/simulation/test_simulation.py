"""A draft scheme tried on past applications, through the door: what goes elsewhere, and who would have decided."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import msgspec

from councils.checks import read
from councils.packs import load_pack
from councils.scheme import as_jdm
from edge.access import AccessRead
from ledger.book import rebuild
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse
from tests.services.routing.doors import IN_FORCE, SUBMITTED, get, post, publish, resources, submission, swindons

DECIDED = "uk.panelbook.panel.decision.decided.v1"
IMPORTED = "uk.panelbook.intake.application.imported.v1"
EXAMPLES = Path(__file__).parents[4] / "contracts" / "examples" / DECIDED
NAMES = UUID("0d9c5a1e-7b0c-4c55-9a55-3f1f3f0f8a11")
OCTOBER = {"from_at": "2026-10-01T00:00:00Z", "until_at": "2026-11-01T00:00:00Z"}


async def settled(house: ServiceHouse, council: str = SHROPSHIRE) -> None:
    assert (await publish(house, council=council)).status_code == 201
    house.clock.set(IN_FORCE)


async def decided(house: ServiceHouse, application: str, made: str, role: str, *, council: str = SHROPSHIRE) -> None:
    example = msgspec.json.decode(next(iter(sorted(EXAMPLES.glob("*.json")))).read_bytes())
    data = {**example.get("data", example), "application": application, "made": made, "decided_role": role}
    await house.hear(DECIDED, data, council=council)


async def simulate(house: ServiceHouse, draft: dict[str, Any], **changes: Any) -> dict[str, Any]:
    council = changes.pop("council", SHROPSHIRE)
    answer = await post(house, "simulations", {**OCTOBER, **draft, **changes}, council=council)
    assert answer.status_code == 200, answer.text
    return answer.json()


def raised_to_1200() -> dict[str, Any]:
    """Shropshire's terms with a limit of £1,200.00 instead of £1,000.00."""
    text = msgspec.json.encode(load_pack("shropshire")).decode()
    raised = text.replace("99999", "119999").replace("100001", "120001").replace("100000", "120000")
    return msgspec.json.decode(raised)


async def test_a_higher_limit_takes_cases_off_the_panel_and_says_which_and_who_would_decide(
    house: ServiceHouse,
) -> None:
    await settled(house)
    names = {pence: str(uuid5(NAMES, str(pence))) for pence in (50_000, 110_000, 119_999, 200_000)}
    for pence, name in names.items():
        told = submission(application=name, weekly_pence=pence, indicative_weekly_pence=pence)
        await house.hear(SUBMITTED, told, council=SHROPSHIRE)
    await decided(house, names[50_000], "DELEGATED", "practice_manager")
    await decided(house, names[200_000], "PANEL", "chair")

    found = await simulate(house, {"settings": raised_to_1200()})

    assert (found["applications"], found["unchanged"], found["changed"]) == (4, 2, 2)
    assert found["happened"]["routes"] == {"PANEL": 3, "DELEGATED": 1}
    assert found["draft"]["routes"] == {"DELEGATED": 3, "PANEL": 1}
    assert found["happened"]["deciders"] == {"undecided": 2, "panel": 1, "practice_manager": 1}
    assert found["draft"]["deciders"] == {"practice_manager": 3, "CONFERENCE_CALL": 1}
    assert found["difference"]["to_panel"] == -2
    # Two slots of 15 minutes, and twice from Monday 5 to Thursday 8 October.
    assert found["difference"]["panel_hours"] == -0.5
    assert found["difference"]["weeks_waited"] == round(-2 * 3 / 7, 2)
    (change,) = found["changes"]
    assert (change["was"]["route"], change["would_be"]["route"], change["applications"]) == ("PANEL", "DELEGATED", 2)
    assert change["examples"] == [names[110_000], names[119_999]]
    assert await house.stored(SHROPSHIRE) != [], "the routes that were really taken stand"


async def test_the_settings_in_force_change_nothing(house: ServiceHouse) -> None:
    await settled(house, SWINDON)
    cases = (
        resources(("TRANSPORT", 49_999)),
        resources(("TRANSPORT", 25_000), ("DAY_CARE", 60_000)),
        {"kind": "CRISIS"},
    )
    for number, said in enumerate(cases):
        await house.hear(SUBMITTED, swindons(**said, application=str(uuid5(NAMES, f"case {number}"))))
    found = await simulate(house, {}, council=SWINDON)
    read = [event.what for event in await house.logged(SWINDON) if isinstance(event, AccessRead)]
    assert read == ["simulation"], "whoever looks at what happened to cases is in the log"
    assert (found["applications"], found["changed"], found["changes"]) == (3, 0, [])
    assert found["happened"] == {**found["draft"], "deciders": {"undecided": 3}}


async def test_a_table_may_come_as_its_editor_saves_it(house: ServiceHouse) -> None:
    await settled(house)
    await house.hear(SUBMITTED, submission(weekly_pence=110_000, indicative_weekly_pence=110_000), council=SHROPSHIRE)
    jdm = as_jdm(read(raised_to_1200()).scheme)
    jdm["nodes"][1]["content"]["passThorough"] = False
    found = await simulate(house, {"scheme": jdm})
    assert found["changed"] == 1


async def test_only_applications_received_in_the_time_are_tried_its_end_not_included(house: ServiceHouse) -> None:
    await settled(house)
    for second in ("08:59:59", "09:00:00", "09:59:59", "10:00:00"):
        told = submission(application=str(uuid5(NAMES, second)), received_at=f"2026-10-05T{second}Z")
        await house.hear(SUBMITTED, told, council=SHROPSHIRE)
    hour = {"from_at": "2026-10-05T09:00:00Z", "until_at": "2026-10-05T10:00:00Z"}
    assert (await simulate(house, {}, **hour))["applications"] == 2


async def test_a_draft_that_could_not_be_published_names_every_cell_that_is_wrong(house: ServiceHouse) -> None:
    await settled(house)
    scheme = load_pack("shropshire")["scheme"]
    for row in scheme["rules"][:2]:
        row["route"] = '"NOWHERE"'
    answer = await post(house, "simulations", {**OCTOBER, "scheme": scheme})
    assert answer.status_code == 422
    pointers = [one["pointer"] for one in answer.json()["failing"]]
    assert pointers == ["/settings/scheme/rules/0/route", "/settings/scheme/rules/1/route"]


async def test_a_time_that_ends_before_it_begins_is_named_beside_what_is_wrong_with_the_draft(
    house: ServiceHouse,
) -> None:
    await settled(house)
    backwards = {"from_at": OCTOBER["until_at"], "until_at": OCTOBER["from_at"]}
    answer = await post(house, "simulations", {**backwards, "settings": load_pack("swindon")})
    codes = [(one["pointer"], one["code"]) for one in answer.json()["failing"]]
    assert codes == [("/settings/id", "WRONG_COUNCIL"), ("/until_at", "PERIOD_BACKWARDS")]
    alone = await post(house, "simulations", backwards)
    assert (alone.status_code, alone.json()["code"]) == (422, "PERIOD_BACKWARDS")


async def test_others_may_not_try_a_scheme_and_another_councils_cases_are_not_counted(house: ServiceHouse) -> None:
    assert (await publish(house, council=SWINDON)).status_code == 201
    await settled(house)
    await house.hear(SUBMITTED, swindons(kind="CRISIS"))
    assert (await simulate(house, {}))["applications"] == 0
    by = house.headers("officer-sw", "social_worker", council=SHROPSHIRE)
    refused = await house.http.post(f"/councils/{SHROPSHIRE}/simulations", json=OCTOBER, headers=by)
    assert (refused.status_code, refused.json()["code"]) == (403, "NOT_YOURS_TO_TRY")
    elsewhere = await post(house, "simulations", {**OCTOBER, "settings": load_pack("swindon")})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "WRONG_COUNCIL")


async def test_an_imported_application_is_tried_with_its_resources_and_counts_as_it_was_decided(
    house: ServiceHouse,
) -> None:
    await settled(house, SWINDON)
    made = {"outcome": "AGREED", "made": "PANEL", "role": "chair", "at": "2026-10-13T10:00:00Z"}
    imported = {
        **msgspec.json.decode((EXAMPLES.parent / IMPORTED / "decided_by_delegated_authority.json").read_bytes()),
        **resources(("TRANSPORT", 49_999), ("WORKER_TIME", 100)),
        "received_at": "2026-10-05T09:00:00Z",
        "sitting_on": "2026-10-13",
        "decided": {**made, "route": "PANEL", "forum": "CARE_PANEL", "times_deferred": 0},
    }
    await house.hear(IMPORTED, imported)
    found = await simulate(house, {}, council=SWINDON)
    assert (found["happened"]["routes"], found["happened"]["deciders"]) == ({"PANEL": 1}, {"panel": 1})
    # At £499.99 Swindon funds no transport: the line of the resource was kept.
    assert found["draft"]["routes"] == {"NOT_FUNDED": 1}
    await rebuild(house.host.book, [SWINDON])
    assert await simulate(house, {}, council=SWINDON) == found


async def test_past_applications_are_folded_again_from_the_ledger(house: ServiceHouse) -> None:
    await settled(house, SWINDON)
    await house.hear(
        SUBMITTED, swindons(**resources(("TRANSPORT", 49_999), ("HOLIDAY", 100)), within=["WIDER_PACKAGE"])
    )
    before = await simulate(house, {}, council=SWINDON)
    await rebuild(house.host.book, [SWINDON])
    assert await simulate(house, {}, council=SWINDON) == before
    assert (await get(house, "settings", council=SWINDON)).status_code == 200
