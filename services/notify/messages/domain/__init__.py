"""The rules of one message."""
