"""The pure streams of panel: events, commands, state, evolve and decide."""
