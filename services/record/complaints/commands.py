"""Recording a disagreement: the application is found in record's copies."""

from uuid import NAMESPACE_URL, uuid5

from councils.calendar import london_date
from councils.settings import Settings, in_force
from edge.calls import Call
from ledger.decider import Private, not_found, not_ready
from ledger.rows import Outcome
from services.record.complaints.domain.complaint import COMPLAINT, Clocks, Complaint, Disagreement, RecordDisagreement
from services.record.history.decoding import CODECS
from services.record.history.read import cut_at, decision_of, settings_rows, submission_of


async def record_disagreement(call: Call, said: Disagreement) -> Outcome:
    """Record a disagreement, which opens a complaint in the same transaction.

    Raises Refused NOT_FOUND for an application whose submission record has not copied, SETTINGS_NOT_HERE, and
    whatever the complaint's rules say.
    """
    context = call.context
    async with call.reading() as reader:
        submitted = await submission_of(reader, said.application)
        if submitted is None:
            raise not_found()
        decided = await decision_of(reader, said.application)
        published = await settings_rows(reader, await cut_at(reader, context.now))
    application = CODECS["intake"].decode_row(submitted)
    known = [Settings.read(CODECS["routing"].decode_row(row).settings) for row in published]
    settings = _ready(in_force(known, context.received_at))
    applied_under = _ready(next((one for one in known if one.version == application.settings_version), None))
    # The same command always opens the same complaint, whatever happens between its tries.
    complaint = str(uuid5(NAMESPACE_URL, f"panelbook:complaint:{context.command_id}"))
    command = RecordDisagreement(
        complaint=complaint,
        application=said.application,
        decision=decided,
        person=applied_under.kinds[application.kind].person,
        clocks=Clocks(settings.complaints.stage_one, settings.complaints.stage_one_extended),
        received_on=said.received_on,
        today=london_date(context.received_at),
        from_party=said.from_party,
        relationship=said.relationship,
        words=Private(said.from_party, said.words),
        team_manager=application.team_manager,
        by=call.by,
    )

    def clocks(state: Complaint, events: object) -> dict[str, str | None]:
        return {"stage": str(state.stage), "due_on": state.due_on.isoformat() if state.due_on else None}

    async with call.book.unit_of_work(context) as unit:
        return await unit.carry_out(COMPLAINT, f"complaint-{complaint}", command, answer=clocks)


def _ready(settings: Settings | None) -> Settings:
    if settings is None:
        raise not_ready("SETTINGS_NOT_HERE", "The council's settings have not reached this service yet. Try again.")
    return settings
