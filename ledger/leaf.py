"""The bytes a row's leaf digests, and the chain over leaves: what makes a changed row visible.

PostgreSQL computes the same digests in ``ledger.append`` (schema.sql); one suite holds the two to each other.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from ledger.rows import Row

FIRST_CHAIN = bytes(32)
"""The chain before the first row."""

_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 UTC, exactly."""
    return (moment - _1970) // _MICROSECOND


def leaf_preimage(row: Row) -> bytes:
    """0x00, then every column from ``council`` to ``payload`` in Row's order, each after its 4-byte length."""
    return b"\x00" + b"".join(len(field).to_bytes(4, "big") + field for field in _fields(row))


def leaf_hash(row: Row) -> bytes:
    """The row's leaf (RFC 6962: leaves are prefixed by 0x00). The row's own ``leaf`` and ``chain`` are not covered."""
    return sha256(leaf_preimage(row)).digest()


def chain_step(chain: bytes, leaf: bytes) -> bytes:
    """The chain after one more leaf."""
    return sha256(chain + leaf).digest()


def _fields(row: Row) -> Iterable[bytes]:
    for value in (
        row.council, row.lane, row.epoch, row.position, row.kind, row.stream, row.version,
        row.source, row.source_epoch, row.source_sequence, row.id, row.name, row.schema,
        row.received_at, row.recorded_at, row.actor, row.role, row.command_id, row.correlation_id, row.cause,
        row.payload,
    ):  # fmt: skip
        yield _bytes(value)


def _bytes(value: str | int | datetime | UUID | bytes) -> bytes:
    match value:
        case str():
            return value.encode()
        case bytes():
            return value
        case int():
            return str(value).encode("ascii")
        case datetime():
            return str(microseconds(value)).encode("ascii")
        case UUID():
            return value.bytes
