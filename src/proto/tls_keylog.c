/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tls_keylog.c: the lines of a key log. */
#include "proto/tls_keylog.h"

#include <string.h>

/* In the order of enum tls_label. */
static const char *const labels[] = {
	"CLIENT_RANDOM",
	"CLIENT_EARLY_TRAFFIC_SECRET",
	"CLIENT_HANDSHAKE_TRAFFIC_SECRET",
	"SERVER_HANDSHAKE_TRAFFIC_SECRET",
	"CLIENT_TRAFFIC_SECRET_0",
	"SERVER_TRAFFIC_SECRET_0",
};

void
tls_keylog_begin(struct tls_keylog *k, struct tls_secrets *table)
{
	k->table = table;
	k->good = 0;
	k->state = KEYLOG_LINE;
	k->n = 0;
}

/* The next word of a line whose blanks are folded; empty at its end. */
static struct slice
next_word(struct cur *c)
{
	struct slice word = { c->pos, 0 };

	while (word.n < cur_left(c) && word.p[word.n] != ' ')
		word.n++;
	if (!cur_skip(c, word.n + 1))
		(void)cur_skip(c, word.n);
	return word;
}

/* -1: none. */
static int
digit_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads so many bytes, all that the word holds. */
static bool
read_hex(struct slice word, uint8_t *out, size_t n)
{
	if (word.n != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = digit_value(word.p[2 * i]);
		int low = digit_value(word.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool
read_label(struct slice word, enum tls_label *label)
{
	for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
		if (strlen(labels[i]) != word.n ||
		    memcmp(labels[i], word.p, word.n) != 0)
			continue;
		*label = (enum tls_label)i;
		return true;
	}
	return false;
}

/* A master secret has 48 bytes (RFC 5246, 8.1), others as many as the hash of
 * their suite (RFC 8446, 7.1). */
static bool
may_be_secret(enum tls_label label, size_t n)
{
	return n == TLS_SECRET_MAX || (n == 32 && label != TLS_LABEL_MASTER);
}

static void
take_line(struct tls_keylog *k)
{
	struct cur c = cur_of(k->line, k->n);
	struct slice name = next_word(&c);
	struct slice of = next_word(&c);
	struct slice word = next_word(&c);
	uint8_t random[TLS_RANDOM], secret[TLS_SECRET_MAX];
	enum tls_label label;
	size_t n = word.n / 2;

	if (cur_left(&c) == 0 && read_label(name, &label) &&
	    may_be_secret(label, n) && read_hex(of, random, TLS_RANDOM) &&
	    read_hex(word, secret, n)) {
		k->good++;
		(void)tls_secrets_add(k->table, label, random,
		    (struct slice){ secret, n });
	}
	explicit_bzero(secret, sizeof secret);
}

static void
end_line(struct tls_keylog *k)
{
	if (k->state != KEYLOG_LONG && k->n > 0)
		take_line(k);
	k->state = KEYLOG_LINE;
	k->n = 0;
}

void
tls_keylog_put(struct tls_keylog *k, struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];
		bool behind_blank = k->n == 0 || k->line[k->n - 1] == ' ';

		if (c == '\n') {
			end_line(k);
			continue;
		}
		if (c <= ' ' || c >= 0x7f)
			c = ' ';
		if (k->state != KEYLOG_LINE || (c == ' ' && behind_blank))
			continue;
		if (c == '#' && behind_blank)
			k->state = KEYLOG_COMMENT;
		else if (k->n == TLS_KEYLOG_LINE)
			k->state = KEYLOG_LONG;
		else
			k->line[k->n++] = c;
	}
}

void
tls_keylog_end(struct tls_keylog *k)
{
	end_line(k);
	explicit_bzero(k->line, sizeof k->line);
}

static char *
put_hex(char *at, struct slice b)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < b.n; i++) {
		*at++ = digits[b.p[i] >> 4];
		*at++ = digits[b.p[i] & 15];
	}
	return at;
}

size_t
tls_keylog_put_line(char line[TLS_KEYLOG_LINE], const struct tls_secret *s)
{
	char *at = stpcpy(line, labels[s->label]);

	*at++ = ' ';
	at = put_hex(at, s->random);
	*at++ = ' ';
	at = put_hex(at, s->bytes);
	*at++ = '\n';
	return (size_t)(at - line);
}
