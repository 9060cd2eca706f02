"""Recordings judged by the pipeline that listens live, by one process or several."""
