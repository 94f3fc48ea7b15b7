"""The stream `expected-<forum>-<day>`: the alarm that applications announced for a sitting were not received (S4 §5).

Who is expected and what was received is compared when it is read; this stream only records that, after the cut-off,
the chair was told of those missing and their service managers were asked, once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ledger.decider import Acting, Decider


@dataclass(frozen=True)
class NotReceived:
    """One application that was announced and had not been received at the cut-off."""

    application: str
    team: str
    service: str
    service_manager: str


@dataclass(frozen=True)
class Awaited:
    """One application that is expected at a sitting, when it was received, and the cut-off that this is held to.

    ``cut_off_at`` is None where it was not known when the application came to be expected.
    """

    application: str
    team: str
    service: str
    service_manager: str
    received_at: datetime | None
    cut_off_at: datetime | None

    @property
    def late(self) -> bool:
        """Whether it was received after its cut-off: the cut-off's own instant is in time."""
        return self.received_at is not None and self.cut_off_at is not None and self.received_at > self.cut_off_at

    @property
    def missing(self) -> bool:
        """Whether it had not been received by its cut-off, whenever somebody looks (B10)."""
        return self.received_at is None or self.late


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
    """Look at a sitting whose cut-off has passed; ``awaited`` are all that are expected there, in their order."""

    forum: str
    sitting_on: date
    cut_off_at: datetime
    awaited: tuple[Awaited, ...]


@dataclass(frozen=True)
class Noticed:
    """Whether the alarm was raised already."""

    noticed: bool = False


def evolve(_: Noticed, __: ExpectedNotReceived) -> Noticed:
    """The alarm was raised."""
    return Noticed(True)


def decide(command: NoticeNotReceived, state: Noticed, acting: Acting[Any]) -> Sequence[ExpectedNotReceived]:
    """Raise the alarm once, after the cut-off itself, and only about somebody: the cut-off's instant is in time."""
    missing = tuple(
        NotReceived(one.application, one.team, one.service, one.service_manager)
        for one in command.awaited
        if one.missing
    )
    if state.noticed or not missing or acting.at <= command.cut_off_at:
        return []
    return [ExpectedNotReceived(command.forum, command.sitting_on, command.cut_off_at, acting.at, missing)]


EXPECTED: Decider[NoticeNotReceived, Noticed, ExpectedNotReceived] = Decider(Noticed(), evolve, decide)


def stream(forum: str, sitting_on: date) -> str:
    """The stream of one sitting's expectations."""
    return f"expected-{forum}-{sitting_on.isoformat()}"
