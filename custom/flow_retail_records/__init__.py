"""What tables of records need to know: resources, their fields, and how a row becomes an item of a batch."""
