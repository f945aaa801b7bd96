"""The only door to Kubernetes: a contract, the real client, and one without a cluster."""
