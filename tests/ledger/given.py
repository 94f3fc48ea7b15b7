"""Contexts, drafts and hearings for tests, with only what matters to the test written out."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from ledger.proof.leaf import FIRST_CHAIN, chain_step, leaf_hash
from ledger.rows import Context, Draft, Hearing, Row

COUNCIL = "c4d81e"
OTHER_COUNCIL = "c92ab7"
NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)


def a_context(council: str = COUNCIL, now: datetime = NOW, **particulars: Any) -> Context:
    """Somebody's command, with a command id of its own unless one is given."""
    given: dict[str, Any] = {
        "council": council,
        "actor": "officer-17",
        "role": "social_worker",
        "received_at": now,
        "now": now,
        "command_id": uuid4(),
        "correlation_id": uuid4(),
    }
    return Context(**(given | particulars))


def a_draft(stream: str = "application-1", version: int = 1, payload: bytes = b"{}", **particulars: Any) -> Draft:
    """An encoded event at a version of a stream."""
    given: dict[str, Any] = {"id": uuid4(), "name": "intake.application.begun", "schema": 1}
    return Draft(stream, version, payload=payload, **(given | particulars))


def a_hearing(sequence: int, source: str = "routing", **particulars: Any) -> Hearing:
    """A public event of another service, at its sequence number."""
    given: dict[str, Any] = {
        "source": source,
        "source_epoch": 1,
        "source_sequence": sequence,
        "id": uuid5(UUID(int=0), f"{source}/{sequence}"),
        "name": "uk.panelbook.routing.route.routed.v1",
        "schema": 1,
        "subject": "application-1",
        "recorded_at": NOW,
        "correlation_id": UUID(int=sequence),
        "payload": b'{"type":"uk.panelbook.routing.route.routed.v1","subject":"application-1","data":{}}',
    }
    return Hearing(**(given | particulars))


def assert_chained(rows: list[Row]) -> None:
    """Positions are gapless from 1, times rise, and every leaf and chain is what the columns give."""
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    chain = FIRST_CHAIN
    before = None
    for row in rows:
        assert leaf_hash(row) == row.leaf
        chain = chain_step(chain, row.leaf)
        assert chain == row.chain
        assert before is None or row.recorded_at > before
        before = row.recorded_at
