"""The pure comparison of what happened with what a draft would have done."""
