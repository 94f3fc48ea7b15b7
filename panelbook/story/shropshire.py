"""The first part: Shropshire, where a plan under £1,000 a week is decided by the practice and meets no panel."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from panelbook.story import opening
from panelbook.story.narrator import Narrator, Officer, opaque, way_of

COUNCIL = "c92ab7"


@dataclass(frozen=True)
class Staff:
    """Who acts in Shropshire."""

    publisher: Officer
    worker: Officer
    manager: Officer
    head: Officer


def staff(tell: Narrator) -> Staff:
    """The officers of the story, with invented names."""

    def one(officer: str, name: str, role: str, team: str = "north-practice") -> Officer:
        return tell.appoint(officer, name, role, COUNCIL, team=team, service="adults")

    return Staff(
        publisher=one("shr-publisher", "Imelda Farrow", "settings_publisher", "management-team"),
        worker=one("shr-worker", "Tobias Merrick", "social_worker"),
        manager=one("shr-manager", "Joan Attwell", "practice_manager"),
        head=one("shr-head", "Desmond Pryce", "head_of_service"),
    )


def play(tell: Narrator, show_event: Callable[[], None]) -> None:
    """Play both plans. ``show_event`` shows what the council's subscriber got once the first was decided."""
    tell.chapter("1  Shropshire: decided at the lowest proper level")
    people = staff(tell)
    opening.appoint(tell, people.publisher, [people.worker, people.manager, people.head])
    opening.publish(tell, people.publisher, "shropshire")
    granted = tell.until(
        people.publisher,
        "routing/officers",
        lambda body: next((one for one in body["officers"] if one["officer"] == people.manager.id), None),
    )
    tell.does(
        people.publisher,
        f"grants {people.manager.name} authority up to £1,000.00 a week",
        "POST",
        f"routing/officers/{people.manager.id}/authority",
        {"limit_weekly_pence": 100_000, "from_at": tell.now.isoformat(), "until_at": None},
        version=granted["version"],
        rule='TLAP on Shropshire: "delegated powers of authority for all expenditure under £1,000 per week"',
    )
    tell.clock_to("2026-10-05T08:20:00Z")
    under = _plan(tell, people, "Marguerite Ollerenshaw", 99_999, "£999.99")
    _decided_by_practice(tell, people, under)
    show_event()
    over = _plan(tell, people, "Bartholomew Quillfeather", 100_001, "£1,000.01")
    _called(tell, people, over)


def _plan(tell: Narrator, people: Staff, name: str, weekly_pence: int, shown: str) -> str:
    person = opaque()
    tell.private(name)
    started = tell.does(
        people.worker,
        "starts a care and support plan",
        "POST",
        "intake/applications",
        {
            "kind": "SUPPORT_PLAN",
            "person": {
                "person": person,
                "name": name,
                "born_on": "1948-03-14",
                "contact_email": f"{person}@home.example",
            },
            "team": people.worker.team,
            "team_manager": people.manager.id,
            "service": people.worker.service,
            "service_manager": people.head.id,
            "family": [{"party": person, "relationship": "person", "name": name, "has_parental_responsibility": False}],
        },
    )
    application = started.body["id"]
    version = started.version
    steps: list[tuple[str, str, str, dict[str, Any], str]] = [
        ("indicates a budget of £950.00 a week", "POST", "indicative-budget", {"weekly_pence": 95_000},
         "TLAP: an indicative budget is agreed prior to support planning"),
        (f"costs the plan at {shown} a week", "PUT", "costs", {"weekly_pence": weekly_pence, "one_off_pence": 0}, ""),
        ("writes the needs", "PUT", "sections/needs",
         {"text": tell.private(f"{name} cannot safely wash, dress or cook without somebody beside them.")}, ""),
        ("writes the outcomes", "PUT", "sections/outcomes",
         {"text": tell.private(f"{name} stays at home, sees friends at the allotment, and sleeps through.")}, ""),
        ("writes the plan", "PUT", "sections/plan",
         {"text": tell.private(f"A live-in carer for {name}, with two mornings at the allotment a week.")}, ""),
        (f"records {name}'s own view", "PUT", f"voices/{person}",
         {"views": tell.private(f"{name}: I want to stay in my own kitchen."), "why_not_obtainable": None}, ""),
    ]  # fmt: skip
    for what, method, path, body, rule in steps:
        reply = tell.does(
            people.worker, what, method, f"intake/applications/{application}/{path}", body, version=version, rule=rule
        )
        version = reply.version
    tell.does(
        people.worker,
        "submits it",
        "POST",
        f"intake/applications/{application}/submission",
        {"sitting_on": None},
        version=version,
    )
    route = tell.until(people.worker, f"routing/applications/{application}/route", lambda body: body)
    tell.led_to(f"routed {way_of(route)}")
    return application


def _decided_by_practice(tell: Narrator, people: Staff, application: str) -> None:
    known = tell.until(
        people.manager, f"panel/decisions/{application}", lambda body: body if body.get("route") else None
    )
    tell.does(
        people.manager,
        "agrees the plan within delegated authority",
        "POST",
        f"panel/decisions/{application}/delegated-decision",
        {
            "outcome": "AGREED",
            "reasons": [tell.private("The plan meets the outcomes and the assessed needs.")],
            "needed": [],
        },
        version=known["version"],
        rule="delegated within the scheme; its version, the limit and the cost stand in the event",
    )
    letter = tell.until(
        people.worker,
        "notify/messages",
        lambda body: next(
            (one for one in body["messages"] if one["letter"] == "outcome_to_person" and one["state"] == "sent"), None
        ),
        application=application,
    )
    tell.led_to(f"the letter to the person is out, Message-ID {letter['message_id']}")
    sittings = tell.reads(people.manager, "panel/sittings").body["sittings"]
    tell.led_to(f"it is on no agenda: {len(sittings)} sittings in Shropshire")


def _called(tell: Narrator, people: Staff, application: str) -> None:
    known = tell.until(
        people.manager, f"panel/decisions/{application}", lambda body: body if body.get("route") else None
    )
    tell.is_refused(
        people.manager,
        "tries to decide it within the practice",
        "POST",
        f"panel/decisions/{application}/delegated-decision",
        {"outcome": "AGREED", "reasons": ["The plan meets the outcomes."], "needed": []},
        code="LIMIT_EXCEEDED",
        version=known["version"],
        rule='TLAP on Shropshire: "for costs over £1,000 ... a weekly conference call is held"',
    )
