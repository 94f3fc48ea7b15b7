"""E-mail addresses, taken only as they can be put on an envelope: what could never be sent is refused at the form."""

from email_validator import EmailNotValidError, validate_email

from edge.problems import unacceptable

LONGEST = 254
"""Characters; RFC 5321 leaves no more for an address in a command."""


def deliverable(address: str) -> str:
    """The address as mail servers take it: its domain in A-labels, so that `ann@café.example` can be written to.

    Raises a refusal of the form NOT_AN_ADDRESS for what looks like an address and is none: with characters that cannot
    be seen, curly apostrophes, `mailto:`, a trailing dot, or a local part that only some mail servers would take.
    """
    if address != address.strip() or not address.isprintable():
        raise _not_an_address()
    try:
        found = validate_email(
            address, check_deliverability=False, allow_smtputf8=False, allow_quoted_local=False, test_environment=True
        )
    except EmailNotValidError:
        # Its own words quote the address.
        raise _not_an_address() from None
    ascii_address = found.ascii_email
    if ascii_address is None or len(ascii_address) > LONGEST or address.count("@") != 1:
        raise _not_an_address()
    return ascii_address


def _not_an_address() -> Exception:
    return unacceptable("NOT_AN_ADDRESS", "This is no e-mail address that a letter could be sent to.")
