"""The mail server of the compose file: takes every message, delivers none, and keeps them in a Maildir."""

import signal
import sys
from pathlib import Path

from deploy.local.mail import LocalMail


def main() -> int:
    """Serve until SIGTERM or SIGINT. Arguments: the Maildir's folder and the port."""
    ending = {signal.SIGTERM, signal.SIGINT}
    # Blocked before any thread starts, so that every thread leaves them to `sigwait`.
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    mail = LocalMail(Path(sys.argv[1]), host="0.0.0.0", port=int(sys.argv[2]))
    mail.start()
    signal.sigwait(ending)
    mail.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
