"""What a database raises when it, not what was asked of it, is at fault: one list for commands and consumers."""

import asyncpg

AWAY: tuple[type[asyncpg.PostgresError], ...] = (
    asyncpg.PostgresConnectionError,  # class 08
    asyncpg.ReadOnlySQLTransactionError,  # 25006: a primary that is none any more, or not yet
    asyncpg.IdleInTransactionSessionTimeoutError,  # 25P03
    asyncpg.TransactionRollbackError,  # class 40: a deadlock, a serialization failure
    asyncpg.InsufficientResourcesError,  # class 53: no disk, no memory, too many connections
    asyncpg.ObjectNotInPrerequisiteStateError,  # class 55: no lock to be had, a database that takes no connections
    asyncpg.OperatorInterventionError,  # class 57: cancelled, shut down, crashed, starting
    asyncpg.PostgresSystemError,  # class 58: the server's own disk
)
"""Nothing was stored because of these; the same again may go through later."""

OF_NO_MORE_USE: tuple[type[asyncpg.PostgresError], ...] = (
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
"""After these a session stays as it is whatever becomes of the server: it is closed, and so are its pool's others."""


def is_away(problem: BaseException) -> bool:
    """Whether a database was away, in another hand or too busy.

    asyncpg's complaint about an argument it cannot send is an InterfaceError and a ValueError: that is the caller's.
    """
    if isinstance(problem, asyncpg.InterfaceError):
        return not isinstance(problem, ValueError)
    return isinstance(problem, (OSError, TimeoutError, asyncpg.InternalClientError, *AWAY))
