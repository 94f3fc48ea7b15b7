"""Tells a database or broker that is away from an event that cannot be handled."""

import asyncpg
from aiokafka.errors import KafkaError

from ledger.store import Busy


def is_infrastructure(problem: BaseException) -> bool:
    """Whether a database or broker was away or too busy: then the event is blameless and is simply tried again.

    asyncpg's complaint about an argument it cannot send is an InterfaceError and a ValueError: that is the event.
    """
    if isinstance(problem, asyncpg.InterfaceError):
        return not isinstance(problem, ValueError)
    return isinstance(
        problem,
        (
            Busy,
            OSError,
            KafkaError,
            asyncpg.InternalClientError,
            asyncpg.PostgresConnectionError,
            asyncpg.InsufficientResourcesError,
            asyncpg.OperatorInterventionError,
            asyncpg.TransactionRollbackError,
            # A lock that is not to be had, or a database that takes no connections.
            asyncpg.ObjectNotInPrerequisiteStateError,
            asyncpg.IdleInTransactionSessionTimeoutError,
        ),
    )
