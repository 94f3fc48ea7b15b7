"""What happens to an application and by which rules: events, what they add up to, and a file for each topic."""
