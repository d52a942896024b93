"""What runs inside Rasa: the one door, the answers, the understanding; training and serving it."""
