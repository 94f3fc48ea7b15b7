"""A council's settings are sent to a process once: it keeps each document by council, version and digest."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from councils.packs import pack_settings
from councils.settings import Settings
from ledger.pg.ledger import PostgresLedger, connect_pool
from panelbook.catalogue import CATALOGUE
from services import settings
from services.settings import TABLE
from tests.databases import Databases
from tests.ledger.given import COUNCIL, OTHER_COUNCIL, a_context

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = datetime(2026, 6, 1, tzinfo=UTC)


def a_version(version: int, in_force_from: datetime, **changed: Any) -> Settings:
    document = pack_settings("swindon", version=version, in_force_from=in_force_from).document()
    return Settings.read({**document, **changed})


class Kept:
    """The read model of one council, which writes down what is asked of it."""

    def __init__(self, council: str, *versions: Settings) -> None:
        self.council = council
        self.versions = list(versions)
        self.sent: list[int] = []

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        rows: list[dict[str, Any]] = []
        for one in sorted(self.versions, key=lambda one: -one.version):
            document = msgspec.json.encode(one.document()).decode()
            digest = hashlib.sha256(document.encode()).hexdigest()
            if not args:
                rows.append({"version": one.version, "in_force_from": one.in_force_from, "digest": digest})
            elif args == (one.version,):
                self.sent.append(one.version)
                rows.append({"document": document, "digest": digest})
        return rows


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "_kept", type(settings._kept)())


async def test_a_document_is_sent_once_and_each_command_is_judged_by_the_version_of_its_own_moment() -> None:
    """Two applications are received on either side of the moment at which the council's new settings begin."""
    reader = Kept(COUNCIL, a_version(1, FIRST), a_version(2, SECOND))
    for _ in range(3):
        before = await settings.in_force(reader, SECOND - timedelta(microseconds=1))
        after = await settings.in_force(reader, SECOND)
        assert before is not None
        assert before.version == 1
        assert after is not None
        assert after.version == 2
        assert await settings.of_version(reader, 1) is before
        assert await settings.newest(reader) is after
    assert await settings.in_force(reader, FIRST - timedelta(seconds=1)) is None
    assert await settings.of_version(reader, 3) is None
    assert await settings.turn_at(reader, FIRST) == SECOND
    assert await settings.turn_at(reader, SECOND) is None
    assert reader.sent == [1, 2]


async def test_a_version_that_is_heard_binds_the_very_next_command() -> None:
    reader = Kept(COUNCIL, a_version(1, FIRST))
    assert (await settings.required_in_force(reader, SECOND)).version == 1
    reader.versions.append(a_version(2, SECOND))
    assert (await settings.required_in_force(reader, SECOND)).version == 2


async def test_another_document_under_the_same_number_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """A council publishes its second version again after a restore that lost the first one of that number."""
    reader = Kept(COUNCIL, a_version(1, FIRST, purpose="To agree packages of care."))
    assert (await settings.required_version(reader, 1)).purpose == "To agree packages of care."
    reader.versions = [a_version(1, FIRST, purpose="To agree support plans.")]
    assert (await settings.required_version(reader, 1)).purpose == "To agree support plans."
    assert reader.sent == [1, 1]


async def test_no_council_is_given_what_another_council_has_published() -> None:
    ours, theirs = a_version(1, FIRST), a_version(1, FIRST)
    assert await settings.newest(Kept(COUNCIL, ours)) is not await settings.newest(Kept(OTHER_COUNCIL, theirs))
    assert await settings.newest(Kept("c00000", *())) is None


async def test_the_document_that_was_asked_for_longest_ago_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "KEPT_DOCUMENTS", 2)
    reader = Kept(COUNCIL, *(a_version(number, FIRST + timedelta(days=number)) for number in (1, 2, 3)))
    for version in (1, 2, 1, 3, 1, 2):
        await settings.of_version(reader, version)
    assert reader.sent == [1, 2, 3, 2]


@pytest.mark.connected
@pytest.mark.parametrize("service", ["intake", "routing", "panel", "notify"])
async def test_the_digest_of_what_is_stored_stands_beside_it(service: str, databases: Databases) -> None:
    """Settings are heard, or published, and a command reads them twice; then the council corrects the document."""
    database = await databases.create(service, CATALOGUE[service].migrations())
    pool: Any = await connect_pool(database.dsn("app"), max_size=1, application="test-settings-kept")
    ledger = PostgresLedger(service, pool)
    row, of_routing = TABLE.row(1), {"digest": "one", "published_by": "officer-1", "published_at": FIRST}
    told = of_routing if service == "routing" else {}
    first, second = (a_version(1, FIRST, purpose=said) for said in ("To agree care.", "To agree support."))
    try:
        async with ledger.transaction(a_context()) as work:
            await work.change([row.insert(in_force_from=FIRST, document=first.document(), **told)])
        async with ledger.reading(COUNCIL) as reader:
            assert await settings.newest(reader) == first
            assert await settings.in_force(reader, SECOND) is await settings.newest(reader)
        if told:
            told = {"digest": "two"}
        async with ledger.transaction(a_context()) as work:
            await work.change([row.set(document=second.document(), **told)])
        async with ledger.reading(COUNCIL) as reader:
            assert await settings.newest(reader) == second
    finally:
        await pool.close()
        await databases.drop(database)
