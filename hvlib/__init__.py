"""The textbook that runs: hypervisors and containers as models, diagrams and real machines.

The names below are what a notebook uses. Each is loaded when it is first asked for, so that
``import hvlib`` is quick and works without numpy and matplotlib.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "host.falls": ["falls", "isolation"],
        "host.here": ["here"],
        "models.cluster": ["Cluster"],
        "models.cold_start": ["ColdStart"],
        "models.consolidation": ["Consolidation"],
        "models.container_network": ["ContainerNetwork"],
        "models.density": ["Density"],
        "models.deployment": ["Deployment"],
        "models.devices": ["Devices"],
        "models.exits": ["ExitCost"],
        "models.hosted": ["HostTop", "Hosted"],
        "models.images": ["ImageFleet", "Portability"],
        "models.isolation": ["Isolation"],
        "models.memory": ["MemoryOvercommit"],
        "models.migration": ["Migration"],
        "models.monitor": ["TrapCost", "WaysOut"],
        "models.paging": ["NestedPaging", "PageWalk"],
        "models.scheduler": ["CreditScheduler"],
        "models.stepping": ["GuestRun"],
        "models.throttling": ["CpuLimit"],
        "models.waiting": ["GuestWaits"],
        "published.chapters": ["comparisons"],
        "systems.blast": ["who_falls"],
        "systems.crossings": ["crossing_table"],
        "systems.system": ["load"],
        "systems.victims": ["victims_table"],
        "views.closing": ["closing_table"],
        "views.table": [
            "ha_timeline",
            "one_machine",
            "plans_table",
            "real_flaws",
            "settings_table",
        ],
        "widgets.book_map": ["book_map"],
        "widgets.breach": ["breach"],
        "widgets.classifier": ["classifier"],
        "widgets.cluster_board": ["cluster_board"],
        "widgets.comparison": ["compare"],
        "widgets.diagram": ["show"],
        "widgets.exercise": ["predict"],
        "widgets.explorer": ["explore"],
        "widgets.machines": ["page_machines"],
        "widgets.measure": ["measure"],
        "widgets.neighbours": ["neighbours"],
        "widgets.practice": ["exercise", "exercises"],
        "widgets.ways": ["ways"],
    },
)
