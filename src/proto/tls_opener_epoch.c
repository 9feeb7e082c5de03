/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tls_opener_epoch.c: which keys and which number open a record. */
#include "base/limit.h"
#include "proto/tls_kdf.h"
#include "proto/tls_opener_parts.h"

/* A record of no text, with the MAC of TLS_CBC, takes so much more than that. */
#define CBC_PADDING 1U
/* The longest record of all (RFC 5246, 6.2.3). */
#define RECORD_MAX ((uint64_t)TLS_HEADER + TLS_RECORD_MAX)
/* Making keys costs as much as opening so many bytes. */
#define KEYS_COST 1024
/* So many numbers are tried with each of the keys before more of any. */
#define FIRST_NUMBERS 64

size_t
opener_overhead(const struct tls_opener *o, const struct opener_side *s)
{
	const struct tls_suite *suite = &o->m.handshake.agreed.suite;
	uint16_t version = o->m.handshake.agreed.version;

	if (s->cipher != NULL) {
		suite = tls_cipher_suite(s->cipher);
		version = tls_cipher_version(s->cipher);
	} else if (!o->m.handshake.known) {
		return TLS_HEADER;
	}
	if (suite->mode != TLS_CBC)
		return tls_suite_overhead(suite, version);
	return TLS_HEADER + (version == TLS_1_0 ? 0U : TLS_BLOCK) +
	    tls_hash_size(suite->mac) + CBC_PADDING;
}

/* --------------------------------------------------------------------- trial */

/* What this session may try in vain of what all of them may. */
static uint64_t
share(const struct tls_opener *o)
{
	uint64_t vain = *o->setup.vain;

	return vain < LIMIT_TLS_VAIN ?
	    (LIMIT_TLS_VAIN - vain) / LIMIT_TLS_SHARE :
	    0;
}

/* Counts n more bytes in vain; paid: so many are not from the share. */
static void
count_vain(struct tls_opener *o, uint64_t *vain, size_t n, uint64_t paid)
{
	*vain += n;
	if (*vain > paid)
		*o->setup.vain += n;
}

static bool
may_try(struct tls_opener *o, size_t n)
{
	struct opener_machine *m = &o->m;
	uint64_t paid = LIMIT_TLS_TRIAL_FACTOR * m->delivered;
	uint64_t most = share(o);

	if (most > LIMIT_TLS_TRIAL)
		most = LIMIT_TLS_TRIAL;
	count_vain(o, &m->tried, n, paid);
	if (m->tried > most + paid)
		m->limit = true;
	return !m->limit;
}

bool
opener_may_search(const struct tls_opener *o, uint64_t n)
{
	return o->m.searched + n <=
	    share(o) + LIMIT_TLS_SEARCH_FACTOR * o->m.waited;
}

static void
count_searched(struct tls_opener *o, size_t n)
{
	count_vain(o, &o->m.searched, n, LIMIT_TLS_SEARCH_FACTOR * o->m.waited);
}

/* With one key and some numbers. */
static bool
try_numbers(struct tls_opener *o, struct tls_cipher *c,
    const struct opener_record *r, struct opener_numbers n, uint8_t *out,
    struct opener_found *f)
{
	const struct tls_sealed sealed = { r->header, r->body, r->before };

	for (uint64_t i = n.first; i <= n.last && !o->m.limit; i++) {
		if (tls_cipher_open(c, &sealed, i, out, &f->text)) {
			f->number = i;
			o->m.delivered += r->body.n;
			return true;
		}
		if (!may_try(o, r->body.n))
			return false;
	}
	return false;
}

/* As opener_find_number. */
static bool
search_numbers(struct tls_opener *o, struct tls_cipher *c,
    const struct opener_record *r, struct opener_numbers n, uint8_t *out,
    struct opener_found *f)
{
	const struct tls_sealed sealed = { r->header, r->body, r->before };

	for (uint64_t i = n.first; i <= n.last; i++) {
		if (!opener_may_search(o, r->body.n))
			return false;
		if (tls_cipher_open(c, &sealed, i, out, &f->text)) {
			f->number = i;
			o->m.delivered += r->body.n;
			return true;
		}
		count_searched(o, r->body.n);
	}
	return false;
}

bool
opener_find_number(struct tls_opener *o, const struct tls_suite *suite,
    struct slice secret, const struct opener_record *r, struct opener_numbers n,
    uint8_t *out, struct opener_found *f)
{
	struct tls_cipher *c;

	if (secret.n != tls_hash_size(suite->hash) ||
	    !opener_may_search(o, KEYS_COST))
		return false;
	count_searched(o, KEYS_COST);
	c = tls_cipher_of_traffic(suite, secret);
	if (search_numbers(o, c, r, n, out, f)) {
		f->cipher = c;
		return true;
	}
	tls_cipher_free(c);
	return false;
}

/* With a key that is not the side's yet: it becomes f's when it opens. */
static bool
try_new(struct tls_opener *o, struct tls_cipher *c,
    const struct opener_record *r, struct opener_numbers n, uint8_t *out,
    struct opener_found *f)
{
	if (may_try(o, KEYS_COST) && try_numbers(o, c, r, n, out, f)) {
		f->cipher = c;
		return true;
	}
	tls_cipher_free(c);
	return false;
}

/* With each traffic secret of a label. */
static bool
try_label(struct tls_opener *o, enum tls_label label,
    const struct tls_suite *suite, const struct opener_record *r,
    struct opener_numbers n, uint8_t *out, struct opener_found *f)
{
	const struct opener_handshake *h = &o->m.handshake;
	struct slice secret;
	size_t at = 0;

	while (!o->m.limit &&
	    tls_secrets_find(o->setup.secrets, label, h->agreed.client_random,
		&at, &secret)) {
		if (secret.n != tls_hash_size(suite->hash))
			continue;
		if (try_new(o, tls_cipher_of_traffic(suite, secret), r, n, out,
			f))
			return true;
	}
	return false;
}

static bool
has_label(const struct tls_opener *o, enum tls_label label)
{
	struct slice secret;
	size_t at = 0;

	return tls_secrets_find(o->setup.secrets, label,
	    o->m.handshake.agreed.client_random, &at, &secret);
}

bool
opener_has_secrets(const struct tls_opener *o)
{
	for (int i = TLS_LABEL_MASTER; i <= TLS_LABEL_SERVER_TRAFFIC; i++)
		if (has_label(o, (enum tls_label)i))
			return true;
	return false;
}

bool
opener_has_secrets_of(const struct tls_opener *o, int dir)
{
	if (!opener_is_1_3(o))
		return opener_has_secrets(o);
	if (opener_is_client(o, dir))
		return has_label(o, TLS_LABEL_CLIENT_HANDSHAKE) ||
		    has_label(o, TLS_LABEL_CLIENT_TRAFFIC);
	return has_label(o, TLS_LABEL_SERVER_HANDSHAKE) ||
	    has_label(o, TLS_LABEL_SERVER_TRAFFIC);
}

bool
opener_lacks_secret(const struct tls_opener *o, int dir)
{
	const struct opener_handshake *h = &o->m.handshake;
	const struct opener_side *s = &o->m.side[dir];

	if (!h->has_client || !h->has_server || !h->known)
		return false;
	if (!opener_is_1_3(o))
		return s->changed && !has_label(o, TLS_LABEL_MASTER);
	return s->epoch != EPOCH_APPLICATION &&
	    !has_label(o,
		opener_is_client(o, dir) ? TLS_LABEL_CLIENT_TRAFFIC :
					   TLS_LABEL_SERVER_TRAFFIC);
}

/* -------------------------------------------------------- the keys in order */

/* How many records may have been passed over before r. */
static struct opener_numbers
passed_over(const struct tls_opener *o, const struct opener_side *s,
    const struct opener_record *r)
{
	const struct opener_hole *h = &s->hole;
	uint64_t w = r->off - s->end;

	if (!h->missing)
		return (struct opener_numbers){ h->passed, h->passed };
	w = w > h->no_text ? w - h->no_text : 0;
	return (struct opener_numbers){ (w + RECORD_MAX - 1) / RECORD_MAX,
		w / opener_overhead(o, s) };
}

/* The first key that opens a record is that of the early data. */
static bool
find_early(struct tls_opener *o, const struct opener_record *r,
    struct opener_numbers n, uint8_t *out, struct opener_found *f)
{
	static const uint16_t suites[] = { 0x1301, 0x1302, 0x1303, 0x1304,
		0x1305 };
	struct tls_suite suite;

	for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
		if (tls_suite_find(suites[i], TLS_1_3, &suite) &&
		    try_label(o, TLS_LABEL_CLIENT_EARLY, &suite, r, n, out, f))
			return true;
	return false;
}

bool
opener_try_early(struct tls_opener *o, int dir, const struct opener_record *r,
    uint8_t *out, struct tls_text *text, uint64_t *lost)
{
	struct opener_early *e = &o->m.early;
	struct opener_side *s = &o->m.side[dir];
	struct opener_numbers n = passed_over(o, s, r);
	struct opener_found f = { 0 };

	if (e->state == TLS_EARLY_NONE || e->ended ||
	    !opener_is_client(o, dir) || s->epoch != EPOCH_CLEAR)
		return false;
	n.first += e->number;
	n.last += e->number;
	if (e->cipher != NULL) {
		if (!try_numbers(o, e->cipher, r, n, out, &f))
			return false;
	} else {
		if (!find_early(o, r, n, out, &f))
			return false;
		e->cipher = f.cipher;
	}
	*lost = f.number - e->number;
	e->number = f.number + 1;
	*text = f.text;
	return true;
}

/* What the record itself says of its number (RFC 5288, 3): the nonces of one
 * key seldom are anything but a counter. */
static bool
try_explicit(struct tls_opener *o, struct opener_side *s,
    const struct opener_record *r, struct opener_numbers n, uint8_t *out,
    struct opener_found *f)
{
	enum tls_mode mode = tls_cipher_suite(s->cipher)->mode;
	uint64_t d;

	if (tls_cipher_version(s->cipher) != TLS_1_2 || mode == TLS_CBC ||
	    mode == TLS_CHACHA || s->number == 0 || r->body.n < 8)
		return false;
	d = get_be64(r->body.p) - s->explicit - 1;
	if (d < n.first || d > n.last)
		return false;
	return try_numbers(o, s->cipher, r,
	    (struct opener_numbers){ s->number + d, s->number + d }, out, f);
}

static bool
try_present(struct tls_opener *o, struct opener_side *s,
    const struct opener_record *r, struct opener_numbers n, uint8_t *out,
    struct opener_found *f)
{
	if (s->cipher == NULL)
		return false;
	f->epoch = s->epoch;
	n.first += s->number;
	n.last += s->number;
	return try_numbers(o, s->cipher, r, n, out, f);
}

/* What may follow the present keys in TLS 1.3. */
static bool
try_next_1_3(struct tls_opener *o, int dir, const struct opener_record *r,
    struct opener_numbers n, uint8_t *out, struct opener_found *f)
{
	struct opener_side *s = &o->m.side[dir];
	const struct tls_suite *suite = &o->m.handshake.agreed.suite;
	bool client = opener_is_client(o, dir);

	if (s->epoch == EPOCH_APPLICATION) {
		f->epoch = EPOCH_APPLICATION;
		f->updated = true;
		if (s->hole.any &&
		    try_new(o, tls_cipher_next(s->cipher), r, n, out, f))
			return true;
		f->updated = false;
		return false;
	}
	f->epoch = EPOCH_HANDSHAKE;
	if (s->epoch == EPOCH_CLEAR &&
	    try_label(o,
		client ? TLS_LABEL_CLIENT_HANDSHAKE :
			 TLS_LABEL_SERVER_HANDSHAKE,
		suite, r, n, out, f))
		return true;
	f->epoch = EPOCH_APPLICATION;
	return try_label(o,
	    client ? TLS_LABEL_CLIENT_TRAFFIC : TLS_LABEL_SERVER_TRAFFIC, suite,
	    r, n, out, f);
}

/* Up to TLS 1.2: those of the last handshake. */
static bool
try_next_1_2(struct tls_opener *o, int dir, const struct opener_record *r,
    struct opener_numbers n, uint8_t *out, struct opener_found *f)
{
	struct opener_side *s = &o->m.side[dir];
	const struct opener_handshake *h = &o->m.handshake;
	bool client = opener_is_client(o, dir);
	struct slice secret;
	size_t at = 0;

	f->epoch = EPOCH_APPLICATION;
	if (s->handshake == h->count || (!s->changed && !s->hole.missing))
		return false;
	while (!o->m.limit &&
	    tls_secrets_find(o->setup.secrets, TLS_LABEL_MASTER,
		h->agreed.client_random, &at, &secret))
		if (try_new(o, tls_cipher_of_master(&h->agreed, secret, client),
			r, n, out, f))
			return true;
	return false;
}

/* The first record of a side whose beginning was not captured. */
static bool
try_unknown(struct tls_opener *o, int dir, const struct opener_record *r,
    uint8_t *out, struct opener_found *f)
{
	const struct opener_handshake *h = &o->m.handshake;
	enum tls_label label = opener_is_client(o, dir) ?
	    TLS_LABEL_CLIENT_TRAFFIC :
	    TLS_LABEL_SERVER_TRAFFIC;
	struct slice secret;
	size_t at = 0;

	while (tls_secrets_find(o->setup.secrets, label,
	    h->agreed.client_random, &at, &secret)) {
		f->epoch = EPOCH_APPLICATION;
		if (opener_find_number(o, &h->agreed.suite, secret, r,
			(struct opener_numbers){ 0, UINT64_MAX - 1 }, out, f))
			return true;
	}
	return false;
}

static bool
try_next(struct tls_opener *o, int dir, const struct opener_record *r,
    struct opener_numbers n, uint8_t *out, struct opener_found *f)
{
	if (!o->m.handshake.has_client || !o->m.handshake.has_server ||
	    !o->m.handshake.known)
		return false;
	if (opener_is_1_3(o))
		return try_next_1_3(o, dir, r, n, out, f);
	return try_next_1_2(o, dir, r, n, out, f);
}

/* Whether the present keys have had their last record. */
static bool
is_past(const struct opener_side *s)
{
	return !s->hole.any && (s->changed || s->finished);
}

bool
opener_try(struct tls_opener *o, int dir, const struct opener_record *r,
    uint8_t *out, struct opener_found *f)
{
	struct opener_side *s = &o->m.side[dir];
	struct opener_numbers n = passed_over(o, s, r), first = n;
	struct opener_numbers begins = { 0, s->hole.missing ? n.last : 0 };
	uint64_t most = FIRST_NUMBERS;

	*f = (struct opener_found){ 0 };
	if (s->unknown)
		return try_unknown(o, dir, r, out, f);
	if (s->cipher != NULL && try_explicit(o, s, r, n, out, f)) {
		f->epoch = s->epoch;
		return true;
	}
	if (n.last > n.first && n.last - n.first > most)
		first.last = n.first + most;
	if (!is_past(s) && try_present(o, s, r, first, out, f))
		return true;
	if (try_next(o, dir, r,
		(struct opener_numbers){ 0,
		    begins.last < most ? begins.last : most },
		out, f))
		return true;
	if (!is_past(s) && first.last < n.last &&
	    try_present(o, s, r,
		(struct opener_numbers){ first.last + 1, n.last }, out, f))
		return true;
	return begins.last > most &&
	    try_next(o, dir, r,
		(struct opener_numbers){ most + 1, begins.last }, out, f);
}
