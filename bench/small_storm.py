"""The country's cut-off in small: eight councils hand in their whole week within a minute, beside the storm's aims."""

import asyncio
import json
from collections.abc import Sequence

from bench.measuring import Figure
from bench.stage import Stage
from bench.storm import WEEK, storm

ANSWER_MS = 250.0
"""The aim for the 99th percentile of the answers, from click to answer."""

RECORD_SECONDS = 60.0
"""The aim from a yes to the copy in the record."""


class WentWrong(Exception):
    """Something was lost, doubled or judged wrongly: such a storm has no figures."""


async def small_storm(stage: Stage) -> Sequence[Figure]:
    """One storm on a Panelbook of its own; our side is what it took, the other side is the aim."""
    durable = stage.scale.durable
    councils, each, seconds, after = (8, WEEK, 60, 5) if durable else (2, 4, 3, 1)
    figures = await asyncio.to_thread(storm, councils, each, seconds, after, 1)
    print(json.dumps(figures, indent=1))
    wrong = {name: figures[name] for name in ("lost", "doubled", "misjudged") if figures[name]}
    if wrong:
        raise WentWrong(str(wrong))
    answer, record = figures["answer p99 ms"], figures["submission to record p99 s"]
    return [
        Figure("storm small: answers p99 / aim", answer, ANSWER_MS, "ms", "<= 1", (answer,), (ANSWER_MS,)),
        Figure("storm small: record p99 / aim", record, RECORD_SECONDS, "s", "<= 1", (record,), (RECORD_SECONDS,)),
    ]
