"""What a message names: a file for each kind, each a function from a text to its mentions.

Pure: no Rasa, no clock, no network. ``bot/nlu/entity_finder.py`` puts them into the pipeline.
"""
