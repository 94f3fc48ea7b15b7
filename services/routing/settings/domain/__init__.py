"""The stream `settings`: events, commands, state, evolve and decide."""
