"""How fast a draft scheme is tried on a council's past applications, beside routing them one by one."""

import json
import time
from datetime import UTC, datetime

import asyncpg
import numpy as np

from bench.measuring import Figure, compare
from bench.stage import Stage, councils
from councils.packs import pack_settings
from councils.scheme import route
from ledger.pg.ledger import PostgresLedger
from services.routing.main import SERVICE
from services.routing.simulation.domain.simulation import Happened, simulate
from services.routing.simulation.read import Past, key_of, past

MILLION = 1_000_000
ONE_BY_ONE = 2_000
"""Applications that are routed alone: the time for each does not depend on how many there are."""

_IN_FORCE = datetime(2025, 10, 1, tzinfo=UTC)
_YEAR_US = 365 * 86_400_000_000
_BEGAN_US = 1_759_276_800_000_000  # 1 October 2025, 00:00 UTC

_FILL = """
    INSERT INTO read.past (council, application, number, received_us, trait, weekly_pence, one_off_pence,
        indicative_weekly_pence, way, sitting_on, ending)
    SELECT $1, 'application-' || n, n, $2 + (n::numeric * $3::bigint / ($4::bigint + 1))::bigint,
        ($5::bigint[])[1 + n % array_length($5::bigint[], 1)], (random() * 200000)::bigint,
        CASE WHEN n % 10 = 0 THEN (random() * 50000)::bigint ELSE 0 END, (random() * 200000)::bigint,
        ($6::bigint[])[1 + n % 2], CASE WHEN n % 2 = 0 THEN 739500 ELSE 0 END, 0
    FROM generate_series(1::bigint, $4::bigint) AS n
"""


async def trying(stage: Stage) -> Figure:
    """Reading the past applications of a year out of PostgreSQL, trying a draft on all and comparing."""
    many, council = MILLION if stage.scale.durable else 500, councils(1)[0]
    settings = pack_settings("shropshire", version=2, in_force_from=_IN_FORCE)
    database = await stage.database("routing", SERVICE.migrations())
    async with database.pool() as pool, database.plain_pool(1) as plain:
        await _fill(plain, council, many)
        ledger = PostgresLedger("routing", pool)

        async def read() -> Past:
            async with ledger.reading(council) as reader:
                return await past(reader, _BEGAN_US, _BEGAN_US + _YEAR_US)

        async def ours() -> float:
            started = time.perf_counter()
            found = await read()
            happened = Happened(found.number, found.received_us, found.way, found.sitting_on, found.ending, found.words)
            answer = simulate(settings, settings, found.columns, happened)
            if answer.applications != many:
                raise RuntimeError(f"{answer.applications} applications were tried, of {many}.")
            return many / (time.perf_counter() - started)

        columns = (await read()).columns
        places = np.linspace(0, many - 1, min(many, ONE_BY_ONE)).astype(int)

        async def reference() -> float:
            started = time.perf_counter()
            for place in places:
                route(settings, columns.facts(int(place)))
            return len(places) / (time.perf_counter() - started)

        return await compare(
            "simulate / one by one", ">= 20", "applications/s", ours, reference, rounds=stage.scale.rounds
        )


async def _fill(plain: asyncpg.Pool, council: str, many: int) -> None:
    traits = [
        {"kind": "SUPPORT_PLAN"},
        {"kind": "SUPPORT_PLAN", "complex": True},
        {"kind": "SUPPORT_PLAN", "distinctive": True},
        {"kind": "SUPPORT_PLAN", "complex": True, "distinctive": True},
    ]
    ways = [
        {"route": "DELEGATED", "forum": None, "reasons": ["UNDER_LIMIT"]},
        {"route": "PANEL", "forum": "CONFERENCE_CALL", "reasons": ["COST"]},
    ]
    await plain.executemany(
        "INSERT INTO read.past_words (council, key, words) VALUES ($1, $2, $3)",
        [(council, key_of(words), json.dumps(words)) for words in (*traits, *ways)],
    )
    keys = [[key_of(words) for words in some] for some in (traits, ways)]
    await plain.execute(_FILL, council, _BEGAN_US, _YEAR_US, many, *keys)
    await plain.execute("VACUUM ANALYZE read.past")
