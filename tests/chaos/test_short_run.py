"""The short form of `make chaos`: whole cases in two councils while everything is killed, and nothing goes missing."""

import pytest

from chaos.plan import PROCESSES, make_plan
from chaos.run import Terms, run, summary


@pytest.mark.connected
async def test_nothing_is_lost_doubled_disordered_or_stuck_while_everything_is_killed() -> None:
    plan = make_plan(20261005, seconds=12, faults=10)
    terms = Terms(clients=16, rate=60, stumble=15, whole_cases=2)
    result = await run(plan, terms, say=lambda _: None)
    figures = summary(result)
    assert figures["findings"] == []
    assert result.clean
    # The run was no idle one: everything was killed, and every comparison compares something.
    assert set(figures["killed"]) >= {*PROCESSES, "postgres", "kafka-1"}
    assert figures["commands"]["yes"] > 20
    assert all(one["left"] for one in figures["comparisons"] if "told" not in one["what"])
