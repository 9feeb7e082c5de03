#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright the tcpsession authors
"""tls_vectors.py >tests/unit/tls_vectors.h: a sealed record for each way of sealing one.

Needs python3-cryptography; what it printed is in the tree, so that tests do not.
"""
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305


def made(what, n):
    """n bytes that are the same each time."""
    return hashlib.shake_256(what.encode()).digest(n)


def mac(name, key, data):
    return hmac.new(key, data, name).digest()


def p_hash(name, secret, seed, n):
    out, a = b"", seed
    while len(out) < n:
        a = mac(name, secret, a)
        out += mac(name, secret, a + seed)
    return out[:n]


def prf(version, name, secret, label, seed, n):
    if version >= 0x303:
        return p_hash(name, secret, label + seed, n)
    half = (len(secret) + 1) // 2
    a = p_hash("md5", secret[:half], label + seed, n)
    b = p_hash("sha1", secret[-half:], label + seed, n)
    return bytes(x ^ y for x, y in zip(a, b))


def expand(name, secret, label, n):
    label = b"tls13 " + label
    info = struct.pack(">HB", n, len(label)) + label + b"\0"
    out = last = b""
    while len(out) < n:
        last = mac(name, secret, last + info + bytes([len(out) // len(last) + 1 if last else 1]))
        out += last
    return out[:n]


def aead(mode, key):
    if mode == "gcm":
        return AESGCM(key)
    if mode == "chacha":
        return ChaCha20Poly1305(key)
    return AESCCM(key, tag_length=8 if mode == "ccm8" else 16)


def mask(iv, number):
    return bytes(x ^ y for x, y in zip(iv, number.to_bytes(12, "big")))


def header(kind, version, body):
    return struct.pack(">BHH", kind, version, len(body)) + body


def seal_13(mode, size, name, secret, number, text, kind, pad, generation):
    for _ in range(generation):
        secret = expand(name, secret, b"traffic upd", len(secret))
    key, iv = expand(name, secret, b"key", size), expand(name, secret, b"iv", 12)
    inner = text + bytes([kind]) + bytes(pad)
    tag = 8 if mode == "ccm8" else 16
    front = struct.pack(">BHH", 23, 0x303, len(inner) + tag)
    return front + aead(mode, key).encrypt(mask(iv, number), inner, front)


def keys_12(version, mode, size, name, mac_name, master, client):
    mac_n = hashlib.new(mac_name).digest_size if mode == "cbc" else 0
    iv_n = {"cbc": 16 if version == 0x301 else 0, "chacha": 12}.get(mode, 4)
    block = prf(version, name, master, b"key expansion", made("server", 32) + made("client", 32), 2 * (mac_n + size + iv_n))
    side, at, out = 0 if client else 1, 0, []
    for n in (mac_n, size, iv_n):
        out.append(block[at + side * n:at + (side + 1) * n])
        at += 2 * n
    return out


def seal_cbc(version, mac_name, keys, number, kind, text, last, before):
    mac_key, key, iv = keys
    if version != 0x301:
        iv = made(f"iv {number}", 16)
    elif number > 0:
        iv = before
    aad = struct.pack(">QBH", number, kind, version)
    if not last:
        text += mac(mac_name, mac_key, aad + struct.pack(">H", len(text)) + text)
    pad = 15 - len(text) % 16 + (32 if number > 1 else 0)
    e = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    body = (b"" if version == 0x301 else iv) + e.update(text + bytes([pad]) * (pad + 1)) + e.finalize()
    if last:
        body += mac(mac_name, mac_key, aad + struct.pack(">H", len(body)) + body)
    return header(kind, version, body)


def seal_12(version, mode, size, name, mac_name, master, client, number, kind, text, last, before):
    keys = keys_12(version, mode, size, name, mac_name, master, client)
    if mode == "cbc":
        return seal_cbc(version, mac_name, keys, number, kind, text, last, before)
    aad = struct.pack(">QBHH", number, kind, version, len(text))
    front = b"" if mode == "chacha" else made(f"explicit {number}", 8)
    nonce = mask(keys[2], number) if mode == "chacha" else keys[2] + front
    return header(kind, version, front + aead(mode, keys[1]).encrypt(nonce, text, aad))


def row(suite, version, last, client, generation, number, before, secret, record, kind, text):
    print(f"\t{{ 0x{suite:04x}, 0x{version:04x}, {int(last)}, {int(client)}, {generation}, {number}, {kind},")
    print("\t    " + ", ".join(f'"{x.hex()}"' for x in (secret, before, record, text)) + " },")


def main():
    print("/* SPDX-License-Identifier: GPL-3.0-or-later\n * Copyright the tcpsession authors */")
    print("/* tls_vectors.h: made by tests/captures/tls_vectors.py.  Suite, version, MAC behind\n"
          " * the ciphertext, of the client, generation, number, type; then in hexadecimal:\n"
          " * secret, the bytes before the record, the record, its text. */")
    for who in ("client", "server"):
        print(f'static const char vector_{who}_random[] =\n    "{made(who, 32).hex()}";')
    print("/* clang-format off */\nstatic const struct vector vectors[] = {")
    for suite, mode, size, name in ((0x1301, "gcm", 16, "sha256"), (0x1302, "gcm", 32, "sha384"), (0x1303, "chacha", 32, "sha256"),
                                    (0x1304, "ccm", 16, "sha256"), (0x1305, "ccm8", 16, "sha256")):
        secret = made(f"traffic {suite}", hashlib.new(name).digest_size)
        for number, text, kind, pad, gen in ((0, b"first", 23, 0, 0), (2 ** 40 + 77, made("text", 50), 22, 13, 0), (3, b"", 23, 0, 2)):
            r = seal_13(mode, size, name, secret, number, text, kind, pad, gen)
            row(suite, 0x304, 0, 0, gen, number, b"", secret, r, kind, text)
    master = made("master", 48)
    for suite, mode, size, name, mac_name in (
            (0x009c, "gcm", 16, "sha256", ""), (0xc030, "gcm", 32, "sha384", ""), (0xc09c, "ccm", 16, "sha256", ""),
            (0xc0ad, "ccm", 32, "sha256", ""), (0xc0a0, "ccm8", 16, "sha256", ""), (0xc0af, "ccm8", 32, "sha256", ""),
            (0xcca8, "chacha", 32, "sha256", ""), (0xc013, "cbc", 16, "sha256", "sha1"), (0x0035, "cbc", 32, "sha256", "sha1"),
            (0x003c, "cbc", 16, "sha256", "sha256"), (0x006b, "cbc", 32, "sha256", "sha256"), (0xc028, "cbc", 32, "sha384", "sha384")):
        for version in (0x301, 0x302, 0x303) if mac_name == "sha1" else (0x303,):
            for last in (0, 1) if mode == "cbc" else (0,):
                for client, number, kind, text in ((1, 0, 22, b"finished"), (0, 5, 23, made("text", 40)), (1, 1, 23, b"")):
                    before = made("before", 16) if version == 0x301 else b""
                    r = seal_12(version, mode, size, name, mac_name, master, client, number, kind, text, last, before)
                    if last and before:
                        before += made("mac", hashlib.new(mac_name).digest_size)
                    row(suite, version, last, client, 0, number, before, master, r, kind, text)
    print("};\n/* clang-format on */")


main()
