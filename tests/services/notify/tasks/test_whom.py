"""Whom a decision is told in person, and whoever was named in error is told nothing (PANEL.md §4; DOMAIN.md, B12)."""

from typing import Any
from uuid import uuid4

import pytest

from ledger.book import rebuild
from ledger.decider import Private
from services.notify.messages.domain.message import MESSAGE, MessageGivenUp, MessageWanted, StopMessage
from services.notify.tasks.domain.task import TASK, PartyTakenOut, Relative, TakePartyOut, TaskDone, to_inform
from tests.scenario import given
from tests.services.house import SWINDON, ServiceHouse
from tests.services.notify.acting import acting
from tests.services.notify.hearing import (
    APPLICATION,
    DECIDED,
    MOTHER,
    PERSON,
    PUBLISHED,
    SUBMITTED,
    WORKER,
    decision,
    example,
    listed,
    sealed,
    submission_heard,
)
from tests.services.notify.tasks.test_task import AT, DONE, OPENED
from tests.services.notify.tasks.test_task import WORKER as ACTING

TAKEN_OUT = "uk.panelbook.intake.application.family_member_taken_out.v1"


@pytest.mark.parametrize(
    ("adult", "family", "told"),
    [
        (False, (), ("p",)),
        (False, (Relative("p", "young_person", False), Relative("m", "parent", True)), ("p", "m")),
        (False, (Relative("m", "parent", False),), ("p", "m")),
        (False, (Relative("c", "carer", False), Relative("s", "child", False)), ("p", "c")),
        (False, (Relative("g", "person", True), Relative("f", "parent", False)), ("p", "g", "f")),
        (True, (), ("p",)),
        (True, (Relative("p", "person", False), Relative("d", "carer", False)), ("p",)),
    ],
)
def test_everybody_whom_the_procedure_names_is_told(adult: bool, family: Any, told: tuple[str, ...]) -> None:
    """D12: parents and carers, whoever holds parental responsibility, the young person; an adult themself."""
    assert to_inform("p", adult, family) == told


def test_whoever_was_taken_out_need_not_be_told_and_with_nobody_left_it_is_over() -> None:
    """B12: what was done stays as it was said."""
    out = PartyTakenOut("t-1", "a-1", "mother", ("child",))
    given(TASK, OPENED).when(TakePartyOut("mother"), ACTING).then(out)
    given(TASK, OPENED).when(TakePartyOut("somebody"), ACTING).then_nothing()
    given(TASK, OPENED, out).when(TakePartyOut("mother"), ACTING).then_nothing()
    done = TaskDone("t-1", "a-1", DONE.informed, "worker-1", AT)
    given(TASK, OPENED, done).when(TakePartyOut("mother"), ACTING).then_nothing()
    over = given(TASK, OPENED, out, PartyTakenOut("t-1", "a-1", "child", ()))
    over.when(DONE, ACTING).then_refused("TASK_CLOSED")


def test_a_letter_to_them_is_not_sent_and_any_other_is() -> None:
    """B12: given up before the next try; nobody is asked to tell them another way."""
    wanted = MessageWanted("m-1", "outcome_to_person", "a-1", "e-1", None, Private("mother", "m@home.example"), {}, {})
    letter = given(MESSAGE, wanted)
    letter.when(StopMessage("mother"), acting(AT)).then(MessageGivenUp("m-1", 0, "TAKEN_OUT"))
    letter.when(StopMessage("child"), acting(AT)).then_nothing()


async def _taken_out(house: ServiceHouse, party: str) -> None:
    reason = await sealed(house, "A namesake.", field="reason")
    told = {"application": APPLICATION, "party": party, "reason": reason, "by": WORKER}
    await house.hear(TAKEN_OUT, {**told, "taken_out_at": "2026-10-13T10:00:00Z"})


@pytest.mark.connected
async def test_open_tasks_and_those_to_come_name_them_no_more(house: ServiceHouse) -> None:
    """B12: also where the decision was on its way; a later form that names them again is believed."""
    await submission_heard(house)
    await house.hear(DECIDED, await decision(house))
    await _taken_out(house, MOTHER)
    await house.hear(DECIDED, await decision(house, decision=str(uuid4())))
    assert [task["parties"] for task in await listed(house, "tasks")] == [[PERSON], [PERSON]]
    await house.hear(SUBMITTED, example(SUBMITTED, "placement_move", application=APPLICATION, times_submitted=2))
    await house.hear(DECIDED, await decision(house, decision=str(uuid4())))
    assert [PERSON, MOTHER] in [task["parties"] for task in await listed(house, "tasks")]
    tables = await house.read_models()
    await rebuild(house.host.book, [SWINDON])
    assert await house.read_models() == tables


@pytest.mark.connected
async def test_letters_to_the_person_stop_when_they_are_nobody_of_the_family(house: ServiceHouse) -> None:
    """B12: what waits to be sent to whoever was taken out is given up, and opens no task to tell them another way."""
    await submission_heard(house)
    await house.hear(DECIDED, await decision(house))
    await _taken_out(house, PERSON)
    states = {one["letter"]: one["state"] for one in await listed(house, "messages")}
    assert (states["outcome_to_person"], states["decision_recorded"]) == ("given_up", "wanted")
    assert [task["kind"] for task in await listed(house, "tasks")] == ["INFORM_FAMILY"]


@pytest.mark.connected
async def test_an_adult_without_family_is_told_in_person(house: ServiceHouse) -> None:
    """D12: the task opens for them alone."""
    adult = example(PUBLISHED, "first")
    for kind in adult["settings"]["kinds"].values():
        kind |= {"person": "adult", "voices": ["person"]}
    await house.hear(PUBLISHED, adult)
    await house.hear(SUBMITTED, example(SUBMITTED, "placement_move", application=APPLICATION, family=[]))
    await house.hear(DECIDED, await decision(house, family=[]))
    (task,) = await listed(house, "tasks")
    assert (task["parties"], task["owner"]) == ([PERSON], WORKER)
