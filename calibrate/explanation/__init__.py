"""What makes a recording sound wrong, and the picture of it."""
