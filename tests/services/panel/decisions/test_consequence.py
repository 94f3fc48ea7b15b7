"""What happens if this is not provided stands beside every refusal (S3; B17)."""

from dataclasses import replace

from services.panel.decisions.decider import DECIDER
from tests.scenario import given
from tests.services.house import SWINDON, ServiceHouse
from tests.services.panel import doors
from tests.services.panel.cases import alone, panel, plan, received, sealed
from tests.services.panel.decisions.test_decision import GIVEN, NEEDED
from tests.services.panel.doors import APPLICATION, REASON, being_heard, get, panel_decides

SAID, ANEW = sealed("consequence"), sealed("consequence-anew")
WORDS = "She would lose the home that she has had since June."
REFUSAL = panel("NOT_AGREED", reasons=(REASON,), needed=(NEEDED,), reason_codes=("EVIDENCE",))


def test_a_panels_refusal_bears_the_words_of_the_form_as_they_read_by_then() -> None:
    """B17: those of the submission, or those that came with further information."""
    arrived = received()
    history = given(DECIDER, replace(arrived, case=replace(arrived.case, consequence=SAID)))
    assert history.when(*REFUSAL).events[0].consequence == SAID
    assert history.and_then(GIVEN).when(*REFUSAL).events[0].consequence == SAID
    rewritten = replace(GIVEN, changed_sections=("consequence",), consequence=ANEW)
    assert history.and_then(rewritten).when(*REFUSAL).events[0].consequence == ANEW


def test_an_officers_refusal_bears_them_too_and_an_agreement_needs_none() -> None:
    """B17: whoever refuses."""
    small = plan(99_999)
    history = given(DECIDER, replace(small, case=replace(small.case, consequence=SAID)))
    (refused,) = history.when(*alone("NOT_AGREED", reasons=(REASON,), needed=(NEEDED,))).events
    (agreed,) = history.when(*alone()).events
    assert (refused.consequence, agreed.consequence) == (SAID, None)


async def test_it_is_read_and_told_beside_the_refusal_word_for_word(house: ServiceHouse) -> None:
    """B17: from the submission to the decision as it is read, and to the public event as it is sealed."""
    await being_heard(house)
    again = await doors.sealed(house, WORDS, "consequence", SWINDON)
    informed = {
        "application": APPLICATION,
        "answers": [{"work": "work-1", "text": await doors.sealed(house, "More", "a", SWINDON)}],
        "changed_sections": ["consequence"],
        "weekly_pence": 120_000,
        "given_by": "worker-1",
        "received_at": "2026-10-12T09:00:00Z",
        "consequence": again,
    }
    await house.hear(doors.INFORMED, informed)
    answer = await panel_decides(house, version=2, outcome="NOT_AGREED", reasons=[REASON], needed=[NEEDED])
    assert answer.status_code == 200, answer.text
    (refused,) = (await get(house, f"decisions/{APPLICATION}")).json()["decisions"]
    assert (refused["reasons"], refused["consequence"]) == ([REASON], WORDS)
    told = [data for type_, _, data in await house.told() if type_.endswith("decided.v1")]
    assert told[0]["consequence"] == again


async def test_what_the_submission_says_is_kept_for_a_refusal(house: ServiceHouse) -> None:
    """B17: with the application, sealed, from the moment it is in panel's hands."""
    await doors.settings_heard(house)
    said = await doors.sealed(house, WORDS, "consequence", SWINDON)
    await doors.submitted(house, consequence=said)
    await doors.routed(house)
    (row,) = [row for row in await house.stored() if row.name == "panel.decision.received"]
    case = house.host.book.codec.decode_row(row).case
    assert (case.consequence.box, case.consequence.person) == (said["sealed"], "person-1")
    assert WORDS.encode() not in row.payload
