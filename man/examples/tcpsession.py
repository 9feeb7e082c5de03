# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""tcpsession.py: the TCP sessions of captures, for programs in Python.

    from tcpsession import sessions
    for s in sessions("x.pcap", port=80):
        print(s.number, s.client, s.server, s.state)
        for t in s.turns:
            print(t.direction, t.time, t.packet, t.offset, t.data)

    sessions("x.pcap")[7].client_bytes

    from tcpsession import TCPSessions      # as the library of that name had it
    t = TCPSessions("x.pcap")
    t.process_pcap()
    t.dump_all_sessions("out")

Needs Python 3.7, nothing but its standard library, and tcpsession(1), which
each call runs once: the one in the environment variable TCPSESSION, or else in
PATH.  Where a capture is damaged (status 1) what could be read of it is given,
and what the program says becomes a warning; all else is a TCPSessionError.
"""
import base64
import collections
import json
import os
import shutil
import subprocess
import tempfile
import warnings

__all__ = ["sessions", "lines", "Session", "Turn", "Gap", "Endpoint",
           "TCPSessions", "TCPSessionError"]

# Bytes of one side, told when the other side had said what stands before.
# direction is "c2s" or "s2c", time text with all digits of the capture, packet
# the number in the capture and offset that in the direction of the first byte;
# concurrent: they crossed bytes of the other side on the way.
Turn = collections.namedtuple(
    "Turn", "direction time packet offset data concurrent")

# Bytes that no product has; before is the index of the turn that follows.
Gap = collections.namedtuple("Gap", "direction offset length reason before")


class Endpoint(collections.namedtuple("Endpoint", "ip port")):
    """An address and a port."""
    __slots__ = ()

    def __str__(self):
        return ("[%s]:%d" if ":" in self.ip else "%s:%d") % self


class TCPSessionError(Exception):
    """What the program said when it could not do it, and its status."""

    def __init__(self, status, said):
        super().__init__(said or "tcpsession ended in status %d" % status)
        self.status = status


class Session:
    """One connection.

    capture, number    the capture's name, and the number in its index
    client, server, state    as in the index
    turns, gaps    what was said, in causal order
    client_bytes, server_bytes    all of one side; gaps are left out
    index      the whole object of the index, see tcpsession-formats(5)
    """

    def __init__(self, turns, gaps, index):
        self.capture = index["capture"]
        self.number = index["session"]
        self.client = Endpoint(**index["client"])
        self.server = Endpoint(**index["server"])
        self.state = index["state"]
        self.turns = turns
        self.gaps = gaps
        self.index = index

    def _side(self, direction):
        return b"".join(t.data for t in self.turns if t.direction == direction)

    @property
    def client_bytes(self):
        return self._side("c2s")

    @property
    def server_bytes(self):
        return self._side("s2c")

    def __repr__(self):
        return "<Session %d %s %s %s>" % (self.number, self.client,
                                          self.server, self.state)


def sessions(path, program=None, **options):
    """The sessions of a capture, a directory or a list of them; "-" is standard
    input, and None goes with interface=NAME.

    Options are those of tcpsession(1), with _ for -: port=80, client="::1",
    recursive=True; a list gives an option several times.

    What comes back is iterated over once, and gives each session when it ends,
    so that no more than one is in memory and a pipe or an interface is read
    as it comes; or a session is taken by its number, [3], which reads them all
    and keeps them.  Among several captures it is ["x.pcap", 3].
    """
    return _Sessions(lines(path, program, **dict(
        options, print=True, format="json")))


def lines(path, program=None, **options):
    """What the program writes to standard output, if that is JSON: each line as
    an object.  Whoever stops reading early ends it."""
    return _run(_command(program, path, options))


class _Sessions:
    def __init__(self, objects):
        self._stream = _grouped(objects)
        self._kept = None

    def __iter__(self):
        return self._stream if self._kept is None else iter(
            {id(s): s for s in self._kept.values()}.values())

    def __getitem__(self, key):
        if self._kept is None:
            kept = {}
            for s in self._stream:
                kept[s.capture, s.number] = s
                kept.setdefault(s.number, s)
            self._kept = kept
        return self._kept[key]


def _grouped(objects):
    """Sessions out of what --print --format json writes: all lines of a session
    stand together, the last is its object in the index."""
    turns, gaps = [], []
    for d in objects:
        if "stem" in d:
            yield Session(turns, gaps, d)
            turns, gaps = [], []
        elif "gap" in d:
            gaps.append(Gap(d["direction"], *d["gap"], before=len(turns)))
        else:
            turns.append(Turn(d["direction"], d["time"], d["packet"],
                              d["offset"], base64.b64decode(d["base64"]),
                              d.get("concurrent", False)))


def _command(program, path, options):
    """The program and its arguments."""
    words = [program or os.environ.get("TCPSESSION") or "tcpsession"]
    for name, values in options.items():
        name = "-" + name if len(name) == 1 else "--" + name.replace("_", "-")
        for value in values if isinstance(values, (list, tuple)) else [values]:
            if value is True:
                words.append(name)
            elif value is not None and value is not False:
                words += [name + "=" if name[1] == "-" else name]
                words[-1] += os.fsdecode(value) if isinstance(
                    value, (bytes, os.PathLike)) else str(value)
    paths = path if isinstance(path, (list, tuple)) else [path]
    return words + ["--"] + [os.fspath(p) for p in paths if p is not None]


def _run(command):
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(command, stdout=subprocess.PIPE,
                              stderr=said) as run:
            try:
                for line in run.stdout:
                    yield json.loads(line)
            except GeneratorExit:
                run.stdout.close()
                run.terminate()
                raise
        said.seek(0)
        _judge(run.returncode, said.read().decode("utf-8", "replace").strip())


def _judge(status, said):
    if status == 1:
        warnings.warn(said, stacklevel=3)
    elif status != 0:
        raise TCPSessionError(status, said)


class TCPSessions:
    """What the class of this name did in the Python library tcpsession.

    sessions has the objects of the index, by number, once process_pcap was
    called; dump_all_sessions writes the documents, whose keys are those of the
    library and more, under the names that it gave:
    CLIENT_PORT-SERVER_PORT-6-K.json, K counting the sessions of two endpoints.
    """

    def __init__(self, inpcap, program=None, **options):
        self.pcap = inpcap
        self.sessions = {}
        self._program = program
        self._options = options

    def process_pcap(self):
        """Reads the capture."""
        index = lines(self.pcap, self._program, **dict(
            self._options, summary=True, format="json"))
        self.sessions = {d["session"]: d for d in index
                         if d["session"] is not None}

    def get_total_session_count(self):
        return len(self.sessions)

    def dump_all_sessions(self, out_dir):
        """Writes a document for each session into out_dir."""
        os.makedirs(out_dir, exist_ok=True)
        work = tempfile.mkdtemp(prefix=".tcpsession.", dir=out_dir)
        try:
            for _ in lines(self.pcap, self._program, **dict(
                    self._options, emit="json", output_dir=work)):
                pass
            for top in os.listdir(work):
                if top.endswith(".sessions"):
                    _move(os.path.join(work, top), out_dir)
        finally:
            shutil.rmtree(work)


def _move(made, out_dir):
    with open(os.path.join(made, "sessions.jsonl"), encoding="utf-8") as f:
        index = sorted(map(json.loads, f), key=lambda d: d["session"])
    before = collections.Counter()
    for d in index:
        pair = frozenset((d[side]["ip"], d[side]["port"])
                         for side in ("client", "server"))
        name = "%s-%d.json" % (d["stem"].rpartition("-")[0], before[pair])
        before[pair] += 1
        document = os.path.join(made, d["stem"] + ".json")
        if os.path.exists(document):
            os.replace(document, os.path.join(out_dir, name))
