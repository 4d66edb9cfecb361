"""A Sphinx extension: where the book is published, and from where, is told by the environment; no address stands in the sources.

CHARGEN_SITE        the address of the published book; its pages then name their canonical address
CHARGEN_REPOSITORY  the address of the repository; its pages then have a button that leads there
"""

import os


def setup(app):
    app.connect("config-inited", set_addresses)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def set_addresses(app, config):
    config.html_baseurl = os.environ.get("CHARGEN_SITE", "")
    if repository := os.environ.get("CHARGEN_REPOSITORY"):
        config.html_theme_options |= {"repository_url": repository, "use_repository_button": True, "use_issues_button": True}
