"""The one way services write: load, decide, record, follow, project, publish and settle in one transaction."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol, TypeVar

from ledger.changes import Change
from ledger.decider import Decider
from ledger.following import Policies, Policy
from ledger.loaded import Folds, Ready
from ledger.recorded import Decided, Recorded, read_heard
from ledger.rows import BOOK, Context, Lane, Outcome, Outgoing, Row
from ledger.store import Ledger, Reader
from ledger.unit_of_work import Encoding, Prepare, UnitOfWork, no_extras

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")

_PAGE = 200


class Sealing(Protocol):
    """What a book needs of :class:`ledger.vault.vault.Vault`."""

    async def seal_event(self, council: str, stream: str, event: Any) -> Any:
        """The event with every clear Private sealed."""
        ...


class Book:
    """One service's ledger with what its rows mean: codec, vault, policies, projections and public events."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        codec: Encoding,
        vault: Sealing,
        project: Callable[[Recorded], Sequence[Change]],
        publish: Callable[[Decided], Sequence[Outgoing]],
        follow: Iterable[Policy] = (),
    ) -> None:
        self.ledger = ledger
        self.codec = codec
        self.vault = vault
        self.project = project
        self.publish = publish
        self.policies = Policies(follow)
        self.folds = Folds()

    @asynccontextmanager
    async def unit_of_work(self, context: Context, lane: Lane = BOOK) -> AsyncIterator[UnitOfWork]:
        """One transaction; leaving it without an exception does what still follows, and commits. Raises Busy.

        Rows of the lane ``access`` are stored only: they reach no projection, no policy and no public topic.
        """
        async with self.ledger.transaction(context, lane) as transaction:
            unit = UnitOfWork(self, transaction)
            yield unit
            await unit.close()

    async def carry_out(
        self,
        context: Context,
        decider: Decider[C, S, E],
        stream: str,
        prepare: Prepare[S, C],
        *,
        expected: int | None = None,
        answer: Callable[[S, Sequence[E]], Mapping[str, Any]] = no_extras,
    ) -> Outcome:
        """One command in a unit of work of its own: see :meth:`UnitOfWork.carry_out`. Raises Busy too."""
        async with self.unit_of_work(context) as unit:
            return await unit.carry_out(decider, stream, prepare, expected=expected, answer=answer)

    def reading(self, council: str, *, shown: bool = True) -> AbstractAsyncContextManager[Reader]:
        """A look at one council's read models that takes no lock, for screens and lists. Raises Busy.

        ``shown=False`` is for what a command is decided from: it need not be on disk before the command is.
        """
        return self.ledger.reading(council, shown=shown)

    async def make_ready(self, council: str, stream: str, events: Sequence[Any]) -> Ready:
        """Seal and encode events for :meth:`UnitOfWork.record_new`, while no lock is held. Raises Erased."""
        sealed = tuple([await self.vault.seal_event(council, stream, event) for event in events])
        return Ready(stream, sealed, tuple(self.codec.encode(event) for event in sealed))

    def read(self, row: Row) -> Recorded:
        """What a row says. Raises NewerThanMe."""
        return read_heard(row) if row.kind == "heard" else Decided(row, self.codec.decode_row(row))


async def last_unit(book: Book, council: str) -> list[Recorded]:
    """The rows of the newest unit of work in a council's book, oldest first."""
    after = (await book.ledger.head(council)).position
    found: list[Row] = []
    while after > 0 and (not found or found[0].command_id == found[-1].command_id):
        first = max(0, after - _PAGE)
        found = [*await book.ledger.rows(council, first, after - first), *found]
        after = first
    return [book.read(row) for row in found if row.command_id == found[-1].command_id]


async def rebuild(book: Book, councils: Iterable[str]) -> int:
    """Empty every read model of these councils and fold each council's whole book again; returns the rows folded.

    Each council is one transaction: readers see its old tables until the new ones stand. Raises NewerThanMe, and then
    leaves the council's tables as they were.
    """

    def fold(rows: Sequence[Row]) -> list[Change]:
        return [change for row in rows for change in book.project(book.read(row))]

    return sum([await book.ledger.refold(council, fold) for council in councils])
