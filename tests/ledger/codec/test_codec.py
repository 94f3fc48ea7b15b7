"""Events come back from storage as they were, from bytes with one spelling; what does not fit is refused."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import IntEnum, StrEnum
from typing import Any, Literal
from uuid import UUID

import pytest

from ledger.codec.codec import Codec, Misfit, NotSealed, Undeclared, stored
from ledger.decider import Private
from ledger.store import NewerThanMe
from tests.ledger.chained import a_row
from tests.ledger.codec.roundtrip import assert_round_trips


class Outcome(StrEnum):
    AGREED = "AGREED"
    DEFERRED = "DEFERRED"


class Made(StrEnum):
    PANEL = "PANEL"
    DELEGATED = "DELEGATED"


class Stage(IntEnum):
    ONE = 1
    TWO = 2


@dataclass(frozen=True)
class FurtherWork:
    work: UUID
    owner: str
    due_at: datetime
    words: Private


@dataclass(frozen=True)
class Decided:
    outcome: Outcome
    how: Outcome | Made
    stage: Stage
    review_on: date | None
    at: datetime
    starts: time
    reasons: tuple[Private, ...]
    pair: tuple[int, str]
    further_work: tuple[FurtherWork, ...]
    settings: dict[str, Any]
    limits: Mapping[str, int | None]
    answers: dict[str, Private]
    kind: Literal["NEW", "REVIEW"]
    miles: float | None
    final: bool


@dataclass(frozen=True)
class Noted:
    note: str
    pence: int = 0


@dataclass(frozen=True)
class Empty:
    pass


CODEC = Codec(
    [stored("panel.decision.decided", 1, Decided), stored("test.noted", 1, Noted), stored("test.empty", 1, Empty)]
)


def test_every_kind_of_field_comes_back_equal_from_stable_bytes() -> None:
    assert_round_trips(CODEC, examples=200)


def test_bytes_are_compact_sorted_utf_8_json() -> None:
    assert CODEC.encode(Noted(note="Zoë – a note", pence=5)) == (
        "test.noted",
        1,
        '{"note":"Zoë – a note","pence":5}'.encode(),
    )


def test_the_order_of_keys_in_a_mapping_does_not_change_the_bytes() -> None:
    @dataclass(frozen=True)
    class Published:
        settings: dict[str, Any]

    codec = Codec([stored("test.published", 1, Published)])
    one, other = Published({"a": 1, "b": {"c": 2, "d": 3}}), Published({"b": {"d": 3, "c": 2}, "a": 1})
    assert codec.encode(one) == codec.encode(other)


def test_a_moment_is_stored_in_utc_whatever_its_zone() -> None:
    @dataclass(frozen=True)
    class Happened:
        at: datetime

    codec = Codec([stored("test.happened", 1, Happened)])
    summer = Happened(datetime(2026, 7, 1, 10, 30, 0, 5, timezone(timedelta(hours=1))))
    assert codec.encode(summer)[2] == b'{"at":"2026-07-01T09:30:00.000005Z"}'
    assert codec.decode(*codec.encode(summer)).at.tzinfo is UTC
    with pytest.raises(Misfit, match=r"test\.happened\.at: expected a datetime with a time zone"):
        codec.encode(Happened(datetime(2026, 7, 1)))  # noqa: DTZ001  # The naive moment is what is refused.


def test_clear_personal_text_is_never_encoded_and_never_quoted() -> None:
    @dataclass(frozen=True)
    class Recorded:
        reasons: tuple[Private, ...]

    codec = Codec([stored("test.told", 1, Recorded)])
    for clear in (Private("p1", "his diagnosis"), Private("p1", "his diagnosis", "v1.1.x", "s", "f"), Private("p1")):
        with pytest.raises(NotSealed) as refused:
            codec.encode(Recorded((clear,)))
        assert str(refused.value) == "test.told.reasons[0] is not sealed"
    sealed = Recorded((Private("p1", None, "v1.1.x", "application-1", "reasons.0"),))
    assert json.loads(codec.encode(sealed)[2]) == {
        "reasons": [{"sealed": "v1.1.x", "person": "p1", "stream": "application-1", "field": "reasons.0"}]
    }


@pytest.mark.parametrize(
    ("payload", "refusal"),
    [
        (b'{"note":"n"}', "test.noted.pence: is missing"),
        (b'{"note":"n","pence":1,"more":2}', "test.noted.more: is unknown"),
        (b'{"note":"n","pence":"1"}', "test.noted.pence: expected int, got str"),
        (b'{"note":"n","pence":true}', "test.noted.pence: expected int, got bool"),
        (b'{"note":"n","pence":1.0}', "test.noted.pence: expected int, got float"),
        (b'{"note":null,"pence":1}', "test.noted.note: expected str, got NoneType"),
        (b'{"note":"n","pence":1,"pence":1}', "test.noted: the payload cannot be read (ValueError)"),
        (b'{"note":"n","pence":NaN}', "test.noted: the payload cannot be read (ValueError)"),
        (b'{"note":"a secret', "test.noted: the payload cannot be read (JSONDecodeError)"),
        (b'["n"]', "test.noted: the payload cannot be read (ValueError)"),
        (b'{"note":"n","pence":1,"class_version":2}', "test.noted: the row says schema 1, the payload does not"),
        (b'{"note":"n","pence":1,"class_version":"1"}', "test.noted: the payload cannot be read (ValueError)"),
        (b'{"note":"n","pence":1,"originator_id":"x"}', "test.noted: the payload cannot be read (ValueError)"),
    ],
)
def test_a_payload_that_does_not_fit_is_refused_and_its_field_named(payload: bytes, refusal: str) -> None:
    with pytest.raises(Misfit) as refused:
        CODEC.decode("test.noted", 1, payload)
    assert str(refused.value) == refusal


@pytest.mark.parametrize(
    ("event", "refusal"),
    [
        (Noted(note=None), "test.noted.note: expected str, got NoneType"),  # type: ignore[arg-type]  # Refused here.
        (Noted(note="n", pence=1.5), "test.noted.pence: expected int, got float"),  # type: ignore[arg-type]  # Likewise.
        (Noted(note="\ud800"), "test.noted.note: holds half of a surrogate pair and is no text"),
    ],
)
def test_an_event_that_could_not_be_read_again_is_not_stored(event: Noted, refusal: str) -> None:
    with pytest.raises(Misfit) as refused:
        CODEC.encode(event)
    assert str(refused.value) == refusal


def test_a_value_of_two_possible_types_that_would_change_its_type_is_not_stored() -> None:
    class Ruled(StrEnum):
        AGREED = "AGREED"

    @dataclass(frozen=True)
    class Either:
        how: Outcome | Ruled

    codec = Codec([stored("test.either", 1, Either)])
    assert codec.decode(*codec.encode(Either(Outcome.AGREED))) == Either(Outcome.AGREED)
    with pytest.raises(Misfit, match="would be read back as another of the types declared"):
        codec.encode(Either(Ruled.AGREED))


def test_what_json_cannot_hold_is_not_hidden_under_any() -> None:
    @dataclass(frozen=True)
    class Published:
        settings: dict[str, Any]

    codec = Codec([stored("test.published", 1, Published)])
    for lossy in ((1, 2), date(2026, 1, 1), {1: 2}, Private("p", None, "v1.1.x"), float("nan")):
        with pytest.raises(Misfit, match=r"test\.published\.settings\[held\]"):
            codec.encode(Published({"held": lossy}))


def test_an_unknown_name_or_a_newer_schema_number_is_newer_than_me_before_the_payload_is_looked_at() -> None:
    with pytest.raises(NewerThanMe, match=r"test\.unheard_of is not known here"):
        CODEC.decode("test.unheard_of", 1, b"not even json")
    with pytest.raises(NewerThanMe, match=r"test\.noted is stored with schema 2, known here up to 1"):
        CODEC.decode("test.noted", 2, b"not even json")


def test_an_event_without_a_stored_name_is_refused() -> None:
    @dataclass(frozen=True)
    class Stranger:
        pass

    with pytest.raises(Undeclared, match="Stranger has no stored name"):
        CODEC.encode(Stranger())


@dataclass(frozen=True)
class Granted:
    """Third schema: pence instead of pounds since 2, who granted it since 3."""

    limit_weekly_pence: int
    granted_by: str | None


GRANTED_V1 = b'{"limit_pounds":125}'
GRANTED_V2 = b'{"class_version":2,"limit_weekly_pence":12500}'
GRANTED_V3 = b'{"class_version":3,"granted_by":"d1","limit_weekly_pence":12500}'
GRANTED = Codec(
    [
        stored(
            "routing.officer.authority_granted",
            3,
            Granted,
            {
                1: lambda held: {"limit_weekly_pence": held["limit_pounds"] * 100},
                2: lambda held: {**held, "granted_by": None},
            },
        )
    ]
)


def test_stored_events_of_every_earlier_schema_are_lifted_and_their_bytes_stay_as_they_are() -> None:
    name = "routing.officer.authority_granted"
    row = a_row(name=name, schema=1, payload=GRANTED_V1)
    assert GRANTED.decode_row(row) == Granted(12500, None)
    assert row.payload == b'{"limit_pounds":125}'
    assert GRANTED.decode(name, 2, GRANTED_V2) == Granted(12500, None)
    assert GRANTED.decode(name, 3, GRANTED_V3) == Granted(12500, "d1")
    assert GRANTED.encode(Granted(12500, "d1")) == (name, 3, GRANTED_V3)


def test_an_older_process_does_not_fold_what_a_newer_one_stored() -> None:
    @dataclass(frozen=True)
    class GrantedOnce:
        limit_pounds: int = 0

    older = Codec([stored("routing.officer.authority_granted", 1, GrantedOnce)])
    with pytest.raises(NewerThanMe):
        older.decode(*GRANTED.encode(Granted(12500, "d1")))


def test_a_row_whose_number_does_not_match_its_payload_is_refused() -> None:
    for schema, payload in ((3, GRANTED_V2), (2, GRANTED_V3), (2, GRANTED_V1)):
        with pytest.raises(Misfit, match="the payload does not"):
            GRANTED.decode("routing.officer.authority_granted", schema, payload)


def test_a_heard_row_is_not_decoded_as_one_of_our_events() -> None:
    with pytest.raises(ValueError, match="position 1 was heard from intake"):
        CODEC.decode_row(a_row(kind="heard", source="intake", name="test.noted", payload=b'{"note":"n","pence":1}'))


def test_a_declaration_that_could_lose_something_is_refused_when_the_service_starts() -> None:
    @dataclass
    class Thawed:
        note: str

    @dataclass(frozen=True)
    class Listed:
        notes: list[str]

    @dataclass(frozen=True)
    class Clashing:
        class_version: int

    for event in (Thawed, Listed, Clashing, int):
        with pytest.raises(TypeError):
            stored("test.refused", 1, event)
    with pytest.raises(ValueError, match="is no stored name"):
        stored("Test.Noted", 1, Noted)
    with pytest.raises(ValueError, match="needs one upcast from each earlier number"):
        stored("test.noted", 2, Noted)
    with pytest.raises(ValueError, match="needs one upcast from each earlier number"):
        stored("test.noted", 1, Noted, {1: dict})
    with pytest.raises(ValueError, match=r"test\.noted is declared twice"):
        Codec([stored("test.noted", 1, Noted), stored("test.noted", 1, Empty)])
    with pytest.raises(ValueError, match=r"Noted is declared as test\.noted and as test\.noted_again"):
        Codec([stored("test.noted", 1, Noted), stored("test.noted_again", 1, Noted)])
