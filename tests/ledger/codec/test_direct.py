"""The quick way of events gives the bytes and the events of the long one, and leaves everything else to it."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from typing import Any, Literal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.codec.codec import Codec, Misfit, stored
from ledger.codec.direct import direct_of, spelled_alike
from ledger.decider import Private


class Kind(Enum):
    MOVE = "MOVE"
    STAY = "STAY"


@dataclass(frozen=True)
class Asked:
    application: UUID
    at: datetime
    until: datetime | None
    kind: Kind
    way: Literal["PANEL", "HEAD"]
    pence: int
    complex: bool
    reasons: tuple[str, ...]
    on: date | None
    words: str = "none"


ASKED = Asked(UUID(int=7), datetime(2026, 10, 5, 8, tzinfo=UTC), None, Kind.MOVE, "PANEL", 5, True, ("a",), None)
QUICK = Codec([stored("intake.costs.asked", 1, Asked)])
LONG = Codec([replace(next(iter(QUICK)), direct=None, alike=False)])


@given(
    st.builds(
        Asked,
        st.uuids(),
        st.datetimes(timezones=st.just(UTC)),
        st.none() | st.datetimes(timezones=st.just(UTC)),
        st.sampled_from(Kind),
        st.sampled_from(["PANEL", "HEAD"]),
        st.integers(),
        st.booleans(),
        st.lists(st.text()).map(tuple),
        st.none() | st.dates(),
        st.text(),
    )
)
def test_both_ways_write_the_same_bytes_and_read_the_same_event(asked: Asked) -> None:
    stored_as = LONG.encode(asked)
    assert QUICK.encode(asked) == stored_as
    assert QUICK.decode(*stored_as) == LONG.decode(*stored_as) == asked


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pence", True),
        ("pence", 5.0),
        ("complex", 1),
        ("reasons", ["a"]),
        ("at", ASKED.at.replace(tzinfo=None)),
        ("application", str(UUID(int=7))),
        ("kind", "MOVE"),
        ("way", "ELSEWHERE"),
        ("words", "\ud800"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_long_way(field: str, value: Any) -> None:
    wrong = replace(ASKED, **{field: value})
    with pytest.raises(Misfit):
        LONG.encode(wrong)
    with pytest.raises(Misfit):
        QUICK.encode(wrong)


def test_a_moment_of_another_zone_is_stored_in_utc() -> None:
    elsewhere = replace(ASKED, at=datetime(2026, 10, 5, 9, tzinfo=timezone(timedelta(hours=1))))
    assert QUICK.encode(elsewhere) == LONG.encode(elsewhere) == LONG.encode(ASKED)


@pytest.mark.parametrize(
    "changed",
    [
        lambda told: {**told, "more": 1},
        lambda told: {name: value for name, value in told.items() if name != "words"},
        lambda told: {**told, "pence": 5.0},
        lambda told: {**told, "at": "2026-10-05T08:00:00"},
        lambda told: {**told, "originator_id": "x"},
    ],
)
def test_a_payload_that_says_anything_else_does_not_fit(changed: Any) -> None:
    payload = msgspec.json.encode(changed(msgspec.json.decode(LONG.encode(ASKED)[2])), order="sorted")
    for codec in (LONG, QUICK):
        with pytest.raises(Misfit):
            codec.decode("intake.costs.asked", 1, payload)


def test_a_key_that_stands_twice_does_not_fit() -> None:
    payload = LONG.encode(ASKED)[2].replace(b'"pence":5', b'"pence":4,"pence":5')
    for codec in (LONG, QUICK):
        with pytest.raises(Misfit):
            codec.decode("intake.costs.asked", 1, payload)


@dataclass(frozen=True)
class Sealed:
    words: Private


@dataclass(frozen=True)
class Measured:
    miles: float


def test_sealed_text_floats_and_later_schema_numbers_go_the_long_way() -> None:
    assert direct_of(Asked, 1) is not None
    assert [direct_of(Sealed, 1), direct_of(Measured, 1), direct_of(Asked, 2)] == [None, None, None]


@dataclass(frozen=True)
class Recorded:
    words: Private | None
    by: dict[str, Kind]
    parts: tuple[tuple[str, int | None], ...]
    at: datetime


SEALED = st.builds(Private, st.text(), st.none(), st.text(min_size=1), st.text(), st.text())


@pytest.mark.parametrize("schema", [1, 2])
@given(
    st.builds(
        Recorded,
        st.none() | SEALED,
        st.dictionaries(st.text(), st.sampled_from(Kind)),
        st.lists(st.tuples(st.text(), st.none() | st.integers())).map(tuple),
        st.datetimes(timezones=st.just(UTC)),
    )
)
def test_what_msgspec_spells_as_the_mapper_does_is_written_as_the_same_bytes(schema: int, recorded: Recorded) -> None:
    declared = stored("intake.recorded", schema, Recorded, dict.fromkeys(range(1, schema), dict))
    assert declared.alike
    assert Codec([declared]).encode(recorded) == Codec([replace(declared, alike=False)]).encode(recorded)


def test_floats_and_what_is_declared_as_anything_are_spelled_by_the_mapper() -> None:
    assert spelled_alike(Asked)
    assert not any(map(spelled_alike, (Measured, float | None, Any, tuple[str, Any], dict[str, float])))
