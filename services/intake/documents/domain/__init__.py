"""What attached files are, who writes drafts, and what changed between two versions of a text."""
