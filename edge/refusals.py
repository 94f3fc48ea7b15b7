"""What was refused is written down with its author before it is answered; whoever is refused too often must wait."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from edge.access import AccessLog
from edge.problems import Problem
from ledger.rows import Context

MOST = 60
"""Refusals of one person, by one process of one service, that are written down and answered one by one in a minute."""

MINUTE = 60.0

_COUNCIL = re.compile(r"[a-z0-9]{1,32}")


@dataclass(slots=True)
class _Count:
    until: float
    refusals: int = 0


class Refusals:
    """Writes refusals to the access lane of one service: each of them up to a number a minute, then one row for all.

    Somebody who tries ids, or a program that repeats itself without end, neither learns why nor fills the ledger. What
    is not refused is answered as ever.
    """

    def __init__(self, access: AccessLog, now: Callable[[], float] = time.monotonic) -> None:
        self._access = access
        self._now = now
        self._counts: dict[tuple[str, str], _Count] = {}

    async def written(self, context: Context, command: str, subject: str, asked: str, problem: Problem) -> Problem:
        """The problem to answer with, after it was written down. ``asked`` is the council that the address names."""
        count = self._counted(context.council, context.actor)
        if count.refusals > MOST:
            problem = _too_many(count.until - self._now())
        if count.refusals <= MOST + 1:
            named = asked if _COUNCIL.fullmatch(asked) and asked != context.council else ""
            await self._access.refused(context, command, problem.code, subject, named)
        return problem

    def _counted(self, council: str, actor: str) -> _Count:
        now = self._now()
        count = self._counts.get((council, actor))
        if count is None or count.until <= now:
            # Whoever has not been refused for a minute is forgotten, so that this stays as small as its use.
            self._counts = {who: other for who, other in self._counts.items() if other.until > now}
            count = self._counts[council, actor] = _Count(now + MINUTE)
        count.refusals += 1
        return count


def _too_many(seconds: float) -> Problem:
    sentence = f"More than {MOST} requests were refused within a minute. Wait before you try again."
    return Problem(429, "TOO_MANY_REFUSALS", sentence, headers={"Retry-After": str(max(1, int(seconds) + 1))})
