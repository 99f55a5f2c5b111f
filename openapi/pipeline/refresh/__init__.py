"""Following the published reference: fetch its pages, take them over, report what changed for users."""
