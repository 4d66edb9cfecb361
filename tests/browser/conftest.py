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

HERE = Path(__file__).parent


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


class Browser:
    """A Chromium and its windows.  A window serves test after test, since a new one costs more than most tests."""

    def __init__(self, chromium):
        from playwright.sync_api import sync_playwright

        flags = [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-proxy-server",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ]
        self._playwright = sync_playwright().start()
        self._chromium = self._playwright.chromium.launch(executable_path=chromium, args=flags)
        self._free = {True: [], False: []}  # windows with scripts, and without

    def take(self, scripts=True):
        """A window that nobody uses."""
        return self._free[scripts].pop() if self._free[scripts] else Window(self._chromium, scripts)

    def give_back(self, window):
        if window.forget():
            self._free[window.scripts].append(window)

    def close(self):
        self._chromium.close()
        self._playwright.stop()


class Window:
    """A page in a context of its own, which tells the Pages that has it what it must not do."""

    def __init__(self, chromium, scripts):
        self.scripts = scripts
        self.owner = None
        self._context = chromium.new_context(java_script_enabled=scripts)
        self._context.on("request", lambda request: self._asks(request.url))
        self.page = self._context.new_page()
        self.page.on("websocket", lambda socket: self._asks(socket.url))
        self.page.on("console", lambda message: self._reports(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self._reports(str(error)))

    def _asks(self, address):
        if self.owner and not is_here(address):
            self.owner.refused.append(address)

    def _reports(self, fault):
        if self.owner:
            self.owner.faults.append(fault)

    def prepare(self, owner, width, height, color_scheme="light", reduced_motion="no-preference"):
        """As new, for this owner."""
        self.owner = owner
        self.page.set_default_timeout(20_000)
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(media="null", color_scheme=color_scheme, reduced_motion=reduced_motion)

    def forget(self):
        """Leave the page that is shown, with all that it kept; whether the window can be used again."""
        self.owner = None
        try:
            if self.scripts:
                self.page.evaluate(
                    "() => { if (location.protocol !== 'about:') { localStorage.clear(); sessionStorage.clear(); } }"
                )
            self.page.goto("about:blank")
            self.page.mouse.move(-1, -1)
            reusable = self._context.pages == [self.page]
        except Exception:  # a test has closed it, or it hangs
            reusable = False
        if not reusable:
            self._context.close()
        return reusable


OPEN = []  # this process's browser, if one is open


@pytest.fixture
def browser():
    if not OPEN:
        try:
            import playwright  # noqa: F401
        except ImportError:
            no_browser("playwright is not installed (pip install playwright)")
        chromium = find_chromium()
        if chromium is None:
            no_browser("no Chromium was found; install it or name it in CHARGEN_CHROMIUM")
        OPEN.append(Browser(chromium))
    return OPEN[0]


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem):
    """The browser serves all these tests; not others: an open Playwright keeps an event loop running, and they need to start theirs."""
    if OPEN and (nextitem is None or nextitem.path.parent != HERE):
        OPEN.pop().close()


def is_here(address):
    parts = urlsplit(address)
    return parts.scheme in ("about", "file", "data", "blob") or parts.hostname == "127.0.0.1"


class Pages:
    """Opens pages and records what they must not do: `refused` addresses elsewhere, `faults` of their scripts."""

    def __init__(self, browser):
        self._browser = browser
        self._windows = []
        self.refused = []
        self.faults = []

    def open(self, address="about:blank", width=1000, height=900, java_script_enabled=True, **media):
        """A page in a window of its own; media: color_scheme, reduced_motion."""
        window = self._browser.take(java_script_enabled)
        self._windows.append(window)
        window.prepare(self, width, height, **media)
        window.page.goto(address)
        return window.page

    def close(self):
        for window in self._windows:
            self._browser.give_back(window)


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
    flags += ["--ServerApp.disable_check_xsrf=True"]  # tests ask it too
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
    repository = HERE.parents[1]
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
