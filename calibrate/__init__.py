"""What is normal: clip scores of normal sound, threshold rules, the decision, the calibration."""
