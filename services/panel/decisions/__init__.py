"""What becomes of one application, by a panel, by one officer, or outside a panel."""
