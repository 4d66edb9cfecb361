"""A Sphinx extension: what the book's pages need beyond _config.yml.

Where the book is published, and from where, is told by the environment; no address stands in the sources:
CHARGEN_SITE        the address of the published book; its pages then name their canonical address
CHARGEN_REPOSITORY  the address of the repository; its pages then have a button that leads there
"""

import os

WIDGET_STATE = "application/vnd.jupyter.widget-state+json"


def setup(app):
    app.connect("config-inited", set_addresses)
    app.connect("html-page-context", leave_out_widget_state, priority=900)  # after those who put it in
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def set_addresses(app, config):
    config.html_baseurl = os.environ.get("CHARGEN_SITE", "")
    if repository := os.environ.get("CHARGEN_REPOSITORY"):
        config.html_theme_options |= {"repository_url": repository, "use_repository_button": True, "use_issues_button": True}


def leave_out_widget_state(app, pagename, templatename, context, doctree):
    """A page holds what its figures need already; a second copy, for a script that the book does not have, only makes it slow."""
    scripts = context.get("script_files", [])
    context["script_files"] = [script for script in scripts if getattr(script, "attributes", {}).get("type") != WIDGET_STATE]
