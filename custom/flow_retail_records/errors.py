"""What can't be found, apart from who looks for it: telling it needs nothing of the client."""


class UnknownResourceError(ValueError):
    """There is no resource of that name, or none that can do what is asked of it."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem} {self.remedy}"
