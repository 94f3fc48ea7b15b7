"""What time it is: the system's clock in production, and one that people set in demo and test."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from edge.deployment import Deployment
from ledger.decider import rule_broken, wrong_state

FIRST_MOMENT = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)
"""Where a new settable clock stands: the Monday morning on which the story of the demo begins."""


class Clock(Protocol):
    """Tells the time in UTC."""

    def now(self) -> datetime:
        """The moment in UTC with microseconds."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The moment in UTC with microseconds."""
        return datetime.now(UTC)


_STOPPED_AHEAD = timedelta(milliseconds=50)


@dataclass(frozen=True)
class _Setting:
    """What the file says: the clock showed ``at`` when the machine's clock showed ``set_at``."""

    at: datetime
    ticking: bool
    set_at: float

    def moment(self, real: float) -> datetime:
        if not self.ticking:
            return self.at
        return self.at + timedelta(seconds=max(0.0, real - self.set_at))


class SettableClock:
    """A clock in a file, shared by every process of a demo or a test; it stands still unless it is set to tick.

    It never goes back. Writers take turns by a lock beside the file and replace it in one step, so that a reader sees
    the old setting or the new one and never half of one. A missing file is made and starts at :data:`FIRST_MOMENT`.
    ``now`` raises OSError when the file has gone or cannot be read: whoever asked cannot go on without the time.
    """

    def __init__(self, path: Path, *, start: datetime = FIRST_MOMENT, real: Callable[[], float] = time.time) -> None:
        self._path = path
        self._real = real
        if not path.exists():
            with self._alone():
                if not path.exists():
                    self._write(_Setting(start.astimezone(UTC), False, real()))

    def now(self) -> datetime:
        """The moment in UTC with microseconds."""
        return self._read().moment(self._real())

    def set(self, moment: datetime | str) -> datetime:
        """Go to a moment, given with its offset. Raises Refused CLOCK_GOES_BACK, or MOMENT_NOT_READ."""
        wanted = _parsed(moment) if isinstance(moment, str) else moment
        if wanted.tzinfo is None:
            raise rule_broken("MOMENT_NOT_READ", "A moment must say its offset from UTC, as 2026-10-07T16:00:00Z.")
        with self._alone():
            current = self._read()
            return self._go(current, wanted.astimezone(UTC), current.ticking, self._real())

    def advance(self, by: timedelta) -> datetime:
        """Go forward by a length of time. Raises Refused CLOCK_GOES_BACK for a negative one."""
        with self._alone():
            current, real = self._read(), self._real()
            return self._go(current, current.moment(real) + by, current.ticking, real)

    def tick(self, ticking: bool = True) -> datetime:
        """Let the clock run with real time from where it stands, or stop it there."""
        with self._alone():
            current, real = self._read(), self._real()
            # Another process may have read the running clock and be about to say a moment slightly later than ours.
            ahead = _STOPPED_AHEAD if current.ticking and not ticking else timedelta()
            return self._go(current, current.moment(real) + ahead, ticking, real)

    def _go(self, current: _Setting, wanted: datetime, ticking: bool, real: float) -> datetime:
        if wanted < current.moment(real):
            raise wrong_state(
                "CLOCK_GOES_BACK",
                "The clock never goes back.",
                now=current.moment(real).isoformat().replace("+00:00", "Z"),
            )
        self._write(_Setting(wanted, ticking, real))
        return wanted

    def _read(self) -> _Setting:
        # Read every time (some ten microseconds): two replacements within one tick of the file system can give a file
        # the inode, the time and the size that an earlier one had, so none of these tells that nothing has changed.
        try:
            kept = json.loads(self._path.read_bytes())
            return _Setting(datetime.fromisoformat(kept["at"]), kept["ticking"], kept["set_at"])
        except (ValueError, KeyError, TypeError) as broken:
            raise OSError("the clock's file does not hold a clock") from broken

    def _write(self, setting: _Setting) -> None:
        kept = {"at": setting.at.isoformat(), "ticking": setting.ticking, "set_at": setting.set_at}
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        beside.write_text(json.dumps(kept), encoding="ascii")
        os.replace(beside, self._path)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock beside the file; the file itself is replaced and cannot carry it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with open(self._path.with_name(f"{self._path.name}.lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _parsed(moment: str) -> datetime:
    try:
        return datetime.fromisoformat(moment)
    except ValueError:
        raise rule_broken("MOMENT_NOT_READ", "A moment is written as 2026-10-07T16:00:00Z.") from None


def clock_of(deployment: Deployment) -> Clock:
    """The clock of a deployment: the one in its file where it names one, the system's otherwise."""
    return SystemClock() if deployment.clock_file is None else settable_clock(deployment)


def settable_clock(deployment: Deployment) -> SettableClock:
    """The clock that may be set. Raises Refused NOT_IN_PRODUCTION, or NO_SETTABLE_CLOCK."""
    if deployment.mode == "production":
        raise wrong_state("NOT_IN_PRODUCTION", "In production the clock is the system's and cannot be set.")
    if deployment.clock_file is None:
        raise wrong_state("NO_SETTABLE_CLOCK", "This deployment runs on the system's clock.")
    return SettableClock(deployment.clock_file)
