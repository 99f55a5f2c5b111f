"""Faults on demand: what goes wrong, for which operation, how often; and a record of every one that did."""
