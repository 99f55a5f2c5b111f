"""Errors that are raised without importing the client."""


class UnknownResourceError(ValueError):
    """There is no resource of that name, or it lacks the operation."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem} {self.remedy}"
