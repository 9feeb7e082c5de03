/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tcp.c: the TCP header (RFC 9293 3.1), its options and its checksum. */
#include <string.h>

#include "decode/layer.h"

enum {
	TCP_HEADER = 20,
	TCP_OPTION_END = 0,
	TCP_OPTION_NOP = 1,
	TCP_OPTION_WSCALE = 3,
	TCP_OPTION_TIMESTAMPS = 8,
	PROTOCOL_TCP = 6,
	SUMMED_MAX = 65535,
};

/* NOP, NOP, timestamps, 10 bytes: how nearly everyone sends them. */
#define TIMESTAMPS_ALIGNED 0x0101080au

static uint64_t
load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/*
 * A one's complement sum in the machine's byte order, which is the Internet
 * checksum's up to a swap (RFC 1071, 2B).  The sum of whole words may wrap:
 * with that of their high halves beside it, that of the low ones is known.
 * Nothing is lost below 2^31 words, and there are no carries to wait for.
 */
struct sum {
	uint64_t words;
	uint64_t highs;
};

static inline void
add(struct sum *s, uint64_t v)
{
	s->words += v;
	s->highs += v >> 32;
}

/* The last n bytes before end, n < 8, as they count when they begin at an
 * even place; 8 bytes there may be read. */
static inline uint64_t
load_tail(const uint8_t *end, size_t n)
{
	static const uint64_t mask[2] = { 0, UINT64_MAX };
	uint64_t v = load64(end - 8) & load64((const uint8_t *)mask + n);

	return n & 1 ? v << 8 | v >> 56 : v;
}

/* s has at least 8 bytes. */
static struct sum
sum_of(struct slice s)
{
	struct sum even = { 0 };
	struct sum odd = { 0 };
	const uint8_t *p = s.p;
	size_t n = s.n;

	for (; n >= 16; n -= 16, p += 16) {
		add(&even, load64(p));
		add(&odd, load64(p + 8));
	}
	if (n >= 8) {
		add(&even, load64(p));
		n -= 8;
	}
	add(&odd, load_tail(s.p + s.n, n));
	even.words += odd.words;
	even.highs += odd.highs;
	return even;
}

/* A sum that is not 0 folds to all ones when it is a multiple of them. */
static bool
is_all_ones(const struct sum *s)
{
	return (s->words - (s->highs << 32) + s->highs) % 0xffff == 0;
}

bool
tcp_checksum_good(const struct segment *s, struct slice tcp)
{
	/* Both versions' pseudo headers have the same sum when unused
	 * address bytes are 0 (RFC 9293 3.1, RFC 8200 8.1). */
	uint8_t rest[8] = { [7] = PROTOCOL_TCP };

	if (tcp.n < TCP_HEADER)
		return false;

	struct sum sum = sum_of(tcp);

	for (size_t i = 0; i < 4; i++)
		rest[i] = (uint8_t)(tcp.n >> (24 - 8 * i));
	add(&sum, load64(rest));
	add(&sum, load64(s->src.addr));
	add(&sum, load64(s->src.addr + 8));
	add(&sum, load64(s->dst.addr));
	add(&sum, load64(s->dst.addr + 8));
	return is_all_ones(&sum);
}

static enum checksum
verify(const struct layer *l)
{
	struct slice tcp = { l->cur.pos, cur_left(&l->cur) };

	/* What no link can carry was captured before it was cut and summed. */
	if (tcp.n != l->len || l->open_ended || l->len > SUMMED_MAX ||
	    (l->seg.flaws & SEGMENT_SHORT_FRAME) != 0)
		return CHECKSUM_UNKNOWN;
	return tcp_checksum_good(&l->seg, tcp) ? CHECKSUM_GOOD : CHECKSUM_BAD;
}

static void
read_option(struct segment *s, uint8_t kind, struct slice value)
{
	if (kind == TCP_OPTION_WSCALE && value.n == 1) {
		s->wscale = value.p[0];
	} else if (kind == TCP_OPTION_TIMESTAMPS && value.n == 8) {
		s->has_tsopt = true;
		s->tsval = get_be32(value.p);
	}
}

static void
read_options(struct segment *s, struct slice options)
{
	if (options.n == 12 && get_be32(options.p) == TIMESTAMPS_ALIGNED) {
		s->has_tsopt = true;
		s->tsval = get_be32(options.p + 4);
		return;
	}
	struct cur c = cur_of(options.p, options.n);
	uint8_t kind, len;
	struct slice value;

	while (cur_u8(&c, &kind) && kind != TCP_OPTION_END) {
		if (kind == TCP_OPTION_NOP)
			continue;
		if (!cur_u8(&c, &len) || len < 2 ||
		    !cur_take(&c, (size_t)len - 2, &value))
			return;
		read_option(s, kind, value);
	}
}

void
tcp_read(struct segment *s, struct slice header)
{
	const uint8_t *h = header.p;

	s->src.port = get_be16(h);
	s->dst.port = get_be16(h + 2);
	s->seq = get_be32(h + 4);
	s->ack = get_be32(h + 8);
	s->flags = h[13];
	s->window = get_be16(h + 14);
	s->tcp_sum = get_be16(h + 16);
	s->wscale = SEGMENT_NO_WSCALE;
	s->has_tsopt = false;
	s->tsval = 0;
	if (header.n > TCP_HEADER)
		read_options(s,
		    (struct slice){ h + TCP_HEADER, header.n - TCP_HEADER });
}

enum outcome
tcp_segment(struct layer *l)
{
	struct segment *s = &l->seg;
	struct slice h;

	if (!layer_peek(l, TCP_HEADER, &h))
		return layer_short(l, TCP_HEADER);

	size_t header = (size_t)(h.p[12] >> 4) * 4;

	if (header < TCP_HEADER || header > l->len)
		return DECODE_BAD_HEADER;
	s->checksum = (uint8_t)verify(l);
	s->payload_len = (uint32_t)(l->len - header);
	if (!layer_take(l, header, &h))
		l->cur.pos = l->cur.end;
	tcp_read(s, h);
	s->payload = (struct slice){ l->cur.pos, cur_left(&l->cur) };
	layer_emit(l);
	return DECODE_TCP;
}
