"""The tests of the docs share helper modules, which stand beside them."""

import sys
from pathlib import Path

# Importlib mode puts no folder of tests on the path.
sys.path.append(str(Path(__file__).parent))
