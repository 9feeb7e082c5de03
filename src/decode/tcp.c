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

/* The same sum, but for folding, with room for carries. */
static uint64_t
halves(uint64_t v)
{
	return (v & 0xffffffffu) + (v >> 32);
}

/*
 * The one's complement sum of s in the machine's byte order, which is the
 * Internet checksum's up to a swap (RFC 1071, 2B); not yet folded.  Halves of
 * words are summed apart, because that leaves no carries to wait for: s may
 * have up to 2^32 bytes before one is lost.
 */
static uint64_t
sum_of(struct slice s)
{
	uint64_t low[4] = { 0 };
	uint64_t high[4] = { 0 };
	const uint8_t *p = s.p;
	size_t n = s.n;

	for (; n >= 32; n -= 32, p += 32) {
		for (size_t i = 0; i < 4; i++) {
			uint64_t v = load64(p + i * 8);

			low[i] += v & 0xffffffffu;
			high[i] += v >> 32;
		}
	}
	uint64_t sum = 0;

	for (size_t i = 0; i < 4; i++)
		sum += low[i] + high[i];
	for (; n >= 8; n -= 8, p += 8)
		sum += halves(load64(p));
	if (n > 0) {
		uint8_t tail[8] = { 0 };

		memcpy(tail, p, n);
		sum += halves(load64(tail));
	}
	return sum;
}

static uint16_t
fold(uint64_t sum)
{
	sum = (sum >> 32) + (sum & 0xffffffffu);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)sum;
}

bool
tcp_checksum_good(const struct layer *l, struct slice tcp)
{
	const struct segment *s = &l->seg;
	/* Both versions' pseudo headers have the same sum when unused
	 * address bytes are 0 (RFC 9293 3.1, RFC 8200 8.1). */
	uint8_t rest[8] = { [7] = PROTOCOL_TCP };

	for (size_t i = 0; i < 4; i++)
		rest[i] = (uint8_t)(tcp.n >> (24 - 8 * i));

	uint64_t sum = sum_of(tcp) + halves(load64(rest)) +
	    halves(load64(s->src.addr)) + halves(load64(s->src.addr + 8)) +
	    halves(load64(s->dst.addr)) + halves(load64(s->dst.addr + 8));

	return fold(sum) == 0xffff;
}

static enum checksum
verify(const struct layer *l)
{
	struct slice tcp = { l->cur.pos, cur_left(&l->cur) };

	/* What no link can carry was captured before it was cut and summed. */
	if (tcp.n != l->len || l->open_ended || l->len > SUMMED_MAX)
		return CHECKSUM_UNKNOWN;
	return tcp_checksum_good(l, tcp) ? CHECKSUM_GOOD : CHECKSUM_BAD;
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

static void
read_header(struct segment *s, const uint8_t *h)
{
	s->src.port = get_be16(h);
	s->dst.port = get_be16(h + 2);
	s->seq = get_be32(h + 4);
	s->ack = get_be32(h + 8);
	s->flags = h[13];
	s->window = get_be16(h + 14);
	s->wscale = SEGMENT_NO_WSCALE;
	s->has_tsopt = false;
	s->tsval = 0;
}

enum outcome
tcp_segment(struct layer *l)
{
	struct segment *s = &l->seg;
	struct slice h, options;

	if (!layer_peek(l, TCP_HEADER, &h))
		return layer_short(l, TCP_HEADER);

	size_t header = (size_t)(h.p[12] >> 4) * 4;

	if (header < TCP_HEADER || header > l->len)
		return DECODE_BAD_HEADER;
	s->checksum = (uint8_t)verify(l);
	read_header(s, h.p);
	s->payload_len = (uint32_t)(l->len - header);
	if (layer_take(l, header, &options)) {
		options.p += TCP_HEADER;
		options.n -= TCP_HEADER;
		if (options.n > 0)
			read_options(s, options);
	} else {
		l->cur.pos = l->cur.end;
	}
	s->payload = (struct slice){ l->cur.pos, cur_left(&l->cur) };
	layer_emit(l);
	return DECODE_TCP;
}
