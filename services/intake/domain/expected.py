"""The stream `expected-<forum>-<day>`: the alarm that applications announced for a sitting were not received (S4 §5).

Who is expected and what was received is compared when it is read; this stream only records that, after the cut-off,
the chair was told of those missing and their service managers were asked, once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ledger.decider import Decider


@dataclass(frozen=True)
class NotReceived:
    """One application that was announced and had not been received at the cut-off."""

    application: str
    team: str
    service: str
    service_manager: str


@dataclass(frozen=True)
class ExpectedNotReceived:
    """At the cut-off these applications were expected and had not been received; ``noticed_at`` is when it was seen."""

    forum: str
    sitting_on: date
    cut_off_at: datetime
    noticed_at: datetime
    missing: tuple[NotReceived, ...]


@dataclass(frozen=True)
class NoticeNotReceived:
    """Look at a sitting whose cut-off has passed."""

    forum: str
    sitting_on: date
    cut_off_at: datetime
    at: datetime
    missing: tuple[NotReceived, ...]


@dataclass(frozen=True)
class Noticed:
    """Whether the alarm was raised already."""

    noticed: bool = False


def evolve(_: Noticed, __: ExpectedNotReceived) -> Noticed:
    """The alarm was raised."""
    return Noticed(True)


def decide(command: NoticeNotReceived, state: Noticed) -> Sequence[ExpectedNotReceived]:
    """Raise the alarm once, after the cut-off itself, and only about somebody: the cut-off's instant is in time."""
    if state.noticed or not command.missing or command.at <= command.cut_off_at:
        return []
    return [ExpectedNotReceived(command.forum, command.sitting_on, command.cut_off_at, command.at, command.missing)]


EXPECTED: Decider[NoticeNotReceived, Noticed, ExpectedNotReceived] = Decider(Noticed(), evolve, decide)


def stream(forum: str, sitting_on: date) -> str:
    """The stream of one sitting's expectations."""
    return f"expected-{forum}-{sitting_on.isoformat()}"
