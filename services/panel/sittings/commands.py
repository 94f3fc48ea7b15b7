"""One function for every command that needs nothing but its sitting: load, decide, append."""

from uuid import UUID

from ledger.book import Book
from ledger.rows import Context, Outcome
from services.panel.sittings.decider import DECIDER, Command, stream


async def carry_out_sitting(book: Book, context: Context, expected: int, identity: UUID, command: Command) -> Outcome:
    """A command that needs nothing but its sitting."""
    async with book.unit_of_work(context) as unit:
        return await unit.carry_out(DECIDER, stream(identity), command, expected=expected)
