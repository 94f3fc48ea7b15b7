"""Applications are found by the names in them, which stand nowhere in the clear (DOMAIN.md, I1, I5; DESIGN §4)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.access import AccessRead, AccessRefused
from ledger.book import rebuild
from ledger.pg.names import Made, Names
from services.intake.main import SERVICE
from services.intake.search.domain.words import words_of
from services.intake.search.indexing import Indexing
from tests.databases import Databases
from tests.services.house import SHROPSHIRE, SWINDON, ServiceHouse, open_house
from tests.services.intake.doors import CHILD, MOTHER, NAME, START, call, filled, settings_heard, start, submit

DIRECTOR = {"actor": "officer-dir", "role": "director_csw", "team": "", "service": ""}


def indexing(house: ServiceHouse) -> Indexing:
    return Indexing(house.host.book, house.host.vault, Names(house.host.pool))


async def found(house: ServiceHouse, name: str, *, council: str = SWINDON, **by: Any) -> list[str]:
    """What is found by a name; the total must be as many."""
    answer = await call(house, "POST", "applications/search", {"name": name}, council=council, **DIRECTOR | by)
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == len(answer.json()["applications"])
    return [one["application"] for one in answer.json()["applications"]]


async def begun(house: ServiceHouse, child: str, name: str, *, council: str = SWINDON, **changes: Any) -> str:
    family = [{"party": child, "relationship": "child", "name": name}]
    person = {"person": child, "name": name, "born_on": "2014-05-02"}
    answer = await call(
        house,
        "POST",
        "applications",
        START | {"person": person, "family": family} | changes,
        council=council,
        team=changes.get("team", "localities-north"),
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def rows_of_tokens(house: ServiceHouse, council: str = SWINDON) -> list[Any]:
    connection = await asyncpg.connect(house.database.admin_dsn)
    try:
        return await connection.fetch(
            "SELECT t::text AS line, token FROM kept.name_token t WHERE council = $1", council
        )
    finally:
        await connection.close()


async def test_a_name_is_found_in_any_spelling_of_the_person_or_of_their_family(house: ServiceHouse) -> None:
    """I1: every word must be one person's, in any order; parts of words find nothing."""
    first = await start(house)
    second = await begun(house, "party-2", "José O’Brien-Larkspur")
    assert await indexing(house).make(SWINDON) == 2
    for name, expected in (
        ("Robin Larkspur", [first]),
        ("larkspur   ROBIN", [first]),
        ("Larkspur", [second, first]),
        ("LINDEN larkspur", [first]),
        ("jose obrien larkspur", [second]),
        ("José O'Brien", [second]),
        ("Robin Linden", []),
        ("Lark", []),
        ("Robin Larkspur Elm", []),
        ("?!", []),
    ):
        if name != "?!":
            assert sorted(await found(house, name)) == sorted(expected), name
    answer = await call(house, "POST", "applications/search", {"name": "?!"}, **DIRECTOR)
    assert (answer.status_code, answer.json()["code"]) == (422, "SAYS_NOTHING")
    shown = await call(house, "POST", "applications/search", {"name": NAME}, **DIRECTOR)
    assert shown.json()["applications"][0]["person_name"] == NAME


async def test_no_name_stands_beside_the_ledger_in_the_clear_nor_in_what_is_logged(
    house: ServiceHouse, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tokens tell nothing without a key, and are others in another council; a search leaves a row without the name."""
    await settings_heard(house, "shropshire")
    await start(house)
    await begun(house, CHILD, NAME, council=SHROPSHIRE, kind="SUPPORT_PLAN")
    for council in (SWINDON, SHROPSHIRE):
        await indexing(house).make(council)
    kept = {council: await rows_of_tokens(house, council) for council in (SWINDON, SHROPSHIRE)}
    assert len(kept[SWINDON]) == 4
    assert not {row["token"] for row in kept[SWINDON]} & {row["token"] for row in kept[SHROPSHIRE]}
    assert not any(word in row["line"].casefold() for row in kept[SWINDON] for word in ("robin", "larkspur"))
    assert len(await found(house, NAME)) == 1
    read = [one for one in await house.logged() if isinstance(one, AccessRead)][-1]
    assert (read.what, read.subject, read.purpose) == ("applications_by_name", "", "case_work")
    assert "arkspur" not in capsys.readouterr().out
    nameless = await call(house, "POST", "applications/search", {"name": NAME}, **DIRECTOR, purpose=None)
    assert (nameless.status_code, nameless.json()["code"]) == (428, "PURPOSE_MISSING")
    assert isinstance((await house.logged())[-1], AccessRefused)


async def test_whoever_may_not_read_a_case_does_not_learn_that_there_is_one(house: ServiceHouse) -> None:
    """I5: neither entries nor total tell of a case of another team; who arranges sittings finds what was handed in."""
    ours = await start(house)
    theirs = await begun(house, "party-2", "Robin Larkspur", team="localities-south", service="adults",
                         service_manager="officer-sm2", team_manager="officer-tm2")  # fmt: skip
    await indexing(house).make(SWINDON)
    worker = {"actor": "officer-x", "role": "social_worker", "team": "localities-north"}
    assert await found(house, NAME, **worker) == [ours]
    assert await found(house, NAME, **worker | {"team": "localities-west"}) == []
    assert sorted(await found(house, NAME)) == sorted([ours, theirs])
    for role in ("panel_administrator", "chair", "head_of_service", "member"):
        assert await found(house, NAME, actor=f"officer-{role}", role=role) == [], role
    for role in ("settings_publisher", "system", "attendee"):
        by = DIRECTOR | {"actor": f"officer-{role}", "role": role}
        answer = await call(house, "POST", "applications/search", {"name": NAME}, **by)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND"), role
    assert await found(house, NAME, council=SHROPSHIRE) == []


async def test_a_panel_administrator_finds_what_was_handed_in(house: ServiceHouse) -> None:
    """I5: what circulates is theirs to find, and a draft of the same name is not there for them."""
    handed_in, version = await filled(house)
    await submit(house, handed_in, version)
    await begun(house, CHILD, NAME)
    await indexing(house).make(SWINDON)
    by = {"actor": "officer-pa", "role": "panel_administrator"}
    assert await found(house, NAME, **by) == [handed_in]
    assert len(await found(house, NAME)) == 2


async def test_whoever_was_erased_is_found_no_more_and_their_tokens_go(house: ServiceHouse) -> None:
    """Destroyed keys end the search for a name at once, before anything is tidied; another's name goes on finding."""
    application = await start(house)
    await indexing(house).make(SWINDON)
    await house.host.vault.destroy(SWINDON, CHILD)
    assert await found(house, "Robin") == []
    assert await found(house, "Linden Larkspur") == [application]
    assert await indexing(house).forget_erased(SWINDON) == 2
    assert len(await rows_of_tokens(house)) == 2
    assert await indexing(house).forget_erased(SWINDON) == 0
    await call(house, "PUT", f"applications/{application}/costs", {"weekly_pence": 1}, version=1)
    await indexing(house).make(SWINDON)
    assert {row["line"].split(",")[-1].rstrip(")") for row in await rows_of_tokens(house)} == {MOTHER}


async def test_tokens_follow_the_book_and_are_made_anew_after_a_restore_or_under_another_key(
    house: ServiceHouse,
) -> None:
    """Made once for what is new, again for what is renamed, and all of them where epoch or key are others."""
    application = await start(house)
    maker, names = indexing(house), Names(house.host.pool)
    assert await maker.make(SWINDON) == 1
    assert await maker.make(SWINDON) == 0
    renamed = {"relationship": "parent", "name": "Linden Elm", "has_parental_responsibility": True}
    answer = await call(house, "PUT", f"applications/{application}/family/{MOTHER}", renamed, version=1)
    assert answer.status_code == 200, answer.text
    assert await found(house, "Linden Elm") == []
    assert await maker.make(SWINDON) == 1
    assert await found(house, "Linden Elm") == [application]
    assert await found(house, "Linden Larkspur") == []
    before = await rows_of_tokens(house)
    await rebuild(house.host.book, [SWINDON])
    assert await rows_of_tokens(house) == before
    made = await names.made(SWINDON)
    assert made is not None
    for other in (Made(made.mark, made.epoch + 1, 9), Made(b"another key's...", made.epoch, made.position),
                  Made(made.mark, made.epoch, made.position + 5)):  # fmt: skip
        await names.keep(SWINDON, other, {"gone": {"party-9": [b"x"]}})
        assert await maker.make(SWINDON) == 1
        assert sorted(row["line"] for row in await rows_of_tokens(house)) == sorted(row["line"] for row in before)
        assert await names.made(SWINDON) == made


async def test_what_is_found_is_narrowed_and_shown_page_by_page(house: ServiceHouse) -> None:
    """I1: the cursor of a search leads on in this search only."""
    ids = [await begun(house, f"party-{number}", "Ash Birch") for number in range(7)]
    await indexing(house).make(SWINDON)

    async def asked(**said: Any) -> dict[str, Any]:
        answer = await call(house, "POST", "applications/search", {"name": "Birch", **said}, **DIRECTOR)
        assert "Link" not in answer.headers
        return answer.json()

    seen: list[str] = []
    page = await asked(limit=3)
    while True:
        seen += [one["application"] for one in page["applications"]]
        assert page["total"] == 7
        if page["next"] is None:
            break
        page = await asked(limit=3, cursor=page["next"])
    assert sorted(seen) == sorted(ids)
    assert len(seen) == 7
    first = await asked(limit=3)
    assert (await asked(name="Ash", limit=3, cursor=first["next"]))["code"] == "CURSOR_NOT_OF_THIS_LIST"
    assert (await asked(stage="draft"))["total"] == 7
    assert (await asked(stage="submitted"))["total"] == 0
    assert (await asked(team="localities-south"))["total"] == 0
    assert (await asked(application=ids[2]))["total"] == 1


@given(st.text(max_size=40))
def test_the_words_of_a_name_are_the_same_however_it_is_typed(name: str) -> None:
    """In any case, and with its words in any order."""
    assert words_of(name.upper()) == words_of(name.upper().lower())
    assert words_of(" ".join(reversed(name.split()))) == words_of(name)
    assert all(word and not word.isspace() for word in words_of(name))


@pytest.fixture
async def house(databases: Databases, tmp_path: Path) -> AsyncIterator[ServiceHouse]:
    async with open_house(SERVICE, databases, tmp_path) as house:
        await settings_heard(house)
        yield house
