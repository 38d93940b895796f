"""A table that a notebook shows as a table, and any other place as text in columns."""

from dataclasses import dataclass

from hvlib.models.deployment import DeploymentResult
from hvlib.models.isolation import CASES, Case, Isolation
from hvlib.words import _


@dataclass(frozen=True)
class Table:
    """head: a title a column. rows: the cells as text."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __repr__(self) -> str:
        lines = (self.head, *self.rows)
        widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )

    def _repr_markdown_(self) -> str:
        lines = (self.head, ("---",) * len(self.head), *self.rows)
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def real_flaws(tenants: int = 4) -> Table:
    """The real flaws in the layer that each broke, whom it takes in containers and in VMs.

    Raises KnobError for more tenants than the model has.
    """
    head = (_("layer"), _("flaw"), _("containers"), _("VMs"), _("what happened"), _("source"))
    return Table(head, tuple(_flaw(case, tenants) for case in CASES))


def _flaw(case: Case, tenants: int) -> tuple[str, ...]:
    text = _("{fallen} of {tenants}").replace(" ", "\N{NO-BREAK SPACE}")  # narrow columns
    models = (Isolation(kind=kind, tenants=tenants) for kind in ("container", "VM"))
    counts = (len(model.of_case(case.name).run().fallen) for model in models)
    fallen = [text.format(fallen=count, tenants=tenants) for count in counts]
    return (case.layer, case.name, *fallen, case.says, case.source)


def plans_table(result: DeploymentResult) -> Table:
    """What each way to deploy comes to."""
    head = (
        _("strategy"),
        _("servers"),
        _("VMs"),
        _("memory"),
        _("cost a year"),
        _("expected loss"),
        _("start"),
        _("one flaw takes"),
    )
    rows = (
        (
            plan.strategy,
            f"{plan.servers}",
            f"{plan.machines}",
            f"{plan.memory / 1024:,.0f} GB",
            f"{plan.cost:,.0f}",
            f"{plan.loss:,.0f}",
            f"{plan.start:g} s",
            f"{plan.worst}",
        )
        for plan in result.plans
    )
    return Table(head, tuple(rows))
