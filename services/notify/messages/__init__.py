"""Messages that leave: each is wanted once, then sent with evidence, or tried again until it is given up."""
