/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_tls_opener.c: sessions of TLS, whole and with holes, and what is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limit.h"
#include "lib/rng.h"
#include "lib/tls_seal.h"
#include "proto/tls_opener.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define HANDSHAKE 22
#define ALERT 21
#define DATA 23

enum { C2S, S2C };

/* ---------------------------------------------------------------------- the rig */

/* A piece of what one side says on the wire. */
struct said {
	int dir;
	size_t off; /* within that direction */
	size_t n;
};

struct rig {
	struct seal seal;
	struct buf wire[2]; /* what is said, all of it */
	struct buf text[2]; /* ... and what that says */
	struct buf said;    /* struct said, in causal order */
	struct tls_secrets *secrets;
	struct tls_opener *opener;
	struct buf out[2];   /* what is told, gaps as zeros */
	struct buf known[2]; /* 1 for each byte that is none of a gap's */
	struct buf order;    /* as text: "c5 s3" */
	size_t n_gaps[2];
	bool about[2]; /* one of them is only about so long */
	enum gap_reason reason;
	bool grows;
	bool midstream;
	uint64_t *vain;
};

static void
put_out(struct rig *r, int dir, uint64_t off, const uint8_t *p, size_t n)
{
	assert_int_equal(off, r->out[dir].n);
	for (size_t i = 0; i < n; i++) {
		buf_byte(&r->out[dir], p != NULL ? p[i] : 0);
		buf_byte(&r->known[dir], p != NULL);
	}
}

static void
on_turn(void *owner, const struct chunk *c)
{
	struct rig *r = owner;

	assert_true(c->bytes.n > 0);
	put_out(r, c->dir, c->off, c->bytes.p, c->bytes.n);
	/* Where it stands is not known: but it is text. */
	if (r->about[c->dir]) {
		assert_non_null(memmem(r->text[c->dir].p, r->text[c->dir].n,
		    c->bytes.p, c->bytes.n));
		memset(r->known[c->dir].p + c->off, 0, c->bytes.n);
	}
	buf_printf(&r->order, "%c%zu ", c->dir == C2S ? 'c' : 's', c->bytes.n);
}

static void
on_gap(void *owner, int dir, const struct gap *g)
{
	struct rig *r = owner;

	assert_true(g->len > 0);
	put_out(r, dir, g->off, NULL, (size_t)g->len);
	r->n_gaps[dir]++;
	r->reason = g->reason;
	r->about[dir] |= g->reason == GAP_ABOUT;
}

static void
rig_begin(struct rig *r, uint16_t suite)
{
	*r = (struct rig){ 0 };
	seal_init(&r->seal, suite, 7);
	r->secrets = tls_secrets_new(NULL);
}

static void
rig_open(struct rig *r)
{
	static const struct tls_opener_events events = { on_turn, on_gap,
		NULL };
	const struct tls_opener_setup setup = { &events, r, r->secrets,
		r->grows, r->midstream, r->vain };

	for (int i = 0; i < 2; i++) {
		buf_reset(&r->out[i]);
		buf_reset(&r->known[i]);
		r->n_gaps[i] = 0;
		r->about[i] = false;
	}
	buf_reset(&r->order);
	r->opener = tls_opener_new(&setup);
}

static void
rig_end(struct rig *r)
{
	tls_opener_free(r->opener);
	tls_secrets_free(r->secrets);
	for (int i = 0; i < 2; i++) {
		buf_free(&r->wire[i]);
		buf_free(&r->text[i]);
		buf_free(&r->out[i]);
		buf_free(&r->known[i]);
	}
	buf_free(&r->said);
	buf_free(&r->order);
}

/* What was added to the wire of dir since then was said now. */
static void
note_said(struct rig *r, int dir, size_t before)
{
	const struct said s = { dir, before, r->wire[dir].n - before };

	buf_put(&r->said, &s, sizeof s);
}

static void
say_clear(struct rig *r, int dir, const char *text)
{
	size_t before = r->wire[dir].n;

	buf_str(&r->wire[dir], text);
	buf_str(&r->text[dir], text);
	note_said(r, dir, before);
}

static void
say_sealed(struct rig *r, int dir, uint8_t type, struct slice s, size_t padding)
{
	size_t before = r->wire[dir].n;

	seal_record(&r->seal, &r->wire[dir], dir, type, s, padding);
	if (type == DATA)
		buf_put(&r->text[dir], s.p, s.n);
	note_said(r, dir, before);
}

/* A record of n bytes of text, each as its offset has it. */
static void
say(struct rig *r, int dir, size_t n)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < n; i++)
		buf_byte(&b,
		    (uint8_t)((r->text[dir].n + i) * 2654435761u >> 16));
	say_sealed(r, dir, DATA, (struct slice){ b.p, b.n }, 0);
	buf_free(&b);
}

static void
say_message(struct rig *r, int dir, uint8_t type, const void *p, size_t n)
{
	struct buf b = { 0 };

	seal_message(&b, type, p, n);
	say_sealed(r, dir, HANDSHAKE, (struct slice){ b.p, b.n }, 0);
	buf_free(&b);
}

static void
say_client_hello(struct rig *r, bool early)
{
	size_t before = r->wire[C2S].n;

	seal_client_hello(&r->seal, &r->wire[C2S], early);
	note_said(r, C2S, before);
}

static void
say_plain(struct rig *r, int dir, uint8_t type, const void *p, size_t n)
{
	size_t before = r->wire[dir].n;

	seal_plain(&r->wire[dir], type, p, n);
	note_said(r, dir, before);
}

static void
say_server_hello(struct rig *r, bool psk)
{
	size_t before = r->wire[S2C].n;

	seal_server_hello(&r->seal, &r->wire[S2C], psk);
	note_said(r, S2C, before);
}

/* What the server says sealed in a handshake of TLS 1.3. */
static void
say_server_flight(struct rig *r, bool takes_early)
{
	static const uint8_t none[] = { 0, 0 }, early[] = { 0, 4, 0, 42, 0, 0 };
	uint8_t certificate[900] = { 0 };

	say_plain(r, S2C, 20, "\1", 1);
	seal_begin(&r->seal, S2C, TLS_LABEL_SERVER_HANDSHAKE);
	say_message(r, S2C, 8, takes_early ? early : none,
	    takes_early ? sizeof early : sizeof none);
	say_message(r, S2C, 11, certificate, sizeof certificate);
	say_message(r, S2C, 20, certificate, 32);
	seal_begin(&r->seal, S2C, TLS_LABEL_SERVER_TRAFFIC);
}

static void
say_client_finished(struct rig *r)
{
	uint8_t finished[32] = { 0 };

	seal_begin(&r->seal, C2S, TLS_LABEL_CLIENT_HANDSHAKE);
	say_message(r, C2S, 20, finished, sizeof finished);
	seal_begin(&r->seal, C2S, TLS_LABEL_CLIENT_TRAFFIC);
}

static void
say_handshake_1_2(struct rig *r)
{
	uint8_t finished[12] = { 0 };

	say_client_hello(r, false);
	say_server_hello(r, false);
	say_plain(r, C2S, 20, "\1", 1);
	seal_begin(&r->seal, C2S, TLS_LABEL_MASTER);
	say_message(r, C2S, 20, finished, sizeof finished);
	say_plain(r, S2C, 20, "\1", 1);
	seal_begin(&r->seal, S2C, TLS_LABEL_MASTER);
	say_message(r, S2C, 20, finished, sizeof finished);
}

static void
say_handshake(struct rig *r)
{
	if (r->seal.version == TLS_1_2) {
		say_handshake_1_2(r);
		return;
	}
	say_client_hello(r, false);
	say_server_hello(r, false);
	say_server_flight(r, false);
	say_client_finished(r);
}

/* ------------------------------------------------------------------ how it goes by */

static void
feed(struct rig *r, int dir, size_t off, size_t n)
{
	/* A copy of its own, so that a sanitizer sees what is read behind. */
	uint8_t *copy = malloc(n);
	const struct chunk c = {
		.dir = dir,
		.off = off,
		.bytes = { copy, n },
		.packet = 1,
		.ordinal = 1,
	};

	assert_non_null(copy);
	memcpy(copy, r->wire[dir].p + off, n);
	tls_opener_turn(r->opener, &c);
	free(copy);
}

/* How pieces are cut, and which are lost. */
struct way {
	size_t piece;	    /* bytes at most; 0: as they were said */
	struct rng *random; /* cut and lose by chance */
	unsigned lose;	    /* one in so many pieces, 0: none */
	size_t from[2];	    /* only bytes from there on */
	/* These bytes are lost. */
	int lost_dir;
	size_t lost_from;
	size_t lost_to;
};

static void
lose(struct rig *r, int dir, size_t off, size_t n)
{
	const struct gap g = { off, n, GAP_NOT_CAPTURED };

	tls_opener_gap(r->opener, dir, &g);
}

static void
go_piece(struct rig *r, const struct way *w, int dir, size_t off, size_t n)
{
	if (off + n <= w->from[dir])
		return;
	if (off < w->from[dir]) {
		n -= w->from[dir] - off;
		off = w->from[dir];
	}
	if (w->lost_to > w->lost_from && dir == w->lost_dir &&
	    off < w->lost_to && off + n > w->lost_from) {
		size_t a = off > w->lost_from ? off : w->lost_from;
		size_t b = off + n < w->lost_to ? off + n : w->lost_to;

		if (a > off)
			feed(r, dir, off, a - off);
		lose(r, dir, a, b - a);
		if (b < off + n)
			feed(r, dir, b, off + n - b);
	} else if (w->lose > 0 && rng_one_in(w->random, w->lose)) {
		lose(r, dir, off, n);
	} else {
		feed(r, dir, off, n);
	}
}

static void
go_all(struct rig *r, const struct way *w)
{
	for (size_t i = 0; i < r->said.n; i += sizeof(struct said)) {
		struct said s;
		size_t n;

		memcpy(&s, r->said.p + i, sizeof s);
		for (size_t at = 0; at < s.n; at += n) {
			n = w->piece > 0 ? w->piece : s.n;
			if (w->random != NULL)
				n = 1 + rng_below(w->random, n);
			if (n > s.n - at)
				n = s.n - at;
			go_piece(r, w, s.dir, s.off + at, n);
		}
	}
}

static void
go_once(struct rig *r, const struct way *w)
{
	rig_open(r);
	go_all(r, w);
	tls_opener_finish(r->opener);
}

static void
close_opener(struct rig *r)
{
	tls_opener_free(r->opener);
	r->opener = NULL;
}

static void
assert_all_of(const struct rig *r, int dir)
{
	assert_int_equal(r->out[dir].n, r->text[dir].n);
	if (r->out[dir].n > 0)
		assert_memory_equal(r->out[dir].p, r->text[dir].p,
		    r->out[dir].n);
}

static void
assert_all(const struct rig *r)
{
	assert_all_of(r, C2S);
	assert_all_of(r, S2C);
	assert_int_equal(r->n_gaps[0] + r->n_gaps[1], 0);
}

/* What is told is the text at its offset. */
static size_t
assert_part_of(const struct rig *r, int dir)
{
	size_t n = 0;

	for (size_t i = 0; i < r->out[dir].n; i++) {
		if (!r->known[dir].p[i])
			continue;
		assert_true(i < r->text[dir].n);
		assert_int_equal(r->out[dir].p[i], r->text[dir].p[i]);
		n++;
	}
	return n;
}

static const struct tls_opened *
facts(struct rig *r)
{
	return tls_opener_facts(r->opener);
}

/* The wire as it is, in the pieces in which it came. */
static void
assert_wire(struct rig *r, enum tls_reason reason)
{
	for (int dir = 0; dir < 2; dir++) {
		assert_int_equal(r->out[dir].n, r->wire[dir].n);
		assert_memory_equal(r->out[dir].p, r->wire[dir].p,
		    r->wire[dir].n);
	}
	assert_int_equal(facts(r)->decrypted, TLS_DECRYPTED_NO);
	assert_int_equal(facts(r)->reason, reason);
	assert_int_equal(facts(r)->side[0].bytes, 0);
}

static const uint16_t suites[] = { SEAL_GCM_1_3, SEAL_CHACHA_1_3,
	SEAL_GCM_1_2 };
static const struct way as_said = { 0 };

static void
begin_talk(struct rig *r, uint16_t suite)
{
	rig_begin(r, suite);
	seal_tell_secrets(&r->seal, r->secrets);
	say_handshake(r);
}

/* ----------------------------------------------------------------------- the tests */

static void
test_opened(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(suites); i++) {
		struct rig r;

		begin_talk(&r, suites[i]);
		say(&r, C2S, 100);
		say(&r, S2C, 16384);
		say(&r, S2C, 1);
		say(&r, S2C, 0);
		say(&r, C2S, 30);
		for (size_t piece = 0; piece < 40; piece += 13) {
			go_once(&r, &(struct way){ .piece = piece });
			assert_all(&r);
			buf_byte(&r.order, 0);
			assert_string_equal((char *)r.order.p,
			    "c100 s16384 s1 c30 ");
			assert_int_equal(facts(&r)->decrypted,
			    TLS_DECRYPTED_YES);
			assert_int_equal(facts(&r)->client, C2S);
			assert_int_equal(facts(&r)->suite, suites[i]);
			assert_int_equal(facts(&r)->side[S2C].bytes, 16385);
			assert_true(tls_opener_memory(r.opener) < 12000);
			close_opener(&r);
		}
		go_once(&r, &(struct way){ .piece = 1 });
		assert_all(&r);
		rig_end(&r);
	}
}

/* No secret for it: as it is, and at once. */
static void
test_no_keys(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, SEAL_GCM_1_3);
	seal_tell_secrets(&r.seal, r.secrets);
	r.seal.client_random[3] ^= 1;
	say_handshake(&r);
	say(&r, C2S, 100);
	rig_open(&r);
	feed(&r, C2S, 0, 200);
	assert_int_equal(r.out[C2S].n, 200);
	close_opener(&r);
	go_once(&r, &as_said);
	assert_wire(&r, TLS_NO_KEYS);
	assert_true(facts(&r)->seen);
	rig_end(&r);
}

static void
test_wrong_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(suites); i++) {
		struct rig r;

		begin_talk(&r, suites[i]);
		r.seal.master[0] ^= 1;
		for (int l = 0; l < 6; l++)
			r.seal.traffic[l][0] ^= 1;
		tls_secrets_free(r.secrets);
		r.secrets = tls_secrets_new(NULL);
		seal_tell_secrets(&r.seal, r.secrets);
		for (int n = 0; n < 20; n++)
			say(&r, S2C, 8000);
		go_once(&r, &as_said);
		assert_wire(&r, TLS_WRONG_KEYS);
		rig_end(&r);
	}
}

/* Wrong secrets beside the right ones. */
static void
test_several_keys(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, SEAL_GCM_1_3);
	for (int l = TLS_LABEL_CLIENT_EARLY; l <= TLS_LABEL_SERVER_TRAFFIC; l++)
		tls_secrets_add(r.secrets, (enum tls_label)l,
		    r.seal.client_random,
		    (struct slice){ r.seal.server_random, 32 });
	seal_tell_secrets(&r.seal, r.secrets);
	say_handshake(&r);
	say(&r, C2S, 100);
	say(&r, S2C, 100);
	go_once(&r, &as_said);
	assert_all(&r);
	rig_end(&r);
}

static void
test_one_side(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, SEAL_GCM_1_3);
	seal_tell_secret(&r.seal, r.secrets, TLS_LABEL_CLIENT_HANDSHAKE);
	seal_tell_secret(&r.seal, r.secrets, TLS_LABEL_CLIENT_TRAFFIC);
	say_handshake(&r);
	say(&r, C2S, 100);
	say(&r, S2C, 100);
	go_once(&r, &as_said);
	assert_all_of(&r, C2S);
	assert_int_equal(assert_part_of(&r, S2C), 0);
	assert_int_equal(r.reason, GAP_NOT_DECRYPTED);
	assert_int_equal(facts(&r)->decrypted, TLS_DECRYPTED_PARTLY);
	assert_int_equal(facts(&r)->reason, TLS_NO_KEYS);
	rig_end(&r);
}

static void
test_unknown_suite(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, SEAL_GCM_1_2);
	seal_tell_secrets(&r.seal, r.secrets);
	r.seal.suite = 0xc011;
	say_handshake(&r);
	go_once(&r, &as_said);
	assert_wire(&r, TLS_UNKNOWN_SUITE);
	rig_end(&r);
}

static void
test_compressed(void **state)
{
	struct rig r;

	(void)state;
	begin_talk(&r, SEAL_GCM_1_2);
	/* Behind two headers, version, random, no session id, and suite. */
	r.wire[S2C].p[5 + 4 + 2 + 32 + 1 + 2] = 1;
	go_once(&r, &as_said);
	assert_wire(&r, TLS_UNKNOWN_SUITE);
	rig_end(&r);
}

/* What is said before a hello is part of the conversation. */
static void
test_behind_clear(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(suites); i++) {
		struct rig r;

		rig_begin(&r, suites[i]);
		seal_tell_secrets(&r.seal, r.secrets);
		say_clear(&r, S2C, "220 ready\r\n");
		say_clear(&r, C2S, "STARTTLS\r\n");
		say_clear(&r, S2C, "220 go ahead\r\n");
		say_handshake(&r);
		say(&r, C2S, 50);
		say(&r, S2C, 60);
		go_once(&r, &as_said);
		assert_all(&r);
		assert_int_equal(facts(&r)->side[C2S].bytes, 60);
		rig_end(&r);
	}
}

/* A line of a proxy and the hello in one piece. */
static void
test_behind_line(void **state)
{
	struct rig r;
	size_t n;

	(void)state;
	rig_begin(&r, SEAL_GCM_1_3);
	seal_tell_secrets(&r.seal, r.secrets);
	say_clear(&r, C2S, "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n");
	say_handshake(&r);
	say(&r, C2S, 50);
	rig_open(&r);
	n = strlen("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n") + 60;
	feed(&r, C2S, 0, n);
	feed(&r, C2S, n, 20);
	assert_int_equal(r.out[C2S].n, n - 60);
	rig_end(&r);
}

static void
test_no_tls(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, SEAL_GCM_1_3);
	seal_tell_secrets(&r.seal, r.secrets);
	say_clear(&r, C2S, "\x16\x03\x01");
	say_clear(&r, C2S, "not a hello");
	say_clear(&r, S2C, "hello");
	say_clear(&r, C2S, "GET / HTTP/1.1\r\n\r\n");
	go_once(&r, &as_said);
	assert_all(&r);
	assert_false(facts(&r)->seen);
	assert_string_equal(buf_cstr(&r.order), "c3 c11 s5 c18 ");
	rig_end(&r);
}

static void
test_key_update(void **state)
{
	struct rig r;

	(void)state;
	begin_talk(&r, SEAL_GCM_1_3);
	for (int i = 0; i < 3; i++) {
		say(&r, C2S, 100);
		say_message(&r, C2S, 24, "\1", 1);
		seal_update(&r.seal, C2S);
		say(&r, C2S, 50);
		say(&r, S2C, 70);
		say_message(&r, S2C, 24, "", 1);
		seal_update(&r.seal, S2C);
	}
	say(&r, S2C, 5);
	go_once(&r, &(struct way){ .piece = 33 });
	assert_all(&r);
	rig_end(&r);
}

static void
say_early(struct rig *r, bool psk, bool taken)
{
	struct buf text = { 0 };

	buf_str(&text, "POST / HTTP/1.1\r\n\r\n");
	say_client_hello(r, true);
	seal_begin(&r->seal, C2S, TLS_LABEL_CLIENT_EARLY);
	say_sealed(r, C2S, DATA, (struct slice){ text.p, text.n }, 0);
	if (!taken)
		r->text[C2S].n = 0;
	say_server_hello(r, psk);
	say_server_flight(r, taken);
	say(r, S2C, 20);
	if (taken)
		say_message(r, C2S, 5, "", 0);
	say_client_finished(r);
	say(r, C2S, 40);
	say(r, S2C, 30);
	buf_free(&text);
}

static void
test_early(void **state)
{
	static const struct {
		bool psk;
		bool taken;
		enum tls_early want;
	} rows[] = {
		{ true, true, TLS_EARLY_ACCEPTED },
		{ true, false, TLS_EARLY_REFUSED },
		{ false, false, TLS_EARLY_REFUSED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rig r;

		rig_begin(&r, SEAL_GCM_1_3);
		seal_tell_secrets(&r.seal, r.secrets);
		say_early(&r, rows[i].psk, rows[i].taken);
		go_once(&r, &(struct way){ .piece = 100 });
		assert_all(&r);
		assert_int_equal(facts(&r)->early, rows[i].want);
		assert_int_equal(facts(&r)->early_bytes, 19);
		assert_int_equal(facts(&r)->decrypted, TLS_DECRYPTED_YES);
		assert_string_equal(buf_cstr(&r.order),
		    rows[i].taken ? "c19 s20 c40 s30 " : "s20 c40 s30 ");
		rig_end(&r);
	}
}

/* Without the server's secrets only EndOfEarlyData tells. */
static void
test_early_unknown(void **state)
{
	(void)state;
	for (int taken = 0; taken < 2; taken++) {
		struct rig r;

		rig_begin(&r, SEAL_GCM_1_3);
		seal_tell_secret(&r.seal, r.secrets, TLS_LABEL_CLIENT_EARLY);
		say_early(&r, true, taken == 1);
		go_once(&r, &as_said);
		assert_int_equal(facts(&r)->early,
		    taken == 1 ? TLS_EARLY_ACCEPTED : TLS_EARLY_OFFERED);
		assert_int_equal(assert_part_of(&r, C2S), taken == 1 ? 19 : 0);
		rig_end(&r);
	}
}

/* ----------------------------------------------------------------------- with holes */

/* Any hole in the records of a side: what is lost is told to the byte. */
static void
test_hole_exact(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(suites); i++) {
		struct rig r;
		size_t from, end;

		begin_talk(&r, suites[i]);
		say(&r, C2S, 10);
		say(&r, S2C, 10);
		from = r.wire[S2C].n;
		for (int n = 0; n < 12; n++)
			say(&r, S2C, 100 + 37 * (size_t)n);
		end = r.wire[S2C].n;
		say(&r, S2C, 11);
		say(&r, C2S, 10);
		for (size_t a = from; a < end; a += 61)
			for (size_t b = a + 1; b < end; b += 331) {
				go_once(&r,
				    &(struct way){ .piece = 500,
					.lost_dir = S2C,
					.lost_from = a,
					.lost_to = b });
				assert_all_of(&r, C2S);
				assert_int_equal(r.out[S2C].n, r.text[S2C].n);
				assert_true(assert_part_of(&r, S2C) >= 11);
				assert_int_equal(r.n_gaps[S2C], 1);
				assert_int_equal(r.reason, GAP_NOT_CAPTURED);
				assert_int_equal(facts(&r)->decrypted,
				    TLS_DECRYPTED_YES);
				close_opener(&r);
			}
		rig_end(&r);
	}
}

/* What a server of TLS 1.3 says first may be a ticket: wherever the hole begins
 * behind the Finished, its text is at most so long. */
static void
test_hole_first(void **state)
{
	struct rig r;
	size_t from, end;

	(void)state;
	begin_talk(&r, SEAL_GCM_1_3);
	say(&r, C2S, 10);
	from = r.wire[S2C].n;
	for (int n = 0; n < 3; n++)
		say(&r, S2C, 100);
	end = r.wire[S2C].n;
	say(&r, S2C, 11);
	for (size_t b = from + 1; b < end; b += 50) {
		go_once(&r,
		    &(struct way){ .piece = 500,
			.lost_dir = S2C,
			.lost_from = from,
			.lost_to = b });
		assert_int_equal(r.n_gaps[S2C], 1);
		assert_int_equal(r.reason, GAP_ABOUT);
		close_opener(&r);
	}
	rig_end(&r);
}

/* A record behind the hole that waits for no other is told before the peer
 * speaks. */
static void
test_hole_order(void **state)
{
	struct rig r;
	size_t at;

	(void)state;
	begin_talk(&r, SEAL_GCM_1_3);
	say(&r, C2S, 10);
	at = r.wire[S2C].n;
	say(&r, S2C, 1000);
	say(&r, S2C, 100);
	say(&r, C2S, 20);
	say(&r, S2C, 30);
	go_once(&r,
	    &(struct way){ .lost_dir = S2C,
		.lost_from = at + 3,
		.lost_to = at + 400 });
	assert_string_equal(buf_cstr(&r.order), "c10 s100 c20 s30 ");
	assert_int_equal(facts(&r)->side[S2C].records_lost, 1);
	assert_int_equal(facts(&r)->side[S2C].missing, 1000);
	rig_end(&r);
}

static void
test_hole_padded(void **state)
{
	struct rig r;
	size_t at;

	(void)state;
	begin_talk(&r, SEAL_GCM_1_3);
	say_sealed(&r, S2C, DATA, (struct slice){ (const uint8_t *)"abc", 3 },
	    50);
	at = r.wire[S2C].n;
	say_sealed(&r, S2C, DATA, (struct slice){ (const uint8_t *)"def", 3 },
	    60);
	say_sealed(&r, S2C, DATA, (struct slice){ (const uint8_t *)"ghi", 3 },
	    0);
	go_once(&r,
	    &(struct way){ .lost_dir = S2C,
		.lost_from = at + 3,
		.lost_to = at + 9 });
	assert_int_equal(r.reason, GAP_ABOUT);
	assert_int_equal(r.out[S2C].n, 3 + 63 + 3);
	assert_memory_equal(r.out[S2C].p + 66, "ghi", 3);
	rig_end(&r);
}

/* A KeyUpdate, a whole flight, or a change of ciphers is lost. */
static void
test_hole_epoch(void **state)
{
	struct rig r;
	size_t at;

	(void)state;
	begin_talk(&r, SEAL_GCM_1_3);
	say(&r, S2C, 100);
	at = r.wire[S2C].n;
	say(&r, S2C, 200);
	say_message(&r, S2C, 24, "", 1);
	seal_update(&r.seal, S2C);
	say(&r, S2C, 300);
	say(&r, S2C, 50);
	go_once(&r,
	    &(struct way){ .lost_dir = S2C,
		.lost_from = at + 3,
		.lost_to = at + 260 });
	/* How many records there were before the KeyUpdate cannot be known. */
	assert_in_range(r.out[S2C].n, 650, 650 + 22);
	assert_memory_equal(r.out[S2C].p + r.out[S2C].n - 50,
	    r.text[S2C].p + 600, 50);
	assert_int_equal(r.reason, GAP_ABOUT);
	rig_end(&r);
}

/* Of a retry the first hello was not captured: what the client says before the
 * second is no text. */
static void
test_hole_retry(void **state)
{
	struct rig r;
	size_t n;

	(void)state;
	rig_begin(&r, SEAL_GCM_1_3);
	seal_tell_secrets(&r.seal, r.secrets);
	say_client_hello(&r, false);
	n = r.wire[C2S].n;
	say_plain(&r, C2S, 20, "\1", 1);
	say_handshake(&r);
	say(&r, C2S, 30);
	go_once(&r, &(struct way){ .lost_dir = C2S, .lost_to = n });
	assert_int_equal(r.out[C2S].n, n + 30);
	assert_memory_equal(r.out[C2S].p + n, r.text[C2S].p, 30);
	rig_end(&r);
}

static void
test_hole_handshake(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(suites); i++) {
		struct rig r;
		size_t hello, end;

		rig_begin(&r, suites[i]);
		seal_tell_secrets(&r.seal, r.secrets);
		say_client_hello(&r, false);
		say_server_hello(&r, false);
		hello = r.wire[S2C].n;
		rig_end(&r);
		begin_talk(&r, suites[i]);
		end = r.wire[S2C].n;
		say(&r, C2S, 10);
		say(&r, S2C, 100);
		say(&r, S2C, 200);
		for (size_t a = hello; a < end; a += 7) {
			go_once(&r,
			    &(struct way){ .lost_dir = S2C,
				.lost_from = a,
				.lost_to = end });
			/* The application's records begin at number 0. */
			assert_all(&r);
			close_opener(&r);
		}
		rig_end(&r);
	}
}

/* By chance, of which the handshake is spared. */
static void
test_random(void **state)
{
	struct rng random = { rng_seed() };
	int opened = 0;

	(void)state;
	for (int round = 0; round < 150; round++) {
		struct rig r;

		begin_talk(&r, suites[round % 3]);
		for (int n = 0; n < 60; n++)
			say(&r, (int)rng_below(&random, 2),
			    rng_below(&random,
				rng_one_in(&random, 9) ? 16385 : 400));
		go_once(&r,
		    &(struct way){ .piece = 1500,
			.random = &random,
			.lose = 1 + rng_below(&random, 40) });
		if (facts(&r)->decrypted != TLS_DECRYPTED_NO) {
			(void)assert_part_of(&r, C2S);
			(void)assert_part_of(&r, S2C);
			opened++;
		}
		rig_end(&r);
	}
	assert_true(opened > 50);
}

/* --------------------------------------------------------------- what else happens */

static void
test_broken(void **state)
{
	struct rig r;
	size_t before;

	(void)state;
	begin_talk(&r, SEAL_GCM_1_3);
	say(&r, S2C, 100);
	before = r.wire[S2C].n;
	buf_str(&r.wire[S2C], "this is no record");
	note_said(&r, S2C, before);
	say(&r, C2S, 10);
	go_once(&r, &as_said);
	assert_int_equal(assert_part_of(&r, S2C), 100);
	assert_int_equal(r.reason, GAP_NOT_DECRYPTED);
	assert_int_equal(facts(&r)->reason, TLS_BROKEN);
	assert_int_equal(facts(&r)->decrypted, TLS_DECRYPTED_PARTLY);
	assert_all_of(&r, C2S);
	rig_end(&r);
}

/* A record that somebody changed costs itself alone. */
static void
test_changed(void **state)
{
	struct rig r;
	size_t at;

	(void)state;
	begin_talk(&r, SEAL_GCM_1_3);
	say(&r, S2C, 100);
	at = r.wire[S2C].n;
	say(&r, S2C, 200);
	say(&r, S2C, 300);
	r.wire[S2C].p[at + 20] ^= 1;
	go_once(&r, &as_said);
	assert_int_equal(assert_part_of(&r, S2C), 400);
	assert_int_equal(r.out[S2C].n, 600);
	assert_int_equal(r.reason, GAP_NOT_DECRYPTED);
	assert_int_equal(facts(&r)->decrypted, TLS_DECRYPTED_PARTLY);
	rig_end(&r);
}

/* Much of what cannot be opened: work is bounded, and so is memory. */
static void
test_limit(void **state)
{
	struct rig r;
	size_t before;

	(void)state;
	begin_talk(&r, SEAL_GCM_1_3);
	say(&r, S2C, 100);
	before = r.wire[S2C].n;
	seal_begin(&r.seal, S2C, TLS_LABEL_CLIENT_EARLY);
	for (int i = 0; i < 400; i++)
		say(&r, S2C, 16000);
	go_once(&r,
	    &(struct way){ .piece = 20000,
		.lost_dir = S2C,
		.lost_from = before,
		.lost_to = before + 100000 });
	assert_int_equal(assert_part_of(&r, S2C), 100);
	assert_int_equal(facts(&r)->reason, TLS_LIMIT);
	assert_true(tls_opener_memory(r.opener) < 200000);
	rig_end(&r);
}

/* Secrets that come when the session has begun. */
static void
test_late_secrets(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, SEAL_GCM_1_3);
	r.grows = true;
	say_handshake(&r);
	say(&r, C2S, 100);
	rig_open(&r);
	go_all(&r, &as_said);
	assert_int_equal(r.out[C2S].n, 0);
	seal_tell_secrets(&r.seal, r.secrets);
	tls_opener_finish(r.opener);
	assert_all(&r);
	rig_end(&r);
}

/* ... or not: 64 KiB wait, and then it passes. */
static void
test_no_late_secrets(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, SEAL_GCM_1_3);
	r.grows = true;
	say_handshake(&r);
	for (int i = 0; i < 3; i++)
		say(&r, S2C, 16000);
	rig_open(&r);
	feed(&r, C2S, 0, r.wire[C2S].n);
	feed(&r, S2C, 0, r.wire[S2C].n);
	assert_int_equal(r.out[S2C].n, 0);
	close_opener(&r);
	for (int i = 0; i < 2; i++)
		say(&r, S2C, 16000);
	rig_open(&r);
	feed(&r, C2S, 0, r.wire[C2S].n);
	feed(&r, S2C, 0, r.wire[S2C].n);
	assert_int_equal(r.out[S2C].n, r.wire[S2C].n);
	tls_opener_finish(r.opener);
	assert_wire(&r, TLS_NO_KEYS);
	rig_end(&r);
}

/* Secrets of the handshake alone are there at first. */
static void
begin_half(struct rig *r)
{
	rig_begin(r, SEAL_GCM_1_3);
	r->grows = true;
	seal_tell_secret(&r->seal, r->secrets, TLS_LABEL_CLIENT_HANDSHAKE);
	seal_tell_secret(&r->seal, r->secrets, TLS_LABEL_SERVER_HANDSHAKE);
	say_handshake(r);
	say(r, C2S, 100);
	say(r, S2C, 200);
	say(r, C2S, 300);
}

static void
test_late_traffic_secrets(void **state)
{
	struct rig r;

	(void)state;
	for (size_t piece = 0; piece < 200; piece += 37) {
		begin_half(&r);
		rig_open(&r);
		go_all(&r, &(struct way){ .piece = piece });
		assert_int_equal(r.out[C2S].n + r.out[S2C].n, 0);
		seal_tell_secret(&r.seal, r.secrets, TLS_LABEL_SERVER_TRAFFIC);
		seal_tell_secret(&r.seal, r.secrets, TLS_LABEL_CLIENT_TRAFFIC);
		say(&r, S2C, 10);
		feed(&r, S2C, r.wire[S2C].n - 32, 32);
		assert_all(&r);
		assert_string_equal(buf_cstr(&r.order), "c100 s200 c300 s10 ");
		tls_opener_finish(r.opener);
		assert_int_equal(facts(&r)->decrypted, TLS_DECRYPTED_YES);
		rig_end(&r);
	}
}

/* One of them never comes. */
static void
test_no_late_traffic_secret(void **state)
{
	struct rig r;

	(void)state;
	begin_half(&r);
	seal_tell_secret(&r.seal, r.secrets, TLS_LABEL_CLIENT_TRAFFIC);
	go_once(&r, &as_said);
	assert_all_of(&r, C2S);
	assert_int_equal(assert_part_of(&r, S2C), 0);
	close_opener(&r);
	for (int i = 0; i < 10; i++)
		say(&r, S2C, 8000);
	say(&r, C2S, 5);
	rig_open(&r);
	go_all(&r, &as_said);
	/* It has waited long enough. */
	assert_all_of(&r, C2S);
	assert_true(tls_opener_memory(r.opener) < 20000);
	tls_opener_finish(r.opener);
	assert_int_equal(facts(&r)->decrypted, TLS_DECRYPTED_PARTLY);
	rig_end(&r);
}

static void
test_midstream(void **state)
{
	struct rig r, other;
	struct way w = { .piece = 1000 };
	size_t lost[2];

	(void)state;
	for (int swap = 0; swap < 2; swap++) {
		begin_talk(&r, SEAL_CHACHA_1_3);
		seal_init(&other.seal, SEAL_GCM_1_3, 99);
		seal_tell_secrets(&other.seal, r.secrets);
		r.midstream = true;
		for (int i = 0; i < 30; i++) {
			say(&r, C2S, 200);
			say(&r, S2C, 900);
		}
		w.from[C2S] = r.wire[C2S].n - 40;
		w.from[S2C] = r.wire[S2C].n - 400;
		lost[C2S] = r.text[C2S].n;
		lost[S2C] = r.text[S2C].n;
		for (int i = 0; i < 10; i++) {
			say(&r, C2S, 50);
			say(&r, S2C, 70);
		}
		go_once(&r, &w);
		assert_int_equal(r.n_gaps[0] + r.n_gaps[1], 0);
		for (int dir = 0; dir < 2; dir++) {
			assert_int_equal(r.out[dir].n,
			    r.text[dir].n - lost[dir]);
			assert_memory_equal(r.out[dir].p,
			    r.text[dir].p + lost[dir], r.out[dir].n);
		}
		assert_int_equal(facts(&r)->client, C2S);
		assert_int_equal(facts(&r)->suite, SEAL_CHACHA_1_3);
		assert_int_equal(facts(&r)->decrypted, TLS_DECRYPTED_YES);
		rig_end(&r);
	}
}

/* What is text does not wait; what is none passes. */
static void
test_midstream_other(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, SEAL_GCM_1_3);
	seal_tell_secrets(&r.seal, r.secrets);
	r.midstream = true;
	say_clear(&r, C2S, "GET / HTTP/1.1\r\n\r\n");
	go_once(&r, &as_said);
	assert_all(&r);
	close_opener(&r);
	buf_reset(&r.wire[C2S]);
	buf_reset(&r.text[C2S]);
	buf_reset(&r.said);
	say_clear(&r, C2S, "\x80\x90\x01 neither text nor TLS");
	go_once(&r, &as_said);
	assert_all(&r);
	assert_false(facts(&r)->seen);
	rig_end(&r);
}

/* What other sessions have tried in vain is not tried again. */
static void
test_midstream_in_vain(void **state)
{
	(void)state;
	for (int spent = 0; spent < 2; spent++) {
		uint64_t vain = spent ? LIMIT_TLS_VAIN : 0;
		struct rig r;

		begin_talk(&r, SEAL_GCM_1_3);
		r.midstream = true;
		r.vain = &vain;
		for (int i = 0; i < 500; i++)
			say(&r, C2S, 20);
		for (int dir = 0; dir < 2; dir++) {
			buf_reset(&r.wire[dir]);
			buf_reset(&r.text[dir]);
		}
		buf_reset(&r.said);
		say(&r, C2S, 20);
		go_once(&r, &as_said);
		assert_int_equal(facts(&r)->decrypted,
		    spent ? TLS_DECRYPTED_NO : TLS_DECRYPTED_YES);
		assert_true(vain < LIMIT_TLS_VAIN + 10000);
		rig_end(&r);
	}
}

/* A second handshake within the records of the first has keys of its own. */
static void
test_renegotiation(void **state)
{
	uint8_t finished[12] = { 0 };
	struct buf hello = { 0 };
	struct rig r;

	(void)state;
	begin_talk(&r, SEAL_GCM_1_2);
	say(&r, C2S, 10);
	r.seal.client_random[0] ^= 1;
	r.seal.server_random[0] ^= 1;
	seal_client_hello(&r.seal, &hello, false);
	say_sealed(&r, C2S, HANDSHAKE,
	    (struct slice){ hello.p + 5, hello.n - 5 }, 0);
	buf_reset(&hello);
	seal_server_hello(&r.seal, &hello, false);
	say_sealed(&r, S2C, HANDSHAKE,
	    (struct slice){ hello.p + 5, hello.n - 5 }, 0);
	r.seal.master[0] ^= 1;
	seal_tell_secrets(&r.seal, r.secrets);
	say(&r, S2C, 40);
	for (int dir = 0; dir < 2; dir++) {
		say_sealed(&r, dir, 20,
		    (struct slice){ (const uint8_t *)"\1", 1 }, 0);
		seal_begin(&r.seal, dir, TLS_LABEL_MASTER);
		say_message(&r, dir, 20, finished, sizeof finished);
	}
	say(&r, C2S, 50);
	say(&r, S2C, 60);
	go_once(&r, &(struct way){ .piece = 40 });
	assert_all(&r);
	assert_int_equal(facts(&r)->decrypted, TLS_DECRYPTED_YES);
	buf_free(&hello);
	rig_end(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opened),
		cmocka_unit_test(test_no_keys),
		cmocka_unit_test(test_wrong_keys),
		cmocka_unit_test(test_several_keys),
		cmocka_unit_test(test_one_side),
		cmocka_unit_test(test_unknown_suite),
		cmocka_unit_test(test_compressed),
		cmocka_unit_test(test_behind_clear),
		cmocka_unit_test(test_behind_line),
		cmocka_unit_test(test_no_tls),
		cmocka_unit_test(test_key_update),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_early_unknown),
		cmocka_unit_test(test_hole_exact),
		cmocka_unit_test(test_hole_first),
		cmocka_unit_test(test_hole_order),
		cmocka_unit_test(test_hole_padded),
		cmocka_unit_test(test_hole_epoch),
		cmocka_unit_test(test_hole_handshake),
		cmocka_unit_test(test_hole_retry),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_late_secrets),
		cmocka_unit_test(test_no_late_secrets),
		cmocka_unit_test(test_late_traffic_secrets),
		cmocka_unit_test(test_no_late_traffic_secret),
		cmocka_unit_test(test_midstream),
		cmocka_unit_test(test_midstream_other),
		cmocka_unit_test(test_midstream_in_vain),
		cmocka_unit_test(test_renegotiation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
