"""The worker's task to inform the family (DOMAIN D13)."""

from dataclasses import replace
from datetime import UTC, date, datetime

from services.notify.tasks.domain.task import (
    INFORM_FAMILY,
    TASK,
    CompleteTask,
    Informed,
    OpenTask,
    TaskDone,
    TaskOpened,
)
from tests.scenario import given
from tests.services.notify.acting import acting

AT = datetime(2026, 10, 20, 13, tzinfo=UTC)
WORKER = acting(AT, actor="worker-1")
OPEN = OpenTask("t-1", "a-1", "d-1", "worker-1", ("mother", "child"))
OPENED = TaskOpened("t-1", INFORM_FAMILY, "a-1", "d-1", "worker-1", ("mother", "child"), AT)
MOTHER = Informed("mother", "visit", date(2026, 10, 20))
CHILD = Informed("child", "visit", date(2026, 10, 20))
DONE = CompleteTask((MOTHER, CHILD))


def test_a_decision_opens_the_task_once() -> None:
    given(TASK).when(OPEN, WORKER).then(OPENED)
    given(TASK, OPENED).when(OPEN, WORKER).then_nothing()


def test_it_is_done_when_everybody_was_informed() -> None:
    given(TASK, OPENED).when(DONE, WORKER).then(TaskDone("t-1", "a-1", (MOTHER, CHILD), "worker-1", AT))


def test_it_is_not_done_while_one_of_the_family_was_not_informed() -> None:
    given(TASK, OPENED).when(replace(DONE, informed=(MOTHER,)), WORKER).then_refused("TASK_INCOMPLETE")


def test_a_day_that_lies_ahead_is_no_evidence() -> None:
    ahead = replace(CHILD, on=date(2026, 10, 21))
    given(TASK, OPENED).when(replace(DONE, informed=(MOTHER, ahead)), WORKER).then_refused("TASK_INCOMPLETE")


def test_somebody_who_is_not_on_the_application_cannot_stand_in() -> None:
    stranger = Informed("uncle", "phone", date(2026, 10, 20))
    given(TASK, OPENED).when(replace(DONE, informed=(MOTHER, CHILD, stranger)), WORKER).then_refused("TASK_INCOMPLETE")


def test_only_the_allocated_worker_can_say_that_it_is_done() -> None:
    given(TASK, OPENED).when(DONE, acting(AT, actor="manager-1", role="team_manager")).then_refused("NOT_YOUR_TASK")


def test_it_is_done_once() -> None:
    done = TaskDone("t-1", "a-1", (MOTHER, CHILD), "worker-1", AT)
    given(TASK, OPENED, done).when(DONE, WORKER).then_refused("TASK_DONE")


def test_a_task_that_nobody_opened_is_not_there() -> None:
    given(TASK).when(DONE, WORKER).then_refused("NOT_FOUND")
