"""What services say to each other and to subscribers; imports nothing of ours."""
