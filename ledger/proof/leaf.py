"""The bytes a row's leaf digests, and the chain over leaves: what makes a changed row visible.

PostgreSQL computes the same digests in ``ledger.append`` (schema.sql); one suite holds the two to each other.
"""

import struct
from datetime import UTC, datetime
from hashlib import sha256

from ledger.rows import Row

FIRST_CHAIN = bytes(32)
"""The chain before the first row."""

_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_LENGTH = struct.Struct(">I").pack


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 UTC, exactly."""
    since = moment - _1970
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def leaf_preimage(row: Row) -> bytes:
    """0x00, then every column from ``council`` to ``payload`` in Row's order, each after its 4-byte length."""
    fields = (
        row.council.encode(), row.lane.encode(), b"%d" % row.epoch, b"%d" % row.position, row.kind.encode(),
        row.stream.encode(), b"%d" % row.version, row.source.encode(), b"%d" % row.source_epoch,
        b"%d" % row.source_sequence, row.id.bytes, row.name.encode(), b"%d" % row.schema,
        b"%d" % microseconds(row.received_at), b"%d" % microseconds(row.recorded_at), row.actor.encode(),
        row.role.encode(), row.command_id.bytes, row.correlation_id.bytes, row.cause.encode(), row.payload,
    )  # fmt: skip
    # A verifier does this for every row of a book: lengths and columns alternate in one list that is joined once.
    parts = [b"\x00"] * (2 * len(fields) + 1)
    parts[1::2] = [_LENGTH(len(field)) for field in fields]
    parts[2::2] = fields
    return b"".join(parts)


def leaf_hash(row: Row) -> bytes:
    """The row's leaf (RFC 6962: leaves are prefixed by 0x00). The row's own ``leaf`` and ``chain`` are not covered."""
    return sha256(leaf_preimage(row)).digest()


def chain_step(chain: bytes, leaf: bytes) -> bytes:
    """The chain after one more leaf."""
    return sha256(chain + leaf).digest()
