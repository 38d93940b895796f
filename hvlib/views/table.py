"""Tables of what models say: the real flaws, and what each way to deploy comes to."""

from hvlib.models.deployment import DeploymentResult
from hvlib.models.isolation import CASES, Case, Isolation
from hvlib.table import Table
from hvlib.words import _


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
