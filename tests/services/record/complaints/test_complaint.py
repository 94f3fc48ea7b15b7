"""A family's disagreement is a complaint, with its clocks (DOMAIN F1 to F3, F6)."""

from dataclasses import replace
from datetime import date

import pytest

from ledger.decider import By, Private
from services.record.complaints.domain.complaint import (
    COMPLAINT,
    Clocks,
    ComplaintOpened,
    RecordDisagreement,
    Relationship,
    Stage,
)
from tests.scenario import given

WORDS = Private("mother", "We were not heard.")
RECORD = RecordDisagreement(
    complaint="c-1",
    application="a-1",
    decision="d-1",
    person="child",
    clocks=Clocks(10, 20),
    received_on=date(2026, 10, 13),
    today=date(2026, 10, 13),
    from_party="mother",
    relationship="parent",
    words=WORDS,
    team_manager="manager-1",
    by=By("worker-1", "social_worker"),
)
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
    given(COMPLAINT).when(RECORD).then(OPENED)


def test_recording_it_again_opens_no_second_complaint() -> None:
    given(COMPLAINT, OPENED).when(RECORD).then_nothing()


def test_christmas_does_not_count_towards_the_ten_and_twenty_days() -> None:
    received = date(2026, 12, 18)
    given(COMPLAINT).when(replace(RECORD, received_on=received, today=received)).then(
        replace(OPENED, received_on=received, due_on=date(2027, 1, 6), extendable_to=date(2027, 1, 20))
    )


def test_an_adults_complaint_is_acknowledged_in_three_working_days_and_explained_after_six_months() -> None:
    received = date(2026, 12, 24)
    command = replace(RECORD, person="adult", relationship="person", received_on=received, today=received)
    given(COMPLAINT).when(command).then(
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
    given(COMPLAINT).when(replace(RECORD, relationship=officer)).then_refused("STAFF_DISAGREEMENT")


def test_words_are_needed() -> None:
    given(COMPLAINT).when(replace(RECORD, words=Private("mother", "  "))).then_refused("FORM_INCOMPLETE")


def test_it_cannot_have_been_received_tomorrow() -> None:
    given(COMPLAINT).when(replace(RECORD, received_on=date(2026, 10, 14))).then_refused("FORM_INCOMPLETE")


def test_a_neighbour_is_not_family() -> None:
    given(COMPLAINT).when(replace(RECORD, relationship="neighbour")).then_refused("FORM_INCOMPLETE")
