"""An untrained presenter is booked all the same and the team manager is warned: B18, from the events that say so."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from councils.guards import GUARDS
from councils.settings import Level
from councils.training import PRESENTING, Training, presenter_is_told_of
from ledger.decider import Acting, By, Private
from services.panel.sittings.decider import DECIDER
from services.routing.officers.domain.officer import (
    OFFICER,
    OfficerAppointed,
    OfficerEvent,
    RecordTraining,
    TrainingRecorded,
)
from tests.scenario import given
from tests.services.panel.cases import TUESDAY, but, guarded, offer, scheduled, slot

PRESENTER = "officer-sw"
RECORDS = By("officer-pa", "panel_administrator")
APPOINTED = OfficerAppointed(
    PRESENTER,
    "social_worker",
    "localities-north",
    "localities",
    Private(PRESENTER, "Ada"),
    Private(PRESENTER, "a@b.example"),
)
TRAINED = TrainingRecorded(PRESENTER, PRESENTING, date(2025, 10, 13), date(2026, 10, 12), "officer-pa")
UNTRAINED = {
    "never_trained": (),
    "good_until_the_day_before": (TRAINED,),
    "trained_the_day_after": (replace(TRAINED, completed_on=date(2026, 10, 14), valid_until=None),),
    "trained_for_another_course": (replace(TRAINED, course="PANEL_MEMBER", valid_until=None),),
}
TRAINED_WELL = {
    "good_until_the_day_itself": (replace(TRAINED, valid_until=date(2026, 10, 13)),),
    "trained_on_the_day_itself": (replace(TRAINED, completed_on=date(2026, 10, 13), valid_until=None),),
    "for_ever": (replace(TRAINED, valid_until=None),),
    "renewed": (TRAINED, replace(TRAINED, completed_on=date(2026, 10, 5), valid_until=date(2027, 10, 4))),
}


def warned(*events: OfficerEvent, level: Level = GUARDS["UNTRAINED_PRESENTER"].level) -> bool:
    """Whether the team manager is warned of this presenter on Tuesday 13 October 2026."""
    recorded = given(OFFICER, APPOINTED, *events).state().training.get(PRESENTING)
    training = None if recorded is None else Training(recorded.completed_on, recorded.valid_until)
    return presenter_is_told_of(level, training, TUESDAY)


@pytest.mark.parametrize("events", UNTRAINED.values(), ids=UNTRAINED.keys())
def test_of_a_presenter_without_training_good_on_the_sittings_day_the_team_manager_is_warned(
    events: tuple[TrainingRecorded, ...],
) -> None:
    """B18: training that ended on 12 October does not do on the 13th, nor does what is completed on the 14th."""
    assert warned(*events)


@pytest.mark.parametrize("events", TRAINED_WELL.values(), ids=TRAINED_WELL.keys())
def test_of_a_presenter_trained_on_the_sittings_day_nobody_is_warned(events: tuple[TrainingRecorded, ...]) -> None:
    """B18: its last day counts, and the day it was completed on."""
    assert not warned(*events)


def test_the_warning_follows_from_the_training_that_was_recorded_last() -> None:
    """B18: given the course that ended, when the renewed one is recorded, then nobody is warned any more."""
    renew = RecordTraining(PRESENTER, PRESENTING, date(2026, 10, 5), date(2027, 10, 4))
    renewed = TrainingRecorded(PRESENTER, PRESENTING, date(2026, 10, 5), date(2027, 10, 4), "officer-pa")
    assert warned(TRAINED)
    acting = Acting(RECORDS, datetime(2026, 10, 5, tzinfo=UTC), None)
    given(OFFICER, APPOINTED, TRAINED).when(renew, acting).then(renewed)
    assert not warned(TRAINED, renewed)


@pytest.mark.parametrize("level", ["refuse", "warn", "off"])
def test_an_untrained_presenter_is_booked_all_the_same_at_every_level(level: Level) -> None:
    """B18: "never blocked": the guard says whether somebody is told, and no level of it takes the slot away."""
    booked = but(offer(15), settings=guarded(UNTRAINED_PRESENTER=level))
    given(DECIDER, scheduled()).when(*booked).then(slot(15))
    assert warned(level=level) == (level != "off")
