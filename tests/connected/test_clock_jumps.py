"""The machine's clock jumps an hour, forward and back: recorded times never go back, and nobody stops listening."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bus.marker import Marker
from bus.trail import read_trail
from edge.keys import FixedKeys
from ledger.proof.verify import verify_ledger
from ledger.rows import Mark, Row
from services.hosting import create_app
from services.intake.main import SERVICE as INTAKE
from tests.bus import toy
from tests.bus.conftest import Service, Stage, eventually, running
from tests.databases import Databases
from tests.services.house import SWINDON, ServiceHouse, open_house
from tests.services.intake.doors import call, filled, settings_heard, submit

pytestmark = pytest.mark.connected

HOUR = timedelta(hours=1)
CUT_OFF = datetime(2026, 10, 7, 16, tzinfo=UTC)


@dataclass
class JumpingClock(toy.StandingClock):
    """A machine's clock as somebody sets it, back too."""

    moment: datetime

    def now(self) -> datetime:
        """The moment in UTC; a millisecond later each time."""
        self.moment += timedelta(milliseconds=1)
        return self.moment


def with_clock(house: ServiceHouse, clock: JumpingClock) -> ServiceHouse:
    """The same service in a process whose clock is this one."""
    host = replace(house.host, clock=clock)
    app = create_app(host, FixedKeys(house.issuer.jwks()))
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://panelbook")
    return replace(house, host=host, http=http)


async def test_a_cut_off_goes_by_when_it_reached_us_though_the_book_never_goes_back(
    databases: Databases, tmp_path: Path
) -> None:
    clock = JumpingClock(CUT_OFF - HOUR / 2)
    async with open_house(INTAKE, databases, tmp_path) as opened:
        await settings_heard(opened)
        first, first_version = await filled(opened)
        second, second_version = await filled(opened)
        house = with_clock(opened, clock)
        async with house.http:
            clock.moment += HOUR
            late = await submit(house, first, first_version)
            assert (late.status_code, late.json()["code"]) == (422, "LATE")
            ahead = await call(house, "PUT", f"applications/{first}/complexity",
                               {"complex": True, "distinctive": False, "reason": "Three courts."},
                               version=first_version)  # fmt: skip
            assert ahead.status_code == 200, ahead.text
            clock.moment -= HOUR
            taken = await submit(house, second, second_version)
            assert taken.status_code == 201, taken.text
        rows = await house.stored()
        last = rows[-1]
        assert last.received_at < CUT_OFF < last.recorded_at
        assert last.recorded_at - rows[-2].recorded_at == timedelta(microseconds=1)
        assert (await verify_ledger(house.host.ledger, SWINDON)).positions == len(rows)


async def test_marks_and_consumers_go_on_through_jumps_of_an_hour_both_ways(stage: Stage) -> None:
    await stage.topics("intake.trail", "intake.events")
    intake, panel = await stage.service("intake"), await stage.service("panel")
    clock = JumpingClock(toy.NOW)
    stage.clock = JumpingClock(toy.NOW)
    marker = Marker(intake.book.ledger, clock, every=0.05)

    async def write(number: int) -> None:
        context = replace(toy.a_context(toy.SWINDON), received_at=clock.now(), now=clock.now())
        async with intake.book.unit_of_work(context) as unit:
            await unit.record("note-a", [toy.Noted(number, "plain")])

    async def told(number: int) -> bool:
        return await panel.numbers(toy.SWINDON) == list(range(1, number + 1)) and await marked(intake, number)

    async with running(stage.relay(intake).run(), stage.consumer(panel).run(), marker.run()):
        for number, jump in enumerate((timedelta(), HOUR, -HOUR, -HOUR, HOUR), 1):
            clock.moment += jump
            await write(number)
            await eventually(lambda number=number: told(number), f"note {number} and a mark behind it have arrived")
    trail = [
        read_trail(message.value) for message in await stage.read("intake.trail", await stage.ends("intake.trail"))
    ]
    promised = datetime.min.replace(tzinfo=UTC)
    recorded = promised
    for one in trail:
        if isinstance(one, Mark):
            assert one.moment >= promised
            promised = one.moment
        else:
            assert one.recorded_at > max(promised, recorded)
            recorded = one.recorded_at
    received = [one.received_at for one in trail if isinstance(one, Row)]
    assert received[1] > received[0] + HOUR
    assert received[3] < received[0]
    assert await panel.echoed(toy.SWINDON) == [1, 2, 3, 4, 5]
    assert (await verify_ledger(panel.book.ledger, toy.SWINDON)).positions == 10


async def marked(intake: Service, position: int) -> bool:
    sql = "SELECT m.position FROM ledger.mark m JOIN ledger.bookmark b USING (council) WHERE m.council = $1" \
          " AND b.lane = 'marks' AND b.reached >= (extract(epoch FROM m.moment) * 1000000)::bigint"  # fmt: skip
    return (await intake.relay_pool.fetchval(sql, toy.SWINDON) or 0) >= position
