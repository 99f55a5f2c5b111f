"""HTTP: connections, requests and responses, who is let in."""
