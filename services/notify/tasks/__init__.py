"""Tasks that a named officer must do: informing the family of a decision, with evidence for each of them."""
