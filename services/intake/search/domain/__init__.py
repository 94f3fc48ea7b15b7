"""Rules of finding names."""
