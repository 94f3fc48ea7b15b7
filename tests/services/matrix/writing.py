"""What each command is asked about here, with what words, and by whom."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
from fastapi.routing import APIRoute

from councils.packs import load_pack
from edge.keys import FixedKeys
from ledger.book import Book
from ledger.codec.codec import Codec
from services.hosting import create_app
from tests.services.house import SHROPSHIRE, ServiceHouse
from tests.services.matrix.places import DIRECTOR, ELSEWHERE, NAMED, OWN, Known, Place
from tests.services.record.town import CHAIR, MANAGER, NEXT_TUESDAY, PRACTICE_MANAGER, SERVICE_MANAGER, Town

_PLACED = {"team": OWN.team, "team_manager": MANAGER["actor"], "service": OWN.service,
           "service_manager": SERVICE_MANAGER["actor"]}  # fmt: skip


AGREEDS = ("Agreed-child", "Agreed-mother")
"""Who must be told of what was agreed."""


def place_of(route: APIRoute) -> Place:
    """Where what a command is about was begun: authority to decide alone is Shropshire's."""
    return ELSEWHERE if route.name == "decide_by_delegation" else OWN


def named_by(route: APIRoute) -> list[dict[str, Any]]:
    """Whom it names by their id, or who has been given what it takes."""
    others: dict[str, list[dict[str, Any]]] = {
        "decide_by_delegation": [{**PRACTICE_MANAGER, "council": SHROPSHIRE}],
        "publish_settings": [{"actor": "officer-pub", "role": "settings_publisher", "team": "csmt"}],
        "retire_settings": [{"actor": "officer-pub", "role": "settings_publisher", "team": "csmt"}],
        "note_replacement": [DIRECTOR],
        "close_sitting": [CHAIR],
        "sign_minutes": [CHAIR],
    }
    return [*(OWN.by(actor, role) for role, actor in NAMED.items()), *others.get(route.name, [])] if (
        place_of(route) is OWN
    ) else others[route.name]  # fmt: skip


def about(service: str, route: APIRoute, known: Known) -> dict[str, str]:
    """What a command's address names."""
    application = known.draft if service == "intake" else known.unplaced
    if route.name == "give_further_information":
        application = known.deferred
    if route.name in ("open_item", "close_item", "decide_by_panel", "ratify", "note_replacement"):
        application = known.heard
    if route.name == "decide_by_delegation":
        application = known.plan
    if route.name == "abandon":
        application = known.unplaced  # The draft is expected at a sitting, so that its service manager agrees first.
    if route.name == "grant_exception":
        application = known.unfunded
    if route.name == "withdraw_application":
        application = known.waiting
    return {
        "application": application,
        "assessment": known.assessment,
        "attachment": known.attachments["draft"],
        "comment": "comment-1",
        "party": "draft-child",
        "section": "needs",
        "settings": "1",
        "officer": NAMED["social_worker"],
        "sitting": known.next_sitting if route.name in ("offer_slot", "open_sitting") else known.sitting,
        "task": known.task,
    }


def words(route: APIRoute, known: Known) -> Any:
    """What a command says: the form's own example, but for what must be there."""
    said: dict[str, Any] = {
        "start": {
            **_PLACED, "kind": "LOOKED_AFTER", "family": [],
            "person": {"person": "new-child", "name": "Robin Larkspur", "born_on": "2014-05-02"},
        },
        "start_from_assessment": {**_PLACED, "kind": "LOOKED_AFTER", "family": []},
        "expect": {"sitting_on": "2026-10-27"},
        "submit": {"sitting_on": NEXT_TUESDAY},
        "publish_settings": {"settings": load_pack("swindon"), "in_force_from": "2026-11-02T08:00:00Z"},
        "schedule_sitting": {"forum": "CARE_PANEL", "on": "2026-10-27"},
        "open_sitting": {
            "present": [{"member": "officer-ch", "kind": "chair"}, *({"member": one, "kind": "health"} for one in "ab")]
        },
        "open_item": {},
        "offer_slot": {"application": known.unplaced, "minutes": 10, "place": "Room 3"},
        "decide_by_panel": {
            "sitting": known.sitting, "outcome": "AGREED", "reasons": ["The plan answers every question."],
            "review_on": "2026-12-08",
        },
        "ratify": {"decision": known.decision, "sitting": known.sitting, "outcome": "RATIFIED"},
        "note_replacement": {"decision": known.decision, "support": "She lives with her aunt from today."},
        "return_application": {"reasons": ["The costs are those of another child."]},
        "disagreement": {
            "application": known.deferred, "from_party": "Deferred-mother", "relationship": "parent",
            "received_on": "2026-10-13", "words": "Nobody asked me about Saturdays.",
        },
        "task_done": {
            "informed": [{"party": party, "method": "visit", "on": "2026-10-13"} for party in AGREEDS]
        },
    }  # fmt: skip
    if route.name in said:
        return said[route.name]
    assert route.body_field is not None
    form: Any = route.body_field.field_info.annotation
    return form.model_config["json_schema_extra"]["example"]


async def version_of(town: Town, service: str, route: APIRoute, known: Known) -> int:
    """The version of what a command is about, as somebody has read it who may."""
    named, council = about(service, route, known), place_of(route).council
    path = {
        "intake": f"applications/{named['application']}",
        "routing": "officers" if "officer" in route.path else "settings",
        "panel": f"sittings/{named['sitting']}" if "sitting" in route.path else f"decisions/{named['application']}",
        "notify": "tasks",
    }.get(service, "complaints")
    if route.name == "grant_exception":
        path = f"applications/{named['application']}/route"
    if route.name == "save_draft":
        path += "/sections/needs/draft"
    by: dict[str, Any] = DIRECTOR
    if route.name == "save_draft":
        by = {**OWN.by(NAMED["social_worker"], "social_worker")}
    answer = await town.ask(service, "GET", path, None, **{**by, "council": council})
    assert answer.status_code == 200, (route.name, answer.text)
    said = answer.json()
    for lists, member, identity in (("officers", "officer", "officer"), ("tasks", "task", "task")):
        if path == lists:
            return next(one["version"] for one in said[lists] if one[member] == named[identity])
    return int((answer.headers.get("etag") or '"0"').strip('"'))


class Stopped(Exception):
    """Raised instead of keeping what a command decided."""


class StoppedHouse:
    """A house in which a command is decided and nothing of it is kept, so that every role can try the same one."""

    def __init__(self, house: ServiceHouse) -> None:
        self.house, self.stopped = house, 0
        service = house.host.service

        def project(_: Any) -> Any:
            self.stopped += 1
            raise Stopped

        ledger, vault = house.host.ledger, house.host.vault
        book = Book(
            ledger=ledger,
            codec=Codec(service.stored),
            vault=vault,
            project=project,
            publish=service.publish,
            follow=service.follow,
        )
        app = create_app(replace(house.host, book=book), FixedKeys(house.issuer.jwks()))
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://panelbook")

    async def answer(self, method: str, path: str, headers: Mapping[str, str], **body: Any) -> str:
        """How a command is answered: ``done``, or the status and the code with which it is refused."""
        before = self.stopped
        answer = await self.http.request(method, path, headers=dict(headers), **body)
        if self.stopped > before or answer.is_success:
            return "done"
        return f"{answer.status_code} {answer.json()['code']}"
