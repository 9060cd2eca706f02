"""What an alarm leaves behind for people: its sound, its picture, and room for both on the disk."""
