"""The third part: Swindon, where a child's placement goes to the Care Panel, is deferred, and agreed a week later."""

from dataclasses import dataclass
from typing import Any

from panelbook.story import hearing, opening
from panelbook.story.hearing import Panel
from panelbook.story.narrator import Narrator, Officer, complete_until, opaque

COUNCIL = "c4d81e"
CHILD = "Rowan Thistlewood"
MOTHER = "Cordelia Thistlewood"


@dataclass(frozen=True)
class Staff:
    """Who acts in Swindon."""

    publisher: Officer
    worker: Officer
    manager: Officer
    service_manager: Officer
    administrator: Officer
    chair: Officer
    complaints: Officer


@dataclass(frozen=True)
class Case:
    """What the later parts of the story need of this one."""

    people: Staff
    application: str
    complaint: str


def staff(tell: Narrator) -> Staff:
    """The officers of the story, with invented names."""

    def one(officer: str, name: str, role: str, team: str = "", service: str = "") -> Officer:
        return tell.appoint(officer, name, role, COUNCIL, team=team, service=service)

    return Staff(
        publisher=one("swn-publisher", "Gwendolen Askew", "settings_publisher", "csmt"),
        worker=one("swn-worker", "Priya Ramanathan", "social_worker", "locality-2", "localities"),
        manager=one("swn-manager", "Owen Castleford", "team_manager", "locality-2", "localities"),
        service_manager=one("swn-service-manager", "Beatrix Holloway", "service_manager", "csmt", "localities"),
        administrator=one("swn-administrator", "Felix Underhill", "panel_administrator", "panel"),
        chair=one("swn-chair", "Harriet Maddox", "chair", "csmt"),
        complaints=one("swn-complaints", "Leonora Fitch", "complaints_officer", "complaints"),
    )


def _panel(people: Staff) -> Panel:
    others = (("swn-accountant", "finance"), ("swn-nurse", "health"), ("swn-virtual-school", "education"))
    return Panel("CARE_PANEL", "Room 3, Civic Offices", people.administrator, people.chair, people.worker, others)


def play(tell: Narrator) -> Case:
    """Play the case from its first line to the complaint."""
    tell.chapter("3  Swindon: a placement for a child, through the Care Panel")
    people = staff(tell)
    appointed = [people.worker, people.manager, people.service_manager, people.chair, people.complaints]
    opening.appoint(tell, people.publisher, appointed)
    opening.publish(tell, people.publisher, "swindon")
    tell.clock_to("2026-10-06T09:00:00Z")
    version, application = _form(tell, people, CHILD, MOTHER, part_by_part=True)
    late_version, late = _form(tell, people, "Wren Applegarth", "Sabine Applegarth", part_by_part=False)

    tell.clock_to("2026-10-07T15:59:59Z")
    tell.does(
        people.worker,
        "submits it for Tuesday 13 October, one second before the cut-off",
        "POST",
        f"intake/applications/{application}/submission",
        {"sitting_on": "2026-10-13"},
        version=version,
        rule='Swindon §5: "submitted by 5pm on the Wednesday before the panel date"',
    )
    tell.clock_to("2026-10-07T16:00:01Z")
    tell.is_refused(
        people.worker,
        "submits the other one, one second after it",
        "POST",
        f"intake/applications/{late}/submission",
        {"sitting_on": "2026-10-13"},
        code="LATE",
        version=late_version,
        rule='Swindon §5: "no late applications will be considered"',
        result=lambda body: f"offered instead: the sitting of {body['facts']['offered']}",
    )
    _deferred(tell, people, application)
    _agreed(tell, people, application)
    return Case(people, application, _disagreement(tell, people, application))


def _form(tell: Narrator, people: Staff, child: str, mother: str, *, part_by_part: bool) -> tuple[int, str]:
    tell.private(child)
    tell.private(mother)
    worker, young, parent = people.worker, opaque(), opaque()
    started = tell.does(
        worker,
        f"starts an application for {child}",
        "POST",
        "intake/applications",
        {
            "kind": "LOOKED_AFTER",
            "person": {"person": young, "name": child, "born_on": "2014-05-02", "contact_email": None},
            "team": worker.team,
            "team_manager": people.manager.id,
            "service": worker.service,
            "service_manager": people.service_manager.id,
            "family": [
                {"party": young, "relationship": "child", "name": child,
                 "has_parental_responsibility": False},
                {"party": parent, "relationship": "parent", "name": mother,
                 "has_parental_responsibility": True},
            ],
        },
        rule="one form for the whole process",
    )  # fmt: skip
    application, version = started.body["id"], started.version
    sections = {
        "needs": f"{child} needs a settled home with carers who know about early loss.",
        "outcomes": f"{child} stays at the same school and sees {mother} every week.",
        "plan": "A foster placement in the borough, with therapy once a week.",
        "analysis": "The child's needs were assessed in September against what is expected at this age.",
        "parenting_capacity": f"{mother} loves {child} and cannot keep them safe at the moment.",
        "consequence": f"{child} would stay where they are not safe, and lose the school that knows them.",
    }
    aunt = "An aunt was assessed and would have the child."
    lists: list[tuple[str, dict[str, Any]]] = [
        ("actions", {"actions": [{"action": tell.private("Therapy once a week in the foster home."),
                                  "owner": tell.private("Fostering team"), "due_on": "2026-11-02",
                                  "review_on": "2026-12-08"}]}),
        ("family-agreement", {"agreed": True}),
        ("options-tried", {"options": [{"option": tell.private(aunt),
                                        "why_unsuitable": tell.private("Two hours away: school would be lost.")}]}),
        ("other-funding", {"sources": [{"source": "CAMHS", "possible": True,
                                        "information": tell.private("Asked in September; they cannot contribute.")}]}),
    ]  # fmt: skip
    steps: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "indicative-budget", {"weekly_pence": 61_000}),
        *(("PUT", f"sections/{name}", {"text": tell.private(text)}) for name, text in sections.items()),
        *(("PUT", path, body) for path, body in lists),
        ("PUT", "costs", {"weekly_pence": 65_000, "one_off_pence": 0}),
        ("PUT", f"voices/{young}",
         {"views": tell.private(f"{child}: I want to stay at my school."), "why_not_obtainable": None,
          "age_years": 12, "understanding": tell.private("Understands what is proposed, and asks about the school.")}),
        ("PUT", f"voices/{parent}",
         {"views": tell.private(f"{mother}: I cannot keep them safe at the moment."), "why_not_obtainable": None}),
    ]  # fmt: skip
    if not part_by_part:
        what = f"writes {child}'s form in the same way, every part of it"
        return _signed(tell, people, application, tell.writes(worker, what, application, version, steps)), application
    for method, path, body in steps:
        reply = tell.does(
            worker,
            f"completes {_part(path)}",
            method,
            f"intake/applications/{application}/{path}",
            body,
            version=version,
        )
        version = reply.version
    return _signed(tell, people, application, version), application


def _part(path: str) -> str:
    kind, _, name = path.partition("/")
    part = "the views of the " + name.rpartition("-")[2] if kind == "voices" else name or kind
    return part.replace("-", " ").replace("_", " ")


def _signed(tell: Narrator, people: Staff, application: str, version: int) -> int:
    reply = tell.does(
        people.manager,
        "checks and signs it",
        "POST",
        f"intake/applications/{application}/signature",
        {"comments": []},
        version=version,
        rule="Swindon, flow chart: checked by Team Manager and signed",
    )
    reply = tell.does(
        people.service_manager,
        "agrees to it",
        "POST",
        f"intake/applications/{application}/agreement",
        version=reply.version,
        rule="Swindon §5: must have the agreement of the relevant Service Manager",
    )
    return reply.version


def _deferred(tell: Narrator, people: Staff, application: str) -> None:
    panel = _panel(people)
    slot = "Swindon §5: a complex case gets a longer slot of 20 minutes"
    sitting = hearing.heard(tell, panel, "2026-10-13", application, minutes=20, rule=slot)
    hearing.decide(
        tell,
        panel,
        application,
        "defers it to 20 October, with one specific piece of further work",
        {
            "sitting": sitting,
            "outcome": "DEFERRED",
            "reasons": [tell.private("The panel could not see how contact with the mother would be kept.")],
            "further_work": [
                {
                    "owner": people.worker.id,
                    "due_at": "2026-10-14T16:00:00Z",
                    "text": tell.private("Agree a written contact plan with the mother and the school."),
                }
            ],
            "next_sitting_on": "2026-10-20",
        },
        "no deferral without a specific piece of further work and its owner",
    )
    hearing.close(tell, panel, sitting, application)
    work = tell.until(
        people.worker,
        f"intake/applications/{application}",
        lambda body: body.get("further_work") or None,
    )
    version = tell.reads(people.worker, f"intake/applications/{application}").version
    tell.clock_to("2026-10-14T11:00:00Z")
    tell.does(
        people.worker,
        "gives the further information, and enters nothing again",
        "POST",
        f"intake/applications/{application}/further-information",
        {
            "answers": [
                {
                    "work": work[0]["work"],
                    "text": tell.private("Contact every Saturday, agreed in writing on 13 October."),
                }
            ],
            "sections": {},
        },
        version=version,
        rule="what was not touched keeps its signatures",
    )


def _agreed(tell: Narrator, people: Staff, application: str) -> None:
    tell.clock_to("2026-10-19T09:00:00Z")
    panel = _panel(people)
    rule = "a deferred case comes first"
    sitting = hearing.heard(tell, panel, "2026-10-20", application, minutes=20, rule=rule, offers=2)
    hearing.decide(
        tell,
        panel,
        application,
        "records AGREED, with a review date",
        {
            "sitting": sitting,
            "outcome": "AGREED",
            "reasons": [tell.private("The contact plan answers the panel's question.")],
            "review_on": "2026-12-08",
        },
        "Swindon §8: review dates will be set on the day",
    )
    hearing.close(tell, panel, sitting, application)
    hearing.informed_by_link(tell, panel, application)
    task = tell.until(
        people.worker, "notify/tasks", lambda body: body["tasks"][0] if body["tasks"] else None, application=application
    )
    tell.clock_to("2026-10-20T15:30:00Z")
    tell.does(
        people.worker,
        "records that the mother and the child were told, how and when",
        "POST",
        f"notify/tasks/{task['task']}/done",
        {"informed": [{"party": party, "method": "visit", "on": "2026-10-20"} for party in task["parties"]]},
        version=task["version"],
        rule="Swindon §8: the allocated social worker informs the parents, carers and young person",
    )


def _disagreement(tell: Narrator, people: Staff, application: str) -> str:
    tell.clock_to("2026-10-20T16:00:00Z")
    # Record must have copied the decision before somebody can disagree with it.
    tell.until(people.complaints, "record/completeness", lambda body: complete_until(body, tell.now))
    family = tell.reads(people.worker, f"intake/applications/{application}").body["family"]
    mother = next(one["party"] for one in family if one["relationship"] == "parent")
    reply = tell.does(
        people.worker,
        "records that the mother disagrees",
        "POST",
        "record/disagreements",
        {
            "application": application,
            "from_party": mother,
            "relationship": "parent",
            "received_on": "2026-10-20",
            "words": tell.private("I was told on the phone and nobody asked me about Sundays."),
        },
        rule='Swindon §8: "viewed as a Stage One complaint without exception"',
        result=lambda body: f"a Stage One complaint is open, to be answered by {body['due_on']}",
    )
    hearing.sent(tell, people.worker, application, "complaint_opened", 1)
    return reply.body["id"]
