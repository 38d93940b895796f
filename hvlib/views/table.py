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
        columns = [_column(cells) for cells in zip(self.head, *self.rows, strict=True)]
        return "\n".join("  ".join(cells).rstrip() for cells in zip(*columns, strict=True))

    def _repr_markdown_(self) -> str:
        columns = zip(*self.rows, strict=True) if self.rows else ((),) * len(self.head)
        rule = tuple("---:" if _is_numbers(cells) else "---" for cells in columns)
        lines = (self.head, rule, *self.rows)
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _column(cells: tuple[str, ...]) -> list[str]:
    """A title and the cells below it in one width: numbers to the right, words to the left."""
    width = max(map(len, cells))
    right = _is_numbers(cells[1:])
    return [cell.rjust(width) if right else cell.ljust(width) for cell in cells]


def _is_numbers(cells: tuple[str, ...]) -> bool:
    """Whether all cells begin with a digit."""
    return bool(cells) and all(cell[:1].isdigit() for cell in cells)


def real_flaws(tenants: int = 4) -> Table:
    """The real flaws in the layer that each broke, whom it takes in containers and in VMs.

    Raises KnobError for more tenants than the model has.
    """
    head = (_("layer"), _("flaw"), _("containers"), _("VMs"), _("what happened"), _("source"))
    return Table(head, tuple(_flaw(case, tenants) for case in CASES))


def _flaw(case: Case, tenants: int) -> tuple[str, ...]:
    text = _("{fallen} of {tenants}").replace(" ", "\N{NO-BREAK SPACE}")  # narrow columns
    # In a virtual machine these attacks start from its root: VMware's advisories say so of theirs.
    models = (Isolation(kind=kind, tenants=tenants, root=True) for kind in ("container", "VM"))
    counts = (len(model.of_case(case.name).run().fallen) for model in models)
    fallen = [text.format(fallen=count, tenants=tenants) for count in counts]
    return (case.layer, case.name, *fallen, case.says, case.source)


def plans_table(result: DeploymentResult) -> Table:
    """What each way to deploy comes to. The prices are assumptions and bear no currency."""
    head = (
        _("strategy"),
        _("servers"),
        _("VMs"),
        _("memory"),
        _("cost a year (assumed prices)"),
        _("expected loss a year"),
        _("start"),
        _("tenants one flaw takes"),
    )
    rows = (
        (
            plan.strategy,
            f"{plan.servers}",
            f"{plan.machines}",
            f"{plan.memory / 1024:,.0f} GB",
            f"{plan.cost:,.0f}",
            f"{_rounded(plan.loss):,.0f}",
            f"{plan.start:g} s",
            f"{plan.worst}",
        )
        for plan in result.plans
    )
    return Table(head, tuple(rows))


def _rounded(value: float) -> float:
    """A value to two significant digits: an estimate from assumed rates deserves no more."""
    return float(f"{value:.2g}")
