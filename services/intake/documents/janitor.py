"""Takes away what nobody needs any more: files that no event names, and drafts of forms that went to the panel."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from ledger.book import Book
from ledger.pg.drafts import Drafts
from ledger.pg.files import FileStore
from services.intake.applications.decider import stream
from services.intake.documents import read

DRAFTS_KEPT = timedelta(days=7)
"""How long a draft outlives the submission of its form, so that one that comes straight back has everything typed."""

log = structlog.get_logger("janitor")


@dataclass(frozen=True)
class Janitor:
    """Goes round every council, and round again."""

    book: Book
    files: FileStore
    drafts: Drafts
    now: Callable[[], datetime]
    councils: Callable[[], Awaitable[list[str]]]
    forget: Callable[[str], Awaitable[int]]
    """Takes away what was kept of whoever was erased; how much that was."""
    every: float = 600.0

    async def run(self) -> None:
        """Tidy until cancelled."""
        while True:
            for council in await self.councils():
                await self.tidy(council)
            await asyncio.sleep(self.every)  # until the next round

    async def tidy(self, council: str) -> tuple[int, int]:
        """Files and saves of one council that were taken away."""
        swept = await self.files.sweep(council)
        async with self.book.reading(council) as reader:
            left = await read.drafts_left_over(reader, self.now() - DRAFTS_KEPT)
        cleared = await self.drafts.clear(council, [stream(application) for application in left]) if left else 0
        forgotten = await self.forget(council)
        if swept or cleared or forgotten:
            log.info("tidied", council=council)
        return swept, cleared
