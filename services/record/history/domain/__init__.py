"""The rules of reading whole cases."""
