"""What nbgrader adds to a Jupyter server; only the tests install it, a reader does not."""

NAMES = [
    f"nbgrader.server_extensions.{part}"
    for part in ("formgrader", "assignment_list", "course_list", "validate_assignment")
]
WITHOUT = [f"--ServerApp.jpserver_extensions={name}=False" for name in NAMES]
