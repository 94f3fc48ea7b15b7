"""What families must be told in person: a decision that is agreed or not agreed opens a task for the social worker."""

from uuid import NAMESPACE_URL, uuid5

from ledger.decider import Acting
from ledger.following import follows
from ledger.recorded import Heard
from ledger.unit_of_work import UnitOfWork
from services.notify.tasks.domain.task import TASK, OpenTask, TaskOpened


@follows("uk.panelbook.panel.decision.decided.v1", leads_to=(TaskOpened,))
async def open_task_to_inform_family(unit: UnitOfWork, heard: Heard) -> None:
    """Open the task to inform the family, once per decision (S4 §8); a deferral has nothing to be told yet."""
    data = heard.data
    if data["outcome"] == "DEFERRED" or not data["family"]:
        return
    task = str(uuid5(NAMESPACE_URL, f"panelbook:task:{data['decision']}"))
    family = tuple(party["party"] for party in data["family"])
    command = OpenTask(task, data["application"], data["decision"], data["originator"], family)
    await unit.decide(TASK, f"task-{task}", command, Acting(unit.context.by, heard.row.recorded_at, None))


POLICIES = (open_task_to_inform_family,)
