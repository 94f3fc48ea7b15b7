"""What a ledger store must offer; PostgreSQL and memory both do, and one suite holds them to it."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from ledger.changes import Change
from ledger.rows import Context, Draft, Head, Hearing, Lane, Mark, Outcome, Outgoing, Row


class Busy(Exception):
    """The head lock, a statement, or the pool took longer than its limit: nothing was stored, try again.

    Try with the same command id: should a lost connection have hidden a COMMIT, it is answered from the outcome.
    """


class Unknown(Busy):
    """The database went away at COMMIT and stays away: only the same command id will tell whether it was stored."""


class StaleVersion(Exception):
    """A draft names a version that its stream has passed, or not reached."""


class CommandReused(Exception):
    """This command id was already used with another body."""


class TooLarge(Exception):
    """A payload is over :data:`ledger.rows.MAX_PAYLOAD`."""


class NewerThanMe(Exception):
    """A stored name or schema number is newer than this process knows: it may not be folded."""


class Transaction(Protocol):
    """One transaction over one lane of one council's ledger, holding its head lock from the first statement to COMMIT.

    Everything done through it is stored together or not at all. Leaving the context manager without an exception
    commits; the answer to the caller may only be built after that.
    """

    lane: Lane

    @property
    def context(self) -> Context:
        """Who acts. A consumer sets it anew for each heard event; the council must stay (ValueError)."""
        ...

    @context.setter
    def context(self, context: Context) -> None: ...

    @property
    def connection(self) -> Any:
        """The asyncpg connection of the transaction, for a caller's own statements. Memory has none."""
        ...

    async def outcome(self) -> Outcome | None:
        """The outcome this command id already has, or None. Raises CommandReused on another fingerprint."""
        ...

    async def stream(self, stream: str, since: int = 1) -> list[Row]:
        """The decided rows of one stream of this lane from a version on, oldest first."""
        ...

    async def take_up(self, stream: str, since: int = 1) -> tuple[Outcome | None, list[Row]]:
        """What :meth:`outcome` and :meth:`stream` say, at once; no rows where there is an outcome."""
        ...

    async def versions(self, streams: Sequence[str]) -> dict[str, int]:
        """The newest version of each stream that has one."""
        ...

    async def append(self, drafts: Sequence[Draft]) -> list[Row]:
        """Store drafts, of any number of streams, at the next positions. Raises StaleVersion, TooLarge."""
        ...

    async def hear(self, hearings: Sequence[Hearing]) -> list[Row]:
        """Store heard events not stored before; returns only the rows that are new. Raises TooLarge."""
        ...

    async def publish(self, outgoing: Sequence[tuple[Row, Outgoing]]) -> None:
        """Store public events in the outbox, bytes fixed now, with the next dense sequence of their lane."""
        ...

    async def conclude(
        self, outgoing: Sequence[tuple[Row, Outgoing, Context]], settled: tuple[Context, Outcome] | None = None
    ) -> None:
        """Publish, each event as its own context has it, and settle one command, at once. Raises CommandReused."""
        ...

    async def change(self, changes: Iterable[Change]) -> None:
        """Write what projections asked for."""
        ...

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Read from a read model inside this transaction; ``$1`` is the council. Not offered by memory."""
        ...

    async def settle(self, outcome: Outcome) -> None:
        """Keep this command's outcome, for commands without events too. Raises CommandReused when it has one."""
        ...

    def savepoint(self) -> AbstractAsyncContextManager[None]:
        """A part of the transaction that is undone alone when it raises; the exception goes on."""
        ...


class Reader(Protocol):
    """A look at one council's read models, and of one moment: it neither locks anything nor can change anything."""

    @property
    def council(self) -> str:
        """Whose read models they are."""
        ...

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Rows of a query; the council is $1 by itself, ``args`` follow from $2."""
        ...


class Ledger(Protocol):
    """An append-only store of one service: many councils, each with its own gapless order."""

    service: str

    def transaction(self, context: Context, lane: Lane = "book") -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction for one lane of one council and lock its head. Raises Busy."""
        ...

    async def append(self, context: Context, drafts: Sequence[Draft], lane: Lane = "book") -> list[Row]:
        """A unit of work that is nothing but one append: no projection, no public event, no outcome.

        Raises StaleVersion, TooLarge, Busy.
        """
        ...

    async def enlist(self, council: str) -> None:
        """Open a council's book before its first row, so that marks cover it from now on. Safe to repeat."""
        ...

    async def head(self, council: str, lane: Lane = "book") -> Head:
        """The end of one council's lane; position 0 for a council without rows."""
        ...

    async def rows(self, council: str, after: int = 0, limit: int = 1000, lane: Lane = "book") -> list[Row]:
        """Rows after a position, in order, at most ``limit``."""
        ...

    def every_row(self, council: str, lane: Lane = "book") -> AsyncIterator[Row]:
        """Every row of one council's lane in order, a thousand at a time and without holding a transaction open."""
        ...

    def reading(self, council: str, *, shown: bool = True) -> AbstractAsyncContextManager[Reader]:
        """A read-only transaction over one council's read models. Raises Busy. Not offered by memory.

        What it saw is on disk afterwards, unless it is not ``shown`` to anybody but decided from.
        """
        ...

    async def mark(self, now: datetime) -> list[Mark]:
        """Promise for every council that no later row will carry a ``recorded_at`` up to the mark's moment."""
        ...

    async def refold(self, council: str, fold: Callable[[Sequence[Row]], Sequence[Change]]) -> int:
        """Empty the council's read models and run what ``fold`` asks for, over its whole book; returns the rows folded.

        One transaction under the head lock: readers see the old tables until it commits, commands get Busy meanwhile.
        """
        ...
