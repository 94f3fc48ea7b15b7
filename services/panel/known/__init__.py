"""What panel heard of officers, their authority, submissions and families, and the values that every part shares."""
