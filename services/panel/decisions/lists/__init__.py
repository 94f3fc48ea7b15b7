"""Lists of applications in panel's hands and of what was decided outside a panel."""
