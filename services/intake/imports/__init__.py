"""Cases that were decided before the council used this book."""
