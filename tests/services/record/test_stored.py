"""Everything that record stores reads back as it was."""

from ledger.codec.codec import Codec
from services.record.stored import STORED
from tests.ledger.codec.roundtrip import assert_round_trips


def test_what_is_stored_reads_back_as_it_was() -> None:
    assert_round_trips(Codec(STORED), examples=25)
