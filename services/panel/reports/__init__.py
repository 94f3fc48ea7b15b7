"""What panel reports about itself."""
