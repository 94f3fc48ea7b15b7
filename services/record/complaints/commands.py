"""Recording a disagreement: what the rules need of the case is read from record's copies."""

from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from councils.calendar import london_date
from councils.settings import Settings, in_force
from edge.calls import Call
from ledger.decider import Acting, not_found
from ledger.rows import Outcome
from ledger.unit_of_work import UnitOfWork
from services.record.complaints.domain.complaint import COMPLAINT, Case, Complaint, Disagreement, RecordDisagreement
from services.record.complaints.read import words_of
from services.record.history.decoding import CODECS
from services.record.history.read import cut_at, decision_of, settings_rows, submission_of
from services.settings import required


async def record_disagreement(call: Call, said: Disagreement) -> Outcome:
    """Record a disagreement, which opens a complaint in the same transaction, or is linked to the one that it repeats.

    Raises Refused NOT_FOUND for an application whose submission record has not copied, SETTINGS_NOT_HERE, and
    whatever the complaint's rules say.
    """
    # The same command always opens the same complaint, whatever happens between its tries.
    new = str(uuid5(NAMESPACE_URL, f"panelbook:complaint:{call.context.command_id}"))

    async with call.book.unit_of_work(call.context) as unit:
        earlier = await words_of(unit, said.application, said.from_party)
        complaint = await _of_the_same_words(call, earlier, said) or new

        async def prepare(unit: UnitOfWork, state: Complaint) -> tuple[RecordDisagreement, Acting[Settings]]:
            submitted = await submission_of(unit, said.application)
            if submitted is None:
                raise not_found()
            application = CODECS["intake"].decode_row(submitted)
            published = await settings_rows(unit, await cut_at(unit, unit.context.now))
            known = [Settings.read(CODECS["routing"].decode_row(row).settings) for row in published]
            applied_under = required(next((one for one in known if one.version == application.settings_version), None))
            decision, decided_at = await decision_of(unit, said.application) or (None, None)
            case = Case(
                decision,
                applied_under.kinds[application.kind].person,
                application.team_manager,
                decided_on=london_date(decided_at) if decided_at else None,
                # Whoever disagreed before is a party, named in a form or then.
                parties=frozenset(
                    {application.person, *(one.party for one in application.family)}
                    | ({said.from_party} if earlier else set[str]())
                ),
            )
            settings = required(in_force(known, unit.context.received_at))
            return RecordDisagreement(complaint, said, case), unit.acting(settings)

        return await unit.carry_out(COMPLAINT, f"complaint-{complaint}", prepare, answer=_clocks)


async def _of_the_same_words(call: Call, earlier: Sequence[tuple[str, Any]], said: Disagreement) -> str | None:
    """The one of a party's earlier complaints that was opened in the same words, however they are set."""
    for complaint, sealed in earlier:
        words = await call.unsealed(sealed)
        if words is not None and _alike(words, said.words.text or ""):
            return complaint
    return None


def _alike(one: str, other: str) -> bool:
    return one.casefold().split() == other.casefold().split()


def _clocks(state: Complaint, events: Sequence[Any]) -> dict[str, str | None]:
    return {"stage": str(state.stage), "due_on": state.due_on.isoformat() if state.due_on else None}
