"""What a server that dies at a bad moment makes of our own connection is nobody's event and nobody's fault."""

import asyncpg

from bus.failures import is_infrastructure


def test_a_broken_protocol_is_waited_out_and_parks_no_event() -> None:
    assert is_infrastructure(asyncpg.InternalClientError("protocol is in the failed state"))


def test_a_complaint_about_an_argument_is_still_the_event_s() -> None:
    assert not is_infrastructure(asyncpg.DataError("invalid input for query argument $1"))


def test_a_database_that_takes_no_connections_is_waited_for() -> None:
    assert is_infrastructure(asyncpg.ObjectNotInPrerequisiteStateError("not currently accepting connections"))
    assert is_infrastructure(asyncpg.LockNotAvailableError("canceling statement due to lock timeout"))
