"""Whether what an officer was trained for is good on a day, and whether a presenter's want of it is told (S0; B18)."""

from dataclasses import dataclass
from datetime import date

from councils.guards import Level

PRESENTING = "PRESENTING"
"""The course of whoever presents an application to a panel."""


@dataclass(frozen=True)
class Training:
    """A course that an officer completed, good to the end of its last day, for ever where none is named."""

    completed_on: date
    valid_until: date | None


def good_on(training: Training | None, day: date) -> bool:
    """Whether a training is good on a day: on the one it was completed, and on its last."""
    if training is None:
        return False
    return training.completed_on <= day and (training.valid_until is None or day <= training.valid_until)


def presenter_is_told_of(level: Level, training: Training | None, sitting_on: date) -> bool:
    """Whether the team manager is warned of a presenter, at the council's level of `UNTRAINED_PRESENTER`.

    Nothing more follows at any level: an untrained presenter is booked all the same (S0; B18).
    """
    return level != "off" and not good_on(training, sitting_on)
