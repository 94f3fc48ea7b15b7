"""A council's own rules as data, and the pure functions that read them."""
