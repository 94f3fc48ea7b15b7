"""The stream `officer-<actor>`: events, commands, state, evolve and decide."""
