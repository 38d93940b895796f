"""The one question of the start page."""

from hvlib.questions.building import Option, choice
from hvlib.questions.misconceptions import OWN_KERNEL, VMS_SHARE_THE_KERNEL
from hvlib.questions.question import Question
from hvlib.questions.register import asks
from hvlib.systems.system import load
from hvlib.words import _


@asks("0.kernels")
def kernels() -> Question:
    """How many kernels run under containers and virtual machines together?"""
    docker, kvm = load("docker"), load("kvm")
    containers, machines = len(docker.of_role("container")), len(kvm.of_role("guest"))
    host = len(docker.of_role("kernel"))
    return choice(
        _(
            "A Linux server runs {containers} Docker containers and, beside them, {machines} "
            "virtual machines with Linux. How many Linux kernels run on it?"
        ).format(containers=containers, machines=machines),
        host + machines,
        Option(_("one"), host, VMS_SHARE_THE_KERNEL),
        Option(_("three"), host + machines),
        Option(_("five"), host + machines + containers, OWN_KERNEL),
        because=_(
            "The server’s own kernel serves both containers. Each virtual machine boots a kernel "
            "of its own on top of it."
        ),
        hints=(_("In the first picture of this page, count the boxes that are kernels."),),
    )
