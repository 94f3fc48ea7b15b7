"""Whole cases, from the first line of a form to the letter that tells how it ended, in two councils."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chaos.clients import Client
from panelbook.story import opening, shropshire, swindon
from panelbook.story.narrator import Narrator

COUNCILS = ("shropshire", "swindon")
SAVED_TIMES = 3
"""How often a section is saved before it is right."""

SITTING = "2026-10-13"


@dataclass(frozen=True)
class People:
    """Who acts in the two councils."""

    shropshire: shropshire.Staff
    swindon: swindon.Staff


def open_councils(tell: Narrator) -> People:
    """Publish both councils' rules and appoint their officers, before the first case; then let the clock run."""
    people = People(shropshire.staff(tell), swindon.staff(tell))
    one, other = people.shropshire, people.swindon
    # Officers first: whoever has heard of the settings has heard of them, so that a form may name them.
    opening.appoint(tell, one.publisher, [one.worker, one.manager, one.head])
    opening.publish(tell, one.publisher, "shropshire")
    opening.appoint(tell, other.publisher, [other.worker, other.manager, other.service_manager, other.chair])
    opening.publish(tell, other.publisher, "swindon")
    listed = tell.reads(one.publisher, "routing/officers").body["officers"]
    tell.does(
        one.publisher,
        "grants authority",
        "POST",
        f"routing/officers/{one.manager.id}/authority",
        {"limit_weekly_pence": 100_000, "from_at": tell.now.isoformat(), "until_at": None},
        version=next(officer["version"] for officer in listed if officer["officer"] == one.manager.id),
    )
    tell.forward(tell.now + timedelta(minutes=20))
    return people


async def support_plan(client: Client, people: shropshire.Staff) -> None:
    """Shropshire: a plan that the practice agrees itself; the person gets a letter, the family is told."""
    worker, manager = people.worker, people.manager
    person = client.fresh_id()
    name = f"Person {person[:8]}"
    start = {
        "kind": "SUPPORT_PLAN",
        "person": {"person": person, "name": name, "born_on": "1948-03-14", "contact_email": f"{person}@home.example"},
        "team": worker.team,
        "team_manager": manager.id,
        "service": worker.service,
        "service_manager": people.head.id,
        "family": [{"party": person, "relationship": "person", "name": name, "has_parental_responsibility": False}],
    }
    form = await _Form.start(client, worker, start)
    await form.saves("POST", "indicative-budget", {"weekly_pence": 95_000})
    await form.writes("needs", "outcomes", "plan")
    await form.saves("PUT", "costs", {"weekly_pence": 99_999, "one_off_pence": 0})
    await form.saves("PUT", f"voices/{person}", {"views": f"{name}: at home.", "why_not_obtainable": None})
    await form.saves("POST", "submission", {"sitting_on": None})
    known = await client.until(manager, f"panel/decisions/{form.application}")
    decision = {"outcome": "AGREED", "reasons": ["It meets what was assessed."], "needed": []}
    path = f"panel/decisions/{form.application}/delegated-decision"
    await client.does(manager, "POST", path, decision, known["version"])


async def care_panel(client: Client, people: swindon.Staff) -> None:
    """Swindon: submitted, returned by the panel's administrator, handed in again, and withdrawn by agreement."""
    worker = people.worker
    child, mother = client.fresh_id(), client.fresh_id()
    start = {
        "kind": "LOOKED_AFTER",
        "person": {"person": child, "name": f"Child {child[:8]}", "born_on": "2014-05-02", "contact_email": None},
        "team": worker.team,
        "team_manager": people.manager.id,
        "service": worker.service,
        "service_manager": people.service_manager.id,
        "family": [
            {"party": child, "relationship": "child", "name": child[:8], "has_parental_responsibility": False},
            {"party": mother, "relationship": "parent", "name": mother[:8], "has_parental_responsibility": True},
        ],
    }
    form = await _Form.start(client, worker, start)
    await form.saves("POST", "indicative-budget", {"weekly_pence": 61_000})
    await form.writes("needs", "outcomes", "plan", "analysis", "parenting_capacity", "consequence")
    await form.lists()
    await form.saves("PUT", "costs", {"weekly_pence": 65_000, "one_off_pence": 0})
    understood = {"age_years": 12, "understanding": "Understands what is proposed."}
    await form.saves("PUT", f"voices/{child}", {"views": "My school.", "why_not_obtainable": None, **understood})
    await form.saves("PUT", f"voices/{mother}", {"views": "Near me.", "why_not_obtainable": None})
    await _hand_in(form, people)
    decision = f"panel/decisions/{form.application}"
    known = await client.until(people.administrator, decision)
    returned = {"reasons": ["The second page is missing."], "defer_to": None}
    await client.does(people.administrator, "POST", f"{decision}/return", returned, known["version"])
    await form.reopened()
    await form.saves("PUT", "sections/plan", {"text": "With the second page."})
    await _hand_in(form, people)
    known = await _received_again(client, people, decision)
    reason = {"reason": "The child has gone home."}
    agreed = await client.does(
        people.service_manager, "POST", f"{decision}/withdrawal-agreement", reason, known["version"]
    )
    await client.does(worker, "POST", f"{decision}/withdrawal", reason, agreed["version"])


async def _hand_in(form: "_Form", people: swindon.Staff) -> None:
    await form.saves("POST", "signature", {"comments": []}, by=people.manager)
    await form.saves("POST", "agreement", {}, by=people.service_manager)
    await form.saves("POST", "submission", {"sitting_on": SITTING})


async def _received_again(client: Client, people: swindon.Staff, decision: str) -> dict[str, Any]:
    return await client.until(people.service_manager, decision, ready=lambda body: body["stage"] == "waiting")


class _Form:
    """One application on its way through intake, and the version that its author has read."""

    def __init__(self, client: Client, worker: Any, application: str, version: int) -> None:
        self.application = application
        self._client = client
        self._worker = worker
        self._version = version

    @classmethod
    async def start(cls, client: Client, worker: Any, form: dict[str, Any]) -> "_Form":
        started = await client.does(worker, "POST", "intake/applications", form)
        return cls(client, worker, started["id"], started["version"])

    async def saves(self, method: str, path: str, body: dict[str, Any], *, by: Any = None) -> None:
        address = f"intake/applications/{self.application}/{path}"
        answer = await self._client.does(by or self._worker, method, address, body, self._version)
        self._version = answer["version"]

    async def writes(self, *sections: str) -> None:
        for time in range(SAVED_TIMES):
            for section in sections:
                await self.saves("PUT", f"sections/{section}", {"text": f"The {section} as they are, draft {time}."})

    async def lists(self) -> None:
        """Write the parts of a child's form that are lists and statements."""
        action = {"action": "Therapy.", "owner": "Fostering", "due_on": "2026-11-02", "review_on": "2026-12-08"}
        await self.saves("PUT", "actions", {"actions": [action]})
        await self.saves("PUT", "family-agreement", {"agreed": True})
        await self.saves("PUT", "options-tried", {"options": [{"option": "An aunt.", "why_unsuitable": "Too far."}]})
        await self.saves("PUT", "other-funding", {"sources": []})

    async def reopened(self) -> None:
        """Wait until intake has heard that the application came back."""
        found = await self._client.until(
            self._worker, f"intake/applications/{self.application}", ready=lambda body: body["stage"] == "draft"
        )
        self._version = found["version"]
