"""The rules of each type of file that can be attached: when it is whole, and what opening it would do."""
