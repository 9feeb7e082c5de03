/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* diagnosis.c: what went wrong in a session. */
#include "inspect/diagnosis.h"

#include <stdbool.h>
#include <string.h>

#include "base/fmt.h"

static const char *const names[TROUBLES] = {
	[TROUBLE_NO_ANSWER] = "no answer",
	[TROUBLE_REFUSED] = "refused",
	[TROUBLE_SLOW_HANDSHAKE] = "slow handshake",
	[TROUBLE_SLOW_SERVER] = "slow server",
	[TROUBLE_RESET] = "reset",
	[TROUBLE_HALF_CLOSED] = "half closed",
	[TROUBLE_OPEN] = "open at the end",
	[TROUBLE_IDLE] = "fell silent",
	[TROUBLE_EVICTED] = "evicted",
	[TROUBLE_REUSED] = "addresses reused",
	[TROUBLE_MISSING] = "bytes missing",
	[TROUBLE_RETRANSMITS] = "retransmissions",
	[TROUBLE_ZERO_WINDOW] = "zero window",
	[TROUBLE_DUPLICATES] = "captured twice",
	[TROUBLE_NO_KEYS] = "no keys",
};

const char *
trouble_name(enum trouble t)
{
	return names[t];
}

/* ------------------------------------------------------------------ finding */

/* RST while its receiver had not said that it was done. */
static bool
is_cut_off(const struct session *s)
{
	if (s->close != CLOSE_RST)
		return false;
	return s->closed_by == CLOSED_BY_CLIENT ?
	    !(s->side[1].flags & TCP_FIN) :
	    !(s->side[0].flags & TCP_FIN);
}

static unsigned
without_connection(const struct session *s)
{
	if (s->state == CONN_STATE_S0)
		return 1u << TROUBLE_NO_ANSWER;
	if (s->state == CONN_STATE_REJ)
		return 1u << TROUBLE_REFUSED;
	return 0;
}

static unsigned
by_ending(const struct session *s)
{
	bool half = s->closed_by == CLOSED_BY_CLIENT ||
	    s->closed_by == CLOSED_BY_SERVER;

	if (is_cut_off(s))
		return 1u << TROUBLE_RESET;
	switch (s->close) {
	case CLOSE_END:
		return half ? 1u << TROUBLE_HALF_CLOSED : 1u << TROUBLE_OPEN;
	case CLOSE_IDLE:
		return half ? 1u << TROUBLE_HALF_CLOSED : 1u << TROUBLE_IDLE;
	case CLOSE_EVICTED:
		return 1u << TROUBLE_EVICTED;
	case CLOSE_REUSE:
		return 1u << TROUBLE_REUSED;
	default:
		return 0;
	}
}

static bool
repeats(const struct side *side)
{
	return side->retransmitted > 0 &&
	    side->retransmitted > side->bytes / (DIAGNOSIS_REPEATS - 1);
}

static unsigned
by_sides(const struct session *s)
{
	unsigned t = 0;

	for (int dir = 0; dir < 2; dir++) {
		const struct side *side = &s->side[dir];

		if (side->missing > 0)
			t |= 1u << TROUBLE_MISSING;
		if (repeats(side))
			t |= 1u << TROUBLE_RETRANSMITS;
		if (side->zero_window > 0)
			t |= 1u << TROUBLE_ZERO_WINDOW;
		if (side->duplicates > 0)
			t |= 1u << TROUBLE_DUPLICATES;
	}
	return t;
}

unsigned
diagnose(const struct session *s, const struct session_probe *f)
{
	unsigned t;

	if (s->proto != PROTO_TCP)
		return 0;
	t = without_connection(s);
	if (t != 0)
		return t;
	if (s->rtt_ns > DIAGNOSIS_SLOW_NS)
		t |= 1u << TROUBLE_SLOW_HANDSHAKE;
	if (s->wait_ns[1] > DIAGNOSIS_SLOW_NS)
		t |= 1u << TROUBLE_SLOW_SERVER;
	if (f != NULL && f->lacks_keys)
		t |= 1u << TROUBLE_NO_KEYS;
	return t | by_ending(s) | by_sides(s);
}

/* -------------------------------------------------------------------- saying */

static char *
diagnosis_text(char *p, const char *text)
{
	return mempcpy(p, text, strlen(text));
}

/* "1.2 s" */
static char *
put_tenths(char *p, int64_t ns)
{
	uint64_t tenths = (uint64_t)ns / 100000000;

	p = fmt_put_u64(p, tenths / 10);
	*p++ = '.';
	*p++ = (char)('0' + tenths % 10);
	return diagnosis_text(p, " s");
}

/* Who it is true of. */
static const char *
who(bool client, bool server)
{
	return client && server ? "both" : client ? "client" : "server";
}

static char *
put_retransmits(char *p, const struct session *s)
{
	/* The side that has more to say again. */
	bool server = repeats(&s->side[1]) &&
	    (!repeats(&s->side[0]) ||
		s->side[1].retransmitted >= s->side[0].retransmitted);
	const struct side *side = &s->side[server];
	double all = (double)side->retransmitted + (double)side->bytes;
	double share = 100 * (double)side->retransmitted / all;

	p = diagnosis_text(p, who(!server, server));
	p = diagnosis_text(p, " repeats ");
	p = fmt_put_u64(p, (uint64_t)share);
	return diagnosis_text(p, "%");
}

static char *
put_one(char *p, enum trouble t, const struct session *s)
{
	const struct side *side = s->side;

	switch (t) {
	case TROUBLE_SLOW_HANDSHAKE:
		p = diagnosis_text(p, "handshake took ");
		return put_tenths(p, s->rtt_ns);
	case TROUBLE_SLOW_SERVER:
		p = diagnosis_text(p, "server took ");
		return put_tenths(p, s->wait_ns[1]);
	case TROUBLE_RESET:
		p = diagnosis_text(p, "reset by ");
		return diagnosis_text(p,
		    who(s->closed_by != CLOSED_BY_SERVER,
			s->closed_by != CLOSED_BY_CLIENT));
	case TROUBLE_HALF_CLOSED:
		p = diagnosis_text(p, "closed by ");
		p = diagnosis_text(p,
		    who(s->closed_by == CLOSED_BY_CLIENT,
			s->closed_by == CLOSED_BY_SERVER));
		return diagnosis_text(p, " only");
	case TROUBLE_MISSING:
		p = fmt_put_u64(p, side[0].missing + side[1].missing);
		return diagnosis_text(p, " bytes missing");
	case TROUBLE_RETRANSMITS:
		return put_retransmits(p, s);
	case TROUBLE_ZERO_WINDOW:
		p = diagnosis_text(p, "zero window of ");
		return diagnosis_text(p,
		    who(side[0].zero_window > 0, side[1].zero_window > 0));
	default:
		return diagnosis_text(p, names[t]);
	}
}

char *
diagnosis_put(char *p, unsigned troubles, const char *between,
    const struct session *s)
{
	bool any = false;

	for (unsigned t = 0; t < TROUBLES; t++) {
		if (!(troubles & 1u << t))
			continue;
		if (any)
			p = diagnosis_text(p, between);
		p = put_one(p, (enum trouble)t, s);
		any = true;
	}
	return p;
}
