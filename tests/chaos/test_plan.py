"""A plan comes from its seed alone, and reaches everything that is to be reached."""

from collections import Counter

import pytest

from chaos.plan import PROCESSES, STEPS_OF, make_plan
from ledger.steps import STEPS


def test_the_same_seed_makes_the_same_plan_and_another_seed_another() -> None:
    once, again, other = (make_plan(seed, seconds=360, faults=90) for seed in (7, 7, 8))
    assert once == again
    assert once.faults != other.faults
    assert once.arms != other.arms


@pytest.mark.parametrize("brokers", [1, 3])
def test_a_plan_reaches_every_process_every_broker_and_the_database(brokers: int) -> None:
    plan = make_plan(1, seconds=360, faults=90, brokers=brokers)
    kills = Counter(fault.target for fault in plan.faults if fault.kind == "kill")
    assert set(kills) == {*PROCESSES, "postgres", *(f"kafka-{node}" for node in range(1, brokers + 1))}
    assert kills["postgres"] == 9
    assert sum(kills[f"kafka-{node}"] for node in range(1, brokers + 1)) == 9
    assert sum(fault.kind == "pause" for fault in plan.faults) == 8
    assert len(plan.faults) == 90
    assert list(plan.faults) == sorted(plan.faults, key=lambda fault: fault.at)
    assert all(0 <= fault.at <= 360 for fault in plan.faults)


def test_the_first_life_of_a_process_is_never_armed_and_its_later_ones_reach_every_step_it_passes() -> None:
    plan = make_plan(1, seconds=360, faults=90)
    for process in PROCESSES:
        assert plan.arm(process, 0) is None
        lives = [plan.arm(process, life) for life in range(1, 40)]
        assert {arm.step for arm in lives if arm} == set(STEPS_OF[process])
        assert plan.arm(process, 10_000) is None


def test_every_named_step_is_passed_by_some_process() -> None:
    assert {step for steps in STEPS_OF.values() for step in steps} == set(STEPS)
