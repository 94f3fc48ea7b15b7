"""Why a file is not taken, in the words in which whoever attached it reads it."""

from ledger.decider import Refused, rule_broken


def broken(name: str) -> Refused:
    """It begins as a file of this type and does not hold to its rules."""
    return rule_broken("BROKEN_FILE", f"The file begins as {name} and is not whole, or not as {name} must be.")


def encrypted() -> Refused:
    """Somebody who opens it is asked for a password."""
    return rule_broken("ENCRYPTED", "The file is encrypted or asks for a password: nobody on the panel could read it.")


def active(what: str) -> Refused:
    """Opening it would do something; ``what`` says what, as "starts a program"."""
    return rule_broken(
        "ACTIVE_CONTENT", f"Opening this file {what}. Save it without that, or print it to a PDF, and attach it again."
    )


def macros() -> Refused:
    """It holds programs of its own."""
    return rule_broken("MACROS", "The document holds macros. Save it without them and attach it again.")


def too_large(what: str) -> Refused:
    """It is small as a file and enormous once it is opened."""
    return rule_broken("UNPACKS_TOO_LARGE", f"The file is small and {what}: nobody could open it safely.")
