/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* zeek.c: conn_state and history, as Zeek's documentation defines them. */
#include "flow/zeek.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

static void
add(struct zeek *z, int e, char letter)
{
	if (z->n < ZEEK_HISTORY_MAX)
		z->letters[z->n++] = (char)(letter | (e ? 0x80 : 0));
}

void
zeek_once(struct zeek *z, int e, char letter)
{
	uint8_t bit = letter == 'a' ? 1 :
	    letter == 'd'	    ? 2 :
	    letter == 'i'	    ? 4 :
				      8;

	if (z->once[e] & bit)
		return;
	z->once[e] |= bit;
	add(z, e, letter);
}

void
zeek_seq(struct zeek *z, int e, char letter, uint32_t seq)
{
	static const char letters[] = "shfr";
	size_t i = (size_t)(strchr(letters, letter) - letters);
	uint8_t bit = (uint8_t)(1U << i);

	if ((z->has_seq[e] & bit) && z->seq[e][i] == seq)
		return;
	z->has_seq[e] |= bit;
	z->seq[e][i] = seq;
	add(z, e, letter);
}

void
zeek_scaled(struct zeek *z, int e, char letter, uint64_t count)
{
	while (count > 9 && count % 10 == 0)
		count /= 10;
	if (count == 1)
		add(z, e, letter);
}

void
zeek_syn(struct zeek *z, int e, int orig, bool has_ack)
{
	if (z->end[e] != ZEEK_INACTIVE && z->end[e] != ZEEK_PARTIAL)
		return;
	if (e == orig && z->end[!e] != ZEEK_ESTABLISHED) {
		z->end[e] = has_ack ? ZEEK_SYN_ACK_SENT : ZEEK_SYN_SENT;
		return;
	}
	z->end[e] = ZEEK_ESTABLISHED;
	if (z->end[!e] == ZEEK_SYN_SENT || z->end[!e] == ZEEK_SYN_ACK_SENT)
		z->end[!e] = ZEEK_ESTABLISHED;
}

static bool
is_reset(uint8_t end)
{
	return end == ZEEK_RESET || end == ZEEK_CLOSED_RESET;
}

/* Who acknowledges what an established end has sent has opened too; its SYN
 * was not captured. */
void
zeek_other(struct zeek *z, int e, bool has_ack)
{
	if (z->end[e] == ZEEK_INACTIVE)
		z->end[e] = has_ack && z->end[!e] == ZEEK_ESTABLISHED ?
		    ZEEK_ESTABLISHED :
		    ZEEK_PARTIAL;
}

/* With it, an end that sent a FIN and then a RST has closed after all. */
void
zeek_fin(struct zeek *z, int e)
{
	if (is_reset(z->end[e]))
		return;
	z->end[e] = ZEEK_CLOSED;
	if (z->end[!e] == ZEEK_CLOSED_RESET)
		z->end[!e] = ZEEK_CLOSED;
}

/* After the FINs of both ends it says nothing. */
void
zeek_rst(struct zeek *z, int e)
{
	if (is_reset(z->end[e]))
		return;
	if (z->end[e] != ZEEK_CLOSED)
		z->end[e] = ZEEK_RESET;
	else if (z->end[!e] != ZEEK_CLOSED)
		z->end[e] = ZEEK_CLOSED_RESET;
}

bool
zeek_is_finished(const struct zeek *z)
{
	return z->end[0] == ZEEK_CLOSED && z->end[1] == ZEEK_CLOSED;
}

unsigned
zeek_reset_by(const struct zeek *z)
{
	return (is_reset(z->end[0]) ? 1u : 0u) |
	    (is_reset(z->end[1]) ? 2u : 0u);
}

void
zeek_unheeded(struct zeek *z, int e)
{
	z->end[e] =
	    z->end[e] == ZEEK_CLOSED_RESET ? ZEEK_CLOSED : ZEEK_ESTABLISHED;
}

static bool
is_idle(uint8_t end)
{
	return end == ZEEK_INACTIVE || end == ZEEK_PARTIAL;
}

/* Whether the originator's letters begin with S and have none of H A F G I Q
 * before R; "^" is no letter of anybody. */
static bool
is_syn_then_rst(const struct zeek *z, int orig)
{
	for (size_t i = 0; i < z->n; i++) {
		bool is_orig = ((z->letters[i] & 0x80) != 0) == (orig != 0);
		char c = (char)(z->letters[i] & 0x7f);

		if (i == 0 && (!is_orig || c != 's'))
			return false;
		if (is_orig && c == 'r')
			return true;
		if (is_orig && strchr("hafgiq", c) != NULL)
			return false;
	}
	return false;
}

enum conn_state
zeek_state(const struct zeek *z, int orig, bool no_bytes)
{
	uint8_t o = z->end[orig], r = z->end[!orig];

	if (is_reset(r)) {
		if (o == ZEEK_SYN_SENT || o == ZEEK_SYN_ACK_SENT ||
		    (is_reset(o) && no_bytes))
			return CONN_STATE_REJ;
		return is_idle(o) ? CONN_STATE_RSTRH : CONN_STATE_RSTR;
	}
	if (is_reset(o) && is_idle(r))
		return is_syn_then_rst(z, orig) ? CONN_STATE_RSTOS0 :
						  CONN_STATE_OTH;
	if (is_reset(o))
		return CONN_STATE_RSTO;
	if (o == ZEEK_CLOSED && r == ZEEK_CLOSED)
		return CONN_STATE_SF;
	if (o == ZEEK_CLOSED)
		return is_idle(r) ? CONN_STATE_SH : CONN_STATE_S2;
	if (r == ZEEK_CLOSED)
		return is_idle(o) ? CONN_STATE_SHR : CONN_STATE_S3;
	if (o == ZEEK_SYN_SENT && r == ZEEK_INACTIVE)
		return CONN_STATE_S0;
	if (o == ZEEK_ESTABLISHED && r == ZEEK_ESTABLISHED)
		return CONN_STATE_S1;
	return CONN_STATE_OTH;
}

void
zeek_history(const struct zeek *z, int orig, bool flipped,
    char out[static ZEEK_HISTORY_MAX + 2])
{
	size_t n = 0;

	if (flipped)
		out[n++] = '^';
	for (size_t i = 0; i < z->n; i++) {
		int e = (z->letters[i] & 0x80) != 0;
		char c = (char)(z->letters[i] & 0x7f);

		out[n++] = e == orig ? (char)toupper((unsigned char)c) : c;
	}
	out[n] = '\0';
}
