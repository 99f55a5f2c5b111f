"""Where the invented classes of these tests are found."""

import sys
from pathlib import Path

# Helper modules stand beside the tests that use them, and importlib mode puts no folder of tests on the path.
sys.path.append(str(Path(__file__).parent))
