"""Which versions of packages are installed."""

from importlib.metadata import PackageNotFoundError, version


def installed(package: str) -> str:
    """The version of a package.

    Args:
        package: Its name.

    Returns:
        The version; `not installed` for one that is missing or runs from its source tree.
    """
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
