"""Which versions of packages are installed."""

from importlib.metadata import PackageNotFoundError, version


def installed(package: str) -> str:
    """The version of a package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
