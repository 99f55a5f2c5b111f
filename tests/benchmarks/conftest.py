import sys
from pathlib import Path

# At the end: the wheel's packages must not be hidden by the tree's, which stand beside the benchmarks. They
# find Pythons as `make wheel` does.
ROOT = Path(__file__).resolve().parents[2]
sys.path += [folder for folder in (str(ROOT), str(ROOT / "release")) if folder not in sys.path]
