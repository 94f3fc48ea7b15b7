"""Every list is read page by page, with a total and by what narrows it; no parameter is passed over (DOMAIN.md, I1)."""

import random
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel

from edge.calls import Reading
from edge.lists import ListAsked, PageShown
from edge.need_to_know import TABLE
from edge.parameters import declared
from ledger.listing import MOST, Listing
from services.hosting import Service
from tests.databases import Databases
from tests.services.house import SHROPSHIRE, SWINDON, open_house
from tests.services.lists import LISTS, TEAMS, Of, filled, pages
from tests.services.matrix.routes import SERVICES, address, named_in, routes_of

NO_LIST = {
    "form": "one schema",
    "form_of": "one schema",
    "preview": "one way, and its few reasons",
    "section_difference": "one difference, and its passages",
    "show_route": "one way, and the exceptions to it",
    "show_deciders": "one application, and every officer of its council judged for it",
    "show_readiness": "one answer about the council, and the few alarms that reach nobody",
    "readiness": "one answer about the council, and the officers whom drafts name and who are none",
    "case_history": "one case as it was known at a moment, whose bytes never change",
    "me": "one person: what waits for them the longest, and how much there is in all",
    "show_out_of_panel": "one application: what was decided about it outside a panel, all of it",
    "verification": "one answer about the council, two lanes of each service",
}
"""Routes whose address ends in a word, and that show something with a list inside it: why they are no lists."""


def lists_of(service: str) -> list[APIRoute]:
    """Every route of a service that returns a list: by its address and what it shows."""
    return [one for one in routes_of(service) if is_list(one)]


FILLED = {"sitting_on": "2026-10-13", "settings": "1", "officer": "officer-x", "comment": "comment-1"}
QUERY = {
    "section_version": "?version=completed-1",
    "section_difference": "?earlier=completed-1&later=completed-2",
}
"""What some routes cannot do without."""


def nobodys(route: APIRoute) -> dict[str, str]:
    """Something in every place of a route's address: ids that nobody knows."""
    return {name: FILLED.get(name, "7a9f1b3e-8a53-5d43-9a0e-51f0f5a3c002") for name in named_in(route)}


def is_list(route: APIRoute) -> bool:
    return (
        "GET" in (route.methods or ())
        and not route.path.endswith("}")
        and route.name not in NO_LIST
        and _shows_many(route.response_model)
    )


def _shows_many(model: Any) -> bool:
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return False
    kinds = [member.annotation for member in model.model_fields.values()]
    return any(isinstance(one, type) and issubclass(one, BaseModel) for kind in kinds for one in get_args(kind))


def is_paged(route: APIRoute) -> bool:
    """Whether a list's route can be asked for a page and says how many there are."""
    model = route.response_model
    shows = isinstance(model, type) and issubclass(model, PageShown)
    return shows and ListAsked.model_fields.keys() <= declared(route)


@pytest.mark.parametrize("service", TABLE)
def test_every_list_is_shown_page_by_page(service: str) -> None:
    """I1, by reflection over every route that returns a list; a list that has no pages fails here."""
    for route in lists_of(service):
        assert is_paged(route), f"{route.name} ends without a word"
    for route in routes_of(service):
        if is_paged(route):
            assert is_list(route) or "POST" in (route.methods or ()), route.name


def test_a_list_without_pages_is_noticed() -> None:
    """What the test above holds is not held by everything."""

    class ThingShown(BaseModel):
        thing: str

    class ThingsShown(BaseModel):
        things: tuple[ThingShown, ...]

    routes = APIRouter()

    @routes.get("/councils/{council}/things", response_model=ThingsShown)
    async def things(call: Reading) -> None: ...

    (route,) = [one for one in routes.routes if isinstance(one, APIRoute)]
    assert is_list(route)
    assert not is_paged(route)


def test_every_route_that_shows_a_list_inside_something_else_says_why() -> None:
    names = {route.name for service in TABLE for route in routes_of(service)}
    assert names >= NO_LIST.keys()


def listings() -> Iterator[Listing]:
    for service in SERVICES.values():
        for module in sorted(service.folder.rglob("read.py")):
            name = ".".join(module.relative_to(service.folder.parent.parent).with_suffix("").parts)
            yield from (one for one in vars(import_module(name)).values() if isinstance(one, Listing))


def test_whatever_a_list_looks_at_names_its_council() -> None:
    """Nothing crosses councils: each table in a list's SQL is narrowed to one."""
    found = list(listings())
    assert len(found) >= 10
    for one in found:
        said = " ".join([one.columns, one.own, *one.narrow.values()])
        assert len(re.findall(r"\bread\.\w+", said)) == len(re.findall(r"\bcouncil = \$1", said)), one.table


@pytest.mark.parametrize("service", TABLE)
async def test_a_parameter_that_no_route_declares_is_refused_by_its_name(
    service: str, databases: Databases, tmp_path: Path
) -> None:
    """I1 on every route, reads and writes: 422 UNKNOWN_PARAMETER; one that is said twice is said to be."""
    async with open_house(SERVICES[service], databases, tmp_path) as house:
        for route in routes_of(service):
            path, method = (
                address(route, SWINDON, nobodys(route), QUERY.get(route.name, "")),
                next(iter(route.methods or ())),
            )
            headers = house.headers(f"officer-{route.name}", _a_reader_of(service, route), version=1)
            body = None if method == "GET" else {}
            many = "&".join(f"{name}=1&{name}=1" for name in sorted(declared(route)))
            where = f"{path}{'&' if '?' in path else '?'}stgae=draft"
            answer = await house.http.request(method, where, json=body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (422, "UNKNOWN_PARAMETER"), route.name
            assert [one["pointer"] for one in answer.json()["failing"]] == ["/stgae"]
            assert answer.json()["failing"][0]["in"] == "query"
            if many:
                answer = await house.http.request(method, f"{path.partition('?')[0]}?{many}", headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (422, "PARAMETER_TWICE"), route.name


def _a_reader_of(service: str, route: APIRoute) -> str:
    return next(role for role in sorted(TABLE[service][route.name].to) if role != "operator")


@pytest.mark.parametrize("listed", LISTS, ids=[one.path for one in LISTS])
async def test_1201_entries_are_three_pages_with_a_total(listed: Of, databases: Databases, tmp_path: Path) -> None:
    """I1: three pages by cursor, each entry once, in order, with the total, which narrowing narrows."""
    async with _open(listed, databases, tmp_path) as house:
        everything = list(range(1201))
        await filled(house, listed.entry, everything)
        headers = house.headers("officer-dir", "director_csw", purpose=None)
        found = await pages(house, listed.path, headers)
        assert [len(page[listed.member]) for page in found] == [500, 500, 201]
        assert [page["total"] for page in found] == [1201] * 3
        ids = [one[listed.id] for page in found for one in page[listed.member]]
        assert ids == listed.ids(everything)
        whole = {one[listed.id]: one for page in found for one in page[listed.member]}
        for name, value in listed.narrowed.items():
            (few,) = [await pages(house, listed.path, headers, **{name: value})]
            assert {page["total"] for page in few} == {sum(len(page[listed.member]) for page in few)}, name
            assert 0 < few[0]["total"] < 1201 or name in ("forum", "letter", "kind", "service", "state"), name
            for one in (one for page in few for one in page[listed.member]):
                assert one == whole[one[listed.id]]
                assert name in ("from", "to", "team") or name not in one or one[name] == value, name
        one = await pages(house, listed.path, headers, **{listed.id: ids[7]})
        assert ([one[listed.id] for one in one[0][listed.member]], one[0]["total"]) == ([ids[7]], 1)


@pytest.mark.parametrize("listed", LISTS, ids=[one.path for one in LISTS])
async def test_a_page_of_any_size_shows_each_entry_once_while_others_are_inserted(
    listed: Of, databases: Databases, tmp_path: Path
) -> None:
    """I1, for limits and inserts drawn by a seed: what stood there from the start is shown once, and all in order."""
    chance = random.Random(listed.path)
    async with _open(listed, databases, tmp_path) as house:
        headers = house.headers("officer-dir", "director_csw", purpose=None)
        numbers = list(range(400))
        chance.shuffle(numbers)
        there, waiting = numbers[:80], numbers[80:]
        await filled(house, listed.entry, there)
        for limit in (1, 7, 79, 80, 81, chance.randint(2, 40)):
            before, seen, cursor = list(there), list[str](), dict[str, str]()
            while True:
                path = f"/councils/{SWINDON}/{listed.path}"
                answer = await house.http.get(path, params={"limit": str(limit)} | cursor, headers=headers)
                body: dict[str, Any] = answer.json()
                assert body["total"] == len(there)
                seen += [one[listed.id] for one in body[listed.member]]
                if body["next"] is None:
                    break
                assert len(body[listed.member]) == limit
                link = re.fullmatch(r'<(\?.*)>; rel="next"', answer.headers["Link"])
                assert link
                assert dict(answer.request.url.join(link[1]).params)["cursor"] == body["next"]
                cursor = {"cursor": body["next"]}
                new = [waiting.pop() for _ in range(chance.randint(0, 1)) if waiting]
                await filled(house, listed.entry, new)
                there += new
            assert [one for one in seen if one in set(listed.ids(before))] == listed.ids(before)
            assert seen == [one for one in listed.ids(there) if one in set(seen)]


@pytest.mark.parametrize("listed", LISTS[:2] + LISTS[3:6], ids=lambda one: one.path)
async def test_a_total_counts_nothing_that_its_reader_is_not_shown(
    listed: Of, databases: Databases, tmp_path: Path
) -> None:
    """I5: for whom only their own is listed, total, pages and what is narrowed count that only."""
    async with _open(listed, databases, tmp_path) as house:
        await filled(house, listed.entry, list(range(300)))
        director = house.headers("officer-dir", "director_csw", purpose=None)
        (whole,) = await pages(house, listed.path, director)
        for actor, team in (("officer-3", ""), ("officer-x", TEAMS[2]), ("officer-x", "")):
            headers = house.headers(actor, "social_worker", team=team, purpose=None)
            found = await pages(house, listed.path, headers, limit="50")
            shown = [one[listed.id] for page in found for one in page[listed.member]]
            assert {page["total"] for page in found} == {len(shown)}
            assert len(shown) < whole["total"]
            assert bool(shown) == (actor == "officer-3" or bool(team))
            hidden = next(one for one in whole[listed.member] if one[listed.id] not in shown)
            answer = await pages(house, listed.path, headers, **{listed.id: hidden[listed.id]})
            assert (answer[0][listed.member], answer[0]["total"]) == ([], 0)


async def test_a_cursor_leads_on_in_its_own_list_only(databases: Databases, tmp_path: Path) -> None:
    """I1: cursors of another list, council, record or narrowing, or changed: one code of their own."""
    (listed,) = [one for one in LISTS if one.path == "messages"]
    async with _open(listed, databases, tmp_path) as house:
        for one in LISTS:
            if one.service == "notify":
                await filled(house, one.entry, list(range(20)))
        headers = house.headers("officer-dir", "director_csw", purpose=None)

        async def asked(path: str, council: str = SWINDON, **said: Any) -> tuple[int, str, Any]:
            by = house.headers("officer-dir", "director_csw", council=council, purpose=None)
            answer = await house.http.get(f"/councils/{council}/{path}", params=said, headers=by)
            return answer.status_code, answer.json().get("code", ""), answer.json()

        _, _, first = await asked("messages", limit=5, state="sent")
        cursor = first["next"]
        assert (await asked("messages", limit=3, state="sent", cursor=cursor))[0] == 200
        refused = (422, "CURSOR_NOT_OF_THIS_LIST")
        changed = cursor[:-2] + ("AA" if not cursor.endswith("AA") else "BB")
        for path, council, said in (
            ("messages", SWINDON, {"cursor": cursor}),
            ("messages", SWINDON, {"cursor": cursor, "state": "wanted"}),
            ("messages", SHROPSHIRE, {"cursor": cursor, "state": "sent"}),
            ("tasks", SWINDON, {"cursor": cursor}),
            ("messages", SWINDON, {"cursor": changed, "state": "sent"}),
            *(("messages", SWINDON, {"cursor": odd}) for odd in ("", "x", "===", "å", "A" * 4000, "AAAA" * 8)),
        ):
            assert (await asked(path, council, **said))[:2] == refused, said
        for limit, code in (("0", "OUT_OF_RANGE"), (str(MOST + 1), "OUT_OF_RANGE"), ("-1", "OUT_OF_RANGE"),
                            ("many", "NOT_A_WHOLE_NUMBER"), ("", "NOT_A_WHOLE_NUMBER")):  # fmt: skip
            assert (await asked("messages", limit=limit))[:2] == (422, code), limit
        answer = await house.http.get(f"/councils/{SWINDON}/messages", params={"limit": "5"}, headers=headers)
        assert len(answer.json()["messages"]) == 5


def _open(listed: Of, databases: Databases, folder: Path) -> Any:
    service: Service = SERVICES[listed.service]
    return open_house(service, databases, folder)
