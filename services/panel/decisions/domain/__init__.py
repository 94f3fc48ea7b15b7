"""The stream of one application's decisions: events, state, and one file per topic with commands and rules."""
