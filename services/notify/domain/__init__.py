"""Notify's rules: messages that must leave, and tasks that somebody must do."""
