"""The topics of decisions outside a panel: deciding, ratifying, alarms, and authority that had ended."""
