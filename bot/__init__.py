"""What runs inside Rasa: the one door, the answers, the understanding, and how to train and serve."""
