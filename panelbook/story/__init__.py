"""The story that the demo plays: real cases through five services, told line by line."""
