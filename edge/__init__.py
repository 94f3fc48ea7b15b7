"""How people and systems come in; the same for every service."""
