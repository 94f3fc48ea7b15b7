"""Past applications: what a draft scheme of delegation is tried on before it is published."""
