"""A public event that its hearers could not store, or Kafka not carry, is refused where it is made."""

from typing import Literal

import pytest

from ledger.rows import MAX_PAYLOAD, Outgoing
from ledger.store import Ledger, TooLarge
from tests.ledger.given import COUNCIL, a_context, a_draft


@pytest.mark.parametrize("lane", ["events", "decisions"])
async def test_a_public_event_is_no_larger_than_a_row_may_be(
    ledger: Ledger, lane: Literal["events", "decisions"]
) -> None:
    outgoing = Outgoing(lane, "uk.panelbook.intake.note.noted.v1", "a", {"text": "x" * MAX_PAYLOAD})

    async def publish() -> None:
        async with ledger.transaction(a_context()) as work:
            [row] = await work.append([a_draft()])
            await work.publish([(row, outgoing)])

    with pytest.raises(TooLarge):
        await publish()
    assert (await ledger.head(COUNCIL)).position == 0
