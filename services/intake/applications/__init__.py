"""The form from first draft to submission, further information for a deferral, and assessments already held."""
