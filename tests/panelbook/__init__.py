"""The command line, read as a stranger would."""
