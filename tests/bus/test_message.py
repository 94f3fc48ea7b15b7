"""What a record of a public topic says: an event, a place with something unreadable, or nothing at all."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.message import SETTINGS_TYPE, Event, Malformed, Place, Placeless, read_event
from tests.bus.conftest import an_event
from tests.bus.toy import NOTED, SHROPSHIRE, SWINDON

FOREIGN = [{"council": SHROPSHIRE}, {"source": "/panelbook/routing"}]
PLACED = [
    {"specversion": "0.3"},
    {"type": "something.else.v1"},
    {"datacontenttype": "text/xml"},
    {"subject": "a\u202e"},
]
BROKEN = [
    {"time": "2026-10-05T08:00:00"},
    {"surprise": 1},
    {"sequence": "2"},
    {"epoch": 0},
    {"data": "text"},
    {"id": "seven"},
]


def read(value: bytes | None, headers: dict[str, Any]) -> Event | Malformed | Placeless:
    return read_event(value, headers, council=SWINDON, source="intake")


@pytest.mark.parametrize("wrong", [*PLACED, *BROKEN])
def test_an_envelope_that_is_not_exactly_ours_is_malformed(wrong: dict[str, Any]):
    _, value, headers = an_event(2)
    broken = msgspec.json.encode(msgspec.json.decode(value) | wrong)
    assert isinstance(read(value, headers), Event)
    assert isinstance(read(broken, headers), Malformed)


@pytest.mark.parametrize("wrong", PLACED)
def test_an_envelope_that_can_be_read_says_its_own_place(wrong: dict[str, Any]):
    """Headers lost or foreign: what the value says of its place counts."""
    _, value, headers = an_event(2)
    broken = msgspec.json.encode(msgspec.json.decode(value) | wrong)
    for said in ({}, headers | {"sequence": b"9", "council": SHROPSHIRE.encode()}):
        assert isinstance(read(value, said), Event)
        found = read(broken, said)
        assert isinstance(found, Malformed)
        assert (found.place.epoch, found.place.sequence) == (1, 2)
        assert found.place.subject.isprintable()


@pytest.mark.parametrize("wrong", BROKEN)
def test_what_cannot_be_read_and_has_no_headers_has_no_place(wrong: dict[str, Any]):
    _, value, _ = an_event(2)
    assert isinstance(read(msgspec.json.encode(msgspec.json.decode(value) | wrong), {}), Placeless)


@pytest.mark.parametrize("wrong", FOREIGN)
def test_another_councils_or_services_envelope_has_no_place_whatever_its_headers_say(wrong: dict[str, Any]):
    """G7: another council's payload under a council's key. Believing its headers would skip the council's own."""
    _, value, headers = an_event(2)
    foreign = msgspec.json.encode(msgspec.json.decode(value) | wrong)
    assert isinstance(read(foreign, headers), Placeless)
    assert isinstance(read(foreign, {}), Placeless)


WORDS = st.none() | st.binary(max_size=9) | st.sampled_from([b"1", b"2", SWINDON.encode(), NOTED.encode(), b"a"])
NAMES = st.sampled_from(
    ["council", "epoch", "sequence", "panelbook_type", "panelbook_subject", "ce_type", "ce_subject"]
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["council", "epoch", "sequence", "subject", "type", "source", "id", "time", "data"]),
    st.none() | st.integers() | st.text("a\u202e\x00.", max_size=5) | st.booleans() | st.just({}),
)


@given(value=st.none() | st.binary(max_size=60), headers=st.dictionaries(NAMES, WORDS))
def test_no_bytes_and_no_headers_are_too_odd_to_be_judged(value: bytes | None, headers: dict[str, Any]):
    a_place_is_one_that_can_be_kept(read(value, headers))


@given(attributes=ATTRIBUTES, headers=st.dictionaries(NAMES, WORDS))
def test_no_envelope_is_too_odd_to_be_judged(attributes: dict[str, Any], headers: dict[str, Any]):
    _, value, _ = an_event(2)
    a_place_is_one_that_can_be_kept(read(msgspec.json.encode(msgspec.json.decode(value) | attributes), headers))


def a_place_is_one_that_can_be_kept(found: Event | Malformed | Placeless) -> None:
    """It is this council's and this source's, and its numbers and names go into the database's columns."""
    if not isinstance(found, Placeless):
        place: Place = found.place
        assert (place.council, place.source) == (SWINDON, "intake")
        assert 1 <= place.epoch < 2**31
        assert 1 <= place.sequence < 2**63
        assert (place.subject + place.type).isprintable()


def test_a_settings_event_is_known_by_its_type():
    assert SETTINGS_TYPE.fullmatch("uk.panelbook.routing.settings.published.v1")
    assert not SETTINGS_TYPE.fullmatch(NOTED)
