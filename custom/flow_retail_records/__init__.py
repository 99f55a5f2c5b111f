"""What tables of records share: resources, their fields, and items of a batch made from rows."""
