"""The pure streams of record: events, commands, state, evolve and decide."""
