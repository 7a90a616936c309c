"""What the data plane and everything that manages it share: configuration, messages, and where they meet."""
