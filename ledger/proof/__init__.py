"""What shows that rows are the rows that were stored."""
