/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * tls_hello.h: the hellos of TLS (RFC 8446, 4.1; RFC 5246, 7.4.1), and the
 * names of versions and cipher suites.
 */
#ifndef PROTO_TLS_HELLO_H
#define PROTO_TLS_HELLO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cur.h"

/* Types of handshake messages. */
#define TLS_CLIENT_HELLO 1
#define TLS_SERVER_HELLO 2
#define TLS_ENCRYPTED_EXTENSIONS 8
#define TLS_CERTIFICATE 11

#define TLS_VERSION_13 0x0304
#define TLS_RANDOM_BYTES 32

/* Extensions (IANA's TLS ExtensionType values). */
#define TLS_EXTENSION_SERVER_NAME 0
#define TLS_EXTENSION_ALPN 16

/* A longer name of a server is none (RFC 6066, 3; RFC 1035, 2.3.4). */
#define TLS_NAME_MAX 255

/* Slices are of the message; empty for what it does not say. */
struct tls_hello {
	uint16_t version; /* the server's choice, or the best one offered */
	uint16_t suite;	  /* of a server hello */
	bool retry;	  /* a server hello that is a HelloRetryRequest */
	bool psk;	  /* pre_shared_key: of a server hello, one was taken */
	bool early;	  /* early_data: of a client hello, some follows */
	bool mac_last;	  /* encrypt_then_mac (RFC 7366) */
	uint8_t compression;	 /* the server's choice (RFC 3749), 0: none */
	bool has_name;		 /* server_name, whatever is in it */
	uint16_t legacy_version; /* the field of that name, as it is */
	struct slice random;
	struct slice session_id;
	struct slice name;   /* server_name of a client hello; no NUL in it */
	struct slice alpn;   /* the protocol names, each behind its length */
	struct slice suites; /* of a client hello: two bytes each */
	struct slice extensions; /* for tls_extension_next */
	struct slice groups;	 /* supported_groups: two bytes each */
	struct slice formats;	 /* ec_point_formats: a byte each */
	struct slice signatures; /* signature_algorithms: two bytes each */
};

/*
 * Reads a hello of that type from its body, behind the message's header.  False
 * when a length in it goes beyond what holds it; extensions that are cut or
 * wrong in themselves are left out.
 */
bool tls_hello_parse(struct slice body, uint8_t type, struct tls_hello *out);

/* A vector whose length, in 1 to 3 bytes, stands before it (RFC 8446, 3.4);
 * false leaves *c as it was. */
bool tls_take_vector(struct cur *c, int bytes, struct slice *out);
/* The extensions in a message that has nothing else, without their length;
 * empty when that goes beyond it. */
struct slice tls_extensions(struct slice body);
/* The next extension of a list, which advances; false behind the last that is
 * whole. */
bool tls_extension_next(struct slice *all, uint16_t *kind, struct slice *body);
/* What is in an ALPN extension, for tls_alpn_next. */
struct slice tls_alpn_list(struct slice extension);
/* Values that stand for nothing, which a client makes up to keep servers
 * tolerant (RFC 8701). */
bool tls_is_grease(uint16_t v);

/* The next protocol of h->alpn, which advances; false behind the last.  Values
 * that stand for nothing (RFC 8701) are passed over. */
bool tls_alpn_next(struct slice *alpn, struct slice *name);

/* "TLSv1.3"; NULL for one that is not known. */
const char *tls_version_name(uint16_t version);
/* IANA's name; NULL for one that is not in the table. */
const char *tls_suite_name(uint16_t suite);
/* Appends the name, or the number as 0x1a2b. */
void tls_put_version(struct buf *b, uint16_t version);
void tls_put_suite(struct buf *b, uint16_t suite);

#endif
