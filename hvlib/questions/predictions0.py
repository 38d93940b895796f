"""The one question of the start page."""

from hvlib.questions.building import Option, choice
from hvlib.questions.misconceptions import DOM0_HOST
from hvlib.questions.question import Question
from hvlib.questions.register import asks
from hvlib.systems.system import load
from hvlib.words import _


@asks("0.first-guess")
def first_guess() -> Question:
    """Which part takes all guests down with it?"""
    return choice(
        _("Xen runs dom0, the domain with the drivers, and two guests, domU 1 and domU 2. Which "
          "part lies under all of them, so that all die if it fails?"),
        _under_all_guests("xen"),
        (
            Option(_("dom0"), "dom0", DOM0_HOST),
            Option(_("the Xen hypervisor"), "xen"),
            Option(_("domU 1"), "domu1"),
        ),
        because=_("Xen needs only the hardware; dom0 and both guests need Xen to run."),
        hints=(_("Ask of each part: what does it need in order to run?"),),
    )  # fmt: skip


def _under_all_guests(system: str) -> str:
    """The one software component whose failure takes every guest down."""
    loaded = load(system)
    guests = [item.id for item in loaded.of_role("guest")]
    found = [
        item.id
        for item in loaded.of_role("hypervisor", "manager", "guest")
        if all(loaded.states((item.id,))[guest] in ("down", "crashed") for guest in guests)
    ]
    return found[0]
