"""How a message is understood: Rasa components of ours and their parts, one a file."""
