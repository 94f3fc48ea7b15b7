"""Names the moments at which dying would hurt most, so that the chaos suite can end a process exactly there.

``step`` does nothing. Only a main of the chaos suite installs a hook, in a process of its own making; nothing that is
read from an environment, a request or a message can.
"""

from collections.abc import Callable

STEPS = (
    "after_lock",
    "before_commit",
    "before_disk",
    "after_commit",
    "before_answer",
    "before_send",
    "before_acknowledgement",
    "before_bookmark",
    "after_bookmark",
    "before_heard_row",
    "after_heard_row",
    "inside_retry",
    "before_post",
    "after_post",
)
"""Every moment that has a name, in the order in which a command, its events and its letters pass them."""

_hook: Callable[[str], None] | None = None


def step(name: str) -> None:
    """Pass the moment ``name``."""
    if _hook is not None:
        _hook(name)


def install(hook: Callable[[str], None]) -> None:
    """Call ``hook`` with the name of every moment that this process passes from now on."""
    global _hook
    _hook = hook
