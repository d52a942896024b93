"""Rasa graph components of ours, one a file."""
