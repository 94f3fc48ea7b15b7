"""Tries of parked messages, each under its council's lock: which one's turn it is, and how a try ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bus import parked

_DUE_ROW = f"""
    SELECT p.id, p.subject, p.state, p.tries, p.source, p.topic, p.headers::text AS headers, p.value,
           EXISTS (SELECT FROM bus.parked e WHERE e.council = p.council AND e.id < p.id AND e.state IN {parked.STANDING}
                   AND (e.stops_council AND e.state <> 'WAITING' OR e.subject = p.subject
                        AND (e.source = p.source OR e.state IN ('PARKED', 'FAILED')))) AS behind
    FROM bus.parked p WHERE p.council = $1 AND p.id = $2 AND p.state IN ('PARKED', 'WAITING', 'BEHIND')
"""
_STATE = """
    UPDATE bus.parked
    SET state = $3, reason = $4, tries = $5, next_try_at = clock_timestamp() + $6 * interval '1 second'
    WHERE council = $1 AND id = $2
"""
_DONE = "DELETE FROM bus.parked WHERE council = $1 AND id = $2"


@dataclass(frozen=True)
class Attempt:
    """A parked message whose turn it is, for a try under the council's lock."""

    id: int
    subject: str
    state: str
    tries: int
    source: str
    headers: Mapping[str, bytes]
    value: bytes


async def take_up(connection: Any, council: str, id_: int) -> Attempt | None:
    """The message if it is still there and its turn; one that has something in front again is put BEHIND."""
    row = await connection.fetchrow(_DUE_ROW, council, id_)
    if row is None:
        return None
    if row["behind"]:
        reason = "an earlier message stands in front"
        await connection.execute(_STATE, council, id_, parked.BEHIND, reason, row["tries"], 0.0)
        return None
    headers = parked.headers_of(row["headers"])
    return Attempt(row["id"], row["subject"], row["state"], row["tries"], row["source"], headers, row["value"])


async def done(connection: Any, council: str, attempt: Attempt) -> None:
    """The message was handled; what waits for news is due again."""
    await connection.execute(_DONE, council, attempt.id)
    await connection.execute(parked.WAKE, council)


async def still_waiting(connection: Any, council: str, attempt: Attempt, seconds: float) -> None:
    """What the message needs has not been heard yet; waiting uses up no tries."""
    reason = "something it needs has not been heard yet"
    await connection.execute(_STATE, council, attempt.id, parked.WAITING, reason, attempt.tries, seconds)


async def too_new(connection: Any, council: str, attempt: Attempt, seconds: float) -> None:
    """A newer release is waited for: that uses up no tries either, and whatever stands behind stays there."""
    state = parked.PARKED if attempt.state == parked.BEHIND else attempt.state
    await connection.execute(_STATE, council, attempt.id, state, parked.TOO_NEW, attempt.tries, seconds)


async def failed_again(connection: Any, council: str, attempt: Attempt, reason: str, backoff: Sequence[float]) -> None:
    """One more try was in vain: the next one follows its backoff, after the last the message is FAILED."""
    tries = attempt.tries + 1
    over = tries >= len(backoff)
    wait = 0.0 if over else backoff[tries]
    await connection.execute(_STATE, council, attempt.id, parked.FAILED if over else parked.PARKED, reason, tries, wait)


async def failed_for_good(connection: Any, council: str, attempt: Attempt, reason: str) -> None:
    """The message is as unreadable as before: only an operator, or a newer release, can help."""
    await connection.execute(_STATE, council, attempt.id, parked.FAILED, reason, attempt.tries + 1, 0.0)
