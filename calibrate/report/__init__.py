"""A calibration told: in sentences, and as a page with pictures."""
