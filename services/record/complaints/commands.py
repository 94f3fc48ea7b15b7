"""Recording a disagreement: what the rules need of the case is read from record's copies."""

from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from councils.settings import Settings, in_force
from edge.calls import Call
from ledger.decider import Acting, not_found
from ledger.rows import Outcome
from ledger.unit_of_work import UnitOfWork
from services.record.complaints.domain.complaint import COMPLAINT, Case, Complaint, Disagreement, RecordDisagreement
from services.record.history.decoding import CODECS
from services.record.history.read import cut_at, decision_of, settings_rows, submission_of
from services.settings import required


async def record_disagreement(call: Call, said: Disagreement) -> Outcome:
    """Record a disagreement, which opens a complaint in the same transaction.

    Raises Refused NOT_FOUND for an application whose submission record has not copied, SETTINGS_NOT_HERE, and
    whatever the complaint's rules say.
    """
    # The same command always opens the same complaint, whatever happens between its tries.
    complaint = str(uuid5(NAMESPACE_URL, f"panelbook:complaint:{call.context.command_id}"))

    async def prepare(unit: UnitOfWork, state: Complaint) -> tuple[RecordDisagreement, Acting[Settings]]:
        submitted = await submission_of(unit, said.application)
        if submitted is None:
            raise not_found()
        application = CODECS["intake"].decode_row(submitted)
        published = await settings_rows(unit, await cut_at(unit, unit.context.now))
        known = [Settings.read(CODECS["routing"].decode_row(row).settings) for row in published]
        applied_under = required(next((one for one in known if one.version == application.settings_version), None))
        person = applied_under.kinds[application.kind].person
        case = Case(await decision_of(unit, said.application), person, application.team_manager)
        settings = required(in_force(known, unit.context.received_at))
        return RecordDisagreement(complaint, said, case), unit.acting(settings)

    return await call.book.carry_out(call.context, COMPLAINT, f"complaint-{complaint}", prepare, answer=_clocks)


def _clocks(state: Complaint, events: Sequence[Any]) -> dict[str, str | None]:
    return {"stage": str(state.stage), "due_on": state.due_on.isoformat() if state.due_on else None}
