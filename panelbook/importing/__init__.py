"""Past cases from a file: what a row is, how files are read, and how many are taken in at once."""
