"""`make chaos` and `make chaos-proof`: a run as a table and as JSON, or the proof that the suite would notice."""

import argparse
import asyncio
import json
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from chaos.plan import make_plan
from chaos.run import Result, Terms, run, summary
from chaos.sabotage import PROTECTIONS
from ledger.steps import STEPS

PROOF_SECONDS = 40.0
PROOF_FAULTS = 10
PROOF_TRIES = 3
"""A protection is missed only when something dies in its moment: a run in which nothing did is repeated."""

PROOF_STEPS = {"heard-row": "before_bookmark", "bookmark-after-ack": "before_send"}
"""Where processes must die for a protection to be missed, if deaths anywhere are too seldom there."""


def main() -> None:
    """Read the command line, run, print, and exit with 1 when something was found (or, for the proof, was not)."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="makes the same plan again; a new one if not given")
    parser.add_argument("--brokers", type=int, default=1, choices=(1, 3))
    parser.add_argument("--seconds", type=float, default=360.0, help="how long the faults go on")
    parser.add_argument("--faults", type=int, default=90, help="timed faults; deaths at named steps come on top")
    parser.add_argument("--rate", type=float, default=Terms.rate, help="commands a second at most")
    parser.add_argument("--clients", type=int, default=Terms.clients)
    parser.add_argument("--sabotage", choices=PROTECTIONS, default="", help="take one protection away")
    parser.add_argument("--step", default="", choices=("", *STEPS), help="die at this named step only")
    parser.add_argument("--json", type=Path, default=None, help="where the result is written")
    parser.add_argument("--folder", type=Path, default=None, help="keep everything here, logs included")
    parser.add_argument("--proof", action="store_true", help="take each protection away and see that it is noticed")
    given = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if given.seed is None else given.seed
    print(f"SEED={seed}", flush=True)
    if given.proof:
        sys.exit(0 if _prove(seed, [given.sabotage] if given.sabotage else PROTECTIONS) else 1)
    plan = make_plan(seed, seconds=given.seconds, faults=given.faults, brokers=given.brokers, step=given.step)
    terms = Terms(clients=given.clients, rate=given.rate, sabotage=given.sabotage)
    result = asyncio.run(run(plan, terms, say=_say, folder=given.folder))
    as_json = summary(result)
    if given.json is not None:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(as_json, indent=1) + "\n", encoding="utf-8")
    _print(result, as_json)
    print(json.dumps(as_json["found"]))
    sys.exit(0 if result.clean else 1)


def _say(line: str) -> None:
    print(line, flush=True)


def _prove(seed: int, protections: Sequence[str]) -> bool:
    """Whether each protection is missed when it goes."""
    table = Table("protection taken away", "what the suite caught", title=f"Proof, seed {seed}")
    proven = True
    for protection in protections:
        _say(f"Without {protection} ...")
        result = _without(seed, protection)
        counted = {kind: count for kind, count in result.findings.counts().items() if count}
        proven = proven and bool(counted)
        first = result.findings.found[0] if result.findings.found else None
        caught = ", ".join(f"{count} {kind}" for kind, count in counted.items()) or "NOTHING"
        table.add_row(protection, f"{caught}\n{first.where}: {first.what}" if first else caught)
    Console(width=118).print(table)
    return proven


def _without(seed: int, protection: str) -> Result:
    """A run without one protection; of those in which nothing was caught the last."""
    tries = PROOF_TRIES
    while True:
        plan = make_plan(seed, seconds=PROOF_SECONDS, faults=PROOF_FAULTS, step=PROOF_STEPS.get(protection, ""))
        result = asyncio.run(run(plan, Terms(clients=16, sabotage=protection), say=lambda _: None))
        tries -= 1
        if not result.clean or not tries:
            return result
        seed += 1


def _print(result: Result, figures: dict[str, Any]) -> None:
    console = Console(width=118)
    commands = figures["commands"]
    table = Table(title=f"Chaos, seed {figures['seed']}, {figures['brokers']} broker(s), {figures['seconds']} s")
    table.add_column("what")
    table.add_column("figures", overflow="fold")
    table.add_row("kills", f"{figures['kills']}: {_listed(figures['killed'])}")
    table.add_row("of them at named steps", _listed(_by_step(figures["killed_at_steps"])))
    table.add_row("stopped for 15 s", _listed(figures["stopped_for_15_s"]))
    table.add_row("ended by themselves", _listed(figures["ended_by_themselves"]) or "none")
    table.add_row("cases", _listed(figures["cases"]))
    rate = commands["per_second"]
    table.add_row(
        "commands a second",
        f"mean {rate['mean']}, median {rate['median']}, best {rate['best']}; p50 {commands['p50_ms']} ms,"
        f" p99 {commands['p99_ms']} ms",
    )
    for one in result.findings.comparisons:
        again = f" ({one.repeated} sent again and dropped by receivers)" if one.repeated else ""
        table.add_row(one.name, f"{one.left} / {one.right}{again}")
    table.add_row("settled", f"{figures['settled_after_seconds']} s after the last kill")
    for kind, count in figures["found"].items():
        table.add_row(kind, str(count))
    console.print(table)
    for finding in result.findings.found[:40]:
        console.print(f"{finding.kind.upper()} {finding.where}: {finding.what}", markup=False)


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _by_step(counts: dict[str, int]) -> dict[str, int]:
    steps: dict[str, int] = {}
    for name, count in counts.items():
        step = name.partition(" ")[2]
        steps[step] = steps.get(step, 0) + count
    return steps


if __name__ == "__main__":
    main()
