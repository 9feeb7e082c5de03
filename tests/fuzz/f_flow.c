/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_flow.c: any segments between two pairs of endpoints, both ways; every byte
 * is the low byte of its sequence number.
 *
 * So the oracle needs no second reassembler: within a direction of a session
 * each delivered byte must differ from the first as its offset does, however
 * numbers wrap, jump, overlap, are forged or begin anew.  record.h checks what
 * events promise.
 *
 * One byte of settings, then segments of eight bytes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "flow/session.h"
#include "lib/net.h"
#include "lib/require.h"

#define SEGMENTS_MAX 2000
#define PAYLOAD_MAX 1024
#define TALKS 2

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct field {
	struct net n;
	struct talk t[TALKS];
	uint32_t next[TALKS][2]; /* sequence number behind the last sent */
	uint64_t given;		 /* bytes */
};

static void
settings(struct field *x, uint8_t p)
{
	static const uint64_t gaps[] = { 1000, 65536, (uint64_t)1 << 20, 0 };
	struct model_config cfg;

	net_config(&cfg);
	cfg.stream.overlap = (enum overlap)(p % 6);
	cfg.stream.strict = (p >> 3 & 1) != 0;
	cfg.stream.max_gap = gaps[p >> 4 & 3];
	cfg.idle_ns = p >> 6 & 1 ? INT64_C(60) * 1000000000 : 0;
	net_init(&x->n, &cfg);
	for (unsigned i = 0; i < TALKS; i++) {
		uint32_t isn = p >> 7 ? UINT32_MAX - 200 : 7000;

		x->t[i] = talk_of(40000 + i, isn, isn + 90000, i % 2 != 0);
		x->next[i][0] = x->t[i].isn[0];
		x->next[i][1] = x->t[i].isn[1];
	}
}

/* The distance that two bytes say: near as a rule, anything with `far`. */
static uint32_t
distance(const uint8_t *p, bool far)
{
	int32_t d = (int16_t)(p[0] | p[1] << 8);

	return far ? (uint32_t)d * 65537 : (uint32_t)(d / 16);
}

static void
give(struct field *x, const uint8_t *p)
{
	static const uint8_t flags[] = { TCP_ACK, TCP_SYN, TCP_SYN | TCP_ACK,
		TCP_ACK | TCP_FIN, TCP_RST, TCP_RST | TCP_ACK, TCP_ACK,
		TCP_FIN };
	unsigned talk = p[0] & 1, dir = p[0] >> 1 & 1;
	uint32_t *next = x->next[talk];
	uint8_t bytes[PAYLOAD_MAX];
	struct segment seg = {
		.src = x->t[talk].ep[dir],
		.dst = x->t[talk].ep[!dir],
		.flags = flags[p[1] & 7],
		.window = 65535,
		.wscale = SEGMENT_NO_WSCALE,
		.checksum = p[0] >> 4 & 1 ? CHECKSUM_BAD : CHECKSUM_GOOD,
	};
	size_t len = (size_t)p[4] * (p[0] >> 5 & 1 ? 4 : 1);
	uint32_t first;

	seg.seq = next[dir] + distance(p + 2, (p[0] >> 2 & 1) != 0);
	seg.ack = next[!dir] + distance(p + 6, (p[0] >> 3 & 1) != 0);
	first = seg.seq + ((seg.flags & TCP_SYN) != 0);
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(first + i);
	seg.payload_len = (uint32_t)len;
	seg.payload = (struct slice){ bytes, p[0] >> 6 & 1 ? len / 2 : len };
	x->given += seg.payload.n;
	if (p[0] >> 7)
		x->n.now_ns += (int64_t)p[5] * p[5] * 10000000;
	net_give(&x->n, &seg);
	next[dir] = first + (uint32_t)len + ((seg.flags & TCP_FIN) != 0);
}

/* The length of the gap at off, or 0. */
static uint64_t
gap_at(const struct side *side, uint64_t off)
{
	for (size_t i = 0; i < side->n_gaps; i++)
		if (side->gaps[i].off == off)
			return side->gaps[i].len;
	return 0;
}

static void
check_direction(const struct rec_session *r, int dir)
{
	const struct side *side = &r->s.side[dir];
	const struct buf *b = &r->data[dir];
	uint64_t off = 0, gap;
	uint8_t base = 0;
	/* A FIN has a number, and no place among the bytes. */
	bool fin = (r->s.notes & NOTE_DATA_AFTER_FIN) != 0;

	for (size_t i = 0; i < b->n; i++, off++) {
		while ((gap = gap_at(side, off)) > 0)
			off += gap;
		if (i == 0)
			base = (uint8_t)(b->p[0] - (uint8_t)off);
		if (fin && (uint8_t)(b->p[i] - (uint8_t)off - 1) == base) {
			fin = false;
			base++;
		}
		REQUIRE((uint8_t)(b->p[i] - (uint8_t)off) == base);
	}
}

static void
check(const struct field *x)
{
	uint64_t delivered = 0;

	REQUIRE(record_is_complete(&x->n.rec));
	for (size_t i = 0; i < x->n.rec.n; i++)
		for (int dir = 0; dir < 2; dir++) {
			const struct rec_session *r = x->n.rec.v[i];

			delivered += r->data[dir].n;
			if ((r->s.notes & NOTE_LISTS_CUT) == 0)
				check_direction(r, dir);
		}
	REQUIRE(delivered <= x->given);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct field x = { .given = 0 };

	if (size == 0)
		return 0;
	settings(&x, data[0]);
	for (size_t i = 1, n = 0; i + 8 <= size && n < SEGMENTS_MAX; i += 8)
		give(&x, data + i), n++;
	net_end(&x.n);
	check(&x);
	net_free(&x.n);
	return 0;
}
