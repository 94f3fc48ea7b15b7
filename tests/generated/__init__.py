"""Documents and contracts that are written from the code, each a module; `make generate` writes them all."""
