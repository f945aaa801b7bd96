"""Who we are towards a store: credentials from the cluster or the input, and ambient ones."""
