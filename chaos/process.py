"""The main of a process under test: the command line of Panelbook, armed to die at a step, to stumble, or sabotaged.

``python -m chaos.process [--arm STEP:PASSING] [--stumble N] [--sabotage NAME] -- serve --port 8000``. Nothing else
installs any of this: a Panelbook started by its own mains cannot be armed, and this one refuses mode production.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from contextvars import ContextVar

from bus.consumer import Consumer
from chaos import sabotage
from ledger import steps
from ledger.recorded import Heard
from ledger.rows import Hearing
from ledger.unit_of_work import UnitOfWork
from panelbook import cli


class _Death:
    """Ends this process with SIGKILL at one passing of one step."""

    def __init__(self, step: str, passing: int) -> None:
        if step not in steps.STEPS:
            raise SystemExit(f"{step!r} is no step")
        self._step = step
        self._left = passing

    def __call__(self, name: str) -> None:
        if name == self._step:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class Stumbled(Exception):
    """A handler failed because the suite wanted it to."""


_retrying: ContextVar[bool] = ContextVar("retrying", default=False)


def stumble(one_in: int) -> None:
    """Let the handling of one heard event in ``one_in`` fail until it is parked; its first retry succeeds."""
    hear, attempt = UnitOfWork.hear, Consumer.attempt

    async def stumbling(self: UnitOfWork, hearings: Sequence[Hearing]) -> list[Heard]:
        heard = await hear(self, hearings)
        for one in heard:
            if not _retrying.get() and one.row.id.int % one_in == 0 and self._book.policies.of(one):
                raise Stumbled
        return heard

    async def retrying(self: Consumer, council: str, id_: int) -> None:
        token = _retrying.set(True)
        try:
            await attempt(self, council, id_)
        finally:
            _retrying.reset(token)

    UnitOfWork.hear = stumbling
    Consumer.attempt = retrying


def main(arguments: Sequence[str]) -> None:
    """Arm this process as the command line says, and become Panelbook."""
    if os.environ.get("PANELBOOK_MODE") not in ("demo", "test"):
        raise SystemExit("Only a Panelbook in mode demo or test may be armed.")
    parser = argparse.ArgumentParser()
    parser.add_argument("--arm", default="")
    parser.add_argument("--stumble", type=int, default=0)
    parser.add_argument("--sabotage", choices=sorted(sabotage.IN_PROCESS), default="")
    parser.add_argument("command", nargs="+")
    given = parser.parse_args(arguments)
    if given.arm:
        step, _, passing = given.arm.partition(":")
        steps.install(_Death(step, int(passing)))
    if given.stumble:
        stumble(given.stumble)
    if given.sabotage:
        sabotage.IN_PROCESS[given.sabotage]()
    sys.argv = ["panelbook", *given.command]
    cli.main()


if __name__ == "__main__":
    main(sys.argv[1:])
