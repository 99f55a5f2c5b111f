"""From the reference pages to the generated client: vendor, merge, overlay, name, check, generate."""
