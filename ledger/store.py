"""What a ledger store must offer; PostgreSQL and memory both do, and one suite holds them to it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from ledger.rows import Change, Context, Draft, Head, Hearing, Lane, Mark, Outcome, Outgoing, Row


class Busy(Exception):
    """The head lock, a statement, or the pool took longer than its limit: nothing was stored, try again."""


class StaleVersion(Exception):
    """A draft names a version that its stream has passed, or not reached."""


class CommandReused(Exception):
    """This command id was already used with another body."""


class TooLarge(Exception):
    """A payload is over :data:`ledger.rows.MAX_PAYLOAD`."""


class NewerThanMe(Exception):
    """A stored name or schema number is newer than this process knows: it may not be folded."""


class UnitOfWork(Protocol):
    """One transaction over one council's book, holding its head lock from the first statement to COMMIT.

    Everything done through it is stored together or not at all. Leaving the context manager without an exception
    commits; the answer to the caller may only be built after that.
    """

    context: Context

    async def outcome(self) -> Outcome | None:
        """The outcome this command id already has, or None. Raises CommandReused on another fingerprint."""
        ...

    async def stream(self, stream: str) -> list[Row]:
        """Every decided row of one stream, oldest first."""
        ...

    async def append(self, drafts: Sequence[Draft], lane: Lane = "book") -> list[Row]:
        """Store drafts at the next positions. Raises StaleVersion, TooLarge."""
        ...

    async def hear(self, hearings: Sequence[Hearing]) -> list[Row]:
        """Store heard events not stored before; returns only the rows that are new."""
        ...

    async def publish(self, outgoing: Sequence[tuple[Row, Outgoing]]) -> None:
        """Store public events in the outbox, bytes fixed now, with the next dense sequence of their lane."""
        ...

    async def change(self, changes: Sequence[Change]) -> None:
        """Run a projection's statements."""
        ...

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Read from a read model inside this transaction; ``$1`` is the council. Not offered by memory."""
        ...

    async def settle(self, outcome: Outcome) -> None:
        """Keep this command's outcome, for commands without events too."""
        ...


class Ledger(Protocol):
    """An append-only store of one service: many councils, each with its own gapless order."""

    service: str

    def unit_of_work(self, context: Context) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open a transaction for one council and lock its head. Raises Busy."""
        ...

    async def head(self, council: str, lane: Lane = "book") -> Head:
        """The end of one council's lane; position 0 for a council without rows."""
        ...

    async def rows(self, council: str, after: int = 0, limit: int = 1000, lane: Lane = "book") -> list[Row]:
        """Rows after a position, in order, at most ``limit``."""
        ...

    def every_row(self, council: str, lane: Lane = "book") -> AsyncIterator[Row]:
        """Every row of one council's lane in order, through a cursor."""
        ...

    async def mark(self, now: datetime) -> list[Mark]:
        """Promise for every council that no later row will carry a ``recorded_at`` up to the mark's moment."""
        ...
