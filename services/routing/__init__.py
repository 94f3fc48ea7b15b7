"""Schemes of delegation, officers' authority, and which route an application takes and why."""
