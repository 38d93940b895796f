"""Type 1 or Type 2? A verdict from four yes/no answers, with both sides where it is disputed.

The question behind it is Goldberg's (“Architectural Principles for Virtual Computer Systems”,
1973): does the monitor run on the bare machine, or on a host operating system that owns it?
"""

from dataclasses import dataclass
from typing import Literal

from hvlib.systems.parts import Answers
from hvlib.words import _, pgettext

_TYPES = {
    "1 or 2": pgettext("type", "1 or 2"),
    "container": pgettext("type", "container"),
    "container in a VM": pgettext("type", "container in a VM"),
    "user-space kernel": pgettext("type", "user-space kernel"),
}


def type_name(type_: str) -> str:
    """A type of a file in the reader's language; "1" and "2" are so in every one."""
    return _TYPES.get(type_, type_)


VerdictType = Literal["1", "2", "1 or 2", "contradiction"]

QUESTIONS: dict[str, str] = {
    "os_first": _("Does a general-purpose operating system boot first and keep the hardware?"),
    "guest_is_process": _("Is each guest a process of that system, scheduled like its others?"),
    "os_drivers": _("Do the drivers of a general-purpose operating system do the guests' I/O?"),
    "os_is_vmm": _(
        "Is the code that enters and leaves the guest part of that system's own kernel?"
    ),
}
"""The four questions, by the name of the answer."""


@dataclass(frozen=True)
class Verdict:
    """A type, the sentence that argues for it, and what can be said against.

    ``against`` is empty where nobody disputes. "contradiction": the answers exclude each other.
    """

    type: VerdictType
    because: str
    against: str = ""

    def describe(self) -> str:
        """The verdict in two or three sentences."""
        head = {
            "1": _("Type 1."),
            "2": _("Type 2."),
            "1 or 2": _("Type 1 or Type 2: it is disputed."),
            "contradiction": _("These answers contradict each other."),
        }[self.type]
        return " ".join(part for part in (head, self.because, self.against) if part)


def classify(answers: Answers) -> Verdict:
    """The verdict on a hypervisor of which these four answers are true."""
    if not answers.os_first:
        return _bare(answers)
    if answers.os_is_vmm:
        return _kernel_is_hypervisor(answers)
    if not answers.guest_is_process:
        return _beside(answers)
    return _hosted(answers)


def _bare(answers: Answers) -> Verdict:
    if answers.os_is_vmm:
        return Verdict(
            "contradiction",
            _(
                "What starts first and enters the guests can't be the kernel of an operating "
                "system that comes later."
            ),
        )
    because = _("The hypervisor starts first and owns the hardware; no system lies below it.")
    against = {
        (False, False): "",
        (False, True): _(
            "Against it: an operating system in a privileged guest has the drivers, and without "
            "it there is no I/O, so some count that system as part of the hypervisor, or as a host."
        ),
        (True, False): _(
            "Against it: an operating system in a privileged guest decides when the guests run, "
            "as a host does with its processes."
        ),
        (True, True): _(
            "Against it: an operating system in a privileged guest has the drivers and decides "
            "when the guests run, as a host does with its processes."
        ),
    }
    return Verdict("1", because, against[answers.guest_is_process, answers.os_drivers])


def _kernel_is_hypervisor(answers: Answers) -> Verdict:
    if answers.guest_is_process:
        for_two = _(
            "For Type 2: an operating system boots first, keeps the hardware and runs the guests "
            "as its processes."
        )
    else:
        for_two = _("For Type 2: an operating system boots first and keeps the hardware.")
    for_one = _(
        "For Type 1: the code that runs the guests is that system's own kernel, so that nothing "
        "lies between the hypervisor and the hardware."
    )
    return Verdict("1 or 2", for_two, for_one)


def _beside(answers: Answers) -> Verdict:
    return Verdict(
        "1 or 2",
        _("For Type 2: an operating system boots first and keeps the hardware."),
        _(
            "For Type 1: the guests are not its processes; something beside it decides when they "
            "run, and that is what owning the CPU means."
        ),
    )


def _hosted(answers: Answers) -> Verdict:
    because = _(
        "An operating system boots first, keeps the hardware and runs each guest as one of its "
        "processes; the hypervisor was added to it."
    )
    if answers.os_drivers:
        return Verdict("2", because)
    return Verdict(
        "2",
        because,
        _(
            "Against it: the guests' I/O does not pass through that system, so that it is a host "
            "for scheduling only."
        ),
    )
