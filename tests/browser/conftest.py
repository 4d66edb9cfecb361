"""A real Chromium that may talk to this machine only, and a JupyterLab of its own.

The browser is Debian's chromium, or the one that CHARGEN_CHROMIUM names.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import warnings
from pathlib import Path
from urllib.parse import urlsplit

import pytest


def find_chromium():
    """The path of a Chromium, or None."""
    named = os.environ.get("CHARGEN_CHROMIUM")
    names = [named] if named else ["chromium", "chromium-browser", "google-chrome", "/usr/bin/chromium"]
    return next((path for name in names if (path := shutil.which(name))), None)


def no_browser(reason):
    """Without a browser: a failure where CI is set, otherwise a skip that the summary tells."""
    message = f"The figures were NOT tested in a browser: {reason}."
    if os.environ.get("CI"):
        pytest.fail(message, pytrace=False)
    warnings.warn(message, stacklevel=2)
    pytest.skip(message)


# Not for the whole session: an open Playwright keeps an event loop running, and other tests need to start theirs.
@pytest.fixture(scope="module")
def browser():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        no_browser("playwright is not installed (pip install playwright)")
    chromium = find_chromium()
    if chromium is None:
        no_browser("no Chromium was found; install it or name it in CHARGEN_CHROMIUM")
    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield browser
        browser.close()


def is_here(address):
    parts = urlsplit(address)
    return parts.scheme in ("file", "data", "blob") or parts.hostname == "127.0.0.1"


class Pages:
    """Opens pages and records what they must not do: `refused` addresses elsewhere, `faults` of their scripts."""

    def __init__(self, browser):
        self._browser = browser
        self._contexts = []
        self.refused = []
        self.faults = []

    def open(self, address="about:blank", width=1000, height=900, **options):
        """A new page in a window of its own; options are those of Playwright's new_context."""
        context = self._browser.new_context(viewport={"width": width, "height": height}, **options)
        self._contexts.append(context)
        context.set_default_timeout(20_000)
        context.route("**/*", self._route)
        context.route_web_socket(lambda url: not is_here(url), lambda ws: (self.refused.append(ws.url), ws.close()))
        page = context.new_page()
        page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.goto(address)
        return page

    def _route(self, route):
        if is_here(route.request.url):
            route.continue_()
        else:
            self.refused.append(route.request.url)
            route.abort()

    def close(self):
        for context in self._contexts:
            context.close()


@pytest.fixture
def pages(browser):
    """A Pages; when the test is over, nothing was asked of another site."""
    pages = Pages(browser)
    yield pages
    pages.close()
    assert pages.refused == [], "a page asked another site for something"


@pytest.fixture
def show(pages, tmp_path):
    """show(figure, ..., width=1000) opens a file that holds the figures, as a book page does, and waits for them."""

    def show(*figures, **options):
        body = "\n<hr>\n".join(figure.html() for figure in figures)
        file = tmp_path / "page.html"
        file.write_text(
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Figures</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"></head><body>{body}</body></html>',
            encoding="utf-8",
        )
        page = pages.open(file.as_uri(), **options)
        if options.get("java_script_enabled", True):
            page.wait_for_function(
                "n => document.querySelectorAll('.chargen-figure[role=group]').length >= n", arg=len(figures)
            )
        return page

    yield show
    assert pages.faults == [], "a script reported a fault"


def pytest_collection_modifyitems(items):
    """All that needs JupyterLab is tested by one worker, which starts it once."""
    for item in items:
        if "lab" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("lab"))


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A JupyterLab with nothing of the learner's own in it: (its address, the folder it shows)."""
    home = tmp_path_factory.mktemp("lab")
    root = home / "root"
    news = home / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    for folder in (root, news.parent):
        folder.mkdir(parents=True)
    news.write_text('{"fetchNews": "false", "checkForUpdates": false, "doNotDisturbMode": true}')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    flags = ["--no-browser", "--IdentityProvider.token=", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
    flags += ["--ServerApp.port_retries=0", "--LabApp.extension_manager=readonly"]
    # Should the tests be killed, it ends by itself: after an hour, since other tests may run between two that ask it something.
    flags += ["--ServerApp.shutdown_no_activity_timeout=3600", "--MappingKernelManager.cull_idle_timeout=300"]
    flags += ["--MappingKernelManager.cull_interval=60", "--MappingKernelManager.cull_connected=True"]
    own = {
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
        "IPYTHONDIR": home / "ipython",
    }
    repository = Path(__file__).parents[2]
    environment = {**os.environ, **{name: str(path) for name, path in own.items()}}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(repository), os.environ.get("PYTHONPATH")]))
    log = home / "log.txt"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "chargen_lib.command", "lab", "--", *flags],
            stdout=output,
            stderr=output,
            env=environment,
            cwd=root,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api/status", server, log)
        yield address, root
    finally:
        server.terminate()  # it ends its kernels first
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait_for(address, server, log, seconds=60):
    for _ in range(seconds * 4):
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")
