"""What a sound is worth: audio, features, detectors, the scorer, training, bundles."""
