"""Finding applications by the names in them, which are kept nowhere in the clear."""
