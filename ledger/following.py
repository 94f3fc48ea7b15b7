"""What follows from an event, ours or heard, in the transaction that records it, until nothing follows (docs/adr/0030).

A policy decides whether anything is to be done. It runs once for each row that causes it, breadth first in the order of
positions, and what it records keeps the actor, role, cause and correlation of what it follows from. The ids of its rows
derive from the cause's row, the policy's name, and their stream and version: a repetition is the same.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from ledger.recorded import Decided, Recorded
from ledger.rows import Context, Row

MAX_ROWS = 64
"""How many rows may follow from one row, all told; what a policy does for each of a list is bounded by the list."""

MAX_ROUNDS = 16
"""How many times something may follow from what followed."""


class Endless(Exception):
    """More follows from a row than may: a fault of the policies, for which nothing is stored."""


@dataclass(frozen=True)
class Policy:
    """One thing that follows: ``causes`` are event classes of ours or public types of heard events.

    ``run`` is given the open unit of work and the row that is the cause. One with ``each`` does the same for each of a
    list, which bounds the rows that follow.
    """

    name: str
    causes: tuple[type[Any] | str, ...]
    leads_to: tuple[type[Any], ...]
    run: Callable[[Any, Any], Awaitable[None]]
    each: bool = False

    def id_of(self, cause: Row, stream: str, version: int) -> UUID:
        """The id of the row that this policy puts there because of ``cause``."""
        return uuid5(cause.id, f"{self.name}/{stream}/{version}")


def follows(
    *causes: type[Any] | str, leads_to: Sequence[type[Any]] = (), each: bool = False
) -> Callable[[Callable[[Any, Any], Awaitable[None]]], Policy]:
    """Make a policy of a function, under the function's name; it may record the events in ``leads_to`` and no others.

    ``each`` is for one that does the same for each of a list (who is missing, what waits): its rows are not counted.

    What a rule refuses to a policy is kept as an outcome that says so, under an id that derives from the cause
    (``UnitOfWork.decide``), and counted; it never refuses the command. What the policy recorded before stays. Only when
    a service hears of an event too early, and something says NOT_READY, is the hearing put off as a whole.
    """

    def made(run: Callable[[Any, Any], Awaitable[None]]) -> Policy:
        return Policy(run.__name__, causes, tuple(leads_to), run, each)

    return made


class Policies:
    """A service's policies by what causes them."""

    def __init__(self, policies: Iterable[Policy] = ()) -> None:
        """Raises ValueError for two of one name."""
        self.all = tuple(policies)
        if len({policy.name for policy in self.all}) != len(self.all):
            raise ValueError("Every policy of a service has a name of its own.")
        self._by_cause: dict[type[Any] | str, tuple[Policy, ...]] = {}
        for policy in self.all:
            for cause in policy.causes:
                self._by_cause[cause] = (*self._by_cause.get(cause, ()), policy)
        self.heard = frozenset(cause for cause in self._by_cause if isinstance(cause, str))
        """The public types from which something follows."""

    def of(self, recorded: Recorded) -> tuple[Policy, ...]:
        """What follows from a row, in the order in which it follows."""
        cause = type(recorded.event) if isinstance(recorded, Decided) else recorded.type
        return self._by_cause.get(cause, ())


@dataclass
class Root:
    """A row that nothing of ours led to, and how many rows followed from it up to now."""

    recorded: Recorded
    rows: int = 0


@dataclass
class News:
    """A row from which something follows, with the context in which it was recorded."""

    recorded: Recorded
    context: Context
    root: Root
    rounds: int = 0
    policies: tuple[Policy, ...] = field(default=())


@dataclass(frozen=True)
class Running:
    """The policy that is at work, and why."""

    policy: Policy
    news: News

    def follow_up(self, recorded: Recorded, context: Context, policies: tuple[Policy, ...]) -> News:
        """What was recorded, as something from which more may follow. Raises Endless."""
        rounds = self.news.rounds + 1
        if rounds > MAX_ROUNDS:
            raise Endless(f"{self.policy.name} goes on after {MAX_ROUNDS} rounds.")
        return News(recorded, context, self.news.root, rounds, policies)

    def count(self, rows: int) -> None:
        """More rows follow from the root. Raises Endless."""
        if self.policy.each:
            return
        self.news.root.rows += rows
        if self.news.root.rows > MAX_ROWS:
            raise Endless(f"More than {MAX_ROWS} rows follow from one; {self.policy.name} recorded the last.")


def unfinished(policies: Policies, recorded: Sequence[Recorded], context_of: Callable[[Row], Context]) -> list[News]:
    """What may not have followed yet from the rows of one unit of work, oldest first, of which the last may be missing.

    Every row that a policy recorded is known by its id. Policies ran in the order of what caused them: those before the
    last one that recorded something have run, and that one may not have come to its end.
    """
    runs = [(one, policy) for one in recorded for policy in policies.of(one)]
    ids = {one.row.id: one.row for one in recorded}
    last = 0
    for place, (cause, policy) in enumerate(runs):
        if any(policy.id_of(cause.row, row.stream, row.version) == id_ for id_, row in ids.items()):
            last = place
    return [News(cause, context_of(cause.row), Root(cause), policies=(policy,)) for cause, policy in runs[last:]]
