"""What belongs to a form beside its parts: attached files, drafts being written, and the versions of its sections."""
