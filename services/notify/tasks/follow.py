"""What must be told in person: a decision to the family, and what a letter that was given up did not tell."""

from uuid import NAMESPACE_URL, uuid5

from ledger.decider import Acting
from ledger.following import follows
from ledger.recorded import Decided, Heard
from ledger.unit_of_work import UnitOfWork
from services.notify.messages.domain.message import ERASED, MESSAGE, TAKEN_OUT, MessageGivenUp
from services.notify.tasks import read
from services.notify.tasks.domain.task import (
    TASK,
    TELL_ANOTHER_WAY,
    OpenTask,
    PartyTakenOut,
    Relative,
    TakePartyOut,
    TaskOpened,
    to_inform,
)


@follows("uk.panelbook.panel.decision.decided.v1", leads_to=(TaskOpened,))
async def open_task_to_inform_family(unit: UnitOfWork, heard: Heard) -> None:
    """Open the task to inform the family, once per decision (S4 §8); a deferral has nothing to be told yet.

    Whoever was taken out of the family is told nothing, also where the decision was on its way when they were.
    """
    data = heard.data
    if data["outcome"] == "DEFERRED":
        return
    application, person = data["application"], data["person"]
    out = await read.taken_out(unit, application)
    family = [
        Relative(one["party"], one["relationship"], one.get("has_parental_responsibility", False))
        for one in data["family"]
        if one["party"] not in out
    ]
    parties = to_inform(person, await read.is_adult(unit, application), family)
    task = str(uuid5(NAMESPACE_URL, f"panelbook:task:{data['decision']}"))
    command = OpenTask(task, application, data["decision"], data["originator"], parties)
    await unit.decide(TASK, f"task-{task}", command, Acting(unit.context.by, heard.row.recorded_at, None))


@follows(MessageGivenUp, leads_to=(TaskOpened,))
async def open_task_to_tell_another_way(unit: UnitOfWork, decided: Decided) -> None:
    """A letter that is given up opens a task for whoever must tell its recipient another way (DOMAIN I3)."""
    given_up: MessageGivenUp = decided.event
    if given_up.reason in (ERASED, TAKEN_OUT):
        return
    message = (await unit.load(MESSAGE, f"message-{given_up.message}")).state
    owner = await read.teller(unit, message.application, message.officer)
    task = str(uuid5(NAMESPACE_URL, f"panelbook:task:{given_up.message}"))
    party = message.officer or message.person or ""
    command = OpenTask(task, message.application, message.because_of, owner, (party,), TELL_ANOTHER_WAY)
    await unit.decide(TASK, f"task-{task}", command, unit.acting())


@follows(read.FAMILY_MEMBER_TAKEN_OUT, leads_to=(PartyTakenOut,), each=True)
async def take_party_out_of_tasks(unit: UnitOfWork, heard: Heard) -> None:
    """Nobody informs whoever was named in error (B12)."""
    party = heard.data["party"]
    for task in await read.open_with(unit, heard.data["application"], party):
        await unit.decide(TASK, f"task-{task}", TakePartyOut(party), unit.acting())


POLICIES = (open_task_to_inform_family, open_task_to_tell_another_way, take_party_out_of_tasks)
