"""What tests look into and plan from another process, and the log of requests."""
