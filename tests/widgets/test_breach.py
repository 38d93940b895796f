"""Who falls, click by click, is what the system's walls say."""

from host import trees

from hvlib import breach, here
from hvlib.host.drawing import drawn
from hvlib.systems.system import load

DOCKER = drawn(trees.docker().look())
NGINX, PORTAINER = (item.id for item in DOCKER.of_role("container"))


def test_a_click_puts_the_attacker_or_the_flaw_there_and_all_that_falls_is_marked() -> None:
    board = breach(DOCKER)
    assert board.attacker.value == NGINX
    assert board.diagram.picked == (NGINX,)
    board.diagram.picked = (NGINX, "kernel")  # what the page says of a click on the kernel
    assert board.flaw.value == "kernel"
    assert set(board.diagram.picked) >= {NGINX, PORTAINER, "kernel", "dockerd"}
    assert "portainer" in board.describe()
    board.diagram.picked = tuple(id for id in board.diagram.picked if id != "kernel")
    assert board.flaw.value == "", "a second click mends it"
    board.diagram.picked = (*board.diagram.picked, PORTAINER)
    assert board.attacker.value == PORTAINER
    assert NGINX in board.diagram.picked, "it holds dockerd's socket"


def test_one_other_falls_too_and_several_fall() -> None:
    told = set()
    for system in (DOCKER, load("kubernetes"), load("kvm")):
        board = breach(system)
        for _name, flaw in board.flaw.options:
            board.flaw.value = flaw
            others = [name for name in board.names if name != board.attacker.label]
            verb = ("nobody else falls", "falls too", "fall too")[min(len(others), 2)]
            assert board.describe().endswith(f"{' '.join([', '.join(others), verb]).strip()}.")
            told.add(verb)
    assert len(told) == 3


def test_a_wall_that_is_taken_away_lets_a_flaw_through_and_moving_on_puts_it_back() -> None:
    board = breach(DOCKER)
    board.flaw.value, board.needs.value = "kernel", "a blocked system call"
    assert len(board.names) == 1
    board.guards["seccomp"].value = False
    assert len(board.names) == 2
    board.attacker.value = PORTAINER
    board.attacker.value = NGINX
    assert board.guards["seccomp"].value


def test_it_is_asked_of_any_system_and_of_this_machine() -> None:
    for system in (here(), load("kvm"), load("kubernetes"), drawn(trees.Made().look())):
        board = breach(system)
        assert board.attacker.value in board.fallen, system.id
        assert board._repr_mimebundle_()[0]["text/plain"].startswith("An attacker in")
