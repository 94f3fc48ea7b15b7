"""The pure streams of intake: events, commands, state, evolve and decide."""
