"""What the figures of panel's reports mean."""
