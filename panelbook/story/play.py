"""Plays the whole story against a running Panelbook."""

from collections.abc import Callable, Mapping

import httpx

from edge.clock import settable_clock
from edge.deployment import from_environment
from edge.issuer import built_in_issuer
from panelbook.story import doncaster, evidence, northborough, shropshire, swindon
from panelbook.story.narrator import Narrator

DECISIONS = 2
"""Decisions of the Swindon case that its subscriber must get: the deferral and the agreement."""


def play(environment: Mapping[str, str], say: Callable[[str], None]) -> tuple[int, int]:
    """Tell all six parts. Returns how many events of how many councils were verified. Raises StoryBroken."""
    deployment = from_environment(environment)
    with httpx.Client(base_url=deployment.base_url, timeout=30.0) as client:
        tell = Narrator(client, settable_clock(deployment), built_in_issuer(deployment), say)
        shropshire.play(tell, lambda: evidence.thin_event(tell, environment, shropshire.COUNCIL))
        doncaster.play(tell)
        case = swindon.play(tell)
        northborough.play(tell)
        evidence.subscriber(tell, environment, swindon.COUNCIL, shropshire.COUNCIL, DECISIONS)
        evidence.scan(tell, environment)
        evidence.complaints_view(tell, environment, case)
        return evidence.verify(tell, environment)
