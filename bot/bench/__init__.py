"""``make bench``: this bot beside stock Rasa, in one run, as ratios. Nothing else imports it."""
