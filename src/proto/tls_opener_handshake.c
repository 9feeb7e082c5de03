/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tls_opener_handshake.c: what the messages of a handshake say of keys. */
#include "base/limit.h"
#include "proto/tls_opener_parts.h"

#define MESSAGE_HEADER 4
#define EXTENSION_EARLY_DATA 42

/* Messages (RFC 8446, 4) that matter besides hellos. */
enum message_type {
	END_OF_EARLY_DATA = 5,
	ENCRYPTED_EXTENSIONS = 8,
	FINISHED = 20,
	KEY_UPDATE = 24,
	COMPRESSED_CERTIFICATE = 25,
};

/* ---------------------------------------------------------------------- hellos */

static void
on_client_hello(struct tls_opener *o, int dir, struct slice body)
{
	struct opener_handshake *h = &o->m.handshake;
	struct tls_hello hello;

	if (!tls_hello_parse(body, TLS_CLIENT_HELLO, &hello))
		return;
	/* The answer to a retry goes on with the same random. */
	if (h->has_client && h->retry && !h->has_server)
		return;
	*h = (struct opener_handshake){
		.count = h->count + 1,
		.client = dir,
		.has_client = true,
	};
	memcpy(h->agreed.client_random, hello.random.p, hello.random.n);
	if (h->count == 1 && hello.early && hello.version == TLS_1_3)
		o->m.early.state = TLS_EARLY_OFFERED;
}

static void
on_server_hello(struct tls_opener *o, int dir, struct slice body)
{
	struct opener_handshake *h = &o->m.handshake;
	struct tls_hello hello;

	if (!tls_hello_parse(body, TLS_SERVER_HELLO, &hello))
		return;
	h->retry |= hello.retry;
	if (hello.retry || !hello.psk || hello.version != TLS_1_3)
		opener_early_decide(o, false);
	if (hello.retry)
		return;
	h->client = !dir;
	h->has_server = true;
	h->suite = hello.suite;
	h->agreed.version = hello.version;
	h->agreed.mac_last = hello.mac_last;
	memcpy(h->agreed.server_random, hello.random.p, hello.random.n);
	h->known = hello.compression == 0 &&
	    tls_suite_find(hello.suite, hello.version, &h->agreed.suite);
	if (o->m.version == 0) {
		o->m.version = hello.version;
		o->m.suite = hello.suite;
	}
}

/* RFC 8446, 4.2.10: the server reads early data if it says so. */
static void
on_encrypted_extensions(struct tls_opener *o, struct slice body)
{
	struct cur c = cur_of(body.p, body.n);
	uint16_t all, kind, n;
	bool early = false;

	if (!cur_be16(&c, &all))
		return;
	while (cur_be16(&c, &kind) && cur_be16(&c, &n) && cur_skip(&c, n))
		early |= kind == EXTENSION_EARLY_DATA;
	opener_early_decide(o, early);
}

static void
on_message(struct tls_opener *o, int dir, uint8_t type, struct slice body,
    bool sealed)
{
	struct opener_side *s = &o->m.side[dir];
	bool new_keys = sealed && opener_is_1_3(o);

	if (type == TLS_CLIENT_HELLO && !new_keys)
		on_client_hello(o, dir, body);
	else if (type == TLS_SERVER_HELLO && !new_keys)
		on_server_hello(o, dir, body);
	else if (type == ENCRYPTED_EXTENSIONS && new_keys)
		on_encrypted_extensions(o, body);
	else if (type == END_OF_EARLY_DATA && sealed)
		opener_early_decide(o, true);
	else if (type == FINISHED && new_keys)
		s->finished = s->epoch == EPOCH_HANDSHAKE;
	else if (type == KEY_UPDATE && new_keys)
		s->updates = s->epoch == EPOCH_APPLICATION;
	if (!o->mute && o->setup.events->message != NULL)
		o->setup.events->message(o->setup.owner, dir, type, body,
		    sealed);
}

/* -------------------------------------------------------------------- messages */

/* Behind a hole a message begins with the record when all of it is there. */
static bool
begins_message(struct slice s)
{
	return s.n >= MESSAGE_HEADER && s.p[0] <= COMPRESSED_CERTIFICATE &&
	    (get_be32(s.p) & 0xffffff) + MESSAGE_HEADER <= s.n;
}

static size_t
message_size(const uint8_t *p)
{
	return (get_be32(p) & 0xffffff) + MESSAGE_HEADER;
}

/* Takes bytes of the message at which we are, all there is of it or in. */
static void
take_message(struct opener_side *s, struct slice *in)
{
	size_t want = s->message.n < MESSAGE_HEADER ?
	    MESSAGE_HEADER :
	    message_size(s->message.p);
	size_t n = want - s->message.n;

	if (n > in->n)
		n = in->n;
	buf_put(&s->message, in->p, n);
	*in = (struct slice){ in->p + n, in->n - n };
	if (s->message.n < MESSAGE_HEADER ||
	    message_size(s->message.p) <= LIMIT_TLS_MESSAGE)
		return;
	s->skip = message_size(s->message.p) - s->message.n;
	buf_free(&s->message);
}

static bool
skip_message(struct opener_side *s, struct slice *in)
{
	size_t n = s->skip < in->n ? s->skip : in->n;

	s->skip -= n;
	*in = (struct slice){ in->p + n, in->n - n };
	return in->n > 0;
}

void
opener_handshake(struct tls_opener *o, int dir, struct slice in, bool sealed)
{
	struct opener_side *s = &o->m.side[dir];

	if (s->cut && !begins_message(in))
		return;
	s->cut = false;
	while (skip_message(s, &in)) {
		struct buf whole;

		take_message(s, &in);
		if (s->message.n < MESSAGE_HEADER ||
		    s->message.n < message_size(s->message.p))
			continue;
		whole = s->message;
		s->message = (struct buf){ 0 };
		on_message(o, dir, whole.p[0],
		    (struct slice){ whole.p + MESSAGE_HEADER,
			whole.n - MESSAGE_HEADER },
		    sealed);
		buf_free(&whole);
	}
}
