"""Letters: which one follows from what is heard, what it says, whom it goes to, and its way to the mail server."""
