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
    DisagreementRepeated,
    RecordDisagreement,
    Relationship,
    Stage,
)
from tests.scenario import given

WORDS = Private("mother", "We were not heard.")
SAID = Disagreement("a-1", "mother", "parent", date(2026, 10, 13), WORDS)
CHILDS = Case(
    decision="d-1",
    person="child",
    team_manager="manager-1",
    decided_on=date(2026, 10, 13),
    parties=frozenset({"mother", "child"}),
)
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
    about="DECISION",
    reason=None,
    party_name=None,
)


def test_a_parents_disagreement_opens_stage_one_with_its_due_date() -> None:
    given(COMPLAINT).when(record(), on()).then(OPENED)


def test_recording_it_again_opens_no_second_complaint() -> None:
    """F1: that it was said again, and when, stands with the complaint that the words opened."""
    again = date(2026, 10, 16)
    repeated = DisagreementRepeated("c-1", again, "worker-1")
    given(COMPLAINT, OPENED).when(record(received_on=again), on(again)).then(repeated)


@pytest.mark.parametrize(("said", "code"), [("social_worker", "STAFF_DISAGREEMENT"), ("neighbour", "FORM_INCOMPLETE")])
def test_the_familys_words_in_anybody_elses_mouth_are_refused_all_the_same(said: str, code: str) -> None:
    """F2: that the words are known makes no officer one of the family."""
    given(COMPLAINT, OPENED).when(record(relationship=said), on()).then_refused(code)


NAME = Private("aunt", "Ash Thistlewood")
WHY = Private("mother", "Nobody called back for six weeks.")
UNDECIDED = replace(CHILDS, decision=None, decided_on=None)


@pytest.mark.parametrize("relationship", ["parent", "young_person"])
def test_a_parent_or_young_person_whom_no_form_names_is_taken_with_their_name(relationship: str) -> None:
    """F1: whoever the social worker left out may disagree all the same, and becomes a party."""
    command = record(from_party="aunt", relationship=relationship, name=NAME)
    opened = replace(OPENED, from_party="aunt", relationship=Relationship(relationship), party_name=NAME)
    given(COMPLAINT).when(command, on()).then(opened)


@pytest.mark.parametrize(
    "said",
    [
        {"relationship": "parent"},
        {"relationship": "carer", "name": NAME},
        {"relationship": "advocate", "name": NAME},
        {"relationship": "person", "name": NAME},
    ],
)
def test_any_other_unknown_id_is_nobody_of_the_case(said: dict[str, Any]) -> None:
    """F1: a slip of the keyboard opens nobody's complaint; an advocate's is recorded under whom they speak for."""
    given(COMPLAINT).when(record(from_party="aunt", **said), on()).then_refused("PARTY_UNKNOWN")


def test_a_known_partys_name_is_not_kept_again() -> None:
    given(COMPLAINT).when(record(name=Private("mother", "A name")), on()).then(OPENED)


@pytest.mark.parametrize(
    ("case", "code"),
    [(UNDECIDED, "UNDECIDED"), (replace(CHILDS, decided_on=date(2026, 10, 14)), "BEFORE_DECISION")],
)
def test_what_came_before_a_decision_is_a_complaint_about_delay_or_conduct_with_a_reason(case: Case, code: str) -> None:
    """F1: with a reason it is taken, about no decision; without one each asks for it by a code of its own."""
    today = on(date(2026, 10, 20))
    given(COMPLAINT).when(record(case), today).then_refused(code, failing=[code])
    about = replace(OPENED, decision=None, about="DELAY_OR_CONDUCT", reason=WHY)
    given(COMPLAINT).when(record(case, reason=WHY), today).then(about)


def test_on_the_day_of_the_decision_it_is_about_the_decision() -> None:
    """F1: day 0 may be the decision's own day; a reason changes nothing then."""
    given(COMPLAINT).when(record(reason=WHY), on()).then(OPENED)


def test_everything_wrong_is_named_at_once() -> None:
    command = record(UNDECIDED, from_party="aunt", words=Private("aunt", " "))
    failing = ["PARTY_UNKNOWN", "WORDS_MISSING", "UNDECIDED"]
    given(COMPLAINT).when(command, on()).then_refused("FORM_INCOMPLETE", failing=failing)


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
