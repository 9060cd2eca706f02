"""What happens now: sources, pipeline, store, sinks, the daemon and the command line."""
