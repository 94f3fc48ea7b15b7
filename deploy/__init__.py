"""How Panelbook is run: on this machine without Docker, or in containers."""
