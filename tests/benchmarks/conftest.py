import sys
from pathlib import Path

# At the end: the wheel's packages must not be hidden by the tree's, which stand beside the benchmarks.
ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.append(ROOT)
