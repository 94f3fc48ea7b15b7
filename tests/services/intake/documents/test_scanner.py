"""A file is shown to the scanner whole, and a scanner that gives no clear answer is one that is away."""

import asyncio

import pytest

from deploy.local.processes import free_port
from ledger.decider import Refused
from services.intake.documents.scanner import Clamd, scanner_of
from tests.services.intake.clamav import EICAR, hang_up, running_clamd


async def test_a_clean_file_is_shown_whole_and_called_clean() -> None:
    content = bytes(range(256)) * 12_000
    async with running_clamd() as clamd:
        assert await scanner_of(("127.0.0.1", clamd.port)).scan(content) == "clean"
    assert clamd.shown == [content]


async def test_what_the_scanner_knows_is_called_infected() -> None:
    async with running_clamd() as clamd:
        assert await Clamd("127.0.0.1", clamd.port).scan(b"before" + EICAR + b"after") == "infected"


async def test_without_a_scanner_nothing_is_scanned() -> None:
    assert await scanner_of(None).scan(EICAR) == "not_scanned"


async def test_a_scanner_that_will_not_look_at_so_much_is_away() -> None:
    async with running_clamd(most=10) as clamd:
        with pytest.raises(Refused, match="SCANNER_AWAY"):
            await Clamd("127.0.0.1", clamd.port).scan(bytes(11))


async def test_a_scanner_that_is_not_there_is_away() -> None:
    with pytest.raises(Refused, match="SCANNER_AWAY"):
        await Clamd("127.0.0.1", free_port()).scan(b"a file")


async def test_one_that_does_not_answer_in_time_is_away_and_hung_up_on() -> None:
    hung_up = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read()
        finally:
            await hang_up(writer)
            hung_up.set()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Refused, match="SCANNER_AWAY"):
            await Clamd("127.0.0.1", port, seconds=0.05).scan(b"a file")
        async with asyncio.timeout(10):
            await hung_up.wait()
