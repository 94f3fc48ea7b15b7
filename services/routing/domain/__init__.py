"""The pure streams of routing: events, commands, state, evolve and decide."""
