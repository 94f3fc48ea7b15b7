"""Sealed files: checked piece by piece, addressed under the person's key, and kept until nothing holds them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID, uuid4

import asyncpg
import pytest

from ledger.codec.sealed_file import PIECE, Damaged, FileKey, seal_file
from ledger.decider import Private
from ledger.pg.drafts import KEPT_VERSIONS, Draft, Drafts
from ledger.pg.files import Fetching, Place, PostgresFiles, let_go, take_hold
from ledger.pg.ledger import PostgresLedger, connect_pool
from ledger.rows import Context
from ledger.store import Busy, StaleVersion
from ledger.vault.vault import Erased, MemoryVault, NotOpened
from services.hosting import KEPT_SCHEMA
from tests.databases import Databases

COUNCIL, OTHER = "c4d81e", "c92ab7"
CHILD, STREAM = "party-child", "application-1"
PLACE = Place(CHILD, STREAM, "attachment")
NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
KEY, SALT = bytes(range(32)), bytes(range(16))
AT = b"a place"


def content_of(size: int) -> bytes:
    return (sha256(b"content").digest() * (size // 32 + 1))[:size]


# --- How a file is sealed -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 5])
def test_what_was_sealed_opens_piece_by_piece(size: int) -> None:
    content = content_of(size)
    sealed = seal_file(KEY, 1, SALT, AT, content)
    assert len(sealed.pieces) == max(1, -(-size // PIECE))
    key = FileKey(KEY, sealed.head, AT)
    last = len(sealed.pieces) - 1
    assert b"".join(key.open(n, n == last, piece) for n, piece in enumerate(sealed.pieces)) == content
    assert sealed.digest == sha256(sealed.head + b"".join(sealed.pieces)).digest()
    assert not content or content[:32] not in b"".join(sealed.pieces)


def test_a_piece_cannot_be_altered_swapped_cut_off_or_moved_to_another_place() -> None:
    sealed = seal_file(KEY, 1, SALT, AT, content_of(2 * PIECE + 5))
    key = FileKey(KEY, sealed.head, AT)
    first, second, third = sealed.pieces
    altered = bytes([first[0] ^ 1]) + first[1:]
    for number, last, piece in [(0, False, altered), (1, False, first), (0, False, second), (1, True, second),
                                (2, False, third)]:  # fmt: skip
        with pytest.raises(Damaged):
            key.open(number, last, piece)
    with pytest.raises(Damaged):
        FileKey(KEY, sealed.head, b"another place").open(0, False, first)
    with pytest.raises(Damaged):
        FileKey(KEY, b"pbf2" + sealed.head[4:], AT)


def test_the_same_file_under_two_salts_shares_no_piece() -> None:
    one, other = (seal_file(KEY, 1, salt, AT, content_of(100)) for salt in (SALT, SALT[::-1]))
    assert one.pieces != other.pieces
    assert one.digest != other.digest


# --- The vault's part in it -----------------------------------------------------------------------------------


async def opened(vault: MemoryVault, head: bytes, pieces: tuple[bytes, ...]) -> bytes:
    key = await vault.file_key(COUNCIL, CHILD, STREAM, "attachment", head)
    return b"".join(key.open(n, n == len(pieces) - 1, piece) for n, piece in enumerate(pieces))


async def test_a_file_opens_after_its_persons_keys_were_rotated_and_keeps_its_fingerprint() -> None:
    vault = MemoryVault()
    before = await vault.fingerprint_for(COUNCIL, CHILD, b"report")
    sealed = await vault.seal_file(COUNCIL, CHILD, STREAM, "attachment", b"report")
    assert await vault.rotate(COUNCIL) == 1
    assert await opened(vault, sealed.head, sealed.pieces) == b"report"
    assert await vault.fingerprint_for(COUNCIL, CHILD, b"report") == before
    newer = await vault.seal_file(COUNCIL, CHILD, STREAM, "attachment", b"report")
    assert newer.head[:8] != sealed.head[:8]
    assert await opened(vault, newer.head, newer.pieces) == b"report"


async def test_a_fingerprint_is_its_persons_own() -> None:
    vault = MemoryVault()
    of_child = await vault.fingerprint_for(COUNCIL, CHILD, b"report")
    assert of_child == await vault.fingerprint_for(COUNCIL, CHILD, b"report")
    others = [
        await vault.fingerprint_for(COUNCIL, "party-mother", b"report"),
        await vault.fingerprint_for(OTHER, CHILD, b"report"),
        await vault.fingerprint_for(COUNCIL, CHILD, b"report "),
        sha256(b"report").digest(),
    ]
    assert of_child not in others
    assert len(set(others)) == 4


async def test_with_the_persons_key_the_file_and_its_fingerprint_are_gone() -> None:
    vault = MemoryVault()
    sealed = await vault.seal_file(COUNCIL, CHILD, STREAM, "attachment", b"report")
    await vault.destroy(COUNCIL, CHILD)
    with pytest.raises(Erased):
        await opened(vault, sealed.head, sealed.pieces)
    with pytest.raises(Erased):
        await vault.fingerprint_for(COUNCIL, CHILD, b"report")
    with pytest.raises(Erased):
        await vault.seal_file(COUNCIL, CHILD, STREAM, "attachment", b"more")


async def test_a_head_that_is_none_is_not_opened() -> None:
    with pytest.raises(NotOpened):
        await MemoryVault().file_key(COUNCIL, CHILD, STREAM, "attachment", b"short")


# --- The store ------------------------------------------------------------------------------------------------


@pytest.fixture
async def pool(databases: Databases) -> AsyncIterator[asyncpg.Pool]:
    database = await databases.create("intake", [KEPT_SCHEMA])
    pool = await connect_pool(database.dsn("app"), max_size=6, application="test")
    yield pool
    await pool.close()
    await databases.drop(database)


def fingerprint(words: bytes) -> bytes:
    return sha256(words).digest()


def context() -> Context:
    return Context(COUNCIL, "officer-sw", "social_worker", NOW, NOW, uuid4(), uuid4())


async def holding(pool: asyncpg.Pool, what: Callable[[Fetching, bytes], Awaitable[None]], named: bytes) -> None:
    async with PostgresLedger("intake", pool).transaction(context()) as work:
        await what(work, named)


async def test_a_file_is_kept_whole_and_the_same_again_is_not_kept_twice(pool: asyncpg.Pool) -> None:
    files = PostgresFiles(pool)
    sealed = seal_file(KEY, 1, SALT, AT, content_of(PIECE + 5))
    kept = await files.put(COUNCIL, fingerprint(b"1"), PLACE, PIECE + 5, sealed)
    assert (kept.place, kept.size, kept.head, kept.pieces) == (PLACE, PIECE + 5, sealed.head, 2)
    assert kept.digest == sealed.digest == await files.digest(COUNCIL, fingerprint(b"1"))
    again = seal_file(KEY, 1, SALT[::-1], AT, content_of(PIECE + 5))
    assert await files.put(COUNCIL, fingerprint(b"1"), PLACE, PIECE + 5, again) == kept
    pieces = [await files.piece(COUNCIL, fingerprint(b"1"), n) for n in range(3)]
    assert pieces == [*sealed.pieces, None]


async def test_another_council_sees_no_file(pool: asyncpg.Pool) -> None:
    files = PostgresFiles(pool)
    await files.put(COUNCIL, fingerprint(b"1"), PLACE, 6, seal_file(KEY, 1, SALT, AT, b"report"))
    assert await files.find(OTHER, fingerprint(b"1")) is None
    assert await files.piece(OTHER, fingerprint(b"1"), 0) is None
    assert await files.digest(OTHER, fingerprint(b"1")) is None
    assert await files.sweep(OTHER, 0) == 0
    async with pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM kept.file") == 0


async def test_what_nothing_holds_is_swept_away_with_its_pieces_and_what_is_held_stays(pool: asyncpg.Pool) -> None:
    files = PostgresFiles(pool)
    for name in (b"held", b"orphan", b"let go"):
        await files.put(COUNCIL, fingerprint(name), PLACE, 6, seal_file(KEY, 1, SALT, AT, b"report"))
    await holding(pool, take_hold, fingerprint(b"held"))
    await holding(pool, take_hold, fingerprint(b"let go"))
    await holding(pool, let_go, fingerprint(b"let go"))
    assert await files.sweep(COUNCIL) == 0, "an upload that is under way may still take hold"
    assert await files.sweep(COUNCIL, 0) == 2
    assert await files.find(COUNCIL, fingerprint(b"held")) is not None
    assert await files.piece(COUNCIL, fingerprint(b"orphan"), 0) is None
    with pytest.raises(Busy):
        await holding(pool, take_hold, fingerprint(b"orphan"))


async def test_two_who_hold_one_file_must_both_let_go(pool: asyncpg.Pool) -> None:
    files = PostgresFiles(pool)
    await files.put(COUNCIL, fingerprint(b"1"), PLACE, 6, seal_file(KEY, 1, SALT, AT, b"report"))
    for what in (take_hold, take_hold, let_go):
        await holding(pool, what, fingerprint(b"1"))
    assert await files.sweep(COUNCIL, 0) == 0
    await holding(pool, let_go, fingerprint(b"1"))
    assert await files.sweep(COUNCIL, 0) == 1


async def test_a_sweep_beside_a_command_that_takes_hold_leaves_the_file(pool: asyncpg.Pool) -> None:
    files = PostgresFiles(pool)
    await files.put(COUNCIL, fingerprint(b"1"), PLACE, 6, seal_file(KEY, 1, SALT, AT, b"report"))
    async with PostgresLedger("intake", pool).transaction(context()) as work:
        await take_hold(work, fingerprint(b"1"))
        with pytest.raises(asyncpg.LockNotAvailableError):
            # The sweep waits for the command's row, and gives up before it would decide.
            await files.sweep(COUNCIL, 0)
    assert await files.sweep(COUNCIL, 0) == 0
    assert await files.find(COUNCIL, fingerprint(b"1")) is not None


async def test_the_service_cannot_write_over_what_was_sealed(pool: asyncpg.Pool) -> None:
    files = PostgresFiles(pool)
    await files.put(COUNCIL, fingerprint(b"1"), PLACE, 6, seal_file(KEY, 1, SALT, AT, b"report"))
    for statement in ("UPDATE kept.piece SET sealed = '\\x00'", "UPDATE kept.file SET digest = '\\x00'"):
        async with pool.acquire() as connection:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


# --- Drafts ---------------------------------------------------------------------------------------------------


def draft(version: int, words: str = "ciphertext", stream: str = STREAM) -> Draft:
    text = Private(CHILD, None, words, stream, "draft.needs")
    return Draft(stream, "draft.needs", version, text, "officer-sw", NOW, UUID(int=version))


async def test_every_save_is_a_version_and_the_oldest_make_room(pool: asyncpg.Pool) -> None:
    drafts = Drafts(pool)
    for version in range(1, KEPT_VERSIONS + 3):
        await drafts.save(COUNCIL, draft(version, f"box {version}"))
    kept = await drafts.versions(COUNCIL, STREAM, "draft.needs")
    assert [one.version for one in kept] == list(range(3, KEPT_VERSIONS + 3))
    assert kept[-1] == draft(KEPT_VERSIONS + 2, f"box {KEPT_VERSIONS + 2}")
    assert await drafts.version(COUNCIL, STREAM, "draft.needs") == kept[-1]
    assert await drafts.version(COUNCIL, STREAM, "draft.needs", 3) == kept[0]


async def test_a_version_is_given_once(pool: asyncpg.Pool) -> None:
    drafts = Drafts(pool)
    await drafts.save(COUNCIL, draft(1))
    await drafts.save(COUNCIL, draft(2))
    for version in (1, 2):
        with pytest.raises(StaleVersion):
            await drafts.save(COUNCIL, draft(version, "another"))
    assert await drafts.version(OTHER, STREAM, "draft.needs") is None


async def test_a_cleared_draft_holds_no_text_and_its_numbers_go_on(pool: asyncpg.Pool) -> None:
    drafts = Drafts(pool)
    for one in (draft(1), draft(2), draft(1, stream="application-2")):
        await drafts.save(COUNCIL, one)
    assert await drafts.clear(COUNCIL, [STREAM]) == 2
    assert await drafts.versions(COUNCIL, STREAM, "draft.needs") == [replace(draft(2), text=None)]
    assert await drafts.version(COUNCIL, "application-2", "draft.needs") is not None
    assert await drafts.clear(COUNCIL, [STREAM]) == 0
    with pytest.raises(StaleVersion):
        await drafts.save(COUNCIL, draft(2))
    await drafts.save(COUNCIL, draft(3))
