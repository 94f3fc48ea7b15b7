"""Programs made from a service's OpenAPI document drive it over HTTP, in Python and in TypeScript."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from contracts.problems import catalogue
from deploy.local.processes import free_port
from edge.app import TELEMETRY, harden
from edge.keys import FixedKeys
from edge.protocol import server_config
from edge.publications import publications
from services.hosting import create_app
from services.intake.main import SERVICE as INTAKE
from tests.databases import Databases
from tests.services.house import SWINDON, ServiceHouse, open_house
from tests.services.intake.doors import settings_heard

pytestmark = pytest.mark.connected

CLIENTS = Path(__file__).with_name("clients")
COUNT = 3
PATIENCE = 240.0
"""Seconds for one step; each fetches from a package index at most once."""


@dataclass(frozen=True)
class Running:
    """Intake over HTTP, as the web process mounts it, its document, and a social worker's token."""

    base: str
    document: bytes
    token: str


@pytest.fixture
async def intake(databases: Databases, tmp_path: Path) -> AsyncIterator[Running]:
    """Intake over real PostgreSQL behind the server and the middleware of a deployment, with a council's settings."""
    async with open_house(INTAKE, databases, tmp_path) as house:
        await settings_heard(house)
        house.clock.set("2026-10-06T08:00:00Z")
        port = free_port()
        server = uvicorn.Server(server_config(_root(house), host="127.0.0.1", port=port, lifespan="off"))
        serving = asyncio.create_task(server._serve())
        try:
            document = (await house.http.get("/openapi.json")).content
            token = house.issuer.token("officer-sw", SWINDON, ["social_worker"], team="localities-north")
            yield Running(f"http://127.0.0.1:{port}", document, token)
        finally:
            server.should_exit = True
            await serving


def _root(house: ServiceHouse) -> FastAPI:
    root = FastAPI(openapi_url=None, telemetry=TELEMETRY)
    root.mount("/intake", create_app(house.host, FixedKeys(house.issuer.jwks())))
    root.include_router(publications)
    harden(root)
    return root


async def test_a_client_of_openapi_python_client_begins_is_refused_reads_and_lists(
    intake: Running, tmp_path: Path
) -> None:
    """I10: generated as its users do, in an environment of its own, whose packages are locked by their digests."""
    python = await _environment(tmp_path)
    (tmp_path / "openapi.json").write_bytes(intake.document)
    (tmp_path / "config.yaml").write_text("post_hooks: []\n", encoding="utf-8")
    generated = await _run(
        *(str(python.with_name("openapi-python-client")), "generate", "--path", "openapi.json", "--meta", "none"),
        *("--config", "config.yaml", "--output-path", "intake_client"),
        folder=tmp_path,
    )
    assert generated.returncode == 0, generated.stdout + generated.stderr
    left_out = [line for line in generated.stdout.splitlines() if "Endpoint will not be generated" in line]
    assert [line for line in left_out if "/attachments" not in line] == [], "a file may come under several types"
    shutil.copy(CLIENTS / "with_python.py", tmp_path / "with_python.py")
    ran = await _run(str(python), "with_python.py", intake.base, SWINDON, intake.token, str(COUNT), folder=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    _holds(json.loads(ran.stdout))


async def test_a_client_over_the_types_of_openapi_typescript_does_the_same(intake: Running, tmp_path: Path) -> None:
    """I10: what it sends and reads is checked by the compiler against the document, strictly, before it runs."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("needs Node.js with npm")
    for name in ("package.json", "package-lock.json", "tsconfig.json", "with_typescript.ts"):
        shutil.copy(CLIENTS / name, tmp_path / name)
    (tmp_path / "openapi.json").write_bytes(intake.document)
    fetched = await _run(npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", folder=tmp_path)
    if fetched.returncode:
        pytest.skip("npm cannot fetch openapi-typescript")
    programs = tmp_path / "node_modules" / ".bin"
    made = await _run(str(programs / "openapi-typescript"), "openapi.json", "-o", "intake.d.ts", folder=tmp_path)
    assert made.returncode == 0, made.stdout + made.stderr
    compiled = await _run(str(programs / "tsc"), "--project", "tsconfig.json", folder=tmp_path)
    assert compiled.returncode == 0, compiled.stdout + compiled.stderr
    ran = await _run(node, "with_typescript.js", intake.base, SWINDON, intake.token, str(COUNT), folder=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    _holds(json.loads(ran.stdout))


def _holds(said: dict[str, Any]) -> None:
    """What a client did: every application that it began is listed, one is read, and its submission is refused."""
    assert len(set(said["begun"])) == COUNT
    assert (sorted(said["listed"]), said["pages"]) == (sorted(said["begun"]), 2)
    assert (said["read"]["id"], said["read"]["stage"]) == (said["begun"][0], "draft")
    assert said["read"]["name"].startswith("Robin")
    assert (said["refused"]["code"], said["refused"]["type"]) == ("INCOMPLETE", "/problems/INCOMPLETE")
    assert {"COST_MISSING", "NEEDS_MISSING", "TM_SIGNATURE_MISSING"} <= set(said["refused"]["failing"])
    assert set(said["refused"]["failing"]) <= catalogue().keys()


async def _environment(folder: Path) -> Path:
    """The python of an environment with what the client is made with; skips where it cannot be fetched."""
    made = await _run(sys.executable, "-m", "venv", "environment", folder=folder)
    assert made.returncode == 0, made.stderr
    python = folder / "environment" / "bin" / "python"
    lock = str(CLIENTS / "requirements.lock")
    options = ("--quiet", "--disable-pip-version-check", "--require-hashes")
    fetched = await _run(str(python), "-m", "pip", "install", *options, "-r", lock, folder=folder)
    if fetched.returncode:
        pytest.skip("pip cannot fetch openapi-python-client")
    return python


async def _run(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run, command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
