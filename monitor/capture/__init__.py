"""Sound from a microphone: the process that owns it, and the thread that keeps it open."""
