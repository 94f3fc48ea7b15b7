"""The stream of one sitting: events, state, and one file per topic with commands and rules."""
