"""What a storm left in the services' databases, counted from outside."""

import asyncio
import time
from collections import Counter
from datetime import datetime
from typing import Any

import asyncpg

from ledger.migrate import database_dsn


class Books:
    """Looks into the services' databases from outside, as the superuser: measuring is no part of the product."""

    def __init__(self, admin_dsn: str) -> None:
        self._admin_dsn = admin_dsn
        self.seen: dict[tuple[str, int], float] = {}
        """(council, intake position) -> when record was first seen to hold it."""

    async def _ask(self, service: str, query: str) -> list[Any]:
        connection = await asyncpg.connect(database_dsn(self._admin_dsn, f"panelbook_{service}"))
        try:
            return await connection.fetch(query)
        finally:
            await connection.close()

    async def watch(self) -> None:
        """Note several times a second how far record has copied each council's intake."""
        reached: dict[str, int] = {}
        while True:
            now = time.monotonic()
            for council, position in (await self.copied()).items():
                for one in range(reached.get(council, position) + 1, position + 1):
                    self.seen[council, one] = now
                reached[council] = position
            await asyncio.sleep(0.2)  # between two looks at the copies

    async def copied(self) -> dict[str, int]:
        """How far record's copy of each council's intake goes."""
        query = "SELECT council, position FROM bus.trail_head WHERE source = 'intake' AND lane = 'book'"
        return dict(await self._ask("record", query))

    async def written(self) -> dict[str, int]:
        """How far each council's intake goes."""
        return dict(await self._ask("intake", "SELECT council, position FROM ledger.head WHERE lane = 'book'"))

    async def settled(self, patience: float) -> None:
        """Wait until record has copied every row that intake holds now, and routing has routed every submission.

        Nothing is submitted meanwhile. It looks seldom, because looking takes the time of those it waits for.
        """
        wanted, submitted = await self.written(), len(await self.submitted())
        deadline = time.monotonic() + patience
        while True:
            copied = await self.copied()
            behind = sum(max(0, position - copied.get(council, 0)) for council, position in wanted.items())
            waiting = submitted - len(await self.routed())
            if not behind and not waiting:
                return
            if time.monotonic() > deadline:
                raise RuntimeError(f"{behind} rows are not copied and {waiting} not routed after {patience:.0f} s")
            await asyncio.sleep(1.0)  # looks again: nothing tells when it is so

    async def submitted(self) -> Counter[str]:
        """How often each application was submitted, by intake's own rows."""
        return await self._counted("intake", "ledger.row", "intake.application.submitted", "application-")

    async def routed(self) -> Counter[str]:
        """How often each application was routed, by routing's own rows."""
        return await self._counted("routing", "ledger.row", "routing.route.routed", "route-")

    async def recorded(self) -> Counter[str]:
        """How often each submission stands in record's copy."""
        return await self._counted("record", "copy.row", "intake.application.submitted", "application-")

    async def late_in_time(self, cut_off: datetime) -> int:
        """Refusals as LATE of what was received in time; must be none."""
        query = (
            "SELECT count(*) FROM ledger.row WHERE name = 'access.refused' AND received_at <= timestamptz "
            f"'{cut_off.isoformat()}' AND convert_from(payload, 'UTF8') LIKE '%LATE%'"
        )
        return (await self._ask("intake", query))[0][0]

    async def _counted(self, service: str, table: str, name: str, prefix: str) -> Counter[str]:
        query = f"SELECT stream FROM {table} WHERE name = '{name}'"
        return Counter(row[0].removeprefix(prefix) for row in await self._ask(service, query))
