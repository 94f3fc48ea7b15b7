"""The second part: Doncaster, whose officers agree plans up to a limit for the whole year, and nobody their own."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from councils.packs import load_pack
from panelbook.story import opening
from panelbook.story.narrator import Narrator, Officer, opaque, pounds, way_of

COUNCIL = "d07f3b"
YEARLY = 4_900_000
"""What the pack gives a team manager for a year, in pence."""
WEEKLY = 94_230
"""The most that fifty-two weeks leave of it for one, in pence: 48,999.60 pounds a year."""


@dataclass(frozen=True)
class Staff:
    """Who acts in Doncaster. ``worker`` and ``herself`` are one officer with a token for each of her two roles."""

    publisher: Officer
    worker: Officer
    herself: Officer
    manager: Officer
    head: Officer


def staff(tell: Narrator) -> Staff:
    """The officers of the story, with invented names."""

    def one(officer: str, name: str, role: str, team: str = "central") -> Officer:
        return tell.appoint(officer, name, role, COUNCIL, team=team, service="adults")

    return Staff(
        publisher=one("don-publisher", "Alasdair Pym", "settings_publisher", "management-team"),
        worker=one("don-senior", "Nadia Sykes", "social_worker"),
        herself=one("don-senior", "Nadia Sykes", "team_manager"),
        manager=one("don-manager", "Ruth Hathersage", "team_manager"),
        head=one("don-head", "Winston Garth", "head_of_service", "management-team"),
    )


def play(tell: Narrator) -> None:
    """Play two plans a penny a week apart, and what a higher limit would have made of them."""
    tell.chapter("2  Doncaster: a limit for the year, kept to the penny")
    people = staff(tell)
    opening.appoint(tell, people.publisher, [people.herself, people.manager, people.head])
    opening.publish(tell, people.publisher, "doncaster")
    source = "Doncaster, decision AWC.019.2024: £49,000 a year; no grant exceeds what the settings give the role"
    _grant(tell, people.publisher, people.manager, source)
    _grant(tell, people.publisher, people.herself)
    tell.forward(tell.now + timedelta(minutes=20))
    within = _plan(tell, people, "Edwin Brackenbury", WEEKLY)
    _decided(tell, people, within)
    _plan(tell, people, "Philippa Stainforth", WEEKLY + 1)
    _previewed(tell, people)
    _tried(tell, people)


def _grant(tell: Narrator, publisher: Officer, officer: Officer, rule: str = "") -> None:
    granted = tell.until(
        publisher,
        "routing/officers",
        lambda body: next((one for one in body["officers"] if one["officer"] == officer.id), None),
    )
    tell.does(
        publisher,
        f"grants {officer.name} authority up to {pounds(YEARLY)} a year, {pounds(WEEKLY)} a week",
        "POST",
        f"routing/officers/{officer.id}/authority",
        {"limit_weekly_pence": WEEKLY, "limit_yearly_pence": YEARLY, "from_at": tell.now.isoformat()},
        version=granted["version"],
        rule=rule,
    )


def _plan(tell: Narrator, people: Staff, name: str, weekly_pence: int) -> str:
    worker, person = people.worker, opaque()
    tell.private(name)
    started = tell.does(
        worker,
        f"starts a care and support plan for {name}",
        "POST",
        "intake/applications",
        {
            "kind": "SUPPORT_PLAN",
            "person": {"person": person, "name": name, "born_on": "1951-11-30",
                       "contact_email": f"{person}@home.example"},
            "team": worker.team,
            "team_manager": people.manager.id,
            "service": worker.service,
            "service_manager": people.head.id,
            "family": [{"party": person, "relationship": "person", "name": name, "has_parental_responsibility": False}],
        },
    )  # fmt: skip
    application = started.body["id"]
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "indicative-budget", {"weekly_pence": 92_000}),
        ("PUT", "costs", {"weekly_pence": weekly_pence, "one_off_pence": 0}),
        ("PUT", "sections/needs",
         {"text": tell.private(f"{name} needs somebody near by day and night since the second stroke.")}),
        ("PUT", "sections/outcomes", {"text": tell.private(f"{name} lives at home and chairs the bowls club again.")}),
        ("PUT", "sections/plan",
         {"text": tell.private(f"Personal assistants of {name}'s own choice, paid by direct payment.")}),
        ("PUT", f"voices/{person}",
         {"views": tell.private(f"{name}: I choose who comes through my door."), "why_not_obtainable": None}),
    ]  # fmt: skip
    version = tell.writes(
        worker,
        f"indicates the budget, costs the plan at {pounds(weekly_pence)} a week and writes it with {name}'s own view",
        application,
        started.version,
        steps,
    )
    tell.does(worker, "submits it", "POST", f"intake/applications/{application}/submission", {}, version=version)
    route = tell.until(worker, f"routing/applications/{application}/route", lambda body: body)
    tell.led_to(f"{pounds(route['inputs']['yearly_pence'])} a year: routed {way_of(route)}")
    return application


def _decided(tell: Narrator, people: Staff, application: str) -> None:
    path = f"panel/decisions/{application}"
    known = tell.until(people.manager, path, lambda body: body if body.get("route") else None)
    agreed = {"outcome": "AGREED", "reasons": [tell.private("The plan meets needs and outcomes as they stand.")]}
    tell.is_refused(
        people.herself,
        "has the authority too, and tries to agree the plan that she wrote",
        "POST",
        f"{path}/delegated-decision",
        agreed,
        code="SELF_APPROVAL",
        version=known["version"],
        result=lambda _: _deciders(tell, people, application),
    )
    tell.does(
        people.manager,
        "agrees it within delegated authority",
        "POST",
        f"{path}/delegated-decision",
        agreed,
        version=known["version"],
        rule="authority is judged at the decision, not at routing",
    )
    ruling = tell.reads(people.manager, path).body["decisions"][-1]
    budget = ruling["final_budget"]
    tell.led_to(
        f"personal budget {pounds(budget['weekly_pence'])} a week, {pounds(budget['yearly_pence'])} a year, beside the "
        f"limit of {pounds(ruling['limit_yearly_pence'])} a year and settings version {ruling['settings_version']}"
    )


def _deciders(tell: Narrator, people: Staff, application: str) -> str:
    reply = tell.reads(people.worker, f"routing/applications/{application}/deciders").body
    may = ", ".join(one["name"] for one in reply["deciders"])
    may_not = ", ".join(f"{one['name']} ({one['refused']})" for one in reply["others"])
    return f"who could decide it now: {may}; who could not: {may_not}"


def _previewed(tell: Narrator, people: Staff) -> None:
    tell.does(
        people.worker,
        f"asks where {pounds(WEEKLY)} a week with {pounds(10_000)} paid once would go; nothing is decided by looking",
        "POST",
        "routing/route-preview",
        {"kind": "SUPPORT_PLAN", "weekly_pence": WEEKLY, "one_off_pence": 10_000},
        rule="what is paid once counts towards the year",
        result=lambda body: f"{pounds(body['inputs']['yearly_pence'])} in the year would go {way_of(body)}",
    )


def _tried(tell: Narrator, people: Staff) -> None:
    """Ask what the council's terms with a higher limit would have made of the cases so far."""
    draft: dict[str, Any] = load_pack("doncaster")
    draft["scheme"]["rules"][0]["yearly"] = "> 5500000"
    draft["delegated_limits_yearly"] = {"team_manager": 5_500_000}
    tell.does(
        people.publisher,
        "tries a draft with a limit of £55,000.00 a year on the cases so far, before anybody publishes it",
        "POST",
        "routing/simulations",
        {"settings": draft, "from_at": (tell.now - timedelta(days=1)).isoformat(),
         "until_at": (tell.now + timedelta(minutes=1)).isoformat()},
        result=_difference,
    )  # fmt: skip


def _difference(body: dict[str, Any]) -> str:
    (change,) = body["changes"]
    was, would_be, saved = change["was"], change["would_be"], -body["difference"]["panel_hours"]
    return (
        f"{body['changed']} of {body['applications']} would have gone another way: {was['route']} -> "
        f"{would_be['route']} by row {would_be['row']}, {saved:.2f} hours of panel saved"
    )
