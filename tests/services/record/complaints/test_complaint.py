"""A family's disagreement is a complaint, with its clocks (DOMAIN F1 to F3, F6)."""

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from councils.calendar import london
from councils.packs import load_pack
from councils.settings import Settings
from ledger.decider import Acting, By, Private
from services.record.complaints.domain.complaint import (
    COMPLAINT,
    Case,
    ComplaintOpened,
    Disagreement,
    RecordDisagreement,
    Relationship,
    Stage,
)
from tests.scenario import given

WORDS = Private("mother", "We were not heard.")
SAID = Disagreement("a-1", "mother", "parent", date(2026, 10, 13), WORDS)
CHILDS = Case(decision="d-1", person="child", team_manager="manager-1")
SWINDON = Settings.read({**load_pack("swindon"), "version": 1, "in_force_from": "2026-10-05T08:15:00Z"})


def record(case: Case = CHILDS, **said: Any) -> RecordDisagreement:
    """The disagreement with what a test wants otherwise in it."""
    return RecordDisagreement("c-1", replace(SAID, **said), case)


def on(day: date = SAID.received_on) -> Acting[Settings]:
    """A social worker at noon in London, under ten working days that may become twenty."""
    return Acting(By("worker-1", "social_worker"), london(day, time(12)), SWINDON)


OPENED = ComplaintOpened(
    complaint="c-1",
    application="a-1",
    decision="d-1",
    stage=Stage.STAGE_ONE,
    received_on=date(2026, 10, 13),
    due_on=date(2026, 10, 27),
    extendable_to=date(2026, 11, 10),
    acknowledge_by=None,
    from_party="mother",
    relationship=Relationship.PARENT,
    words=WORDS,
    recorded_by="worker-1",
    team_manager="manager-1",
)


def test_a_parents_disagreement_opens_stage_one_with_its_due_date() -> None:
    given(COMPLAINT).when(record(), on()).then(OPENED)


def test_recording_it_again_opens_no_second_complaint() -> None:
    given(COMPLAINT, OPENED).when(record(), on()).then_nothing()


def test_christmas_does_not_count_towards_the_ten_and_twenty_days() -> None:
    received = date(2026, 12, 18)
    given(COMPLAINT).when(record(received_on=received), on(received)).then(
        replace(OPENED, received_on=received, due_on=date(2027, 1, 6), extendable_to=date(2027, 1, 20))
    )


def test_an_adults_complaint_is_acknowledged_in_three_working_days_and_explained_after_six_months() -> None:
    received = date(2026, 12, 24)
    command = record(replace(CHILDS, person="adult"), relationship="person", received_on=received)
    given(COMPLAINT).when(command, on(received)).then(
        replace(
            OPENED,
            stage=Stage.ADULT,
            relationship=Relationship.PERSON,
            received_on=received,
            due_on=date(2027, 6, 24),
            extendable_to=None,
            acknowledge_by=date(2026, 12, 31),
        )
    )


@pytest.mark.parametrize("officer", ["social_worker", "team_manager", "service_manager", "officer"])
def test_an_officers_own_disagreement_is_no_complaint(officer: str) -> None:
    given(COMPLAINT).when(record(relationship=officer), on()).then_refused("STAFF_DISAGREEMENT")


def test_words_are_needed() -> None:
    given(COMPLAINT).when(record(words=Private("mother", "  ")), on()).then_refused("FORM_INCOMPLETE")


def test_it_cannot_have_been_received_tomorrow() -> None:
    given(COMPLAINT).when(record(received_on=date(2026, 10, 14)), on()).then_refused("FORM_INCOMPLETE")


def test_a_neighbour_is_not_family() -> None:
    given(COMPLAINT).when(record(relationship="neighbour"), on()).then_refused("FORM_INCOMPLETE")
