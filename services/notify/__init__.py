"""Everything that must reach someone by a time, with evidence that it did."""
