"""Decisions outside a panel: their routes, their read model, and the alarms about what does not follow them."""
