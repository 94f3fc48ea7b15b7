"""Names of hosts, as requests and addresses write them."""

from urllib.parse import urlsplit


def host_of(named: str) -> str:
    """The host in a Host header or an address, without its port; '' where there is none."""
    try:
        parts = urlsplit(named if "://" in named else f"//{named}")
        return "" if parts.username or parts.path.strip("/") else (parts.hostname or "")
    except ValueError:
        return ""
