"""One case as at any moment: the same bytes for the same question, every row about it, and no row about another."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from ledger.book import rebuild
from ledger.rows import Context
from services.record.history import read
from services.record.history.answer import FORMAT
from services.record.history.commands import name_copies_again
from services.record.history.read import CASE, Place
from tests.databases import Databases
from tests.services.house import SHROPSHIRE, SWINDON
from tests.services.record.town import CHAIR, NEEDED, REFUSAL, Cases, Town, open_town

pytestmark = [pytest.mark.connected, pytest.mark.asyncio(loop_scope="module")]

COMPLETE = "2026-10-13T14:00:00Z"
READERS = ("complaints_officer", "records_officer", "director_csw", "director_cs")


async def entries(town: Town, application: str, as_at: str | None = None) -> list[dict[str, Any]]:
    answer = await town.history(application, as_at)
    assert answer.status_code == 200, answer.text
    return answer.json()["entries"]


def moment(entry: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(entry["recorded_at"])


def text_of(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


async def test_the_history_is_told_in_order_by_every_service_that_knows_of_it(town: Town, cases: Cases) -> None:
    told = await entries(town, cases.first)
    assert {one["service"] for one in told} == {"intake", "routing", "panel", "notify", "record"}
    order = [(one["recorded_at"], one["service"], one["position"]) for one in told]
    assert order == sorted(order)
    names = [(one["service"], one["name"]) for one in told if one["kind"] == "decided"]
    for expected in (
        ("intake", "intake.application.submitted"),
        ("routing", "routing.route.routed"),
        ("panel", "panel.decision.deferred"),
        ("notify", "notify.message.wanted"),
        ("record", "record.complaint.opened"),
    ):
        assert expected in names


async def test_the_digest_in_the_header_is_that_of_the_body(town: Town, cases: Cases) -> None:
    answer = await town.history(cases.first)
    assert answer.headers["Digest"] == f"sha-256={sha256(answer.content).hexdigest()}"
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["format"] == FORMAT
    assert answer.json()["as_at"] == "2026-10-13T14:00:00.000000Z"


async def test_as_at_includes_what_was_recorded_at_exactly_that_moment_and_nothing_later(
    town: Town, cases: Cases
) -> None:
    told = await entries(town, cases.first)
    deferred = next(one for one in told if one["name"] == "panel.decision.deferred")
    at = moment(deferred)
    exactly = await entries(town, cases.first, text_of(at))
    assert deferred in exactly
    assert exactly == [one for one in told if moment(one) <= at]
    before = await entries(town, cases.first, text_of(at - timedelta(microseconds=1)))
    assert deferred not in before
    assert before == [one for one in told if moment(one) < at]
    assert len(before) < len(exactly) < len(told)


async def test_rows_that_many_cases_share_appear_and_other_cases_rows_never(town: Town, cases: Cases) -> None:
    first, second = await entries(town, cases.first), await entries(town, cases.second)
    of_sitting = ["panel.sitting.scheduled", "panel.sitting.opened", "panel.sitting.closed",
                  "panel.sitting.minutes_signed"]  # fmt: skip
    for told in (first, second):
        assert [one["name"] for one in told if one["name"] in of_sitting] == of_sitting
        opened = next(one for one in told if one["name"] == "panel.sitting.opened")
        assert "officer-ch" in [one["member"] for one in opened["content"]["present"]]
        assert {one["kind"] for one in told} == {"decided", "heard"}
    assert cases.second not in str(first)
    assert cases.first not in str(second)
    assert "Wren" not in str(first)
    assert "Rowan" not in str(second)


async def test_a_sitting_that_the_case_was_not_yet_on_does_not_appear(town: Town, cases: Cases) -> None:
    told = await entries(town, cases.first)
    offered = next(one for one in told if one["name"] == "panel.sitting.slot_offered")
    before = await entries(town, cases.first, text_of(moment(offered) - timedelta(microseconds=1)))
    assert "panel.sitting.scheduled" not in [one["name"] for one in before]


async def test_the_content_is_readable(town: Town, cases: Cases) -> None:
    told = await entries(town, cases.first)
    by_name = {one["name"]: one["content"] for one in told}
    assert by_name["intake.application.started"]["person_name"] == "Rowan the child"
    assert by_name["panel.decision.deferred"]["reasons"] == ["The panel could not see how contact would be kept."]
    assert by_name["record.complaint.opened"]["words"] == "Nobody asked me about Sundays."
    assert by_name["uk.panelbook.panel.decision.decided"]["person_name"] == "Rowan the child"
    assert "sealed" not in str(told)


async def test_the_rules_that_entries_name_are_in_the_answer(town: Town, cases: Cases) -> None:
    (rule,) = (await town.history(cases.first)).json()["rules"]
    assert (rule["version"], rule["published_by"]) == (1, "officer-pub")
    assert rule["in_force_from"] == "2026-10-05T08:15:00.000000Z"
    assert rule["delegated_limits"] == {}
    (theirs,) = (await town.history(cases.plan, council=SHROPSHIRE)).json()["rules"]
    assert theirs["delegated_limits"] == {"practice_manager": 100_000}
    assert theirs["digest"] != rule["digest"]


async def test_a_delegated_decision_is_told_word_for_word(town: Town, cases: Cases) -> None:
    answer = await town.history(cases.plan, council=SHROPSHIRE)
    decided = next(one for one in answer.json()["entries"] if one["name"] == "panel.decision.delegated_decision_made")
    assert (decided["content"]["reasons"], decided["content"]["needed"]) == ([REFUSAL], [NEEDED])


async def test_the_same_question_gets_the_same_bytes_after_everything_was_folded_again(
    town: Town, cases: Cases
) -> None:
    asked = (None, COMPLETE, "2026-10-13T09:30:00Z")
    before = [(await town.history(cases.first, as_at)).content for as_at in asked]
    for house in town.houses.values():
        await rebuild(house.host.book, [SWINDON, SHROPSHIRE])
    assert (await town.history(cases.first)).status_code == 404, "the index is gone until the copies are named again"
    for council in (SWINDON, SHROPSHIRE):
        assert await name_copies_again(town.record.host.book, town.record.host.pool, council) > 0
    assert [(await town.history(cases.first, as_at)).content for as_at in asked] == before
    assert before[0] == before[1] != before[2]


async def test_a_moment_once_answered_keeps_its_cut(town: Town, cases: Cases) -> None:
    at = datetime(2026, 10, 13, 9, 5, tzinfo=UTC)
    now = town.record.clock.now()
    context = Context(SWINDON, "tester", "service", now, now, uuid4(), uuid4())
    async with town.record.host.book.unit_of_work(context) as unit:
        await unit.transaction.change([read.pin(at, FORMAT, {"intake": Place(1, 15)})])
    answer = (await town.history(cases.first, text_of(at))).json()
    assert answer["cut"] == {"intake": {"epoch": 1, "position": 15}}
    assert {one["service"] for one in answer["entries"]} == {"intake"}
    assert max(one["position"] for one in answer["entries"]) <= 15


async def test_a_moment_not_yet_complete_is_refused_with_the_newest_that_is(town: Town, cases: Cases) -> None:
    answer = await town.history(cases.first, "2026-10-13T14:00:00.000001Z")
    assert (answer.status_code, answer.json()["code"]) == (409, "NOT_COMPLETE_YET")
    assert datetime.fromisoformat(answer.json()["facts"]["newest_complete"]) == datetime.fromisoformat(COMPLETE)
    shown = (await town.ask("record", "GET", "completeness", **CHAIR)).json()
    assert shown["until"] == COMPLETE
    assert set(shown["by_service"]) == {"intake", "routing", "panel", "notify", "record"}


async def test_nothing_is_complete_before_every_service_has_made_its_mark(databases: Databases, tmp_path: Path) -> None:
    async with open_town(databases, tmp_path) as town:
        for house in town.houses.values():
            await house.host.ledger.enlist(SWINDON)
        await town.copy(leave_out="notify")
        answer = await town.history(str(uuid4()))
        assert (answer.status_code, answer.json()["code"]) == (409, "NOT_COMPLETE_YET")
        assert answer.json()["facts"]["newest_complete"] is None
        await town.copy()
        assert (await town.history(str(uuid4()))).status_code == 404


async def test_another_councils_case_is_not_there(town: Town, cases: Cases) -> None:
    for application, council in ((cases.first, SHROPSHIRE), (cases.plan, SWINDON)):
        answer = await town.history(application, council=council)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_a_case_is_not_there_before_its_first_row(town: Town, cases: Cases) -> None:
    answer = await town.history(cases.first, "2026-10-06T08:59:59Z")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("role", ["social_worker", "chair", "iro", "team_manager"])
async def test_only_those_who_review_cases_read_whole_ones(town: Town, cases: Cases, role: str) -> None:
    answer = await town.history(cases.first, role=role)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_operators_read_no_case_at_all(town: Town, cases: Cases) -> None:
    answer = await town.history(cases.first, role="operator")
    assert (answer.status_code, answer.json()["code"]) == (403, "OPERATOR_READS_NO_CONTENT")


@pytest.mark.parametrize("role", READERS)
async def test_who_reviews_a_case_is_logged(town: Town, cases: Cases, role: str) -> None:
    actor = f"reader-{role}"
    assert (await town.history(cases.first, actor=actor, role=role)).status_code == 200
    logged = await town.record.host.ledger.rows(SWINDON, lane="access")
    assert actor in [row.actor for row in logged]


async def test_a_case_is_found_through_indexes_among_many(town: Town, cases: Cases) -> None:
    connection = await asyncpg.connect(town.record.database.admin_dsn)
    many = "c0ffee"
    try:
        await connection.execute(
            """
            insert into copy.row
            select $1, s.service, 'book', 1, n, 'decided', 'application-' || md5((n / 10)::text), n, '', 0, 0,
                   gen_random_uuid(), 'intake.application.started', 1, now(), now() + n * interval '1 s', 'a', 'r',
                   gen_random_uuid(), gen_random_uuid(), '', repeat('x', 300)::bytea, '', ''
            from unnest(array['intake', 'notify', 'panel', 'record', 'routing']) s(service), generate_series(1, 4000) n
            """,
            many,
        )
        await connection.execute(
            "insert into read.named select council, service, epoch, position, stream from copy.row where council = $1"
            " and position % 2 = 0",
            many,
        )
        await connection.execute(
            "insert into read.thread select council, stream, service, stream, min(position) from copy.row"
            " where council = $1 group by council, stream, service",
            many,
        )
        await connection.execute("analyze copy.row, read.named, read.thread")
    finally:
        await connection.close()
    services = ["intake", "notify", "panel", "record", "routing"]
    cut = {service: Place(1, 4000) for service in services}
    async with town.record.host.book.reading(many) as reader:
        application = (await reader.fetch("select stream from copy.row where council = $1 limit 1"))[0]["stream"]
        assert len(await read.case_rows(reader, application, cut)) in (45, 50)
        plan = await reader.fetch("explain " + CASE, application, services, [1] * 5, [4000] * 5)
        explained = "\n".join(row[0] for row in plan)
        assert "Seq Scan on" not in explained, explained
        after = await reader.fetch(
            "explain select distinct stream from copy.row where council = $1 and service = 'intake' and stream = $2",
            application,
        )
        assert "Seq Scan on" not in "\n".join(row[0] for row in after)


async def test_what_belongs_to_an_erased_person_is_gone_and_the_rest_stands(town: Town, cases: Cases) -> None:
    await town.vault.destroy(SWINDON, "Wren-child")
    told = await entries(town, cases.second)
    started = next(one for one in told if one["name"] == "intake.application.started")
    assert started["content"]["person_name"] is None
    assert [member["name"] for member in started["content"]["family"]] == [None, "Wren's mother"]
    verified = await town.ask("record", "GET", "verification", actor="officer-co", role="complaints_officer")
    assert verified.json()["verified"] is True
