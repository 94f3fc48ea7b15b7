"""One case across every service, as it was known at any moment."""
