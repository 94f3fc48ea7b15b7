"""What panel shows and keeps: nothing in clear, nothing of another council, and tables that can be folded again."""

from uuid import UUID

from edge.access import AccessRefused
from ledger.book import rebuild
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse
from tests.services.panel.doors import (
    APPLICATION,
    COMPLAINED,
    EMAIL,
    NAME,
    REASON,
    SITTING,
    WORK,
    alone,
    appointed,
    being_heard,
    code,
    get,
    panel_decides,
    plan_received,
    received,
    sealed,
)


async def test_a_complaint_is_noted_as_a_challenge(house: ServiceHouse) -> None:
    await received(house)
    opened = {
        "complaint": str(UUID(int=5)),
        "application": APPLICATION,
        "decision": None,
        "stage": "STAGE_ONE",
        "received_on": "2026-10-13",
        "due_on": "2026-10-27",
        "extendable_to": "2026-11-10",
        "from_party": "parent-1",
        "relationship": "parent",
        "words": await sealed(house, "We disagree", "words", SWINDON),
        "recorded_by": "worker-1",
    }
    await house.hear(COMPLAINED, opened)
    (challenge,) = (await get(house, f"decisions/{APPLICATION}")).json()["challenges"]
    assert challenge == {"complaint": str(UUID(int=5)), "stage": "STAGE_ONE", "received_on": "2026-10-13"}


async def test_names_and_reasons_stand_nowhere_in_clear(house: ServiceHouse) -> None:
    await being_heard(house)
    answer = await panel_decides(
        house, outcome="NOT_AGREED", reasons=[REASON], needed=["A letter from school."], reason_codes=["EVIDENCE"]
    )
    assert answer.status_code == 200, answer.text
    kept = repr(await house.told()) + repr(await house.told(lane="decisions")) + repr(await house.read_models())
    kept += "".join(row.payload.decode() for row in await house.stored()) + answer.text
    for text in (NAME, EMAIL, REASON, "A letter from school."):
        assert text not in kept
    (shown,) = (await get(house, f"decisions/{APPLICATION}")).json()["decisions"]
    assert (shown["reasons"], shown["needed"], shown["person_name"]) == ([REASON], ["A letter from school."], NAME)


async def test_another_councils_sittings_and_decisions_are_not_found(house: ServiceHouse) -> None:
    await being_heard(house)
    for path in (f"decisions/{APPLICATION}", f"sittings/{SITTING}"):
        assert code(await get(house, path, council=SHROPSHIRE)) == (404, "NOT_FOUND")
    assert (await get(house, "decisions", council=SHROPSHIRE)).json() == {"decisions": [], "total": 0, "next": None}
    other = house.headers("chair-1", "chair", council=SHROPSHIRE, version=1)
    body = {"sitting": SITTING, "outcome": "AGREED", "review_on": "2026-12-08"}
    for council in (SHROPSHIRE, SWINDON):
        path = f"/councils/{council}/decisions/{APPLICATION}/panel-decision"
        assert code(await house.http.post(path, json=body, headers=other)) == (404, "NOT_FOUND")


async def test_whoever_runs_the_system_reads_and_records_nothing(house: ServiceHouse) -> None:
    await being_heard(house)
    by = house.headers("operator-1", "operator", version=1) | {"Panelbook-Purpose": "case_work"}
    for path in ("decisions", f"decisions/{APPLICATION}", "sittings", f"sittings/{SITTING}"):
        assert code(await house.http.get(f"/councils/{SWINDON}/{path}", headers=by)) == (
            403,
            "OPERATOR_READS_NO_CONTENT",
        )
    body = {"reasons": [REASON]}
    path = f"/councils/{SWINDON}/decisions/{APPLICATION}/return"
    assert code(await house.http.post(path, json=body, headers=by)) == (403, "OPERATOR_READS_NO_CONTENT")
    refused = [event for event in await house.logged() if isinstance(event, AccessRefused)]
    assert len(refused) == 5


async def test_a_list_narrowed_by_what_no_id_can_be_is_refused_as_a_field(house: ServiceHouse) -> None:
    for path, field in (("decisions?stage=%00", "/stage"), ("sittings?forum=Care%20Panel", "/forum")):
        answer = await get(house, path)
        failing = answer.json()["failing"][0]
        assert (code(answer), failing["in"], failing["pointer"]) == ((422, "WRONG_SHAPE"), "query", field)


async def test_an_unknown_field_is_refused(house: ServiceHouse) -> None:
    await being_heard(house)
    answer = await panel_decides(house, outcome="AGREED", review_on="2026-12-08", council="c4d81e")
    assert (answer.status_code, answer.json()["failing"][0]["pointer"]) == (422, "/council")


async def test_dropping_every_read_model_and_folding_again_gives_equal_tables(house: ServiceHouse) -> None:
    await being_heard(house)
    await panel_decides(house, outcome="DEFERRED", reasons=[REASON], further_work=[WORK])
    await plan_received(house, 99_999)
    await alone(house)
    await appointed(house, "service-manager-1", "service_manager")
    before = await house.read_models()
    assert {name: len(rows) for name, rows in before.items()} == {
        "settings": 2,
        "authority": 1,
        "draft": 0,
        "moved_on": 0,
        "officer": 1,
        "submission": 2,
        "sitting": 1,
        "slot": 1,
        "decision": 2,
        "challenge": 0,
        "out_of_panel": 0,
        "alarm": 0,
        "final_outcome": 1,
    }
    assert await rebuild(house.host.book, [SWINDON, SHROPSHIRE]) == len(await house.stored()) + len(
        await house.stored(SHROPSHIRE)
    )
    assert await house.read_models() == before
