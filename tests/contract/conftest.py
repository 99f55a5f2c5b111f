"""Lets the tests import the modules beside them."""

import sys
from pathlib import Path

# importlib mode puts no folder of tests on the path.
sys.path.append(str(Path(__file__).parent))
