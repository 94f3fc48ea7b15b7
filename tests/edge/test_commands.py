"""Commands: once under one key, against one version, by one actor, in one council."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from edge import calls
from edge.access import AccessRead, AccessRefused
from edge.arrivals import arrival_of
from edge.middleware import SECURITY_HEADERS
from ledger.store import Busy
from tests.edge.counter import SHROPSHIRE, SWINDON, House

URL = f"/counter/councils/{SWINDON}/counters"


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and code, after the document has been checked to agree with its envelope."""
    document = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert document["status"] == answer.status_code
    assert document["type"] == f"/problems/{document['code']}"
    assert document["instance"] == f"urn:uuid:{answer.headers['X-Correlation-Id']}"
    assert document["title"]
    assert document["detail"].endswith(".")
    return answer.status_code, document["code"]


async def test_a_creation_answers_201_with_place_and_etag(house: House) -> None:
    answer = await house.http.post(URL, json={"label": "x"}, headers=house.headers())
    told = answer.json()
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Location"] == f"counters/{told['id']}"
    assert {name: told[name] for name in ("version", "position", "events")} == {
        "version": 1,
        "position": 1,
        "events": ["counter.started"],
    }


async def test_the_same_command_again_gets_the_same_answer_and_is_stored_once(house: House) -> None:
    headers = house.headers()
    first = await house.http.post(URL, json={"label": "x", "pence": 3}, headers=headers)
    again = await house.http.post(
        URL, content=b' { "pence":3, "label":"x" }', headers={**headers, "Content-Type": "application/json"}
    )
    assert (again.status_code, again.content, again.headers["ETag"]) == (201, first.content, first.headers["ETag"])
    assert (await house.ledger.head(SWINDON)).position == 1


async def test_a_repeated_command_is_answered_although_its_version_is_stale_by_now(house: House) -> None:
    counter = await house.start()
    headers = {**house.headers(), "If-Match": '"1"'}
    first = await house.http.post(f"{URL}/{counter}/raising", json={"by": 3}, headers=headers)
    again = await house.http.post(f"{URL}/{counter}/raising", json={"by": 3}, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content


async def test_the_same_key_with_another_body_is_refused(house: House) -> None:
    headers = house.headers()
    await house.http.post(URL, json={"label": "x"}, headers=headers)
    assert problem(await house.http.post(URL, json={"label": "y"}, headers=headers)) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_a_key_belongs_to_one_actor_and_council(house: House) -> None:
    headers = house.headers()
    key = {"Idempotency-Key": headers["Idempotency-Key"]}
    ids = {(await house.http.post(URL, json={"label": "x"}, headers=headers)).json()["id"]}
    other_actor = {**house.headers(actor="sw-2"), **key}
    ids.add((await house.http.post(URL, json={"label": "x"}, headers=other_actor)).json()["id"])
    elsewhere = {**house.headers(council=SHROPSHIRE), **key}
    place = URL.replace(SWINDON, SHROPSHIRE)
    ids.add((await house.http.post(place, json={"label": "x"}, headers=elsewhere)).json()["id"])
    assert len(ids) == 3


async def test_one_key_at_another_address_of_the_service_is_a_reuse(house: House) -> None:
    """G2: the address belongs to what the command says, so a key that slipped makes no second decision."""
    one, other = await house.start(), await house.start()
    headers = {**house.headers(), "If-Match": '"1"'}
    first, second = [
        await house.http.post(f"{URL}/{each}/raising", json={"by": 1}, headers=headers) for each in (one, other)
    ]
    assert (first.status_code, first.json()["id"]) == (200, one)
    assert problem(second) == (422, "IDEMPOTENCY_KEY_REUSED")


def as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name commands, and say what they say, as the edge did while an address had ids of its own."""
    today = calls._fingerprinted

    def before(request: Any, context: Any, content: bytes) -> Any:
        earlier = today(request, context, content).earlier
        assert earlier is not None
        old = replace(context, command_id=earlier.command_id, fingerprint=earlier.fingerprint, earlier=None)
        arrival_of(request).context = old
        return old

    monkeypatch.setattr(calls, "_fingerprinted", before)


async def test_a_key_used_before_this_release_is_known_under_its_old_id(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G2: sent again after the upgrade it gets the answer that it had, and with another body it is a reuse."""
    headers = house.headers()
    as_before(monkeypatch)
    first = await house.http.post(URL, json={"label": "x", "pence": 3}, headers=headers)
    monkeypatch.undo()
    again = await house.http.post(URL, json={"label": "x", "pence": 3}, headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    other = await house.http.post(URL, json={"label": "y", "pence": 3}, headers=headers)
    assert problem(other) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert (await house.ledger.head(SWINDON)).position == 1


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (None, (428, "IDEMPOTENCY_KEY_MISSING")),
        ("", (422, "IDEMPOTENCY_KEY_NOT_A_UUID")),
        ("1", (422, "IDEMPOTENCY_KEY_NOT_A_UUID")),
        ("{0b9dd3f0-6f0f-4c5e-9d39-0b6a54a1a4d}", (422, "IDEMPOTENCY_KEY_NOT_A_UUID")),
        ("x" * 65, (422, "TOO_LONG")),
    ],
)
async def test_a_command_needs_a_key_that_is_a_uuid(house: House, key: str | None, expected: tuple[int, str]) -> None:
    headers = house.headers()
    del headers["Idempotency-Key"]
    if key is not None:
        headers["Idempotency-Key"] = key
    assert problem(await house.http.post(URL, json={"label": "x"}, headers=headers)) == expected


async def test_two_keys_are_no_key(house: House) -> None:
    headers = [*house.headers().items(), ("Idempotency-Key", str(uuid4()))]
    assert problem(await house.http.post(URL, json={"label": "x"}, headers=headers)) == (
        422,
        "IDEMPOTENCY_KEY_NOT_A_UUID",
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (None, (428, "IF_MATCH_MISSING")),
        ('"2"', (412, "STALE_VERSION")),
        ('"0"', (412, "STALE_VERSION")),
        ("*", (422, "IF_MATCH_NOT_A_VERSION")),
        ('W/"2"', (412, "STALE_VERSION")),
        ('w/"1"', (422, "IF_MATCH_NOT_A_VERSION")),
        ('W/ "1"', (422, "IF_MATCH_NOT_A_VERSION")),
        ("W/1", (422, "IF_MATCH_NOT_A_VERSION")),
        ('W/"01"', (422, "IF_MATCH_NOT_A_VERSION")),
        ('W/"1", "2"', (422, "IF_MATCH_NOT_A_VERSION")),
        ('W/"*"', (422, "IF_MATCH_NOT_A_VERSION")),
        ("1", (422, "IF_MATCH_NOT_A_VERSION")),
        ('"1", "2"', (422, "IF_MATCH_NOT_A_VERSION")),
        ('"01"', (422, "IF_MATCH_NOT_A_VERSION")),
        ('"9999999999"', (422, "IF_MATCH_NOT_A_VERSION")),
    ],
)
async def test_a_command_names_the_version_that_was_read(
    house: House, told: str | None, expected: tuple[int, str]
) -> None:
    counter = await house.start()
    headers = house.headers() | ({} if told is None else {"If-Match": told})
    assert problem(await house.http.post(f"{URL}/{counter}/raising", json={"by": 1}, headers=headers)) == expected
    assert (await house.ledger.head(SWINDON)).position == 1


async def test_a_weak_tag_means_the_version_that_it_bears(house: House) -> None:
    """A proxy that compresses makes weak tags; the record's version is none of the bytes that it changed."""
    counter = await house.start()
    for version in (1, 2):
        headers = house.headers() | {"If-Match": f'W/"{version}"'}
        answer = await house.http.post(f"{URL}/{counter}/raising", json={"by": 1}, headers=headers)
        assert (answer.status_code, answer.headers["ETag"]) == (200, f'"{version + 1}"')


async def test_a_refusal_is_in_the_access_lane_with_its_author(house: House) -> None:
    counter = await house.start()
    headers = {**house.headers(actor="pm-1", roles=["practice_manager"]), "If-Match": '"1"'}
    answer = await house.http.post(f"{URL}/{counter}/raising", json={"by": 101}, headers=headers)
    assert problem(answer) == (403, "LIMIT_EXCEEDED")
    assert answer.json()["facts"] == {"limit": 100}
    (row,) = await house.ledger.rows(SWINDON, lane="access")
    assert (row.actor, row.role, row.lane, row.position) == ("pm-1", "practice_manager", "access", 1)
    assert str(row.correlation_id) == answer.headers["X-Correlation-Id"]
    assert await house.access_events() == [
        AccessRefused("raise_counter", "LIMIT_EXCEEDED", f"counters/{counter}/raising")
    ]


async def test_a_refusal_that_cannot_be_written_down_is_not_answered_as_one(house: House) -> None:
    counter = await house.start()
    house.ledger.access_fails = Busy("no")
    headers = {**house.headers(), "If-Match": '"1"'}
    answer = await house.http.post(f"{URL}/{counter}/raising", json={"by": 101}, headers=headers)
    assert problem(answer) == (503, "BUSY")


async def test_a_reading_is_written_down_before_it_is_answered(house: House) -> None:
    counter = await house.start()
    headers = {**house.headers(), "Panelbook-Purpose": "complaint_review"}
    answer = await house.http.get(f"{URL}/{counter}", headers=headers)
    assert (answer.status_code, answer.headers["ETag"], answer.json()["sum"]) == (200, '"1"', 0)
    assert await house.access_events() == [AccessRead("counter", counter, "complaint_review")]
    house.ledger.access_fails = Busy("no")
    refused = await house.http.get(f"{URL}/{counter}", headers=headers)
    assert problem(refused) == (503, "BUSY")
    assert "sum" not in refused.text


@pytest.mark.parametrize("purpose", ["because Mary asked", "Review", "a" * 65, "x; drop"])
async def test_a_purpose_is_a_word_and_no_prose(house: House, purpose: str) -> None:
    counter = await house.start()
    answer = await house.http.get(f"{URL}/{counter}", headers={**house.headers(), "Panelbook-Purpose": purpose})
    assert answer.status_code == 422
    assert [type(event) for event in await house.access_events()] == [AccessRefused]


async def test_another_councils_record_and_one_that_is_not_there_look_the_same(house: House) -> None:
    counter = await house.start()
    stranger = house.headers(actor="spy", council=SHROPSHIRE)
    theirs = await house.http.get(f"{URL}/{counter}", headers=stranger)
    missing = await house.http.get(f"{URL.replace(SWINDON, SHROPSHIRE)}/{uuid4()}", headers=stranger)
    assert problem(theirs) == problem(missing) == (404, "NOT_FOUND")
    assert {**theirs.json(), "instance": "", "correlation_id": ""} == {
        **missing.json(),
        "instance": "",
        "correlation_id": "",
    }
    assert await house.access_events(SWINDON) == []
    refusals = await house.access_events(SHROPSHIRE)
    assert [(one.command, one.code) for one in refusals] == [("show_counter", "NOT_FOUND")] * 2


async def test_a_command_on_another_council_is_refused_before_anything_is_stored(house: House) -> None:
    answer = await house.http.post(URL, json={"label": "x"}, headers=house.headers(council=SHROPSHIRE))
    assert problem(answer) == (404, "NOT_FOUND")
    assert (await house.ledger.head(SWINDON)).position == 0
    assert [one.code for one in await house.access_events(SHROPSHIRE)] == ["NOT_FOUND"]


async def test_a_role_is_chosen_among_the_callers_own(house: House) -> None:
    headers = house.headers(roles=["member", "chair"])
    await house.http.post(URL, json={"label": "x"}, headers={**headers, "Panelbook-Role": "chair"})
    await house.http.post(URL, json={"label": "x"}, headers=house.headers(roles=["member", "chair"]))
    assert [row.role for row in await house.ledger.rows(SWINDON)] == ["chair", "member"]
    refused = await house.http.post(URL, json={"label": "x"}, headers={**headers, "Panelbook-Role": "director_cs"})
    assert problem(refused) == (403, "ROLE_NOT_YOURS")
    assert [one.code for one in await house.access_events()] == ["ROLE_NOT_YOURS"]


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": ""}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer"}]
)
async def test_nobody_comes_in_without_a_token(house: House, headers: dict[str, str]) -> None:
    for answer in (
        await house.http.get(f"{URL}/{uuid4()}", headers=headers),
        await house.http.post(URL, json={}, headers=headers),
    ):
        assert problem(answer) == (401, "BAD_TOKEN" if headers else "NO_TOKEN")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_two_tokens_are_no_token(house: House) -> None:
    headers = [*house.headers().items(), *house.headers(actor="chair-1").items()]
    assert problem(await house.http.get(f"{URL}/{uuid4()}", headers=headers)) == (401, "BAD_TOKEN")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("rule", (422, "LATE")),
        ("not-ready", (503, "SETTINGS_NOT_HERE")),
        ("busy", (503, "BUSY")),
        ("unknown", (503, "COMMIT_UNKNOWN")),
        ("newer", (503, "NEWER_THAN_ME")),
        ("stale", (412, "STALE_VERSION")),
        ("large", (413, "ENTRY_TOO_LARGE")),
        ("network", (503, "STORE_AWAY")),
        ("gone", (503, "STORE_AWAY")),
        ("protocol", (503, "STORE_AWAY")),
        ("constraint", (500, "FAULT")),
        ("fault", (500, "FAULT")),
    ],
)
async def test_whatever_goes_wrong_has_a_problem_without_internals(
    house: House, kind: str, expected: tuple[int, str]
) -> None:
    answer = await house.http.post(f"/counter/councils/{SWINDON}/faults/{kind}", json={}, headers=house.headers())
    assert problem(answer) == expected
    assert "hunter2" not in answer.text
    if expected[0] == 503:
        assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/nowhere", (404, "NOT_FOUND")),
        ("GET", "/counter/nowhere", (404, "NOT_FOUND")),
        ("GET", f"{URL}/not-a-uuid", (404, "NOT_FOUND")),
        ("GET", f"{URL}/", (404, "NOT_FOUND")),
        ("DELETE", URL, (405, "METHOD_NOT_ALLOWED")),
        ("BREW", URL, (405, "METHOD_NOT_ALLOWED")),
        ("GET", f"{URL}/0b9dd3f0-6f0f-4c5e-9d39-0b6a54a1a4aa?as_at=yesterday", (422, "NOT_A_MOMENT")),
    ],
)
async def test_an_address_that_is_none_is_a_problem_too(
    house: House, method: str, path: str, expected: tuple[int, str]
) -> None:
    answer = await house.http.request(method, path, headers=house.headers())
    assert problem(answer) == expected
    if expected[0] == 405:
        assert answer.headers["Allow"] == "POST"


async def test_every_answer_has_the_security_headers_and_a_correlation_id(house: House) -> None:
    counter = await house.start()
    for path in ("/nowhere", "/counter/nowhere", f"{URL}/{counter}", "/counter/livez", "/counter/openapi.json"):
        answer = await house.http.get(path, headers=house.headers())
        assert {name: answer.headers[name] for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS)
        assert UUID(answer.headers["X-Correlation-Id"])


@pytest.mark.parametrize("told", ["Mary Smith", "x" * 500, "'; drop table", "0b9dd3f0-6f0f-4c5e-9d39-0b6a54a1a4zz"])
async def test_a_correlation_id_that_is_no_uuid_is_not_repeated(house: House, told: str) -> None:
    answer = await house.http.get("/counter/livez", headers={"X-Correlation-Id": told})
    assert answer.headers["X-Correlation-Id"] != told


async def test_a_correlation_id_of_the_caller_stands_in_the_book(house: House) -> None:
    told = str(uuid4())
    await house.http.post(URL, json={"label": "x"}, headers={**house.headers(), "X-Correlation-Id": told})
    (row,) = await house.ledger.rows(SWINDON)
    assert str(row.correlation_id) == told


async def test_readiness_names_its_checks_and_none_of_their_words(house: House) -> None:
    async def good() -> None:
        return

    async def bad() -> None:
        raise RuntimeError("hunter2")

    house.ready["database"] = good
    assert (await house.http.get("/counter/readyz")).json() == {"status": "ready", "checks": {"database": "ok"}}
    house.ready["relay"] = bad
    answer = await house.http.get("/counter/readyz")
    told: Any = answer.json()
    assert (answer.status_code, told["checks"]) == (503, {"database": "ok", "relay": "failing"})
    assert "hunter2" not in answer.text
    assert (await house.http.get("/counter/livez")).status_code == 200
