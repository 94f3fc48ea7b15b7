"""How events are written as bytes and read back: names, shapes, sealed members."""
