"""The daemon at work: its threads, who watches over them, and what a reload changes."""
