# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""A headless Chromium that is driven through a pair of pipes, by the DevTools
protocol: JSON texts, each ended by a NUL byte.  Nothing but Python's standard
library is needed.

	with Browser(scratch) as b:
	    b.open("file:///...")
	    b.evaluate("document.title")
	    b.key("j")
	    b.events        what a quiet page never does, as text

`scratch` is a directory that may be filled and is not shared; whoever made it
removes it.  Nothing of the browser outlives the `with'.  Whatever takes longer
than its limit raises Slow; a browser that ends by itself raises Gone.
"""
import base64
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import time

CHROMIUM = os.environ.get("CHROMIUM", "chromium")
QUIET = """--headless=new --no-first-run --no-default-browser-check
--disable-gpu --disable-extensions --disable-sync --disable-breakpad
--disable-crash-reporter --disable-background-networking
--disable-component-update --disable-default-apps --disable-dev-shm-usage
--disable-domain-reliability --disable-client-side-phishing-detection
--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider
--disable-renderer-backgrounding --disable-backgrounding-occluded-windows
--metrics-recording-only --mute-audio --no-pings --hide-scrollbars
--password-store=basic --use-mock-keychain --remote-debugging-pipe
--force-color-profile=srgb --disable-ipc-flooding-protection""".split() + ["--host-resolver-rules=MAP * ~NOTFOUND"]
# What a key is, besides letters and digits: its code and what it types.
KEYS = {"Enter": (13, "\r"), "Escape": (27, ""), "Tab": (9, ""),
        "ArrowDown": (40, ""), "ArrowUp": (38, ""), "ArrowLeft": (37, ""),
        "ArrowRight": (39, ""), "Home": (36, ""), "End": (35, ""),
        "PageDown": (34, ""), "PageUp": (33, "")}
SHIFTED = 8


class Slow(Exception):
    pass


class Gone(Exception):
    pass


class Wrong(Exception):
    """What was evaluated in the page threw."""


def away():
    """What makes a command run without a network, where that can be had."""
    for words in (["unshare", "-n"], ["unshare", "-r", "-n"]):
        if shutil.which("unshare") and subprocess.run(
                words + ["true"], stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, check=False).returncode == 0:
            return words
    return []


class Browser:
    def __init__(self, scratch, size=(1400, 900), limit=120):
        self.limit = limit
        self.events = []
        self.requests = []
        self.session = None
        self.last = 0
        self.pending = b""
        self.heard = []
        self.start(scratch, size)
        try:
            self.attach()
        except BaseException:
            self.close()
            raise

    def start(self, scratch, size):
        flags = QUIET + ["--user-data-dir=" + scratch,
                         "--window-size=%d,%d" % size]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")
        there, ours_out = os.pipe()
        ours_in, here = os.pipe()
        # (Above 4, so that neither is overwritten by the other.)
        high = [fcntl.fcntl(f, fcntl.F_DUPFD, 10) for f in (there, here)]

        def place():
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        environment = dict(os.environ, HOME=scratch, TMPDIR=scratch,
                           XDG_CONFIG_HOME=scratch, XDG_CACHE_HOME=scratch,
                           DBUS_SESSION_BUS_ADDRESS="disabled:")
        environment.pop("DISPLAY", None)
        with open(os.path.join(scratch, "stderr"), "wb") as said:
            self.process = subprocess.Popen(
                away() + [CHROMIUM] + flags + ["about:blank"],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                pass_fds=(3, 4), preexec_fn=place, env=environment,
                close_fds=True, start_new_session=True)
        for f in [there, here] + high:
            os.close(f)
        self.out, self.into = ours_out, ours_in
        os.set_blocking(self.into, False)

    def attach(self):
        targets = self.call("Target.getTargets", {}, None)["targetInfos"]
        pages = [t for t in targets if t["type"] == "page"]
        target = (pages[0]["targetId"] if pages else self.call(
            "Target.createTarget", {"url": "about:blank"}, None)["targetId"])
        self.session = self.call("Target.attachToTarget", {
            "targetId": target, "flatten": True}, None)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Security"):
            self.call(domain + ".enable")
        self.call("Target.setDiscoverTargets", {"discover": True}, None)
        self.events.clear()

    # ------------------------------------------------------------ messages

    def send(self, method, params, session):
        self.last += 1
        message = {"id": self.last, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        try:
            while data:
                data = data[os.write(self.out, data):]
        except BrokenPipeError:
            raise Gone(self.why()) from None
        return self.last

    def why(self):
        return "browser ended, status %s" % self.process.poll()

    def receive(self, deadline):
        """The next message, or None at the deadline."""
        while True:
            head, nul, rest = self.pending.partition(b"\0")
            if nul:
                self.pending = rest
                return json.loads(head)
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            if not select.select([self.into], [], [], left)[0]:
                return None
            piece = self.piece()
            if not piece:
                raise Gone(self.why())
            self.pending += piece

    def piece(self):
        """All that has come, without a copy for each part."""
        parts = []
        try:
            while True:
                part = os.read(self.into, 1 << 20)
                if not part:
                    break
                parts.append(part)
                if part.endswith(b"\0"):
                    break
        except BlockingIOError:
            if not parts:
                select.select([self.into], [], [], 0.05)
                return self.piece()
        return b"".join(parts)

    def call(self, method, params=None, session=0, limit=None):
        """The result of a command of the protocol."""
        session = self.session if session == 0 else session
        number = self.send(method, params, session)
        deadline = time.monotonic() + (limit or self.limit)
        while True:
            message = self.receive(deadline)
            if message is None:
                raise Slow("%s took too long" % method)
            if message.get("id") == number:
                if "error" in message:
                    raise Wrong("%s: %s" % (method, message["error"]))
                return message["result"]
            self.note(message)

    def note(self, message):
        """Keeps what a page should not do, and what `wait' looks for."""
        method, p = message.get("method"), message.get("params", {})
        self.heard.append(method)
        if method == "Runtime.consoleAPICalled":
            self.events.append("console %s: %s" % (p["type"], [
                a.get("value", a.get("description")) for a in p["args"]]))
        elif method == "Runtime.exceptionThrown":
            d = p["exceptionDetails"]
            self.events.append("exception: %s" % d.get("exception", {}).get(
                "description", d.get("text")))
        elif method == "Log.entryAdded":
            self.events.append("log: " + p["entry"]["text"])
        elif method == "Page.javascriptDialogOpening":
            self.events.append("dialog: " + p["message"])
            self.send("Page.handleJavaScriptDialog", {"accept": True},
                      self.session)
        elif method == "Network.requestWillBeSent":
            self.requests.append(p["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requests.append(p["url"])
        elif method == "Page.frameAttached":
            self.events.append("frame")
        elif method in ("Page.frameRequestedNavigation",
                        "Page.downloadWillBegin", "Page.windowOpen",
                        "Inspector.targetCrashed"):
            self.events.append("%s: %s" % (method, p.get("url", "")))

    def drain(self, seconds=0):
        """Takes what has come without being asked for."""
        deadline = time.monotonic() + seconds
        while True:
            message = self.receive(deadline)
            if message is None:
                return
            self.note(message)

    # ---------------------------------------------------------------- page

    def open(self, url):
        """Goes to another document and forgets what was heard before."""
        self.heard.clear()
        self.call("Page.navigate", {"url": "about:blank"})
        self.until_heard("Page.loadEventFired")
        self.events.clear()
        self.requests.clear()
        self.heard.clear()
        failed = self.call("Page.navigate", {"url": url}).get("errorText")
        if failed:
            raise Wrong("%s: %s" % (url, failed))
        self.until_heard("Page.loadEventFired")

    def until_heard(self, method):
        deadline = time.monotonic() + self.limit
        while method not in self.heard:
            message = self.receive(deadline)
            if message is None:
                raise Slow("no %s" % method)
            self.note(message)

    def evaluate(self, expression, limit=None):
        """The value of JavaScript in the page; a promise is waited for."""
        result = self.call("Runtime.evaluate", {
            "expression": expression, "returnByValue": True,
            "awaitPromise": True, "userGesture": True}, limit=limit)
        if "exceptionDetails" in result:
            d = result["exceptionDetails"]
            raise Wrong(d.get("exception", {}).get(
                "description", d.get("text")))
        return result["result"].get("value")

    def until(self, condition, seconds=30):
        """Waits in the page for a condition; False when it never came."""
        return self.evaluate("""new Promise(done => {
            const end = performance.now() + %d;
            const look = () => {
                let is = false;
                try { is = !!(%s); } catch (e) { is = false; }
                if (is || performance.now() > end) done(is);
                else setTimeout(look, 8);
            };
            look();
        })""" % (seconds * 1000, condition), limit=seconds + self.limit)

    def frames(self, n=2):
        """Until so many more frames have been drawn."""
        self.evaluate("new Promise(done => { let n = %d; const f = () => "
                      "n-- > 0 ? requestAnimationFrame(f) : done(); f(); })"
                      % n)

    def key(self, key, modifiers=0):
        code, text = KEYS.get(key, (ord(key[0].upper()), key))
        event = {"key": key, "windowsVirtualKeyCode": code,
                 "code": key if key in KEYS else "", "modifiers": modifiers}
        if text and not modifiers & ~SHIFTED:
            event["text"] = text
        self.call("Input.dispatchKeyEvent", dict(event, type="keyDown"))
        event.pop("text", None)
        self.call("Input.dispatchKeyEvent", dict(event, type="keyUp"))

    def type(self, text):
        for letter in text:
            self.key(letter)

    def mouse(self, kind, x, y, pressed=True):
        self.call("Input.dispatchMouseEvent", {
            "type": kind, "x": x, "y": y, "clickCount": 1,
            "button": "left", "buttons": int(pressed)})

    def drag(self, start, end):
        self.mouse("mousePressed", *start)
        for i in range(1, 5):
            self.mouse("mouseMoved", *(a + (b - a) * i / 4
                                       for a, b in zip(start, end)))
        self.mouse("mouseReleased", *end, pressed=False)

    def size(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1,
            "mobile": False})

    def media(self, kind="", **features):
        self.call("Emulation.setEmulatedMedia", {
            "media": kind, "features": [
                {"name": k.replace("_", "-"), "value": v}
                for k, v in features.items()]})

    def scripts(self, on):
        self.call("Emulation.setScriptExecutionDisabled", {"value": not on})

    def screenshot(self, path):
        self.write(path, self.call("Page.captureScreenshot"))

    def pdf(self, path):
        self.write(path, self.call("Page.printToPDF", {
            "printBackground": True}))

    @staticmethod
    def write(path, result):
        with open(path, "wb") as f:
            f.write(base64.b64decode(result["data"]))

    def heap(self):
        """Bytes that the page's objects take after all rubbish has gone."""
        self.call("HeapProfiler.collectGarbage")
        return self.call("Runtime.getHeapUsage")["usedSize"]

    # ----------------------------------------------------------------- end

    def close(self):
        """Nothing is worth being saved: it and what it started are killed."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self.process.wait()
        os.close(self.out)
        os.close(self.into)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
