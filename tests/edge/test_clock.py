"""The clock that people set: shared between processes, never back, never half written."""

import json
import multiprocessing
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.clock import FIRST_MOMENT, SettableClock, SystemClock
from ledger.decider import Refused

NOON = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)


def test_a_new_clock_stands_still_at_the_beginning_of_the_story(tmp_path: Path) -> None:
    clock = SettableClock(tmp_path / "made" / "clock.json")
    assert clock.now() == clock.now() == FIRST_MOMENT == datetime(2026, 10, 5, 8, 0, tzinfo=UTC)


def test_every_reader_of_the_file_sees_what_one_of_them_sets(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    one, other = SettableClock(path), SettableClock(path)
    assert one.set("2026-10-07T16:59:59+01:00") == datetime(2026, 10, 7, 15, 59, 59, tzinfo=UTC)
    assert other.now() == datetime(2026, 10, 7, 15, 59, 59, tzinfo=UTC)
    other.advance(timedelta(seconds=2))
    assert one.now() == datetime(2026, 10, 7, 16, 0, 1, tzinfo=UTC)
    assert SettableClock(path).now() == one.now()


def test_settings_in_quick_succession_are_all_seen(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    writer, reader = SettableClock(path), SettableClock(path)
    for step in range(1, 300):
        writer.set(FIRST_MOMENT + timedelta(seconds=step))
        assert reader.now() == FIRST_MOMENT + timedelta(seconds=step)


def test_the_clock_never_goes_back(tmp_path: Path) -> None:
    clock = SettableClock(tmp_path / "clock.json")
    clock.set(NOON)
    clock.set(NOON)
    with pytest.raises(Refused, match="CLOCK_GOES_BACK"):
        clock.set(NOON - timedelta(microseconds=1))
    with pytest.raises(Refused, match="CLOCK_GOES_BACK"):
        clock.advance(timedelta(seconds=-1))
    assert clock.now() == NOON


@pytest.mark.parametrize("moment", ["tomorrow", "2026-10-07T16:00:00", "2026-13-07T16:00:00Z", ""])
def test_a_moment_that_is_none_is_refused(tmp_path: Path, moment: str) -> None:
    with pytest.raises(Refused, match="MOMENT_NOT_READ"):
        SettableClock(tmp_path / "clock.json").set(moment)


def test_a_ticking_clock_runs_with_real_time_and_never_back(tmp_path: Path) -> None:
    real = 1000.0
    clock = SettableClock(tmp_path / "clock.json", real=lambda: real)
    clock.tick()
    real = 1010.0
    assert clock.now() == FIRST_MOMENT + timedelta(seconds=10)
    with pytest.raises(Refused, match="CLOCK_GOES_BACK"):
        clock.set(FIRST_MOMENT + timedelta(seconds=9))
    real = 900.0
    assert clock.now() == FIRST_MOMENT
    real = 1020.0
    stopped = FIRST_MOMENT + timedelta(seconds=20, milliseconds=50)  # ahead of whoever read it while it ran
    assert clock.tick(False) == stopped
    real = 5000.0
    assert clock.now() == stopped


@pytest.mark.parametrize("content", ["", "{", "[]", '{"at": "never", "ticking": false, "set_at": 0}'])
def test_a_file_that_holds_no_clock_is_an_error_of_the_system(tmp_path: Path, content: str) -> None:
    path = tmp_path / "clock.json"
    clock = SettableClock(path)
    path.write_text(content)
    with pytest.raises(OSError, match="clock"):
        clock.now()


def test_a_clock_whose_file_has_gone_does_not_start_anew(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    clock = SettableClock(path)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        clock.now()
    assert not path.exists()


def push(path: str, times: int) -> None:
    """Advance a shared clock, as one process of several."""
    clock = SettableClock(Path(path))
    for _ in range(times):
        clock.advance(timedelta(seconds=1))


def test_no_step_is_lost_and_no_half_file_seen_when_several_processes_advance_it(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    clock = SettableClock(path)
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=push, args=(str(path), 100)) for _ in range(3)]
    seen: list[datetime] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            json.loads(path.read_bytes())
            seen.append(clock.now())

    watcher = threading.Thread(target=watch)
    watcher.start()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    done.set()
    watcher.join(10)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert clock.now() == FIRST_MOMENT + timedelta(seconds=300)
    assert seen == sorted(seen)
    assert len(seen) > 10


def test_the_system_clock_tells_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_running_clock_can_be_stopped_and_advanced_without_seeming_to_go_back(tmp_path: Path) -> None:
    real = iter(float(second) for second in range(1000))
    clock = SettableClock(tmp_path / "clock.json", real=lambda: next(real))
    clock.tick()
    before = clock.advance(timedelta(hours=1))
    stopped = clock.tick(False)
    assert before < stopped
    assert clock.now() == stopped == clock.now()
