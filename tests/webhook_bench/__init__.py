"""`make bench FLAGS=--webhooks`: texts coming in, beside stock Rasa's own Twilio channel."""
