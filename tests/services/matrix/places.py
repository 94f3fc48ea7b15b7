"""A town in the middle of a sitting, with one of everything that an address can name, and who asks from where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.services.house import SHROPSHIRE, SWINDON
from tests.services.intake import papers
from tests.services.record.town import (
    AGREED,
    DEFERRED,
    MANAGER,
    NEXT_TUESDAY,
    PLACEMENT,
    SERVICE_MANAGER,
    TUESDAY,
    WORKER,
    Town,
)
from tests.services.routing import doors

PDF = {"Content-Type": "application/pdf", "Panelbook-File-Name": quote("School report.pdf")}
DIRECTOR: dict[str, Any] = {"actor": "officer-di", "role": "director_csw"}


@dataclass(frozen=True)
class Place:
    """Where somebody works: their council, their team in it and their service."""

    name: str
    council: str
    team: str
    service: str

    def by(self, actor: str, role: str) -> dict[str, str]:
        """Somebody who works there, in a role."""
        return {"actor": actor, "role": role, "council": self.council, "team": self.team, "service": self.service}


OWN = Place("own", SWINDON, "locality-2", "localities")
"""Where the cases of Swindon that these tests look at were begun."""
OTHER = Place("other", SWINDON, "locality-9", "adults")
"""Another team of the same council, of another service."""
ELSEWHERE = Place("elsewhere", SHROPSHIRE, "north-practice", "adults")
"""Another council."""

NAMED: Mapping[str, str] = {one["role"]: one["actor"] for one in (WORKER, MANAGER, SERVICE_MANAGER)}
"""Officers whom Swindon's cases name, by their role."""


@dataclass
class Known:
    """Ids of what is really there.

    ``draft`` is being written, ``unplaced`` was handed in, ``waiting`` stands on the agenda of the next sitting,
    ``heard`` is being heard at the one that is open and was decided outside a panel before, ``deferred`` and ``agreed``
    were decided there just now, and the first was complained about; ``plan`` is Shropshire's and waits for its
    practice manager; ``unfunded`` is what routing alone heard of, and the scheme pays nothing for. What was
    deferred has its place on the next agenda too, and ``waiting`` may be withdrawn.
    """

    draft: str = ""
    unplaced: str = ""
    waiting: str = ""
    heard: str = ""
    deferred: str = ""
    agreed: str = ""
    plan: str = ""
    unfunded: str = ""
    sitting: str = ""
    next_sitting: str = ""
    assessment: str = ""
    attachments: dict[str, str] = field(default_factory=dict[str, str])
    completed: dict[str, str] = field(default_factory=dict[str, str])
    decision: str = ""
    complaint: str = ""
    task: str = ""

    @property
    def cases(self) -> dict[str, str]:
        """Swindon's applications, by their names here."""
        return {name: getattr(self, name) for name in ("draft", "unplaced", "waiting", "heard", "deferred", "agreed")}


async def play(town: Town) -> Known:
    """Everything up to half past ten on the Tuesday, when the third case of the sitting is being heard."""
    await town.settle_in()
    known = Known()
    for name in ("unplaced", "waiting", "heard", "deferred", "agreed"):
        setattr(known, name, await town.submitted(name.title()))
    known.plan = await town.planned("Marguerite")
    await _written(town, known)
    emergency = {
        "basis": "EMERGENCY",
        "grounds": ["EMERGENCY_CARE_NEED"],
        "need": "Her foster carer was taken to hospital this morning.",
        "decision": "Two weeks with the carers who know her.",
        "weekly_pence": 84_000,
        "advice": {"officer": SERVICE_MANAGER["actor"], "text": "Agreed: nobody in the family can take her in."},
    }
    path = f"decisions/{known.heard}/out-of-panel-decisions"
    await town.does("panel", "POST", path, emergency, **DIRECTOR)
    known.decision = (await town.ask("panel", "GET", path, **DIRECTOR)).json()["decisions"][0]["decision"]
    town.clock_to("2026-10-08T09:00:00Z")
    known.sitting = await town.sitting(TUESDAY, known.deferred, known.agreed)  # The other is there to be ratified.
    known.next_sitting = await town.sitting(NEXT_TUESDAY, known.waiting)
    path, reason = f"decisions/{known.waiting}", {"reason": "The family moved to another area."}
    version = await version_of(town, path, "panel")
    await town.does("panel", "POST", f"{path}/withdrawal-agreement", reason, version=version, **SERVICE_MANAGER)
    await town.opened(known.sitting, TUESDAY)
    await town.heard(known.sitting, known.deferred, **DEFERRED)
    await town.heard(known.sitting, known.agreed, **AGREED)
    await town.chairs(known.sitting, f"items/{known.heard}/opening")
    town.clock_to("2026-10-13T09:30:00Z")
    await town.carry()
    known.attachments["deferred"] = await _attached(town, known.deferred)
    await town.copy()
    answer = await town.disagreement(known.deferred, from_party="Deferred-mother")
    assert answer.status_code == 201, answer.text
    known.complaint = answer.json()["id"]
    await town.carry()
    tasks = (await town.ask("notify", "GET", "tasks", **DIRECTOR)).json()["tasks"]
    known.task = next(one["task"] for one in tasks if one["application"] == known.agreed)
    known.unfunded = doors.APPLICATION
    transport = doors.swindons(**doors.resources(("TRANSPORT", 49_999)), received_at="2026-10-06T09:00:00Z")
    await town.houses["routing"].hear(doors.SUBMITTED, transport)
    town.clock_to("2026-10-13T09:31:00Z")
    await town.copy()
    return known


async def _written(town: Town, known: Known) -> None:
    """A draft with a comment of its manager's, a section twice completed and saved since, a file, and an assessment."""
    start = {
        "kind": "LOOKED_AFTER",
        "person": {"person": "draft-child", "name": "Robin Larkspur", "born_on": "2014-05-02"},
        "team": OWN.team,
        "team_manager": MANAGER["actor"],
        "service": OWN.service,
        "service_manager": SERVICE_MANAGER["actor"],
        "family": [{"party": "draft-child", "relationship": "child", "name": "Robin Larkspur"}],
    }
    known.draft = (await town.does("intake", "POST", "applications", start, **WORKER))["id"]
    at = f"applications/{known.draft}"
    for path, body, by in (
        ("indicative-budget", {"weekly_pence": 61_000}, WORKER),
        ("sections/needs", {"text": "Robin needs a settled home."}, WORKER),
        ("sections/needs", {"text": "Robin needs a settled home near the school."}, WORKER),
        ("costs", {"weekly_pence": 65_000, "resources": [PLACEMENT]}, WORKER),
        ("expected", {"sitting_on": NEXT_TUESDAY}, WORKER),
        ("signature", {"comments": ["Say which school."]}, MANAGER),
    ):
        method = "PUT" if path.startswith(("sections", "costs", "expected")) else "POST"
        await town.does("intake", method, f"{at}/{path}", body, version=await version_of(town, at), **by)
    await town.does("intake", "PUT", f"{at}/sections/needs/draft", {"text": "Robin."}, version=0, **WORKER)
    known.attachments["draft"] = await _attached(town, known.draft)
    for name in ("draft", "deferred"):
        listed = await town.ask("intake", "GET", f"applications/{known.cases[name]}/sections/needs/versions", **WORKER)
        known.completed[name] = listed.json()["versions"][0]["version"]
    held = {
        "person": {"person": "assessed-child", "name": "Wren Larkspur", "born_on": "2015-05-02"},
        "assessed_on": "2026-09-01",
        "needs": "A settled home.",
        "outcomes": "Stays at the same school.",
    }
    known.assessment = (await town.does("intake", "POST", "assessments", held, **WORKER))["id"]


async def _attached(town: Town, application: str) -> str:
    house, path = town.houses["intake"], f"applications/{application}"
    headers = house.headers(**WORKER, version=await version_of(town, path)) | PDF
    answer = await house.http.post(f"/councils/{SWINDON}/{path}/attachments", content=papers.PDF, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["attachment"]


async def version_of(town: Town, path: str, service: str = "intake", council: str = SWINDON) -> int:
    """The version of a record that is there now."""
    answer = await town.ask(service, "GET", path, council=council, **DIRECTOR)
    assert answer.status_code == 200, (path, answer.text)
    return answer.json()["version"]
