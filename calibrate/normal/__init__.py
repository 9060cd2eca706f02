"""From recordings to the scores of normal sound."""
