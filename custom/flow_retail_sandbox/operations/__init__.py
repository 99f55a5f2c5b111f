"""The handlers of operations, chosen by their shapes."""
