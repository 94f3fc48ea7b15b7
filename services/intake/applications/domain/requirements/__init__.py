"""What a form must hold before it goes to the panel, by topic: one function for each thing that it can lack."""
