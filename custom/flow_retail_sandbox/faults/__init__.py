"""Faults on demand: what goes wrong, for which operation, how often; and a record of every one that did."""

from flow_retail_sandbox.faults.plan import KINDS, Fault, FaultOptions, Faults, Injected

__all__ = ["KINDS", "Fault", "FaultOptions", "Faults", "Injected"]
