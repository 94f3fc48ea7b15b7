"""What was stored under a released name reads the same for ever."""

import pytest

from ledger.codec.codec import Codec
from ledger.store import NewerThanMe
from tests.histories.golden import RELEASED, Golden, expected_places, histories, plain

CODEC = Codec(RELEASED)
NEWEST = {one.name: one.schema for one in RELEASED}
HISTORIES = histories()


def told(golden: Golden) -> str:
    return f"{golden.name}-{golden.schema}-as-{golden.read_as}"


@pytest.mark.parametrize("golden", [one for one in HISTORIES if one.read_as == NEWEST.get(one.name)], ids=told)
def test_a_stored_event_reads_as_it_did_when_it_was_released(golden: Golden) -> None:
    assert plain(CODEC.decode(golden.name, golden.schema, golden.payload.encode())) == golden.expected


@pytest.mark.parametrize(
    "golden", [one for one in HISTORIES if one.schema == one.read_as == NEWEST.get(one.name)], ids=told
)
def test_the_newest_schema_is_still_written_with_the_same_bytes(golden: Golden) -> None:
    event = CODEC.decode(golden.name, golden.schema, golden.payload.encode())
    assert CODEC.encode(event) == (golden.name, golden.schema, golden.payload.encode())


def test_every_released_schema_has_its_history() -> None:
    there = {(one.name, one.schema, one.read_as) for one in HISTORIES}
    assert [place for place in expected_places() if place not in there] == [], "see tests/histories/README.md"


def test_no_released_name_was_taken_back() -> None:
    assert {one.name for one in HISTORIES} <= NEWEST.keys()
    assert all(one.read_as <= NEWEST[one.name] for one in HISTORIES)


def test_every_history_of_one_schema_holds_the_same_payload_and_lies_where_its_name_says() -> None:
    payloads: dict[tuple[str, int], str] = {}
    for golden in HISTORIES:
        assert golden.file.is_file()
        assert payloads.setdefault((golden.name, golden.schema), golden.payload) == golden.payload


def test_a_schema_of_tomorrow_is_not_read() -> None:
    golden = HISTORIES[0]
    with pytest.raises(NewerThanMe):
        CODEC.decode(golden.name, NEWEST[golden.name] + 1, golden.payload.encode())
