"""`python -m sensor` is the same as `chair-sensor`."""

import sys

from sensor.cli import main

sys.exit(main())
