"""``make evaluate``: how well the assistant understands, with a page. Nothing else imports it."""
