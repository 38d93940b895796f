"""How a notebook becomes a page or a print: by ``nbconvert``, and by JupyterLab's File > Print."""

from pathlib import Path

from hvlib.edition import edition, languages

c = get_config()  # noqa: F821  (Jupyter provides it)

c.TemplateExporter.extra_template_basedirs = [str(Path(__file__).parent / "templates")]
c.HTMLExporter.template_name = "book"
# With the state of its widgets, a page asks another server for their scripts, and without a network
# it is empty: the pictures beside the widgets are what a page needs.
c.ExecutePreprocessor.store_widget_state = False


def say_language(notebook, resources):
    """A translated page leads to the English one first; so a screen reader is told its language."""
    first = notebook.cells[0].source if notebook.cells else ""
    for language in languages()[1:]:
        if edition(language).english in first:
            resources["language_code"] = language
    return notebook, resources


c.HTMLExporter.preprocessors = [say_language]
