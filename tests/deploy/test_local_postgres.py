"""The local PostgreSQL survives what a machine does to it, and lets nobody in without a password."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from deploy.local.postgres import LocalPostgres
from deploy.local.processes import RuntimeProblem

pytestmark = pytest.mark.connected


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="panelbook-postgres-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def server(folder: Path) -> Iterator[LocalPostgres]:
    server = LocalPostgres(folder, say=lambda _: None)
    server.start()
    yield server
    server.stop()


async def _run(dsn: str, statement: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_what_was_committed_is_there_after_kill_9(server: LocalPostgres) -> None:
    await _run(server.admin_dsn, "CREATE TABLE kept (n int)")
    await _run(server.admin_dsn, "INSERT INTO kept VALUES (7)")
    before = server.pid
    server.kill()
    assert (server._data / "postmaster.pid").exists()
    server.start()
    assert server.pid != before
    assert await _run(server.admin_dsn, "SELECT n FROM kept") == 7
    assert await _run(server.admin_dsn, "SHOW fsync") == "on"


async def test_a_lock_file_with_the_number_of_an_unrelated_process_does_not_keep_it_down(
    server: LocalPostgres,
) -> None:
    server.kill()
    lock = server._data / "postmaster.pid"
    lines = lock.read_text().splitlines()
    # This very process is alive and is not PostgreSQL: so it is in a container where numbers come round again.
    lock.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")
    server.start()
    assert await _run(server.admin_dsn, "SELECT 1") == 1


async def test_every_role_needs_its_password(server: LocalPostgres) -> None:
    await _run(server.admin_dsn, "CREATE ROLE reader LOGIN PASSWORD 'right'")
    assert await _run(server.dsn("reader", "right", "postgres"), "SELECT current_user::text") == "reader"
    for user, password in (("reader", "wrong"), ("postgres", ""), ("postgres", "postgres")):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await _run(server.dsn(user, password, "postgres"), "SELECT 1")


async def test_no_content_of_a_failing_statement_reaches_the_log(server: LocalPostgres, folder: Path) -> None:
    await _run(server.admin_dsn, "CREATE TABLE person (name text PRIMARY KEY)")
    await _run(server.admin_dsn, "INSERT INTO person VALUES ('Amina Example')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await _run(server.admin_dsn, "INSERT INTO person VALUES ('Amina Example')")
    log = (folder / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "Amina" not in log


def test_a_folder_left_half_made_is_made_again(folder: Path) -> None:
    (folder / "data.draft").mkdir(parents=True)
    (folder / "data.draft" / "PG_VERSION").write_text("18\n")
    (folder / "data").mkdir()
    server = LocalPostgres(folder, durable=False, say=lambda _: None)
    server.start()
    server.stop()
    assert (folder / "data" / "PG_VERSION").exists()


def test_a_second_owner_of_the_folder_is_refused_and_the_first_lives_on(
    server: LocalPostgres, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.local.postgres.PATIENCE_WITH_ANOTHER_OWNER", 0.1)
    with pytest.raises(RuntimeProblem, match="another Panelbook is using"):
        LocalPostgres(folder, say=lambda _: None).start()
    os.kill(server.pid, 0)


def test_a_path_too_long_for_a_socket_gets_a_short_one(folder: Path) -> None:
    deep = folder / ("d" * 60) / ("e" * 60)
    server = LocalPostgres(deep, durable=False, say=lambda _: None)
    server.start()
    try:
        assert len(str(server._sockets)) < 80
    finally:
        server.stop()
    shutil.rmtree(server._sockets)
