"""How daemon and machines are, for who looks in from outside."""
