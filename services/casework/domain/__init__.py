"""Casework's rules, pure: time and ids come in as arguments."""
