"""Personal text is sealed per person and per place; destroying a person's keys erases it, and nobody else's."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from ledger.decider import Private
from ledger.migrate import database_dsn, prepare_vault
from ledger.pg.ledger import connect_pool
from ledger.vault.postgres import CACHE_SECONDS, PostgresVault
from ledger.vault.vault import (
    Erased,
    MemoryVault,
    NotOpened,
    NotSealed,
    Vault,
    from_sealed_json,
    sealed_json,
)
from tests.databases import PASSWORD, Databases, as_role

COUNCIL = "c4d81e"
OTHER_COUNCIL = "c92ab7"
WRAPPING = bytes(range(32))
STREAM = "application-1"
WORDS = "She wakes six times a night – every night."


class Watch:
    """A monotonic clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def counting(seed: str) -> Callable[[int], bytes]:
    """Different bytes at every call, the same in every run."""
    calls = iter(range(10_000))
    return lambda size: (sha256(f"{seed}{next(calls)}".encode()).digest() * 2)[:size]


@dataclass(frozen=True)
class VaultServer:
    """The vault's database, and how a process of a service opens it."""

    name: str
    admin_dsn: str
    stack: AsyncExitStack

    async def pool(self, service: str = "record") -> asyncpg.Pool:
        dsn = as_role(database_dsn(self.admin_dsn, self.name), f"vault_{service}")
        return await self.stack.enter_async_context(await connect_pool(dsn, max_size=4, application=f"test-{service}"))

    async def vault(
        self, service: str = "record", wrapping: bytes = WRAPPING, watch: Watch | None = None, **options: Any
    ) -> PostgresVault:
        return PostgresVault(await self.pool(service), wrapping, counting(uuid4().hex), watch or Watch(), **options)


@pytest.fixture
async def vault_server(databases: Databases) -> AsyncIterator[VaultServer]:
    name = f"test_vault_{uuid4().hex[:12]}"
    roles = ("vault_owner", "vault_intake", "vault_record")
    await prepare_vault(databases.admin_dsn, database=name, passwords=dict.fromkeys(roles, PASSWORD))
    async with AsyncExitStack() as stack:
        yield VaultServer(name, databases.admin_dsn, stack)
    connection = await asyncpg.connect(databases.admin_dsn)
    try:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


@pytest.fixture
async def postgres_vault(vault_server: VaultServer) -> PostgresVault:
    return await vault_server.vault()


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.connected)])
def vault(request: pytest.FixtureRequest) -> Vault:
    # Only the second asks for a database; an async fixture may only be asked for while no event loop runs.
    return MemoryVault(WRAPPING) if request.param == "memory" else request.getfixturevalue("postgres_vault")


async def test_sealed_text_opens_again_and_the_box_tells_nothing(vault: Vault) -> None:
    sealed = await vault.seal(COUNCIL, STREAM, Private("p1", WORDS), "needs.0.text")
    assert sealed == Private("p1", None, sealed.box, STREAM, "needs.0.text")
    assert sealed.box.startswith("v1.1.")
    assert "night" not in sealed.box
    assert await vault.unseal(COUNCIL, sealed) == WORDS


async def test_the_same_text_never_looks_the_same_twice(vault: Vault) -> None:
    one = await vault.seal(COUNCIL, STREAM, Private("p1", WORDS), "words")
    other = await vault.seal(COUNCIL, STREAM, Private("p1", WORDS), "words")
    assert one.box != other.box


async def test_text_that_is_sealed_already_keeps_the_place_it_was_sealed_for(vault: Vault) -> None:
    sealed = await vault.seal(COUNCIL, STREAM, Private("p1", WORDS), "words")
    assert await vault.seal(COUNCIL, "decision-1", sealed, "reasons.0") == sealed
    assert await vault.unseal(COUNCIL, sealed) == WORDS


async def test_neither_clear_nor_sealed_is_refused(vault: Vault) -> None:
    with pytest.raises(NotSealed, match="words holds neither clear nor sealed text"):
        await vault.seal(COUNCIL, STREAM, Private("p1"), "words")


async def test_a_box_opens_only_in_its_own_place_for_its_own_person_and_council(vault: Vault) -> None:
    sealed = await vault.seal(COUNCIL, STREAM, Private("p1", WORDS), "words")
    await vault.seal(COUNCIL, STREAM, Private("p2", "another"), "words")
    await vault.seal(OTHER_COUNCIL, STREAM, Private("p1", "another"), "words")
    changed = sealed.box[:-6] + ("A" if sealed.box[-6] != "A" else "B") + sealed.box[-5:]
    for forged in (
        replace(sealed, stream="application-2"),
        replace(sealed, field="name"),
        replace(sealed, person="p2"),
        replace(sealed, person="p3"),
        replace(sealed, box=changed),
        replace(sealed, box=sealed.box.replace("v1.1.", "v1.2.")),
        replace(sealed, box="v1.1."),
        replace(sealed, box="v2" + sealed.box[2:]),
        replace(sealed, box="not a box"),
    ):
        with pytest.raises(NotOpened):
            await vault.unseal(COUNCIL, forged)
    with pytest.raises(NotOpened):
        await vault.unseal(OTHER_COUNCIL, sealed)


class Relationship(StrEnum):
    PARENT = "parent"


@dataclass(frozen=True)
class Party:
    party: UUID
    relationship: Relationship
    name: Private


@dataclass(frozen=True)
class Applied:
    person: str
    needs: tuple[Private, ...]
    family: tuple[Party, ...]
    answers: dict[str, Private]
    email: Private | None
    born_on: date
    at: datetime
    pence: int


APPLIED = Applied(
    "p1",
    (Private("p1", "sleep"), Private("p1", "speech")),
    (Party(UUID(int=1), Relationship.PARENT, Private("p2", "Ann")),),
    {"work-1": Private("p1", "an answer")},
    None,
    date(2015, 2, 28),
    datetime(2026, 10, 7, 16, tzinfo=UTC),
    5,
)


async def test_every_private_in_an_event_is_sealed_under_its_path(vault: Vault) -> None:
    sealed = await vault.seal_event(COUNCIL, STREAM, APPLIED)
    every = (*sealed.needs, sealed.family[0].name, sealed.answers["work-1"])
    assert [one.field for one in every] == ["needs.0", "needs.1", "family.0.name", "answers.work-1"]
    assert all(one.text is None and one.box and one.stream == STREAM for one in every)
    assert [await vault.unseal(COUNCIL, one) for one in every] == ["sleep", "speech", "Ann", "an answer"]
    assert replace(sealed, needs=APPLIED.needs, family=APPLIED.family, answers=APPLIED.answers) == APPLIED
    assert await vault.seal_event(COUNCIL, "other", sealed) is sealed


async def test_an_event_opens_into_plain_json_with_erased_text_as_none(vault: Vault) -> None:
    sealed = await vault.seal_event(COUNCIL, STREAM, APPLIED)
    await vault.destroy(COUNCIL, "p2")
    opened = await vault.unseal_all(COUNCIL, sealed)
    assert json.loads(json.dumps(opened)) == {
        "person": "p1",
        "needs": ["sleep", "speech"],
        "family": [{"party": "00000000-0000-0000-0000-000000000001", "relationship": "parent", "name": None}],
        "answers": {"work-1": "an answer"},
        "email": None,
        "born_on": "2015-02-28",
        "at": "2026-10-07T16:00:00Z",
        "pence": 5,
    }


async def test_sealed_members_of_a_public_event_open_wherever_they_stand(vault: Vault) -> None:
    sealed = await vault.seal(COUNCIL, STREAM, Private("p1", WORDS), "words")
    public = json.loads(json.dumps({"reasons": [sealed_json(sealed)], "email": None, "pence": 5}))
    assert from_sealed_json(public["reasons"][0]) == sealed
    assert await vault.unseal_all(COUNCIL, public) == {"reasons": [WORDS], "email": None, "pence": 5}


def test_clear_text_is_never_published() -> None:
    with pytest.raises(NotSealed) as refused:
        sealed_json(Private("p1", WORDS), "reasons.0")
    assert str(refused.value) == "reasons.0 is not sealed"
    assert WORDS not in repr(Private("p1", WORDS))


async def test_destroying_keys_erases_one_person_in_one_council_for_ever(vault: Vault) -> None:
    erased = await vault.seal(COUNCIL, STREAM, Private("p1", WORDS), "words")
    neighbour = await vault.seal(COUNCIL, STREAM, Private("p2", WORDS), "words")
    elsewhere = await vault.seal(OTHER_COUNCIL, STREAM, Private("p1", WORDS), "words")
    await vault.destroy(COUNCIL, "p1")
    await vault.destroy(COUNCIL, "p1")
    with pytest.raises(Erased):
        await vault.unseal(COUNCIL, erased)
    with pytest.raises(Erased):
        await vault.seal(COUNCIL, STREAM, Private("p1", "more"), "words")
    assert await vault.rotate(COUNCIL) == 1
    with pytest.raises(Erased):
        await vault.unseal(COUNCIL, erased)
    assert await vault.unseal(COUNCIL, neighbour) == WORDS
    assert await vault.unseal(OTHER_COUNCIL, elsewhere) == WORDS


async def test_who_of_some_people_was_erased_is_told_without_their_keys(vault: Vault) -> None:
    await vault.meet(COUNCIL, ["asked-1", "asked-2"])
    await vault.destroy(COUNCIL, "asked-2")
    await vault.destroy(COUNCIL, "asked-3")
    people = ["asked-1", "asked-2", "asked-3", "asked-4"]
    assert await vault.erased(COUNCIL, people) == {"asked-2", "asked-3"}
    assert await vault.erased("another", people) == set()
    assert await vault.erased(COUNCIL, []) == set()


async def test_a_person_erased_before_the_first_word_stays_erased(vault: Vault) -> None:
    await vault.destroy(COUNCIL, "p1")
    with pytest.raises(Erased):
        await vault.seal(COUNCIL, STREAM, Private("p1", WORDS), "words")


async def test_many_people_are_met_at_once_and_those_erased_stay_erased(vault: Vault) -> None:
    before = await vault.seal(COUNCIL, STREAM, Private("person-1", WORDS), "text")
    await vault.destroy(COUNCIL, "person-2")
    await vault.meet(COUNCIL, ["person-1", "person-3", "person-3"])
    assert await vault.unseal(COUNCIL, before) == WORDS
    met = await vault.seal(COUNCIL, STREAM, Private("person-3", WORDS), "text")
    assert await vault.unseal(COUNCIL, met) == WORDS
    with pytest.raises(Erased):
        await vault.seal(COUNCIL, STREAM, Private("person-2", WORDS), "text")


async def test_after_a_rotation_new_text_has_a_new_key_and_old_text_still_opens(vault: Vault) -> None:
    before = await vault.seal(COUNCIL, STREAM, Private("p1", "before"), "words")
    assert await vault.rotate(COUNCIL) == 1
    assert await vault.rotate(OTHER_COUNCIL) == 0
    after = await vault.seal(COUNCIL, STREAM, Private("p1", "after"), "words")
    assert (before.box[:5], after.box[:5]) == ("v1.1.", "v1.2.")
    assert await vault.unseal(COUNCIL, before) == "before"
    assert await vault.unseal(COUNCIL, after) == "after"


async def test_a_fingerprint_recognises_a_body_per_council_and_per_deployment(vault: Vault) -> None:
    assert len(vault.fingerprint(COUNCIL, b"body")) == 32
    assert vault.fingerprint(COUNCIL, b"body") == vault.fingerprint(COUNCIL, b"body")
    assert vault.fingerprint(COUNCIL, b"body") == MemoryVault(WRAPPING).fingerprint(COUNCIL, b"body")
    others = {
        vault.fingerprint(COUNCIL, b"bodY"),
        vault.fingerprint(OTHER_COUNCIL, b"body"),
        MemoryVault(bytes(32)).fingerprint(COUNCIL, b"body"),
        vault.fingerprint(COUNCIL, b"body"),
    }
    assert len(others) == 4


async def test_a_wrapping_key_is_replaced_by_rotating_under_both() -> None:
    keys = MemoryVault(WRAPPING)
    sealed = await keys.seal(COUNCIL, STREAM, Private("p1", WORDS), "words")
    kept = keys._kept
    both, new_only = MemoryVault(bytes(32), former_keys=(WRAPPING,)), MemoryVault(bytes(32))
    both._kept = new_only._kept = kept
    with pytest.raises(NotOpened):
        await new_only.unseal(COUNCIL, sealed)
    assert await both.unseal(COUNCIL, sealed) == WORDS
    assert await both.rotate(COUNCIL) == 1
    assert await new_only.unseal(COUNCIL, sealed) == WORDS


def test_a_wrapping_key_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="a wrapping key has 32 bytes"):
        MemoryVault(b"short")


@pytest.mark.connected
class TestTheVaultsDatabase:
    """What only the shared database can get wrong: several processes, roles, and what lies on disk."""

    async def test_one_service_opens_what_another_sealed_and_the_database_alone_opens_nothing(
        self, vault_server: VaultServer
    ) -> None:
        intake, record = await vault_server.vault("intake"), await vault_server.vault("record")
        sealed = await intake.seal(COUNCIL, STREAM, Private("p1", WORDS), "words")
        assert await record.unseal(COUNCIL, sealed) == WORDS
        stranger = await vault_server.vault("record", wrapping=bytes(32))
        with pytest.raises(NotOpened, match="another deployment's key"):
            await stranger.unseal(COUNCIL, sealed)

    async def test_two_processes_that_seal_a_persons_first_words_agree_on_one_key(
        self, vault_server: VaultServer
    ) -> None:
        vaults = [await vault_server.vault("intake"), await vault_server.vault("record")]
        empty = [await vault._keys(COUNCIL, "p1") for vault in vaults]
        assert empty == [{}, {}]
        kept = [await vault._first_key(COUNCIL, "p1", vault._new_key(COUNCIL, "p1", 1)) for vault in vaults]
        assert kept[0] == kept[1]

    async def test_keys_destroyed_elsewhere_are_forgotten_after_a_minute_at_most(
        self, vault_server: VaultServer
    ) -> None:
        watch = Watch()
        intake, record = await vault_server.vault("intake", watch=watch), await vault_server.vault("record")
        sealed = await intake.seal(COUNCIL, STREAM, Private("p1", WORDS), "words")
        await record.destroy(COUNCIL, "p1")
        with pytest.raises(Erased):
            await record.unseal(COUNCIL, sealed)
        watch.seconds += CACHE_SECONDS - 0.001
        assert await intake.unseal(COUNCIL, sealed) == WORDS
        watch.seconds += 0.001
        with pytest.raises(Erased):
            await intake.unseal(COUNCIL, sealed)

    async def test_text_sealed_under_a_key_made_elsewhere_opens_at_once(self, vault_server: VaultServer) -> None:
        intake, record = await vault_server.vault("intake"), await vault_server.vault("record")
        await intake.seal(COUNCIL, STREAM, Private("p1", "before"), "words")
        await record.rotate(COUNCIL)
        sealed = await record.seal(COUNCIL, STREAM, Private("p1", WORDS), "words")
        assert sealed.box.startswith("v1.2.")
        assert await intake.unseal(COUNCIL, sealed) == WORDS

    async def test_only_record_may_destroy_or_rotate(self, vault_server: VaultServer) -> None:
        intake = await vault_server.vault("intake")
        sealed = await intake.seal(COUNCIL, STREAM, Private("p1", WORDS), "words")
        for forbidden in (intake.destroy(COUNCIL, "p1"), intake.rotate(COUNCIL)):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await forbidden
        assert await (await vault_server.vault()).unseal(COUNCIL, sealed) == WORDS

    async def test_without_a_council_or_for_another_one_no_key_is_visible(self, vault_server: VaultServer) -> None:
        await (await vault_server.vault()).seal(COUNCIL, STREAM, Private("p1", WORDS), "words")
        pool = await vault_server.pool("record")
        counted = "SELECT count(*) FROM vault.person_key"
        async with pool.acquire() as connection, connection.transaction():
            assert await connection.fetchval(counted) == 0
            await connection.execute("SELECT set_config('panelbook.council', $1, true)", OTHER_COUNCIL)
            assert await connection.fetchval(counted) == 0
            await connection.execute("SELECT set_config('panelbook.council', $1, true)", COUNCIL)
            assert await connection.fetchval(counted) == 1

    async def test_even_the_superuser_cannot_bring_a_destroyed_key_back(self, vault_server: VaultServer) -> None:
        record = await vault_server.vault()
        await record.seal(COUNCIL, STREAM, Private("p1", WORDS), "words")
        await record.destroy(COUNCIL, "p1")
        connection = await asyncpg.connect(database_dsn(vault_server.admin_dsn, vault_server.name))
        try:
            row = await connection.fetchrow("SELECT wrapped, destroyed_at FROM vault.person_key")
            assert row is not None
            assert row["wrapped"] is None
            assert row["destroyed_at"] is not None
            for statement in (
                "UPDATE vault.person_key SET wrapped = 'x', destroyed_at = NULL",
                "DELETE FROM vault.person_key",
                "TRUNCATE vault.person_key",
            ):
                with pytest.raises(asyncpg.RaiseError):
                    await connection.execute(statement)
            await connection.execute(
                "INSERT INTO vault.person_key (council, person, key_id, wrapped) VALUES ($1, 'p1', 2, 'x')", COUNCIL
            )
            assert await connection.fetchval("SELECT count(*) FROM vault.person_key") == 1
        finally:
            await connection.close()

    async def test_preparing_the_vault_again_changes_nothing(self, vault_server: VaultServer) -> None:
        sealed = await (await vault_server.vault()).seal(COUNCIL, STREAM, Private("p1", WORDS), "words")
        roles: tuple[str, ...] = ("vault_owner", "vault_intake", "vault_record", "vault_panel")
        passwords: dict[str, str] = dict.fromkeys(roles, PASSWORD)
        await prepare_vault(vault_server.admin_dsn, database=vault_server.name, passwords=passwords)
        assert await (await vault_server.vault("panel")).unseal(COUNCIL, sealed) == WORDS
