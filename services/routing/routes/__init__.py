"""Which way an application takes and why, exceptions to it, and whom it waits on."""
