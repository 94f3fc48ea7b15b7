"""Rows made by hand, with the leaf and chain that a store would have given them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from ledger.proof.leaf import chain_step, leaf_hash
from ledger.rows import Head, Row

COUNCIL = "c4d81e"
START = datetime(2026, 10, 5, 8, tzinfo=UTC)
NOTHING = bytes(32)


def a_row(position: int = 1, before: bytes = NOTHING, **columns: Any) -> Row:
    """A row at ``position``, its leaf and chain in order; ``columns`` says what is particular about it."""
    plain: dict[str, Any] = {
        "council": COUNCIL,
        "lane": "book",
        "epoch": 1,
        "position": position,
        "kind": "decided",
        "stream": "application-1",
        "version": position,
        "source": "",
        "source_epoch": 0,
        "source_sequence": 0,
        "id": UUID(int=position),
        "name": "test.noted",
        "schema": 1,
        "received_at": START + timedelta(seconds=position),
        "recorded_at": START + timedelta(seconds=position, milliseconds=3),
        "actor": "worker-1",
        "role": "social_worker",
        "command_id": UUID(int=1000 + position),
        "correlation_id": UUID(int=2000 + position),
        "cause": "",
        "payload": b'{"note":"n","pence":1}',
    }
    return chained([Row(**{**plain, **columns})], before)[0]


def chained(rows: Iterable[Row], before: bytes = NOTHING) -> list[Row]:
    """The same rows with every leaf and chain made anew, as someone with the whole store in hand could."""
    made = []
    for row in rows:
        leaf = leaf_hash(row)
        before = chain_step(before, leaf)
        made.append(replace(row, leaf=leaf, chain=before))
    return made


def head_of(rows: list[Row]) -> Head:
    """The head that a store holds after these rows."""
    last = rows[-1]
    return Head(last.council, last.lane, last.epoch, last.position, last.recorded_at, last.chain)
