"""What a process listens on, as the kernel tells it."""

import contextlib
import os
from pathlib import Path

_LISTEN = "0A"


def listening_addresses(pid: int) -> list[tuple[str, int]]:
    """Address and TCP port of every socket on which the process listens; IPv6 addresses in the kernel's hex."""
    sockets = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        target = ""
        with contextlib.suppress(FileNotFoundError):  # Closed between the two looks.
            target = os.readlink(descriptor)
        if target.startswith("socket:["):
            sockets.add(target[8:-1])
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTEN and fields[9] in sockets:
                address, port = fields[1].split(":")
                found.append((_readable(address), int(port, 16)))
    return found


def _readable(address: str) -> str:
    if len(address) == 8:
        return ".".join(str(byte) for byte in reversed(bytes.fromhex(address)))
    return address
