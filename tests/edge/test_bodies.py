"""What a body may be, and what the caller is told about one that may not."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from edge.arrivals import MAX_BODY
from edge.bodies import MAX_DEPTH
from tests.edge.counter import SWINDON, House, StartForm

URL = f"/counter/councils/{SWINDON}/counters"


async def sent(house: House, content: bytes | AsyncIterator[bytes], **headers: str) -> tuple[int, dict[str, Any]]:
    """Status and document of a body sent as it stands."""
    told = {**house.headers(), "Content-Type": "application/json", **headers}
    answer = await house.http.post(URL, content=content, headers={name: value for name, value in told.items() if value})
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()


async def failing(house: House, body: Mapping[str, Any]) -> dict[str, str]:
    """Pointers and codes of a refused form; nothing may have been stored."""
    status, document = await sent(house, json.dumps(body).encode())
    assert status == 422
    assert (await house.ledger.head(SWINDON)).position == 0
    return {one["pointer"]: one["code"] for one in document["failing"]}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "MALFORMED_JSON"),
        (b"{", "MALFORMED_JSON"),
        (b"{'label': 'x'}", "MALFORMED_JSON"),
        (b'{"label": "x"} more', "MALFORMED_JSON"),
        (b'\xef\xbb\xbf{"label": "x"}', "MALFORMED_JSON"),
        ('{"label": "x"}'.encode("utf-16"), "MALFORMED_JSON"),
        (b'{"label": "\xff"}', "MALFORMED_JSON"),
        (b'{"label": NaN}', "MALFORMED_JSON"),
        (b'{"label": -Infinity}', "MALFORMED_JSON"),
        (b'{"label": "x", "label": "y"}', "SAME_FIELD_TWICE"),
        ('{"named": {"\u00e9": "x", "e\u0301": "y"}, "label": "x"}'.encode(), "SAME_FIELD_TWICE"),
        (b'{"pence": 1' + b"0" * 18 + b"}", "NUMBER_TOO_LARGE"),
        (b'{"pence": 1' + b"0" * 9000 + b"}", "NUMBER_TOO_LARGE"),
        (b'{"pence": 1e999}', "NUMBER_TOO_LARGE"),
        (b"[" * 100_000 + b"]" * 100_000, "TOO_DEEP"),
        (b'{"a":' * 30_000 + b"1" + b"}" * 30_000, "TOO_DEEP"),
        (b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2), "TOO_DEEP"),
    ],
)
async def test_what_is_not_json_is_refused_with_400(house: House, content: bytes, code: str) -> None:
    status, document = await sent(house, content)
    assert (status, document["code"]) == (400, code)


async def test_a_body_within_the_depth_is_read(house: House) -> None:
    status, document = await sent(house, b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    assert (status, document["failing"][0]["code"]) == (422, "NOT_AN_OBJECT")


async def test_every_failing_field_is_told_at_once_and_no_value_is_repeated(house: House) -> None:
    body = {
        "label": "  ",
        "pence": "300",
        "kind": "hunter2",
        "flag": "yes",
        "on": "2026-02-30",
        "at": "2026-10-07T16:00:00",
        "ref": "hunter2",
        "parts": [{"number": 1.0, "words": "w"}, {"number": True, "words": 7, "more": "hunter2"}],
        "named": {"a/b~c": ""},
        "hunter3": 1,
    }
    status, document = await sent(house, json.dumps(body).encode())
    assert status == 422
    assert document["code"] == "FORM_INCOMPLETE"
    assert {one["pointer"]: one["code"] for one in document["failing"]} == {
        "/label": "REQUIRED",
        "/pence": "NOT_A_WHOLE_NUMBER",
        "/kind": "NOT_A_CHOICE",
        "/flag": "NOT_YES_OR_NO",
        "/on": "NOT_A_DATE",
        "/at": "NOT_A_MOMENT",
        "/ref": "NOT_AN_ID",
        "/parts/0/number": "NOT_A_WHOLE_NUMBER",
        "/parts/1/number": "NOT_A_WHOLE_NUMBER",
        "/parts/1/words": "NOT_A_TEXT",
        "/parts/1/more": "UNKNOWN_FIELD",
        "/named/a~1b~0c": "REQUIRED",
        "/hunter3": "UNKNOWN_FIELD",
    }
    assert "hunter2" not in json.dumps(document)
    assert (await house.ledger.head(SWINDON)).position == 0


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"/label": "REQUIRED"}),
        ({"label": None}, {"/label": "NOT_A_TEXT"}),
        ({"label": "x" * 201}, {"/label": "TOO_LONG"}),
        ({"label": "two\nlines"}, {"/label": "WRONG_SHAPE"}),
        ({"label": "x", "pence": -1}, {"/pence": "OUT_OF_RANGE"}),
        ({"label": "x", "pence": 10_000_000_001}, {"/pence": "OUT_OF_RANGE"}),
        ({"label": "x", "pence": 1.5}, {"/pence": "NOT_A_WHOLE_NUMBER"}),
        ({"label": "x", "at": 1_700_000_000}, {"/at": "NOT_A_MOMENT"}),
        ({"label": "x", "at": "0001-01-01T00:00:00+14:00"}, {"/at": "OUT_OF_RANGE"}),
        ({"label": "x", "on": "0999-01-01"}, {"/on": "OUT_OF_RANGE"}),
        ({"label": "x", "on": 20261007}, {"/on": "NOT_A_DATE"}),
        ({"label": "x", "parts": {"number": 1}}, {"/parts": "NOT_A_LIST"}),
        ({"label": "x", "parts": ["p"]}, {"/parts/0": "NOT_AN_OBJECT"}),
        ({"label": "x", "named": ["p"]}, {"/named": "NOT_AN_OBJECT"}),
        (
            {"label": "x", "council": "c92ab7", "actor": "chair"},
            {"/council": "UNKNOWN_FIELD", "/actor": "UNKNOWN_FIELD"},
        ),
    ],
)
async def test_a_field_that_does_not_hold_what_it_must_has_a_code(
    house: House, body: dict[str, Any], expected: dict[str, str]
) -> None:
    assert await failing(house, body) == expected


@pytest.mark.parametrize("hidden", ["\0", "\x1b", "\x85", "\u202e", "\u2066", "\ud800", "\uffff"])
@pytest.mark.parametrize("place", ["label", "part", "key"])
async def test_text_that_hides_or_forges_is_refused_wherever_it_stands(house: House, hidden: str, place: str) -> None:
    bodies: dict[str, tuple[dict[str, Any], str]] = {
        "label": ({"label": f"a{hidden}b"}, "/label"),
        "part": ({"label": "x", "parts": [{"number": 1, "words": hidden}]}, "/parts/0/words"),
        "key": ({"label": "x", "named": {f"k{hidden}": "v"}}, "/named"),
    }
    body, pointer = bodies[place]
    assert await failing(house, body) == {pointer: "TEXT_NOT_ALLOWED"}


async def test_text_is_kept_in_one_spelling_and_with_its_own_lines_and_emoji(house: House) -> None:
    words = "Zoe\u0308 likes\n\tthe park \U0001f469\u200d\U0001f467, \u05e9\u05dc\u05d5\u05dd \u200f"
    status, document = await sent(house, json.dumps({"label": "x", "parts": [{"number": 1, "words": words}]}).encode())
    assert status == 201
    assert document["form"]["parts"][0]["words"] == words.replace("e\u0308", "\u00eb")


async def test_a_form_holds_typed_values_in_utc(house: House) -> None:
    form = StartForm.model_validate(
        {"label": " x ", "on": "2026-10-07", "at": "2026-10-07T17:00:00+01:00", "parts": [{"number": 1, "words": "w"}]}
    )
    assert form.label == "x"
    assert form.at == datetime(2026, 10, 7, 16, tzinfo=UTC)
    assert isinstance(form.parts, tuple)
    assert form == StartForm(label="x", on=form.on, at=form.at, parts=form.parts)


async def many(size: int) -> AsyncIterator[bytes]:
    """A body in pieces, whose length nobody announced."""
    for _ in range(0, size, 1024):
        yield b" " * 1024


async def test_a_body_of_exactly_the_limit_is_read_and_one_byte_more_is_not(house: House) -> None:
    body = b'{"label": "x"}'
    status, _ = await sent(house, body + b" " * (MAX_BODY - len(body)))
    assert status == 201
    status, document = await sent(house, body + b" " * (MAX_BODY - len(body) + 1))
    assert (status, document["code"]) == (413, "BODY_TOO_LARGE")


async def test_a_streamed_body_over_the_limit_is_refused_before_it_ends(house: House) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while taken < 100 * MAX_BODY:
            taken += 65536
            yield b" " * 65536

    answer = await house.http.post(
        URL, content=endless(), headers={**house.headers(), "Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")


async def test_an_announced_length_over_the_limit_is_refused_before_a_byte_is_read(house: House) -> None:
    for announced in (str(MAX_BODY + 1), "9" * 400, "-1", "many"):
        read: list[str] = []
        status = await raw(house, {"content-length": announced}, [b"{}"], read)
        assert (status, read) == (413, [])


async def test_a_body_that_understates_its_length_is_still_measured(house: House) -> None:
    assert await raw(house, {"content-length": "2"}, [b" " * 65536] * 5, []) == 413


async def test_a_body_that_never_ends_is_given_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.arrivals.BODY_SECONDS", 0.05)

    async def stuck() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    status, document = await sent(house, stuck())
    assert (status, document["code"]) == (408, "BODY_TOO_SLOW")


async def test_received_at_is_when_the_last_byte_has_reached_us(house: House) -> None:
    late = datetime(2026, 10, 7, 16, 0, 1, tzinfo=UTC)
    pieces: list[Any] = [b'{"label":', lambda: house.clock.set(late), b'"x"}']
    assert await raw(house, {}, pieces, []) == 201
    (row,) = await house.ledger.rows(SWINDON)
    assert row.received_at == late


async def raw(house: House, headers: dict[str, str], pieces: list[Any], read: list[str]) -> int:
    """The status of a request whose pieces are handed over one by one; a piece may also be something to do first."""
    statuses: list[int] = []
    waiting = list(pieces)

    async def receive() -> dict[str, Any]:
        read.append("asked")
        piece = waiting.pop(0)
        if callable(piece):
            piece()
            piece = waiting.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(waiting)}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    told = {**house.headers(), "content-type": "application/json", **headers}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": URL,
        "raw_path": URL.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in told.items()],
        "server": ("panelbook", 80),
        "client": ("127.0.0.1", 1),
    }
    await house.app(scope, receive, send)
    return statuses[0]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 201),
        ("Application/JSON; charset=UTF-8", 201),
        ('application/json;charset="utf-8"', 201),
        ("application/json; charset=latin-1", 415),
        ("application/x-www-form-urlencoded; charset=latin-1", 415),
        ("multipart/form-data; boundary=x", 415),
        ("text/plain", 415),
        ("application/jsonp", 415),
        ("", 415),
    ],
)
async def test_only_json_and_web_forms_in_utf8_are_read(house: House, kind: str, status: int) -> None:
    found, document = await sent(house, b'{"label": "x"}', **{"Content-Type": kind})
    assert found == status
    if status == 415:
        assert document["code"] == "NOT_JSON"


async def test_a_compressed_body_is_refused(house: House) -> None:
    status, document = await sent(house, b'{"label": "x"}', **{"Content-Encoding": "gzip"})
    assert (status, document["code"]) == (415, "NOT_JSON")


async def test_a_command_without_any_body_lacks_its_form(house: House) -> None:
    answer = await house.http.post(f"/counter/councils/{SWINDON}/faults/rule", headers=house.headers())
    assert (answer.status_code, answer.json()["code"]) == (422, "FORM_INCOMPLETE")
    assert answer.json()["failing"] == [
        {"pointer": "", "in": "body", "code": "REQUIRED", "sentence": "This must be given."}
    ]


WEB_FORM = "application/x-www-form-urlencoded"


async def test_a_web_form_is_taken_into_the_same_form_by_the_same_route(house: House) -> None:
    body = (
        b"label=+x+&pence=300&kind=FANCY&flag=on&on=2026-10-07&at=2026-10-07T17:00:00%2B01:00&ref="
        b"&parts[10][number]=2&parts[10][words]=second&parts[2][number]=1&parts[2][words]=one%0D%0Atwo&named[a.b]=Zoe%CC%88"
    )
    status, document = await sent(house, body, **{"Content-Type": WEB_FORM})
    assert status == 201
    assert document["form"] == {
        "label": "x",
        "pence": 300,
        "kind": "FANCY",
        "flag": True,
        "on": "2026-10-07",
        "at": "2026-10-07T16:00:00Z",
        "ref": None,
        "parts": [{"number": 1, "words": "one\ntwo"}, {"number": 2, "words": "second"}],
        "named": {"a.b": "Zo\u00eb"},
    }


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("label", 400, "MALFORMED_FORM"),
        ("label=x&&pence=1", 400, "MALFORMED_FORM"),
        ("label=%FF", 400, "MALFORMED_FORM"),
        ("parts[0=x", 400, "MALFORMED_FORM"),
        ("parts[]=x", 400, "MALFORMED_FORM"),
        ("[0]=x", 400, "MALFORMED_FORM"),
        ("=x", 400, "MALFORMED_FORM"),
        ("&".join(f"a{number}=" for number in range(10_001)), 400, "MALFORMED_FORM"),
        ("a" + "[b]" * (MAX_DEPTH + 1) + "=x", 400, "TOO_DEEP"),
        ("label=x&label=y", 400, "SAME_FIELD_TWICE"),
        ("label=x&label=x", 400, "SAME_FIELD_TWICE"),
        ("named=x&named[a]=y", 400, "SAME_FIELD_TWICE"),
        ("named[a]=y&named=x", 400, "SAME_FIELD_TWICE"),
        ("named[%C3%A9]=x&named[e%CC%81]=y", 400, "SAME_FIELD_TWICE"),
        ("label=x&pence=1" + "0" * 18, 400, "NUMBER_TOO_LARGE"),
        ("label=x&pence=480.00", 422, "NOT_A_WHOLE_NUMBER"),
        ("label=x&pence=4_800", 422, "NOT_A_WHOLE_NUMBER"),
        ("label=a%00b", 422, "TEXT_NOT_ALLOWED"),
        ("named[%E2%80%AE]=x", 422, "TEXT_NOT_ALLOWED"),
        ("", 422, "FORM_INCOMPLETE"),
    ],
)
async def test_what_is_not_a_web_form_is_refused(house: House, body: str, status: int, code: str) -> None:
    found, document = await sent(house, body.encode(), **{"Content-Type": WEB_FORM})
    assert (found, document["code"]) == (status, code)
    assert (await house.ledger.head(SWINDON)).position == 0


async def test_every_failing_field_of_a_web_form_is_told_at_once_and_no_value_is_repeated(house: House) -> None:
    body = (
        "label=++&pence=hunter2&kind=hunter2&flag=hunter2&on=2026-02-30&at=2026-10-07T16:00:00&ref=hunter2&hunter3=1"
        "&parts[0][number]=nan&parts[0][words]=w&parts[1][number]=1.5&parts[1][words]=w&parts[1][more]=hunter2"
        "&named[a/b~c]="
    )
    status, document = await sent(house, body.encode(), **{"Content-Type": WEB_FORM})
    assert (status, document["code"]) == (422, "FORM_INCOMPLETE")
    assert {one["pointer"]: one["code"] for one in document["failing"]} == {
        "/label": "REQUIRED",
        "/pence": "NOT_A_WHOLE_NUMBER",
        "/kind": "NOT_A_CHOICE",
        "/flag": "NOT_YES_OR_NO",
        "/on": "NOT_A_DATE",
        "/at": "NOT_A_MOMENT",
        "/ref": "NOT_AN_ID",
        "/parts/0/number": "NOT_A_WHOLE_NUMBER",
        "/parts/1/number": "NOT_A_WHOLE_NUMBER",
        "/parts/1/more": "UNKNOWN_FIELD",
        "/named/a~1b~0c": "REQUIRED",
        "/hunter3": "UNKNOWN_FIELD",
    }
    assert "hunter2" not in json.dumps(document)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("label=x&pence=-1", {"/pence": "OUT_OF_RANGE"}),
        ("label=x&pence=10000000001", {"/pence": "OUT_OF_RANGE"}),
        ("label[a]=x", {"/label": "NOT_A_TEXT"}),
        ("label=x&at=7+October", {"/at": "NOT_A_MOMENT"}),
        ("label=x&parts[x][number]=1", {"/parts": "NOT_A_LIST"}),
        ("label=x&parts[0]=p", {"/parts/0": "NOT_AN_OBJECT"}),
        ("label=x&named=p", {"/named": "NOT_AN_OBJECT"}),
    ],
)
async def test_a_field_of_a_web_form_is_held_to_the_same_bounds(
    house: House, body: str, expected: dict[str, str]
) -> None:
    status, document = await sent(house, body.encode(), **{"Content-Type": WEB_FORM})
    assert status == 422
    assert {one["pointer"]: one["code"] for one in document["failing"]} == expected


async def test_a_repeated_web_form_gets_the_same_answer_and_another_is_refused(house: House) -> None:
    headers = {**house.headers(), "Content-Type": WEB_FORM}
    first = await house.http.post(URL, content=b"label=x&pence=3", headers=headers)
    again = await house.http.post(URL, content=b"pence=3&label=%78", headers=headers)
    other = await house.http.post(URL, content=b"label=x&pence=4", headers=headers)
    assert (first.status_code, again.json()) == (201, first.json())
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert (await house.ledger.head(SWINDON)).position == 1
