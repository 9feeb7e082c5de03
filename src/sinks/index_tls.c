/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* index_tls.c: what the index says of a session's TLS: of its handshake, and of
 * what was opened. */
#include "sinks/index_tls.h"

#include <string.h>

#include "inspect/enum_names.h"
#include "proto/tls_facts.h"

static void
put_opened_gaps(struct json *j, const struct tls_opened_side *side)
{
	json_key(j, "gaps");
	json_array(j);
	for (size_t i = 0; i < side->n_gaps; i++) {
		const struct gap *g = &side->gaps[i];

		json_array(j);
		json_u64(j, g->off);
		json_u64(j, g->len);
		json_string(j, enum_name_gap(g->reason));
		json_array_end(j);
	}
	json_array_end(j);
}

static void
put_opened_side(struct json *j, const char *key,
    const struct tls_opened_side *side, const struct sink_names *names,
    size_t place)
{
	json_key(j, key);
	json_object(j);
	json_key(j, "bytes");
	json_u64(j, side->bytes);
	json_key(j, "missing");
	json_u64(j, side->missing);
	put_opened_gaps(j, side);
	json_key(j, "records_lost");
	json_u64(j, side->records_lost);
	json_key(j, "file");
	if (place > 0)
		json_bytes(j, sink_name_at(names, place));
	else
		json_null(j);
	json_object_end(j);
}

/* What others said, which may be any bytes; null when it is NULL or empty. */
static void
put_said_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	if (text != NULL && text[0] != '\0')
		json_bytes(j,
		    (struct slice){ (const uint8_t *)text, strlen(text) });
	else
		json_null(j);
}

/* A version or suite as tls_hello.h writes it. */
static void
put_tls_number(struct json *j, const char *key, uint16_t number,
    void (*put)(struct buf *b, uint16_t number))
{
	struct buf text = { 0 };

	if (number != 0)
		put(&text, number);
	put_said_text(j, key, number != 0 ? buf_cstr(&text) : NULL);
	buf_free(&text);
}

/* The server's choice; of a session whose beginning is missing, what opened
 * it. */
static void
put_choice(struct json *j, const struct tls_facts *f,
    const struct tls_opened *o)
{
	uint16_t version = f->server ? f->version : o->version;
	uint16_t suite = f->server ? f->suite : o->suite;

	put_tls_number(j, "version", version, tls_put_version);
	put_tls_number(j, "cipher", suite, tls_put_suite);
}

static void
put_offered(struct json *j, const struct tls_facts *f)
{
	struct slice list = { f->offered.p, f->offered.n };
	struct slice name;

	json_key(j, "alpn_offered");
	json_array(j);
	while (tls_alpn_next(&list, &name))
		json_bytes(j, name);
	json_array_end(j);
}

static void
put_resumed(struct json *j, const struct tls_facts *f)
{
	enum tls_resumed resumed = tls_facts_resumed(f);

	json_key(j, "resumed");
	if (resumed == TLS_RESUMED_UNKNOWN)
		json_null(j);
	else
		json_bool(j, resumed == TLS_RESUMED_YES);
}

static void
put_early(struct json *j, const struct tls_facts *f, const struct tls_opened *o)
{
	static const char *const words[] = {
		[TLS_EARLY_NONE] = NULL,
		[TLS_EARLY_OFFERED] = "offered",
		[TLS_EARLY_ACCEPTED] = "accepted",
		[TLS_EARLY_REFUSED] = "refused",
	};
	enum tls_early early = o->early;

	if (early == TLS_EARLY_NONE && f->early)
		early = TLS_EARLY_OFFERED;
	if (early == TLS_EARLY_OFFERED && tls_facts_early_refused(f))
		early = TLS_EARLY_REFUSED;
	put_said_text(j, "early", words[early]);
	json_key(j, "early_bytes");
	json_u64(j, o->early_bytes);
}

/* Of a chain, in a page: no server needs more, and what one session takes there
 * others lack. */
#define CERTIFICATES_SHOWN 10

static void
put_certificates(struct json *j, const char *key,
    const struct tls_certificates *c, size_t max)
{
	struct buf hex = { 0 };

	json_key(j, key);
	json_array(j);
	for (size_t i = 0; i < c->n && i < max; i++) {
		buf_reset(&hex);
		hex_put(&hex,
		    (struct slice){ c->digests[i], sizeof c->digests[i] });
		json_string(j, buf_cstr(&hex));
	}
	json_array_end(j);
	buf_free(&hex);
}

static void
put_decrypted(struct json *j, const struct tls_opened *o)
{
	static const char *const words[] = {
		[TLS_DECRYPTED_NO] = "no",
		[TLS_DECRYPTED_PARTLY] = "partly",
		[TLS_DECRYPTED_YES] = "yes",
	};

	json_key(j, "decrypted");
	json_string(j, words[o->decrypted]);
	put_said_text(j, "reason", tls_reason_name(o->reason));
}

static void
put_handshake(struct json *j, const struct tls_facts *f,
    const struct tls_opened *o)
{
	put_choice(j, f, o);
	put_said_text(j, "sni", f->name);
	put_said_text(j, "alpn", f->alpn);
	put_offered(j, f);
	put_said_text(j, "ja3", f->ja3);
	put_said_text(j, "ja3s", f->ja3s);
	put_said_text(j, "ja4", f->ja4);
	put_resumed(j, f);
	put_early(j, f, o);
	put_certificates(j, "certificates", &f->certificates[1], SIZE_MAX);
	put_certificates(j, "client_certificates", &f->certificates[0],
	    SIZE_MAX);
}

/* What is known of a session's TLS, seen or opened; false: that there is none. */
static bool
find_tls(const struct sink_session *ss, const struct tls_facts **f,
    const struct tls_opened **o)
{
	static const struct tls_facts nothing = { 0 };
	static const struct tls_opened closed = { .reason = TLS_NO_KEYS };
	const struct tls_facts *seen = session_probe_tls(ss->facts);
	bool opened = ss->opened != NULL && ss->opened->seen;

	*f = seen != NULL ? seen : &nothing;
	*o = opened ? ss->opened : &closed;
	return seen != NULL || opened;
}

void
index_tls(struct json *j, const struct sink_session *ss)
{
	const struct tls_facts *f;
	const struct tls_opened *o;

	if (!find_tls(ss, &f, &o)) {
		json_null(j);
		return;
	}
	json_object(j);
	put_handshake(j, f, o);
	put_decrypted(j, o);
	put_opened_side(j, "c2s", &o->side[0], &ss->names, ss->names.plain[0]);
	put_opened_side(j, "s2c", &o->side[1], &ss->names, ss->names.plain[1]);
	json_object_end(j);
}

static void
put_shown(struct json *j, const struct tls_facts *f, const struct tls_opened *o)
{
	const struct tls_certificates *c = &f->certificates[1];

	put_choice(j, f, o);
	put_said_text(j, "sni", f->name);
	put_said_text(j, "alpn", f->alpn);
	put_said_text(j, "ja3", f->ja3);
	put_said_text(j, "ja3s", f->ja3s);
	put_said_text(j, "ja4", f->ja4);
	put_resumed(j, f);
	put_early(j, f, o);
	if (c->n > 0)
		put_certificates(j, "certificates", c, CERTIFICATES_SHOWN);
	put_decrypted(j, o);
}

void
index_tls_shown(struct json *j, const struct sink_session *ss)
{
	const struct tls_facts *f;
	const struct tls_opened *o;

	if (!find_tls(ss, &f, &o))
		return;
	json_key(j, "tls");
	json_object(j);
	put_shown(j, f, o);
	json_object_end(j);
}
