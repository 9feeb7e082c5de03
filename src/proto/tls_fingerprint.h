/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tls_fingerprint.h: JA3 and JA3S (Althouse, Atkinson and Atkins, 2017) and the
 * client's JA4 (FoxIO, 2023): digests of what a hello offers, which tell one
 * implementation from another.  Values that stand for nothing (RFC 8701) are
 * left out.
 */
#ifndef PROTO_TLS_FINGERPRINT_H
#define PROTO_TLS_FINGERPRINT_H

#include "proto/tls_facts.h"

void tls_ja3(char out[static DIGEST_MD5_LEN], const struct tls_hello *h);
void tls_ja3s(char out[static DIGEST_MD5_LEN], const struct tls_hello *h);
void tls_ja4(char out[static TLS_JA4_LEN], const struct tls_hello *h);

#endif
