"""The textbook that runs: hypervisors and containers as models, diagrams and real machines.

The names below are what a notebook uses. Each is loaded when it is first asked for, so that
``import hvlib`` is quick and works without numpy and matplotlib.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "models.exits": ["ExitCost"],
        "widgets.explorer": ["explore"],
    },
)
