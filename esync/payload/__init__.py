"""What a store handed over under a key, and how to look into it."""
