"""Speaking MQTT: what is said, to which broker, and how it gets there."""
