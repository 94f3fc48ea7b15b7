"""Drafts through the doors: nothing typed is lost, nobody writes over another's words, and the book stays quiet."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from edge.access import AccessRead
from ledger.pg.drafts import Drafts
from ledger.pg.files import PostgresFiles
from services.intake.documents.janitor import DRAFTS_KEPT, Janitor
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse
from tests.services.intake.doors import (
    CHILD,
    SERVICE_MANAGER,
    TEAM_MANAGER,
    call,
    done,
    filled,
    nobody_erased,
    settings_heard,
    start,
    submit,
)

COLLEAGUE: dict[str, Any] = {"actor": "officer-colleague"}
STRANGER: dict[str, Any] = {"actor": "officer-stranger", "team": "localities-south"}


async def save(
    house: ServiceHouse,
    application: str,
    version: int,
    text: str,
    *,
    section: str = "needs",
    key: UUID | None = None,
    **by: Any,
) -> httpx.Response:
    path = f"applications/{application}/sections/{section}/draft"
    return await call(house, "PUT", path, {"text": text}, version=version, key=key, **by)


async def read(house: ServiceHouse, application: str, what: str = "draft", **by: Any) -> httpx.Response:
    return await call(house, "GET", f"applications/{application}/sections/needs/{what}", **by)


async def kept(house: ServiceHouse) -> list[Any]:
    connection = await asyncpg.connect(house.database.admin_dsn)
    try:
        return await connection.fetch("select council, field, version, box from kept.draft order by field, version")
    finally:
        await connection.close()


async def test_every_save_is_kept_and_none_of_them_is_in_the_book(house: ServiceHouse) -> None:
    application = await start(house)
    before, logged = len(await house.stored()), len(await house.logged())
    for version, text in enumerate(["", "Robin", "Robin sleeps", "Robin sleeps badly."]):
        answer = await save(house, application, version, text)
        assert answer.status_code == 200, answer.text
        assert (answer.json()["version"], answer.headers["ETag"]) == (version + 1, f'"{version + 1}"')
    assert (len(await house.stored()), len(await house.logged())) == (before, logged)
    shown = await read(house, application)
    assert (shown.json()["text"], shown.headers["ETag"]) == ("Robin sleeps badly.", '"4"')
    assert (await house.logged())[-1] == AccessRead("draft", f"{application}/needs", "case_work")
    drafts = await kept(house)
    assert [(council, field, version) for council, field, version, _ in drafts] == [
        (SWINDON, "draft.needs", version) for version in range(1, 5)
    ]
    assert not any("Robin" in box for *_, box in drafts)


async def test_before_the_first_save_there_is_version_nought(house: ServiceHouse) -> None:
    application = await start(house)
    shown = await read(house, application)
    assert (shown.json()["version"], shown.json()["text"], shown.headers["ETag"]) == (0, None, '"0"')
    listed = await read(house, application, "versions")
    assert listed.json() == {"versions": [], "total": 0, "next": None}


async def test_who_saves_over_anothers_save_is_told_whose_it_is(house: ServiceHouse) -> None:
    application = await start(house)
    assert (await save(house, application, 0, "Mine.")).status_code == 200
    assert (await save(house, application, 1, "Theirs.", **COLLEAGUE)).status_code == 200
    stale = await save(house, application, 1, "Mine, longer.")
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
    facts = stale.json()["facts"]
    assert (facts["expected"], facts["version"], facts["saved_by"]) == (1, 2, "officer-colleague")
    assert "Theirs" not in stale.text
    assert (await read(house, application)).json()["text"] == "Theirs."
    assert (await save(house, application, 2, "Theirs and mine.")).status_code == 200


async def test_of_two_saves_at_once_one_is_kept_and_the_other_told(house: ServiceHouse) -> None:
    application = await start(house)
    answers = await asyncio.gather(*(save(house, application, 0, f"Words {n}.") for n in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412, 412]
    assert len(await kept(house)) == 1


async def test_a_save_sent_twice_is_one_save(house: ServiceHouse) -> None:
    application, key = await start(house), uuid4()
    first = await save(house, application, 0, "Words.", key=key)
    again = await save(house, application, 0, "Words.", key=key)
    assert (again.status_code, again.json()) == (200, first.json())
    reused = await save(house, application, 0, "Other words.", key=key)
    assert (reused.status_code, reused.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len(await kept(house)) == 1


async def test_only_who_may_complete_a_section_saves_its_draft(house: ServiceHouse) -> None:
    await settings_heard(house, "shropshire")
    application = await start(house)
    refused = await save(house, application, 0, "Words.", **STRANGER)
    assert (refused.status_code, refused.json()["code"]) == (403, "NOT_YOUR_APPLICATION")
    managers = await save(house, application, 0, "Words.", actor="officer-tm", role="team_manager")
    assert (managers.status_code, managers.json()["code"]) == (403, "NOT_YOUR_APPLICATION")
    unknown = await save(house, application, 0, "Words.", section="weather")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "UNKNOWN_SECTION")
    foreign = await save(house, application, 0, "Words.", council=SHROPSHIRE)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "NOT_FOUND")
    assert await kept(house) == []


async def test_the_reviewing_officer_drafts_their_own_section_and_nobody_elses(house: ServiceHouse) -> None:
    application = await start(house)
    reviewer: dict[str, Any] = {"actor": "officer-iro", "role": "iro", "team": ""}
    assert (await save(house, application, 0, "My view.", section="iro", **reviewer)).status_code == 200
    others = await save(house, application, 0, "My view.", **reviewer)
    assert (others.status_code, others.json()["code"]) == (403, "NOT_YOUR_APPLICATION")
    workers = await save(house, application, 1, "Their view.", section="iro")
    assert (workers.status_code, workers.json()["code"]) == (403, "SECTION_NOT_YOURS")


async def test_in_the_panels_hands_nothing_is_drafted(house: ServiceHouse) -> None:
    application, version = await filled(house)
    await submit(house, application, version)
    refused = await save(house, application, 0, "One more thing.")
    assert (refused.status_code, refused.json()["code"]) == (409, "IN_PANELS_HANDS")


async def versions(house: ServiceHouse, application: str, **by: Any) -> list[str]:
    answer = await read(house, application, "versions", **by)
    assert answer.status_code == 200, answer.text
    return [one["version"] for one in answer.json()["versions"]]


async def written(house: ServiceHouse) -> tuple[str, list[str]]:
    """An application whose needs were drafted, completed, drafted again and completed again, and the names of these."""
    application = await start(house)
    at = f"applications/{application}/sections/needs"
    await save(house, application, 0, "Robin sleeps badly.")
    first = (await done(house, "PUT", at, {"text": "Robin sleeps badly."}, 1))["version"]
    await save(house, application, 1, "Robin sleeps badly and")
    second = (await done(house, "PUT", at, {"text": "Robin sleeps better now."}, first))["version"]
    return application, ["draft-1", f"completed-{first}", "draft-2", f"completed-{second}"]


async def test_the_versions_of_a_section_are_its_drafts_and_what_was_completed(house: ServiceHouse) -> None:
    application, names = await written(house)
    assert sorted(await versions(house, application)) == sorted(names)
    texts = {}
    for name in names:
        answer = await read(house, application, f"version?version={name}")
        texts[name] = answer.json()["text"]
    assert list(texts.values()) == [
        "Robin sleeps badly.",
        "Robin sleeps badly.",
        "Robin sleeps badly and",
        "Robin sleeps better now.",
    ]
    missing = await read(house, application, "version?version=draft-9")
    assert (missing.status_code, missing.json()["code"]) == (404, "NOT_FOUND")


async def test_two_versions_are_compared_word_by_word_and_the_reading_is_logged(house: ServiceHouse) -> None:
    application, names = await written(house)
    query = f"difference?earlier={names[1]}&later={names[3]}"
    answer = await read(house, application, query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["passages"] == [
        {"kind": "same", "text": "Robin sleeps"},
        {"kind": "deleted", "text": " badly."},
        {"kind": "inserted", "text": " better now."},
    ]
    subject = f"{application}/needs/{names[1]}/{names[3]}"
    assert (await house.logged())[-1] == AccessRead("difference", subject, "case_work")
    for manager in (TEAM_MANAGER, SERVICE_MANAGER):
        assert (await read(house, application, query, **manager)).status_code == 200
    for other in (STRANGER, {"actor": "officer-chair", "role": "chair", "team": ""}):
        for what in (query, "versions", "draft", f"version?version={names[0]}"):
            refused = await read(house, application, what, **other)
            assert (refused.status_code, refused.json()["code"]) == (404, "NOT_FOUND")
            assert "Robin" not in refused.text


async def test_a_name_of_a_version_that_is_none_is_refused(house: ServiceHouse) -> None:
    application = await start(house)
    for query in ("version", "version?version=1", "difference?earlier=draft-1", "difference?earlier=x&later=y"):
        answer = await read(house, application, query)
        assert answer.status_code == 422, query


async def test_with_the_persons_key_every_version_is_gone(house: ServiceHouse) -> None:
    application, names = await written(house)
    await house.host.vault.destroy(SWINDON, CHILD)
    assert (await read(house, application)).json()["text"] is None
    for name in names:
        assert (await read(house, application, f"version?version={name}")).json()["text"] is None
    assert (await read(house, application, f"difference?earlier={names[0]}&later={names[3]}")).json()["passages"] == []
    refused = await save(house, application, 2, "More.")
    assert (refused.status_code, refused.json()["code"]) == (409, "ERASED")


async def test_drafts_of_a_form_in_the_panels_hands_are_cleared_after_a_week(house: ServiceHouse) -> None:
    async def councils() -> list[str]:
        return [SWINDON]

    host = house.host
    drafts = Drafts(host.pool)
    janitor = Janitor(host.book, PostgresFiles(host.pool), drafts, host.clock.now, councils, nobody_erased)
    open_one = await start(house)
    await save(house, open_one, 0, "Still being written.")
    application, version = await filled(house)
    await save(house, application, 0, "Typed.")
    await save(house, application, 1, "Typed and not completed.")
    await submit(house, application, version)
    assert await janitor.tidy(SWINDON) == (0, 0)
    house.clock.set((house.clock.now() + DRAFTS_KEPT + timedelta(seconds=1)).isoformat())
    assert await janitor.tidy(SWINDON) == (0, 2)
    assert await janitor.tidy(SWINDON) == (0, 0)
    assert [box is None for *_, box in await kept(house)] == [False, True]
    assert (await read(house, open_one)).json()["text"] == "Still being written."
