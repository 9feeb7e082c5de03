# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""replay.py DIRECTORY CAPTURE...: both roles of DIRECTORY/replay against each
other, for every session of the captures.  Prints TAP points, without a plan.
"""
import contextlib
import importlib.machinery
import importlib.util
import io
import os
import socket
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
loader = importlib.machinery.SourceFileLoader(
    "replay", os.path.join(sys.argv[1], "replay"))
replay = importlib.util.module_from_spec(
    importlib.util.spec_from_loader("replay", loader))
loader.exec_module(replay)


def pair():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        client = socket.create_connection(listener.getsockname())
        return client, listener.accept()[0]


def play(player, pieces, reset):
    try:
        player.play(pieces, reset)
    except Exception as e:
        player.tell(repr(e))
    player.sock.close()


def session(capture, index):
    """What is wrong with it."""
    pieces, reset = replay.script(capture, index["session"])
    # Generous: a busy machine is no silent peer.
    players = [replay.Player(sock, side, float(os.environ.get("PATIENCE", 120)))
               for sock, side in zip(pair(), ("c2s", "s2c"))]
    threads = [threading.Thread(target=play, args=(p, pieces, reset))
               for p in players]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    client, server = players
    said = [index[side]["bytes"] + index[side]["missing"]
            for side in ("c2s", "s2c")]
    if [p.differences for p in players] != [0, 0]:
        return "differences"
    if [client.said, server.said] != said:
        return "said %d and %d of %r" % (client.said, server.said, said)
    if [server.heard, client.heard] != said:
        return "heard"
    return None


def main():
    played, wrong = 0, []
    for capture in sys.argv[2:]:
        for index in replay.tcpsession.lines(capture, summary=True,
                                             format="json"):
            if index["session"] is None:
                continue
            told = io.StringIO()
            with contextlib.redirect_stdout(told):
                problem = session(capture, index)
            played += 1
            if problem:
                wrong.append((capture, index["session"], problem,
                              told.getvalue()))
    for w in wrong:
        print("# %s %d: %s: %s" % w)
    print("# %d sessions" % played)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
