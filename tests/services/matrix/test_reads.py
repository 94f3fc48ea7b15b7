"""Every reading of every service by every role, from their own team, another team and another council (I5, G1)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi.routing import APIRoute

from edge.access import STORED, AccessExported, AccessRead, AccessRefused
from edge.need_to_know import TABLE, Kind, Shown
from edge.roles import ROLES
from ledger.codec.codec import Codec
from ledger.rows import ACCESS
from tests.services.house import SHROPSHIRE, SWINDON
from tests.services.matrix.places import ELSEWHERE, NAMED, OTHER, OWN, Known, Place
from tests.services.matrix.reading import PERSONAL, PRESENT, Subject, everybody, promised, reviewed, subjects_of
from tests.services.matrix.routes import address, kind_of_call, method_of, named_in, reads_of
from tests.services.record.town import Town

pytestmark = [pytest.mark.connected, pytest.mark.asyncio(loop_scope="module")]

READS = [(service, route) for service in TABLE for route in reads_of(service)]
ONES_OWN = frozenset({"application", "sitting", "complaint", "assessment", "attachment"})
"""What an address names by an id that is one council's."""


def each(readings: Sequence[tuple[str, APIRoute]]) -> pytest.MarkDecorator:
    """A test for each of some readings."""
    return pytest.mark.parametrize(("service", "route"), readings, ids=[f"{s}-{one.name}" for s, one in readings])


_CODEC = Codec(STORED)
NOT_FOUND, NO_CONTENT = (404, "NOT_FOUND"), (403, "OPERATOR_READS_NO_CONTENT")
BODIES: dict[str, Any] = {"try_draft": {"from_at": "2026-10-01T00:00:00Z", "until_at": "2026-10-14T00:00:00Z"}}


async def ask(
    town: Town, service: str, route: APIRoute, subject: Subject, by: Mapping[str, Any], council: str = SWINDON
) -> httpx.Response:
    """One reading of somebody; a POST that stores nothing says what the form's own example says."""
    house = town.houses[service]
    body = None
    if method_of(route) == "POST":
        assert route.body_field is not None
        form: Any = route.body_field.field_info.annotation
        body = BODIES.get(route.name) or form.model_config["json_schema_extra"]["example"]
    path = address(route, council, subject.named, subject.query)
    return await house.http.request(method_of(route), path, json=body, headers=house.headers(**by))


def code(answer: httpx.Response) -> tuple[int, str]:
    """How a reading was refused."""
    return answer.status_code, answer.json()["code"]


def cases_in(answer: httpx.Response, known: Known) -> set[str]:
    """Which of the cases an answer names."""
    return {name for name, case in known.cases.items() if case in answer.text}


async def reached(town: Town, service: str, council: str = SWINDON) -> int:
    """How far a service's access lane reaches."""
    return (await town.houses[service].host.ledger.head(council, ACCESS)).position


async def logged(town: Town, service: str, since: int, council: str = SWINDON) -> list[tuple[str, Any]]:
    """What came into the access lane since, each with its author."""
    rows = await town.houses[service].host.ledger.rows(council, since, lane=ACCESS)
    return [(row.actor, _CODEC.decode_row(row)) for row in rows]


def readers(route: APIRoute) -> Iterable[tuple[str, Place, str]]:
    """Somebody of every role in the case's own team and in another one, whom no case names: role, place and id."""
    for role in everybody():
        for place in (OWN, OTHER):
            yield role, place, f"{role}.{place.name}.{route.name}"


@each(READS)
async def test_everybody_is_answered_what_the_table_promises(
    service: str, route: APIRoute, town: Town, known: Known
) -> None:
    """I5: shown, or 404 as for what is not there; whoever is shown something is in the access lane with a purpose."""
    before = await reached(town, service)
    shown_to: dict[str, int] = {}
    for subject in subjects_of(service, route, known):
        for role, place, actor in readers(route):
            actor = f"{actor}.{subject.name}"
            answer = await ask(town, service, route, subject, place.by(actor, role))
            if role == "operator":
                assert code(answer) == NO_CONTENT
            elif promised(service, route, role, place, subject) or _is_list_of_ones_own(service, route, role):
                assert answer.status_code in _shown(route, role), (actor, answer.text)
                shown_to[actor] = answer.status_code
            else:
                assert code(answer) == NOT_FOUND, actor
            if route.name in PERSONAL:
                assert (answer.status_code == 200) == reviewed(route, role, place, subject), actor
    found = await logged(town, service, before)
    written = {actor for actor, event in found if isinstance(event, (AccessRead, AccessExported))}
    refused = {actor for actor, event in found if isinstance(event, AccessRefused)}
    if kind_of_call(route) != "lookup":
        assert {actor for actor, status in shown_to.items() if status == 200} == written
        assert all(event.purpose == "case_work" for _, event in found if not isinstance(event, AccessRefused))
    assert not refused & {actor for actor, status in shown_to.items() if status == 200}
    assert len(refused | written | shown_to.keys()) == len(subjects_of(service, route, known)) * 2 * len(everybody())


def _is_list_of_ones_own(service: str, route: APIRoute, role: str) -> bool:
    """Whether a role has that list, narrowed to what is its own."""
    lists = not {"application", "assessment", "complaint"} & named_in(route)
    return lists and TABLE[service][route.name].shown(role) is not Shown.NOTHING


def _shown(route: APIRoute, role: str) -> tuple[int, ...]:
    """How it is answered to whoever may see it: to try a draft is for some of them, which its own rules say."""
    return (200, 403) if route.name == "try_draft" else (200,)


LISTS = {
    "applications": {"draft", "unplaced", "waiting", "heard", "deferred", "agreed"},
    "expected": {"draft", "deferred"},
    "show_waiting": {"unplaced", "waiting", "heard", "deferred"},
    "list_decisions": {"unplaced", "waiting", "heard", "deferred", "agreed"},
    "list_out_of_panel": {"heard"},
    "show_sitting": {"waiting", "deferred"},
    "list_tasks": {"agreed"},
    "list_messages": {"waiting", "deferred", "agreed"},
    "list_complaints": {"deferred"},
}
"""Which of the cases stand on each list that is shown whole; a list that is not here names no case."""

WAITS_ON = {"chair": {"heard"}, "vice_chair": {"heard"}}
"""What waits for everybody of a role, and so is their own: a ratification, for whoever chairs."""


@each([(s, one) for s, one in READS if TABLE[s][one.name].kind is Kind.LIST and "application" not in named_in(one)])
async def test_a_list_holds_ones_own_cases_and_nobody_elses(
    service: str, route: APIRoute, town: Town, known: Known
) -> None:
    """I5: a list that is not shown whole ends where the need to know does."""
    (subject,) = subjects_of(service, route, known)
    for role, place, actor in readers(route):
        answer = await ask(town, service, route, subject, place.by(f"{actor}.list", role))
        if answer.status_code == 200:
            whole = promised(service, route, role, place, subject)
            waits = WAITS_ON.get(role, set()) if (service, route.name) == ("panel", "me") else set[str]()
            expected = LISTS.get(route.name, set()) if whole else waits
            assert cases_in(answer, known) == expected, (actor, answer.text)


@each(READS)
async def test_another_council_is_answered_as_if_nothing_were_there_and_is_written_down(
    service: str, route: APIRoute, town: Town, known: Known
) -> None:
    """G1: whatever the role; marked in one's own access lane with the council that was asked for."""
    (subject, *_) = subjects_of(service, route, known)
    for asking, council in ((ELSEWHERE, SWINDON), (OWN, SHROPSHIRE)):
        before = await reached(town, service, asking.council)
        for role in everybody():
            by = asking.by(f"{role}.{route.name}.elsewhere", role)
            answer = await ask(town, service, route, subject, by, council)
            assert code(answer) == NOT_FOUND, role
        found = [event for _, event in await logged(town, service, before, asking.council)]
        assert [(one.command, one.code, one.asked) for one in found] == [(route.name, "NOT_FOUND", council)] * len(
            everybody()
        )


@each([(service, route) for service, route in READS if ONES_OWN & named_in(route)])
async def test_what_another_council_has_is_unknown_here(
    service: str, route: APIRoute, town: Town, known: Known
) -> None:
    """G1: ids that are another council's, or nobody's, are not found under one's own, whatever the role."""
    ids = ONES_OWN & named_in(route)
    (subject, *_) = subjects_of(service, route, known)
    strangers = [replace(subject, named={**subject.named, **dict.fromkeys(ids, str(uuid4()))})]
    if "application" in ids:
        strangers.append(replace(subject, named={**subject.named, "application": known.plan}))
    for stranger in strangers:
        for role in everybody():
            answer = await ask(town, service, route, stranger, OWN.by(f"{role}.{route.name}.unknown", role))
            assert code(answer) == (NO_CONTENT if role == "operator" else NOT_FOUND), role


@pytest.mark.parametrize("role", sorted(NAMED))
async def test_whom_a_case_names_it_is_shown_wherever_they_work_now(role: str, town: Town, known: Known) -> None:
    """I5: its originator, its team manager and its service manager, whatever their token says of a team."""
    for service, route in READS:
        if TABLE[service][route.name].kind is not Kind.CONTENT and "application" not in named_in(route):
            continue
        if TABLE[service][route.name].shown(role) is Shown.NOTHING or route.name == "assessment":
            continue
        for subject in subjects_of(service, route, known):
            answer = await ask(town, service, route, subject, OTHER.by(NAMED[role], role))
            assert answer.status_code == 200, (route.name, answer.text)


async def test_whoever_took_an_assessment_in_reads_it_and_nobody_else_of_the_team(town: Town, known: Known) -> None:
    """B7, I5: until an application begins from it, an assessment is of whoever took it in."""
    (route,) = [route for _, route in READS if route.name == "assessment"]
    (form,) = [route for _, route in READS if route.name == "form"]
    (held,) = subjects_of("intake", route, known)
    (kind,) = subjects_of("intake", form, known)
    of_it = replace(kind, query=f"?assessment={known.assessment}")
    for actor, role, expected in (
        (NAMED["social_worker"], "social_worker", 200),
        ("colleague", "social_worker", 404),
        ("publisher", "settings_publisher", 404),
        ("director", "director_cs", 200),
    ):
        assert (await ask(town, "intake", route, held, OWN.by(actor, role))).status_code == expected, actor
        assert (await ask(town, "intake", form, of_it, OWN.by(actor, role))).status_code == expected, actor
        assert (await ask(town, "intake", form, kind, OWN.by(actor, role))).status_code == 200, actor


@pytest.mark.parametrize("member", PRESENT)
async def test_whoever_is_at_the_sitting_is_shown_what_it_hears(member: str, town: Town, known: Known) -> None:
    """C12: those present at an open sitting, by name; who sits on panels and is not there is not."""
    (route,) = [route for _, route in READS if route.name == "show_decision"]
    subjects = {one.name: one for one in subjects_of("panel", route, known)}
    by = OTHER.by(member, PRESENT[member])
    for name, expected in (("agreed", 200), ("waiting", 200), ("unplaced", 404)):
        assert (await ask(town, "panel", route, subjects[name], by)).status_code == expected, name


@pytest.mark.parametrize(
    ("purpose", "refusal"), [(None, (428, "PURPOSE_MISSING")), ("curiosity", (422, "PURPOSE_NOT_KNOWN"))]
)
async def test_what_is_known_of_a_person_is_shown_for_a_purpose_of_the_councils_only(
    purpose: str | None, refusal: tuple[int, str], town: Town, known: Known
) -> None:
    """I5, G5: every route that shows what is known of a person, by whoever is shown most."""
    for service, route in READS:
        if TABLE[service][route.name].kind is not Kind.CONTENT:
            continue
        (subject, *_) = subjects_of(service, route, known)
        role = "team_manager" if TABLE[service][route.name].shown("director_cs") is Shown.NOTHING else "director_cs"
        answer = await ask(town, service, route, subject, {**OWN.by("asks", role), "purpose": purpose})
        assert code(answer) == refusal, route.name


async def test_a_role_that_one_does_not_have_or_that_there_is_not_is_shown_nothing(
    town: Town, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I5: a token lends no role but its own, and one without a role that we know is nobody's."""
    house = town.houses["panel"]
    (route,) = [route for _, route in READS if route.name == "show_decision"]
    path = address(route, SWINDON, {"application": known.waiting})
    headers = house.headers("somebody", "placements") | {"Panelbook-Role": "director_cs"}
    assert code(await house.http.get(path, headers=headers)) == (403, "ROLE_NOT_YOURS")
    monkeypatch.setattr("edge.issuer.ROLES", ROLES | {"magician", "Director_CS"})
    for role in ("magician", "Director_CS"):
        headers = house.headers("somebody", role)
        assert code(await house.http.get(path, headers=headers)) == (401, "BAD_TOKEN"), role


async def test_a_token_with_several_roles_is_shown_what_the_one_it_acts_in_is(town: Town, known: Known) -> None:
    """I5: the first of its roles, or the one that it names; never all of them at once."""
    house = town.houses["panel"]
    token = house.issuer.token("somebody", SWINDON, ["placements", "director_cs"])
    headers = {"Authorization": f"Bearer {token}", "Panelbook-Purpose": "case_work"}
    (route,) = [route for _, route in READS if route.name == "show_decision"]
    path = address(route, SWINDON, {"application": known.waiting})
    assert code(await house.http.get(path, headers=headers)) == NOT_FOUND
    answer = await house.http.get(path, headers={**headers, "Panelbook-Role": "director_cs"})
    assert answer.status_code == 200


async def test_an_id_that_is_unknown_here_is_not_looked_up_any_further(
    town: Town, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G1: nothing sealed is opened for what is not here, or not for whoever asks."""
    opened: list[Any] = []

    async def unseal_all(council: str, value: Any) -> Any:
        opened.append(value)
        return value

    monkeypatch.setattr(town.vault, "unseal_all", unseal_all)
    for service, route in READS:
        if not ({"application", "complaint", "assessment"} & named_in(route)):
            continue
        (subject, *_) = subjects_of(service, route, known)
        for named, role in (({**subject.named, **_unknown(route)}, "director_cs"), (subject.named, "placements")):
            answer = await ask(town, service, route, replace(subject, named=named), OTHER.by("asks", role))
            assert code(answer) == NOT_FOUND, route.name
    assert not opened


def _unknown(route: APIRoute) -> dict[str, str]:
    return {name: str(uuid4()) for name in ("application", "complaint", "assessment") if name in named_in(route)}
