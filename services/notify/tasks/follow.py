"""What families must be told in person: a decision that is agreed or not agreed opens a task for the social worker."""

from uuid import NAMESPACE_URL, uuid5

from ledger.decider import UNSAID
from ledger.recorded import Heard
from ledger.unit_of_work import UnitOfWork
from services.notify.tasks.domain.task import TASK, OpenTask

DECIDED = "uk.panelbook.panel.decision.decided.v1"


async def react(unit: UnitOfWork, heard: Heard) -> None:
    """Open the task to inform the family, once per decision (S4 §8); a deferral has nothing to be told yet."""
    data = heard.data
    if heard.type != DECIDED or data["outcome"] == "DEFERRED" or not data["family"]:
        return
    task = str(uuid5(NAMESPACE_URL, f"panelbook:task:{data['decision']}"))
    loaded = await unit.load(TASK, f"task-{task}")
    family = tuple(party["party"] for party in data["family"])
    opened = OpenTask(task, data["application"], data["decision"], data["originator"], family, heard.row.recorded_at)
    await unit.record(loaded, TASK.decide(opened, loaded.state, UNSAID))
