"""The hand-written runtime under the generated package `flow_retail_client`.

Import from `flow_retail_client`; what stands here is reachable but promised only through that package.
"""

__version__: str


def __getattr__(name: str) -> str:
    """Read the version of the installed package on first use (PEP 562): it takes longer than most imports."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  # see above

    try:
        found = version("flow-retail-client")
    except PackageNotFoundError:  # run from a source tree
        found = "unknown"
    globals()[name] = found
    return found
