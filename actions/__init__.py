"""What the bot can do: it asks the backend, decides nothing and stores nothing."""
