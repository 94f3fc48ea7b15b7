"""A council's own rules, version by version, as its management team publishes them."""
