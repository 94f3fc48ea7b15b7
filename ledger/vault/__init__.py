"""Personal content under keys of its own."""
