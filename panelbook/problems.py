"""What is known to go wrong when a command of ours runs, said in one sentence and without a traceback."""

import signal
import sys
from collections.abc import Callable


def run(command: Callable[[], object]) -> None:
    """Run a command; one that fails ends the process with 1, and a polite end takes the same way as Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        command()
    except Exception as problem:
        sentence = known_problem(problem)
        if not sentence:
            raise
        print(f"panelbook: {sentence}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def known_problem(problem: Exception) -> str:
    """One sentence on what is known to go wrong, and nothing for a fault of ours. No sentence holds a password."""
    # A worker holds for good what it imports: what only names problems is imported when there is one.
    import asyncpg
    import httpx

    from bus.access import BrokerUnreachable, WrongPassword
    from bus.kafka_admin import KafkaAdminProblem
    from deploy.local.processes import RuntimeProblem
    from ledger.decider import Refused
    from ledger.store import Busy
    from panelbook.story.narrator import StoryBroken

    match problem:
        case RuntimeProblem() | StoryBroken() | Refused() | KafkaAdminProblem() | WrongPassword() | BrokerUnreachable():
            return str(problem)
        case httpx.TransportError():
            asked = problem.request.url
            return f"Nothing answers at {asked.scheme}://{asked.netloc.decode()}. Is it running?"
        case asyncpg.InvalidAuthorizationSpecificationError() | asyncpg.InvalidCatalogNameError():
            return f"PostgreSQL refuses us: {problem}. Is the address in the environment right?"
        case asyncpg.CannotConnectNowError() | asyncpg.PostgresConnectionError() | ConnectionError() | TimeoutError():
            return f"PostgreSQL does not answer: {problem}. Is it running?"
        case FileNotFoundError() if "socket" in str(problem) or problem.filename is None:
            return "PostgreSQL does not answer: its socket is not there. Is it running?"
        case Busy():
            return str(problem)
        case _:
            return ""
