"""The least that an HTTP command could be: a FastAPI endpoint that inserts the bytes it was given, and answers."""

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import uvicorn
import uvloop
from fastapi import FastAPI
from pydantic import BaseModel


class Costs(BaseModel):
    """The body that a costs command has."""

    weekly_pence: int
    one_off_pence: int = 0


async def serve(dsn: str, port: int, payload: bytes) -> None:
    """Serve until told to stop, under the same server settings as Panelbook's own web process."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(dsn, min_size=1, max_size=10) as pool:
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=lifespan)

    @app.put("/applications/{application}/costs")
    async def give_costs(application: UUID, costs: Costs) -> dict[str, str]:
        identity = uuid4()
        await app.state.pool.execute("INSERT INTO bare (id, payload) VALUES ($1, $2)", identity, payload)
        return {"id": str(identity), "application": str(application)}

    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="on")
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("dsn")
    arguments.add_argument("port", type=int)
    arguments.add_argument("payload", help="what each request inserts, in hexadecimal")
    given = arguments.parse_args()
    uvloop.run(serve(given.dsn, given.port, bytes.fromhex(given.payload)))
