"""No answer before COMMIT: a transaction that does not commit is never reported as done."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.changes import Table, Write
from ledger.pg.ledger import PostgresLedger
from ledger.recorded import Decided, Recorded
from ledger.rows import Lane
from ledger.store import Busy
from tests.databases import MakeDatabase, MakePool
from tests.edge.counter import SWINDON, CounterStarted, House, counter_house

URL = f"/counter/councils/{SWINDON}/counters"
MIGRATION = Path(__file__).parent / "migrations" / "0001_failing_commit.sql"


@pytest.mark.parametrize("failure", [Busy("lost"), ConnectionResetError("lost"), RuntimeError("bug")])
async def test_a_command_whose_commit_fails_gives_no_2xx_and_can_be_repeated(house: House, failure: Exception) -> None:
    headers = house.headers()
    house.ledger.commit_fails = failure
    answer = await house.http.post(URL, json={"label": "x"}, headers=headers)
    assert answer.status_code == (500 if isinstance(failure, RuntimeError) else 503)
    assert (await house.ledger.head(SWINDON)).position == 0
    house.ledger.commit_fails = None
    again = await house.http.post(URL, json={"label": "x"}, headers=headers)
    assert again.status_code == 201
    assert (await house.ledger.head(SWINDON)).position == 1


async def positions_at_first_byte(
    house: House, lane: Lane, ask: Callable[[httpx.AsyncClient], Awaitable[None]]
) -> list[int]:
    """Where the lane stood, as another reader sees it, when each answer began to leave the app."""
    seen: list[int] = []
    app: Any = house.app

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        async def watching(message: Any) -> None:
            if message["type"] == "http.response.start":
                seen.append((await house.ledger.head(SWINDON, lane)).position)
            await send(message)

        await app(scope, receive, watching)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(watched), base_url="http://panelbook") as http:
        await ask(http)
    return seen


async def test_a_command_is_committed_when_the_first_byte_of_its_answer_leaves(house: House) -> None:
    async def ask(http: httpx.AsyncClient) -> None:
        assert (await http.post(URL, json={"label": "x"}, headers=house.headers())).status_code == 201

    assert await positions_at_first_byte(house, "book", ask) == [1]


async def test_a_reading_and_a_refusal_are_written_down_when_the_first_byte_leaves(house: House) -> None:
    counter = await house.start()

    async def ask(http: httpx.AsyncClient) -> None:
        headers = {**house.headers(), "If-Match": '"7"'}
        assert (await http.get(f"{URL}/{counter}", headers=headers)).status_code == 200
        stale = await http.post(f"{URL}/{counter}/raising", json={"by": 1}, headers=headers)
        assert stale.status_code == 412

    assert await positions_at_first_byte(house, "access", ask) == [1, 2]


COUNTED = Table("read.counted", key=("counter",))


def show(recorded: Recorded) -> Sequence[Write]:
    """The read model whose rows can make COMMIT fail."""
    if isinstance(recorded, Decided) and isinstance(recorded.event, CounterStarted):
        return [COUNTED.row(recorded.row.stream).insert(label=recorded.event.label)]
    return []


@pytest.fixture
async def real_house(tmp_path: Path, service_database: MakeDatabase, service_pool: MakePool) -> AsyncIterator[House]:
    """The counter service over PostgreSQL."""
    pool = await service_pool(await service_database("counter", migrations=[MIGRATION]))
    async with counter_house(tmp_path, PostgresLedger("counter", pool), show) as house:
        yield house


@pytest.mark.connected
@pytest.mark.parametrize(("label", "status"), [("refuse", 500), ("lock", 503), ("cut", 503)])
async def test_postgresql_failing_at_commit_gives_no_2xx_and_stores_nothing(
    real_house: House, label: str, status: int
) -> None:
    answer = await real_house.http.post(URL, json={"label": label}, headers=real_house.headers())
    assert answer.status_code == status
    assert (await real_house.ledger.head(SWINDON)).position == 0
    good = await real_house.http.post(URL, json={"label": "x"}, headers=real_house.headers())
    assert good.status_code == 201
    assert (await real_house.ledger.head(SWINDON)).position == 1


@pytest.mark.connected
async def test_over_postgresql_a_command_a_refusal_and_a_reading_each_stand_in_their_lane(real_house: House) -> None:
    counter = await real_house.start()
    headers = {**real_house.headers(), "If-Match": '"1"'}
    first = await real_house.http.post(f"{URL}/{counter}/raising", json={"by": 3}, headers=headers)
    again = await real_house.http.post(f"{URL}/{counter}/raising", json={"by": 3}, headers=headers)
    assert (first.status_code, first.content) == (200, again.content)
    over = {**real_house.headers(), "If-Match": '"2"'}
    assert (await real_house.http.post(f"{URL}/{counter}/raising", json={"by": 101}, headers=over)).status_code == 403
    assert (await real_house.http.get(f"{URL}/{counter}", headers=over)).json()["sum"] == 3
    assert (await real_house.ledger.head(SWINDON)).position == 2
    assert [type(one).__name__ for one in await real_house.access_events()] == ["AccessRefused", "AccessRead"]
