"""Prints the passwords and keys that compose.yaml asks for, new ones each time: `python -m deploy.compose_secrets`."""

import base64
import secrets
import sys
from collections.abc import Iterator

SERVICES = ("intake", "routing", "panel", "notify", "record")


def lines() -> Iterator[str]:
    """`NAME=value` for the superusers, the wrapping key, and every role and principal of every service."""
    names = ["POSTGRES_ADMIN", "KAFKA_ADMIN", "VAULT_OWNER", "GRAFANA_ADMIN"]
    for service in SERVICES:
        names += [f"{service.upper()}_{role}" for role in ("OWNER", "APP", "RELAY", "VAULT", "KAFKA")]
    for name in names:
        yield f"PASSWORD_{name}={secrets.token_hex(24)}"
    yield f"VAULT_KEY={base64.b64encode(secrets.token_bytes(32)).decode()}"


if __name__ == "__main__":
    sys.stdout.write("".join(f"{line}\n" for line in lines()))
