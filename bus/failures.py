"""Tells a database or broker that is away from an event that cannot be handled."""

from aiokafka.errors import KafkaError

from ledger.pg.failures import is_away
from ledger.store import Busy


def is_infrastructure(problem: BaseException) -> bool:
    """Whether a database or broker was away or too busy: then the event is blameless and is simply tried again."""
    return isinstance(problem, Busy | KafkaError) or is_away(problem)
