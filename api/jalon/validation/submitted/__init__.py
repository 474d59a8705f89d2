"""What an organisation submits: what it comes to in a release, and whether it may say it."""
