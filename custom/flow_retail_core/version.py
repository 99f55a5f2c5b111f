"""The version of the installed package; apart, because reading it takes longer than most imports."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("flow-retail-client")
except PackageNotFoundError:  # run from a source tree
    __version__ = "unknown"
