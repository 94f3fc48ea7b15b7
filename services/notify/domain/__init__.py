"""The pure streams of notify: events, commands, state, evolve and decide."""
