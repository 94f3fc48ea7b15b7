"""What panel keeps of what other services tell it."""
