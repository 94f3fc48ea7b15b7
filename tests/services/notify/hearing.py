"""What notify hears in its tests: the contracts' own examples, with words sealed so that they can be opened."""

import json
from pathlib import Path
from typing import Any

import contracts
from ledger.codec.sealed import sealed_json
from ledger.decider import Private
from services.notify.messages.domain.message import MessageWanted
from tests.services.house import SWINDON, ServiceHouse

SUBMITTED = "uk.panelbook.intake.application.submitted.v1"
PUBLISHED = "uk.panelbook.routing.settings.published.v1"
APPOINTED = "uk.panelbook.routing.officer.appointed.v1"
SCHEDULED = "uk.panelbook.panel.sitting.scheduled.v1"
OFFERED = "uk.panelbook.panel.sitting.slot_offered.v1"
MOVED_ON = "uk.panelbook.panel.sitting.slot_moved_on.v1"
DECIDED = "uk.panelbook.panel.decision.decided.v1"
RETURNED = "uk.panelbook.panel.decision.returned.v1"
NOT_RECEIVED = "uk.panelbook.intake.expected.not_received.v1"
TRAINED = "uk.panelbook.routing.officer.training_recorded.v1"
COMPLAINED = "uk.panelbook.record.complaint.opened.v1"

APPLICATION = "863ac4ee-6b55-5ed3-a3ad-52e9609ad8f2"
WORKER, MANAGER = "o-sw-114", "o-tm-021"
PERSON, MOTHER = "p-7f3a90", "p-1c22d4"
NAME, ADDRESS = "Robin Larkspur", "robin@larkspur.example"
REASON = 'The school\'s view is missing;\n  and £600.00 — a week — "needs" a breakdown.'
NEEDED = "A written view of the school, & a quote in <pounds>."

Data = dict[str, Any]


def example(type_: str, name: str, **changes: Any) -> Data:
    """One of the contracts' examples, changed where a test wants it."""
    file = Path(contracts.__file__).parent / "examples" / type_ / f"{name}.json"
    return {**json.loads(file.read_text(encoding="utf-8")), **changes}


async def sealed(house: ServiceHouse, text: str, *, person: str = PERSON, field: str = "text") -> dict[str, str]:
    """A person's words as a public event carries them."""
    private = await house.host.vault.seal(SWINDON, f"decision-{APPLICATION}", Private(person, text), field)
    return sealed_json(private)


async def submission_heard(house: ServiceHouse) -> None:
    """The settings and the application that everything below is about."""
    await house.hear(PUBLISHED, example(PUBLISHED, "first"))
    await house.hear(SUBMITTED, example(SUBMITTED, "placement_move", application=APPLICATION))


async def trained(house: ServiceHouse, officer: str, *, until: str | None, on: str = "2025-10-13") -> None:
    """A presenter's course, good until that day."""
    told = {"officer": officer, "course": "PRESENTING", "completed_on": on, "valid_until": until}
    await house.hear(TRAINED, {**told, "recorded_by": "o-records"})


async def appointed(house: ServiceHouse, officer: str, email: str, role: str = "practice_manager") -> None:
    """An officer's appointment, which says where to write to them."""
    told = example(APPOINTED, "practice_manager", officer=officer, role=role)
    told["name"] = await sealed(house, f"Name of {officer}", person=officer, field="name")
    told["email"] = await sealed(house, email, person=officer, field="email")
    await house.hear(APPOINTED, told)


async def decision(house: ServiceHouse, name: str = "not_agreed", **changes: Any) -> Data:
    """A decision with reasons and needs in words that a test can look for."""
    return {
        **example(DECIDED, name),
        "person_name": await sealed(house, NAME, field="person_name"),
        "contact_email": await sealed(house, ADDRESS, field="contact_email"),
        "reasons": [await sealed(house, REASON, field="reasons.0")],
        "needed": [await sealed(house, NEEDED, field="needed.0")] if name == "not_agreed" else [],
        **changes,
    }


async def listed(house: ServiceHouse, what: str) -> list[Data]:
    """Every message or every task, as an officer's screen gets them."""
    headers = house.headers("officer-reader", "director_csw")
    answer = await house.http.get(f"/councils/{SWINDON}/{what}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()[what]


async def wanted(house: ServiceHouse) -> list[MessageWanted]:
    """Every message that was asked for, oldest first."""
    events = [house.host.book.codec.decode_row(row) for row in await house.stored() if row.kind == "decided"]
    return [event for event in events if isinstance(event, MessageWanted)]
