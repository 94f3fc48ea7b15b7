"""What the ledger stores: rows, heads and marks, and the context a command arrives with."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ledger.decider import By

Lane = Literal["book", "access"]
RowKind = Literal["decided", "heard"]

Reached = tuple[int, int]
"""How far a book reaches: its epoch, and the position of its last row."""

BOOK: Lane = "book"
ACCESS: Lane = "access"

MAX_PAYLOAD = 512 * 1024
"""Bytes; a stored row may be no larger (TRAPS: a row over Kafka's limit would stop a relay for ever)."""


@dataclass(frozen=True, slots=True)
class Cause:
    """The heard event that made us act: its public id and when its service recorded it."""

    id: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Earlier:
    """The id and the fingerprint that the command ``of`` had before ids were made as they are now."""

    of: UUID
    command_id: UUID
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Context:
    """Who sends a command to which council's book, when it reached us, and under which identity.

    ``received_at`` is taken at the edge and judges cut-offs. ``now`` is the clock's reading when the unit of work
    starts and only feeds ``recorded_at``. ``fingerprint`` is an HMAC of the request body: the same command id with
    another fingerprint is another command and is refused. What was stored under its ``earlier`` id is its outcome too.
    """

    council: str
    actor: str
    role: str
    received_at: datetime
    now: datetime
    command_id: UUID
    correlation_id: UUID
    fingerprint: bytes = b""
    cause: Cause | None = None
    team: str = ""
    service: str = ""
    traceparent: str = ""
    earlier: Earlier | None = None

    @property
    def known_as(self) -> tuple[UUID, UUID]:
        """The ids under which its outcome may stand."""
        earlier = self.earlier
        return self.command_id, earlier.command_id if earlier and earlier.of == self.command_id else self.command_id

    def says(self, fingerprint: bytes) -> bool:
        """Whether what was stored is this very command, by today's fingerprint or by the earlier one."""
        earlier = self.earlier
        older = earlier is not None and earlier.of == self.command_id and fingerprint == earlier.fingerprint
        return fingerprint == self.fingerprint or older

    @property
    def by(self) -> By:
        """Who acts, as rules need to know it."""
        return By(self.actor, self.role, self.team, self.service)


@dataclass(frozen=True, slots=True)
class Draft:
    """An event about to be appended to a stream, already encoded and sealed."""

    stream: str
    version: int
    id: UUID
    name: str
    schema: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Hearing:
    """A public event of another service about to be appended as heard, byte for byte as it arrived."""

    source: str
    source_epoch: int
    source_sequence: int
    id: UUID
    name: str
    schema: int
    subject: str
    recorded_at: datetime
    correlation_id: UUID
    payload: bytes


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the ledger, with every column that its leaf covers, in the order it covers them.

    For a ``decided`` row ``stream`` and ``version`` name its place in its own stream and ``source`` is empty. For a
    ``heard`` row ``stream`` is the subject of the event, ``version`` is 0, and ``source``, ``source_epoch`` and
    ``source_sequence`` name where it was heard. Times are UTC.
    """

    council: str
    lane: Lane
    epoch: int
    position: int
    kind: RowKind
    stream: str
    version: int
    source: str
    source_epoch: int
    source_sequence: int
    id: UUID
    name: str
    schema: int
    received_at: datetime
    recorded_at: datetime
    actor: str
    role: str
    command_id: UUID
    correlation_id: UUID
    cause: str
    payload: bytes = field(repr=False)
    leaf: bytes = field(default=b"", repr=False)
    chain: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of one council's lane: the newest position, when it was recorded, and the chain up to it."""

    council: str
    lane: Lane
    epoch: int
    position: int
    recorded_at: datetime
    chain: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """A promise: no row after ``position`` in this council's book will carry a ``recorded_at`` up to ``moment``."""

    council: str
    epoch: int
    position: int
    moment: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command led to: kept under its id so that the same command gets the same answer again."""

    answer: dict[str, Any]
    first_position: int
    last_position: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A public event on its way out. Its bytes and its dense sequence are fixed under the head lock.

    ``lane`` is ``events`` for the service's public topic or ``decisions`` for the council's subscribers outside.
    ``type`` is the CloudEvents type, ``subject`` what it is about, ``data`` JSON-able and without clear personal data.
    """

    lane: Literal["events", "decisions"]
    type: str
    subject: str
    data: dict[str, Any]
