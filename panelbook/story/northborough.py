"""The fourth part: Northborough, whose resource panel closes at 13:00 on a Wednesday, and refuses nobody bare."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from councils.packs import load_pack
from panelbook.story import hearing, opening
from panelbook.story.hearing import Panel
from panelbook.story.narrator import Narrator, Officer, opaque, way_of

COUNCIL = "e5a26c"
SITTING = "2026-10-27"
ACCOUNT = "A social worker's account"


@dataclass(frozen=True)
class Staff:
    """Who acts in Northborough."""

    publisher: Officer
    worker: Officer
    manager: Officer
    service_manager: Officer
    reviewing: Officer
    administrator: Officer
    chair: Officer


def staff(tell: Narrator) -> Staff:
    """The officers of the story, with invented names."""

    def one(officer: str, name: str, role: str, team: str = "east") -> Officer:
        return tell.appoint(officer, name, role, COUNCIL, team=team, service="children")

    return Staff(
        publisher=one("nor-publisher", "Rosalind Thwaite", "settings_publisher", "management-team"),
        worker=one("nor-worker", "Callum Adeyemi", "social_worker"),
        manager=one("nor-manager", "Miriam Oakes", "team_manager"),
        service_manager=one("nor-service-manager", "Gareth Penhaligon", "service_manager"),
        reviewing=one("nor-reviewing", "Yusra Sheldrake", "iro", "reviewing"),
        administrator=one("nor-administrator", "Nell Fairweather", "panel_administrator", "business-support"),
        chair=one("nor-chair", "Augustus Crane", "chair", "management-team"),
    )


def play(tell: Narrator) -> None:
    """Play two requests to the resource panel, one of them a second late."""
    tell.chapter("4  Northborough: one form for the resource panel, and a cut-off to the second")
    people = staff(tell)
    tell.clock_to("2026-10-20T16:10:00Z")
    opening.appoint(tell, people.publisher, [people.worker, people.manager, people.service_manager, people.chair])
    _publish(tell, people.publisher)
    tell.clock_to("2026-10-21T08:00:00Z")
    version, application = _form(tell, people, "Juniper Lockhart", "Verity Lockhart")
    version = _reviewed(tell, people, application, version)
    late_version, late = _form(tell, people, "Ash Ravenscroft", "Dominic Ravenscroft")
    late_version = _write_section(tell, people, late, late_version)
    late_version = _signed(tell, people, late, late_version)
    late_version = _announced(tell, people, late, late_version)
    _handed_in(tell, people, application, version)
    _late(tell, people, late, late_version)
    _not_agreed(tell, people, application)


def _publish(tell: Narrator, publisher: Officer) -> None:
    bare = {**load_pack("northborough"), "panel_as_default": None}
    tell.is_refused(
        publisher,
        "publishes settings under which everything goes to the panel, and does not say why",
        "POST",
        "routing/settings",
        {"settings": bare, "in_force_from": (tell.now + timedelta(days=1)).isoformat()},
        code="PANEL_AS_DEFAULT",
        rule="TLAP: panels for exceptional cases, if at all",
    )
    opening.publish(tell, publisher, "northborough")
    tell.led_to("these say why, and on which day the council looks at it again")


def _form(tell: Narrator, people: Staff, child: str, parent: str) -> tuple[int, str]:
    worker, young, adult = people.worker, opaque(), opaque()
    tell.private(child)
    tell.private(parent)
    started = tell.does(
        worker,
        f"starts a request for {child}: a specialist intervention",
        "POST",
        "intake/applications",
        {
            "kind": "SPECIALIST_INTERVENTION",
            "person": {"person": young, "name": child, "born_on": "2013-02-17", "contact_email": None},
            "team": worker.team,
            "team_manager": people.manager.id,
            "service": worker.service,
            "service_manager": people.service_manager.id,
            "family": [
                {"party": young, "relationship": "child", "name": child,
                 "has_parental_responsibility": False},
                {"party": adult, "relationship": "parent", "name": parent,
                 "has_parental_responsibility": True},
            ],
        },
    )  # fmt: skip
    sections = {
        "needs": f"{child} wakes every night since the fire, and has missed half of the school's days.",
        "outcomes": f"{child} sleeps through, and is in school every day by Christmas.",
        "plan": f"Twelve weeks of trauma therapy for {child}, in the room next to the school library.",
        "consequence": f"{child} would lose the place at school, and {parent} the work that pays the rent.",
    }
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "indicative-budget", {"weekly_pence": 15_000}),
        *(("PUT", f"sections/{name}", {"text": tell.private(text)}) for name, text in sections.items()),
        ("PUT", "costs", {"weekly_pence": 14_500, "one_off_pence": 0}),
        ("PUT", f"voices/{young}",
         {"views": tell.private(f"{child}: I want to sleep like I did before."), "age_years": 13,
          "understanding": tell.private("Knows what therapy is, and asked for it.")}),
        ("PUT", f"voices/{adult}", {"views": tell.private(f"{parent}: Please do not make us wait again.")}),
    ]  # fmt: skip
    application = started.body["id"]
    version = tell.writes(
        worker,
        f"writes the form: needs, outcomes, plan, costs, what happens if it is not provided, {child}'s views",
        application,
        started.version,
        steps,
    )
    return version, application


def _signed(tell: Narrator, people: Staff, application: str, version: int) -> int:
    path = f"intake/applications/{application}"
    signed = tell.does(people.manager, "signs it", "POST", f"{path}/signature", {}, version=version)
    agreed = tell.does(people.service_manager, "agrees to it", "POST", f"{path}/agreement", version=signed.version)
    return agreed.version


def _write_section(tell: Narrator, people: Staff, application: str, version: int) -> int:
    text = tell.private("Seen at the review in September: therapy was asked for twice, and is overdue.")
    path = f"intake/applications/{application}/sections/iro"
    reply = tell.does(people.reviewing, "writes the section that is hers alone", "PUT", path, {"text": text},
                     version=version)  # fmt: skip
    return reply.version


def _reviewed(tell: Narrator, people: Staff, application: str, version: int) -> int:
    version = _signed(tell, people, application, version)
    tell.is_refused(
        people.worker,
        f"submits it for the sitting of {SITTING}",
        "POST",
        f"intake/applications/{application}/submission",
        {"sitting_on": SITTING},
        code="IRO_SECTION_MISSING",
        version=version,
        rule=f'{ACCOUNT}: "team manager, service manager and IRO have completed their section of the form"',
    )
    version = _write_section(tell, people, application, version)
    tell.led_to("signature and agreement were given to another text: they are void, and asked for again")
    version = _signed(tell, people, application, version)
    return _announced(tell, people, application, version)


def _announced(tell: Narrator, people: Staff, application: str, version: int) -> int:
    path = f"intake/applications/{application}/expected"
    reply = tell.does(people.manager, f"announces it for the sitting of {SITTING}", "PUT", path,
                     {"sitting_on": SITTING}, version=version)  # fmt: skip
    return reply.version


def _handed_in(tell: Narrator, people: Staff, application: str, version: int) -> None:
    tell.clock_to("2026-10-21T12:00:00Z")
    tell.does(
        people.worker,
        f"submits it for the sitting of {SITTING}, on the last second",
        "POST",
        f"intake/applications/{application}/submission",
        {"sitting_on": SITTING},
        version=version,
        rule=f'{ACCOUNT}: "by 1pm on the Wednesday before the next panel the form must be submitted"',
    )
    known = tell.until(people.worker, f"panel/decisions/{application}", lambda body: body)
    tell.led_to(f"received at {known['received_at']}, which is 13:00:00 in London: in time")
    route = tell.until(people.worker, f"routing/applications/{application}/route", lambda body: body)
    tell.led_to(f"routed {way_of(route)}")


def _late(tell: Narrator, people: Staff, late: str, version: int) -> None:
    tell.clock_to("2026-10-21T12:00:01Z")
    path = f"intake/applications/{late}/submission"
    refused = tell.is_refused(
        people.worker,
        "submits the other one, a second later",
        "POST",
        path,
        {"sitting_on": SITTING},
        code="LATE",
        version=version,
    )
    offered = refused.body["facts"]
    tell.led_to(
        f"offered instead: the sitting of {offered['offered']}, open until {offered['offered_cut_off_at']}, "
        "which is 13:00:00 in London again: the clocks will have gone back"
    )
    listed = tell.reads(people.chair, f"intake/sittings/{SITTING}/expected").body
    tell.led_to(
        f"the chair's list at once: {len(listed['expected'])} were announced, "
        f"{len(listed['not_received'])} of them not received"
    )
    tell.does(people.worker, "submits it for the sitting offered, and enters nothing again", "POST", path,
              {"sitting_on": offered["offered"]}, version=version)  # fmt: skip


def _not_agreed(tell: Narrator, people: Staff, application: str) -> None:
    others = (("nor-virtual-school", "education"), ("nor-accountant", "finance"), ("nor-commissioner", "commissioning"))
    panel = Panel("RESOURCE_PANEL", "Room 1, Town Hall", people.administrator, people.chair, people.worker, others)
    rule = f'{ACCOUNT}: "you are allocated a specific time slot on the day of the panel"'
    sitting = hearing.heard(tell, panel, SITTING, application, minutes=15, rule=rule)
    decision: dict[str, Any] = {
        "sitting": sitting,
        "outcome": "NOT_AGREED",
        "reasons": [tell.private("The school offers the same therapy from November and nobody asked it.")],
        "reason_codes": ["OTHER_PROVISION"],
        "meets_outcomes": True,
        "meets_assessed_needs": True,
    }
    path = f"panel/decisions/{application}"
    tell.is_refused(
        people.chair,
        "records NOT AGREED, with reasons alone",
        "POST",
        f"{path}/panel-decision",
        decision,
        code="NEEDED_MISSING",
        version=tell.reads(people.chair, path).version,
        rule="TLAP: reasons, and an indication of what would be needed for approval",
    )
    needed = "A letter of the school that it cannot begin before Christmas."
    hearing.decide(
        tell,
        panel,
        application,
        "records NOT AGREED again, with what would be needed",
        {**decision, "needed": [tell.private(needed)]},
        "nobody is sent away without both, word for word in the record",
    )
    hearing.close(tell, panel, sitting, application)
    hearing.informed_by_link(tell, panel, application)
