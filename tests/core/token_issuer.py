"""Where the tests of tokens get theirs from."""

import asyncio


class Issuer:
    """An async callable that returns numbered tokens, when `gate` lets it."""

    def __init__(self, *outcomes):
        self.calls = 0
        self.outcomes = list(outcomes)
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self):
        self.calls += 1
        number = self.calls
        await self.gate.wait()
        outcome = self.outcomes.pop(0) if self.outcomes else f"token-{number}"
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


def bearer(server):
    """The tokens of the requests that a scripted server has seen."""
    return [seen.headers["authorization"].removeprefix("Bearer ") for seen in server.seen]
