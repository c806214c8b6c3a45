"""Benches: speed, memory, growth and accuracy, never run as timed tests."""
