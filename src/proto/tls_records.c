/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tls_records.c: the records of TLS, and what can be read in them. */
#include "proto/tls_records.h"

#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/limit.h"
#include "base/xalloc.h"

/* Headers of handshake messages. */
#define MESSAGE_HEADER 4
/* No more of what a record holds is told. */
#define LABEL_MAX ((size_t)2048)
#define OTHER_MESSAGE "handshake"
/* Of the protocols that a client offers so much is told. */
#define ALPN_TOLD ((size_t)256)

enum record_type {
	RECORD_CHANGE_CIPHER_SPEC = 20,
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_APPLICATION_DATA = 23,
	RECORD_HEARTBEAT = 24, /* RFC 6520 */
};

enum records_state {
	RECORDS_FOLLOWED,
	RECORDS_LOST, /* a gap took the framing with it: a header is sought */
	RECORDS_BROKEN,
};

struct tls_records {
	struct tls_facts *facts;
	enum records_state state;
	bool begins;   /* what comes next is an item's first byte */
	bool found;    /* the record was found behind a gap */
	bool doubtful; /* ... or the last one, whose end shows whether it was */
	bool changed;  /* this side has changed to ciphers */
	bool sealed;   /* the record's content is encrypted */
	bool unread;   /* ... or not read for what is missing before it */
	bool cut; /* where a message of the handshake begins is not known */
	uint8_t header[TLS_HEADER];
	uint8_t n_header;
	size_t length;		       /* of the record */
	size_t left;		       /* bytes of it that have not come */
	uint8_t first[MESSAGE_HEADER]; /* of the record's content */
	uint8_t n_first;
	/* The message of the handshake at which we are. */
	uint8_t message[MESSAGE_HEADER];
	uint8_t n_message;
	size_t message_left;
	struct buf body; /* of one that says something, while it comes */
	bool is_client;	 /* this side has said the client hello */
	bool is_server;	 /* ... the server hello */
	bool has_said;
	struct buf label; /* of the record; empty: it is a fixed one */
};

struct tls_records *
tls_records_new(struct tls_facts *facts)
{
	struct tls_records *t = xcalloc(1, sizeof *t);

	t->facts = facts;
	t->begins = true;
	return t;
}

void
tls_records_midstream(struct tls_records *t, bool lost)
{
	t->facts->midstream = true;
	t->changed = true;
	t->cut = true;
	if (lost)
		t->state = RECORDS_LOST;
}

void
tls_records_free(struct tls_records *t)
{
	if (t == NULL)
		return;
	buf_free(&t->body);
	buf_free(&t->label);
	free(t);
}

size_t
tls_records_memory(const struct tls_records *t)
{
	return sizeof *t + t->body.cap + t->label.cap;
}

/* ------------------------------------------------------------------- headers */

/* Type and version; n bytes of p are there. */
static bool
may_be_header(const uint8_t *p, size_t n)
{
	return (n < 1 ||
		   (p[0] >= RECORD_CHANGE_CIPHER_SPEC &&
		       p[0] <= RECORD_HEARTBEAT)) &&
	    (n < 2 || p[1] == 3) && (n < 3 || p[2] <= 4) &&
	    (n < 4 || p[3] <= TLS_RECORD_MAX >> 8) &&
	    (n < TLS_HEADER || get_be16(p + 3) <= TLS_RECORD_MAX);
}

enum tls_begin
tls_begins(struct slice in, bool after_hello)
{
	if (!may_be_header(in.p, in.n < TLS_HEADER ? in.n : TLS_HEADER))
		return TLS_NONE;
	if (!after_hello &&
	    ((in.n > 0 && in.p[0] != RECORD_HANDSHAKE) ||
		(in.n > TLS_HEADER && in.p[TLS_HEADER] != TLS_CLIENT_HELLO &&
		    in.p[TLS_HEADER] != TLS_SERVER_HELLO)))
		return TLS_NONE;
	if (in.n < TLS_HEADER)
		return TLS_PERHAPS;
	/* Empty ones are only of application data (RFC 8446, 5.1). */
	if (get_be16(in.p + 3) == 0)
		return TLS_NONE;
	return after_hello || in.n > TLS_HEADER ? TLS_BEGINS : TLS_PERHAPS;
}

enum tls_begin
tls_chains(struct slice in, bool *whole)
{
	size_t end;

	*whole = false;
	if (!may_be_header(in.p, in.n < TLS_HEADER ? in.n : TLS_HEADER) ||
	    (in.n > 0 && in.p[0] == RECORD_HEARTBEAT))
		return TLS_NONE;
	if (in.n < TLS_HEADER)
		return TLS_PERHAPS;
	end = TLS_HEADER + (size_t)get_be16(in.p + 3);
	if (end == TLS_HEADER)
		return TLS_NONE;
	*whole = in.n == end;
	if (in.n < end + TLS_HEADER)
		return in.n <= end || may_be_header(in.p + end, in.n - end) ?
		    TLS_PERHAPS :
		    TLS_NONE;
	return may_be_header(in.p + end, TLS_HEADER) ? TLS_BEGINS : TLS_NONE;
}

/* ------------------------------------------------------------------ the label */

static void
label_word(struct tls_records *t, const char *word)
{
	if (t->label.n == 0)
		buf_str(&t->label, "tls ");
	else if (t->label.n < LABEL_MAX)
		buf_str(&t->label, ", ");
	if (t->label.n < LABEL_MAX)
		buf_str(&t->label, word);
}

/* What others chose: a blank would make two words of it. */
static void
put_foreign(struct buf *b, struct slice s)
{
	while (s.n > 0) {
		const uint8_t *blank = memchr(s.p, ' ', s.n);
		size_t n = blank != NULL ? (size_t)(blank - s.p) : s.n;

		escape_text(b, (struct slice){ s.p, n }, true);
		if (blank == NULL)
			return;
		buf_str(b, "\\x20");
		s = (struct slice){ blank + 1, s.n - n - 1 };
	}
}

static void
put_alpn(struct buf *b, struct slice list)
{
	size_t from = b->n;
	struct slice name;

	while (tls_alpn_next(&list, &name)) {
		buf_byte(b, b->n == from ? ' ' : ',');
		if (b->n - from > ALPN_TOLD) {
			buf_str(b, "...");
			return;
		}
		put_foreign(b, name);
	}
}

/* The words behind "client hello". */
static void
put_offer(struct buf *b, const struct tls_hello *h)
{
	struct slice list = h->alpn;
	struct slice first;

	if (h->name.n > 0) {
		buf_byte(b, ' ');
		put_foreign(b, h->name);
	} else if (tls_alpn_next(&list, &first)) {
		buf_str(b, " -");
	}
	put_alpn(b, h->alpn);
}

static void
put_choice(struct buf *b, const struct tls_hello *h)
{
	buf_byte(b, ' ');
	tls_put_version(b, h->version);
	buf_byte(b, ' ');
	tls_put_suite(b, h->suite);
	put_alpn(b, h->alpn);
}

static const char *
message_name(uint8_t type)
{
	static const char *const names[] = {
		[0] = "hello request",
		[TLS_CLIENT_HELLO] = "client hello",
		[TLS_SERVER_HELLO] = "server hello",
		[4] = "new session ticket",
		[5] = "end of early data",
		[8] = "encrypted extensions",
		[11] = "certificate",
		[12] = "server key exchange",
		[13] = "certificate request",
		[14] = "server hello done",
		[15] = "certificate verify",
		[16] = "client key exchange",
		[20] = "finished",
		[21] = "certificate url",
		[22] = "certificate status",
		[24] = "key update",
		[25] = "compressed certificate",
	};

	if (type >= sizeof names / sizeof names[0] || names[type] == NULL)
		return OTHER_MESSAGE;
	return names[type];
}

static const char *
alert_name(uint8_t description)
{
	static const struct {
		uint8_t number;
		const char *name;
	} names[] = {
		{ 0, "close notify" },
		{ 10, "unexpected message" },
		{ 20, "bad record mac" },
		{ 22, "record overflow" },
		{ 40, "handshake failure" },
		{ 42, "bad certificate" },
		{ 43, "unsupported certificate" },
		{ 44, "certificate revoked" },
		{ 45, "certificate expired" },
		{ 46, "certificate unknown" },
		{ 47, "illegal parameter" },
		{ 48, "unknown ca" },
		{ 49, "access denied" },
		{ 50, "decode error" },
		{ 51, "decrypt error" },
		{ 70, "protocol version" },
		{ 71, "insufficient security" },
		{ 80, "internal error" },
		{ 86, "inappropriate fallback" },
		{ 90, "user canceled" },
		{ 100, "no renegotiation" },
		{ 109, "missing extension" },
		{ 110, "unsupported extension" },
		{ 112, "unrecognized name" },
		{ 113, "bad certificate status response" },
		{ 115, "unknown psk identity" },
		{ 116, "certificate required" },
		{ 120, "no application protocol" },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].number == description)
			return names[i].name;
	return NULL;
}

/* ------------------------------------------------------------------- messages */

/* The hello is complete: behind its name, the label's last word, stands what it
 * says. */
static void
read_hello(struct tls_records *t, uint8_t type)
{
	struct tls_hello h;

	if (!tls_hello_parse((struct slice){ t->body.p, t->body.n }, type, &h))
		return;
	t->is_client |= type == TLS_CLIENT_HELLO;
	t->is_server |= type == TLS_SERVER_HELLO;
	if (t->label.n >= LABEL_MAX)
		return;
	if (h.retry) {
		t->label.n -= strlen(message_name(type));
		buf_str(&t->label, "hello retry request");
	}
	if (type == TLS_CLIENT_HELLO)
		put_offer(&t->label, &h);
	else
		put_choice(&t->label, &h);
}

static bool
is_hello(const struct tls_records *t)
{
	return t->message[0] == TLS_CLIENT_HELLO ||
	    t->message[0] == TLS_SERVER_HELLO;
}

static void
begin_message(struct tls_records *t)
{
	t->message_left = get_be32(t->message) & 0xffffff;
	label_word(t, message_name(t->message[0]));
}

static void
end_message(struct tls_records *t)
{
	size_t length = get_be32(t->message) & 0xffffff;

	if (tls_facts_wants(t->message[0]) && t->body.n == length) {
		if (is_hello(t))
			read_hello(t, t->message[0]);
		tls_facts_message(t->facts,
		    t->is_client || (!t->is_server && t->facts->server),
		    t->message[0], (struct slice){ t->body.p, t->body.n });
	}
	buf_free(&t->body);
	t->n_message = 0;
}

/* Bytes of a record of the handshake in the clear. */
static void
read_handshake(struct tls_records *t, struct cur c)
{
	while (cur_left(&c) > 0) {
		struct slice s = { NULL, 0 };

		if (t->n_message < MESSAGE_HEADER) {
			cur_u8(&c, &t->message[t->n_message++]);
			if (t->n_message < MESSAGE_HEADER)
				continue;
			begin_message(t);
		}
		if (!cur_take(&c, t->message_left, &s))
			(void)cur_take(&c, cur_left(&c), &s);
		if (tls_facts_wants(t->message[0]) &&
		    t->body.n + s.n <= LIMIT_TLS_MESSAGE)
			buf_put(&t->body, s.p, s.n);
		t->message_left -= s.n;
		if (t->message_left == 0)
			end_message(t);
	}
}

/* -------------------------------------------------------------------- records */

/* Behind a change of ciphers a second hello may still come in the clear (RFC
 * 8446, 4.1.4 and D.4); it is known by filling its record. */
static bool
is_sealed(const struct tls_records *t)
{
	if (t->header[0] == RECORD_ALERT)
		return t->length != 2;
	return t->changed &&
	    (t->n_first < MESSAGE_HEADER ||
		(t->first[0] != TLS_CLIENT_HELLO &&
		    t->first[0] != TLS_SERVER_HELLO) ||
		(get_be32(t->first) & 0xffffff) + MESSAGE_HEADER != t->length);
}

/* Behind missing bytes a message begins where all of it is in the record. */
static bool
is_cut(const struct tls_records *t)
{
	return t->cut &&
	    (t->n_first < MESSAGE_HEADER ||
		strcmp(message_name(t->first[0]), OTHER_MESSAGE) == 0 ||
		(get_be32(t->first) & 0xffffff) + MESSAGE_HEADER > t->length);
}

static void
read_alert(struct tls_records *t)
{
	const char *name = alert_name(t->first[1]);

	buf_str(&t->label, "tls alert ");
	if (t->first[0] == 2)
		buf_str(&t->label, "fatal ");
	if (name != NULL)
		buf_str(&t->label, name);
	else
		buf_printf(&t->label, "%u", t->first[1]);
}

/* So many bytes of the record's content are there as tell what it is. */
static void
begin_content(struct tls_records *t)
{
	struct cur c = cur_of(t->first, t->n_first);

	t->sealed = is_sealed(t);
	if (t->sealed)
		return;
	if (t->header[0] == RECORD_ALERT) {
		read_alert(t);
		return;
	}
	t->cut = is_cut(t);
	if (t->cut)
		return;
	/* One that goes on from an earlier record. */
	if (t->n_message == MESSAGE_HEADER)
		label_word(t, message_name(t->message[0]));
	read_handshake(t, c);
}

static void
read_content(struct tls_records *t, struct slice s)
{
	struct cur c = cur_of(s.p, s.n);
	size_t want = t->length < MESSAGE_HEADER ? t->length : MESSAGE_HEADER;

	if (t->unread ||
	    (t->header[0] != RECORD_HANDSHAKE && t->header[0] != RECORD_ALERT))
		return;
	if (t->n_first < want) {
		while (t->n_first < want && cur_u8(&c, &t->first[t->n_first]))
			t->n_first++;
		if (t->n_first < want)
			return;
		begin_content(t);
	}
	if (t->header[0] == RECORD_HANDSHAKE && !t->sealed && !t->cut)
		read_handshake(t, c);
}

/* A change of ciphers is the end of it, but before a second server hello (RFC
 * 8446, D.4). */
static void
note_said(struct tls_records *t)
{
	t->has_said |= t->header[0] == RECORD_APPLICATION_DATA ||
	    (t->changed && (t->is_client || t->facts->server));
}

bool
tls_records_has_said(const struct tls_records *t)
{
	return t->has_said || t->state != RECORDS_FOLLOWED;
}

static void
begin_record(struct tls_records *t)
{
	t->length = t->left = get_be16(t->header + 3);
	t->n_first = 0;
	t->sealed = false;
	t->unread = t->found;
	note_said(t);
	buf_free(&t->label);
}

static bool
is_over(const struct tls_records *t)
{
	return t->state == RECORDS_FOLLOWED && t->n_header == TLS_HEADER &&
	    t->left == 0;
}

static void
finish_record(struct tls_records *t)
{
	t->changed |= t->header[0] == RECORD_CHANGE_CIPHER_SPEC;
	t->n_header = 0;
	t->doubtful = t->found;
	t->found = false;
	t->begins = true;
}

/* Takes bytes of a header. */
static size_t
take_header(struct tls_records *t, struct slice in)
{
	size_t n = 0;

	while (n < in.n && t->n_header < TLS_HEADER) {
		t->header[t->n_header++] = in.p[n++];
		if (may_be_header(t->header, t->n_header))
			continue;
		t->state = t->doubtful ? RECORDS_LOST : RECORDS_BROKEN;
		return n;
	}
	if (t->n_header == TLS_HEADER) {
		t->doubtful = false;
		begin_record(t);
	}
	return n;
}

/*
 * Behind a gap: takes bytes until they end in what may be a header.  Its record
 * is still of the item that is taken here, so that nothing depends on how the
 * bytes are cut.
 */
static size_t
seek_header(struct tls_records *t, struct slice in)
{
	for (size_t n = 0; n < in.n; n++) {
		if (t->n_header == TLS_HEADER)
			memmove(t->header, t->header + 1, --t->n_header);
		t->header[t->n_header++] = in.p[n];
		if (t->n_header < TLS_HEADER ||
		    !may_be_header(t->header, TLS_HEADER) ||
		    get_be16(t->header + 3) == 0)
			continue;
		t->state = RECORDS_FOLLOWED;
		t->found = true;
		begin_record(t);
		return n + 1;
	}
	return in.n;
}

static size_t
take_content(struct tls_records *t, struct slice in)
{
	struct slice s = { in.p, in.n < t->left ? in.n : t->left };

	t->left -= s.n;
	if (!t->found)
		read_content(t, s);
	return s.n;
}

static const char *
record_label(struct tls_records *t)
{
	if (t->state == RECORDS_BROKEN)
		return "tls broken";
	if (t->state == RECORDS_LOST || t->found)
		return "tls cut";
	if (t->n_header < TLS_HEADER)
		return "tls record";
	if (t->label.n > 0)
		return buf_cstr(&t->label);
	switch (t->header[0]) {
	case RECORD_CHANGE_CIPHER_SPEC:
		return "tls change cipher spec";
	case RECORD_ALERT:
		return t->sealed ? "tls encrypted alert" : "tls alert";
	case RECORD_HANDSHAKE:
		return t->sealed ? "tls encrypted handshake" : "tls handshake";
	case RECORD_APPLICATION_DATA:
		return "tls application data";
	default:
		return "tls heartbeat";
	}
}

struct opaque_piece
tls_records_take(struct tls_records *t, struct slice in)
{
	struct opaque_piece piece = { 0 };
	size_t n = 0;

	if (is_over(t))
		finish_record(t);
	piece.begins = t->begins;
	t->begins = false;
	if (t->state == RECORDS_FOLLOWED && t->n_header < TLS_HEADER)
		n = take_header(t, in);
	if (t->state == RECORDS_LOST)
		n += seek_header(t, (struct slice){ in.p + n, in.n - n });
	if (t->state == RECORDS_BROKEN)
		n = in.n;
	else if (t->n_header == TLS_HEADER)
		n += take_content(t, (struct slice){ in.p + n, in.n - n });
	piece.n = n;
	piece.label = record_label(t);
	return piece;
}

/* What was begun of a message of the handshake is of no use. */
static void
drop_message(struct tls_records *t)
{
	buf_free(&t->body);
	t->n_message = 0;
	t->cut = true;
}

void
tls_records_gap(struct tls_records *t, uint64_t len)
{
	if (is_over(t))
		finish_record(t);
	if (t->state == RECORDS_BROKEN)
		return;
	drop_message(t);
	if (t->state == RECORDS_FOLLOWED && t->n_header == TLS_HEADER &&
	    len <= t->left) {
		t->left -= len;
		t->unread = true;
		return;
	}
	t->state = RECORDS_LOST;
	t->n_header = 0;
	t->begins = true;
}
