/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * ip.c: IPv4 (RFC 791) and IPv6 (RFC 8200) with extension headers.
 *
 * The length of the payload is what the IP header says, never what the frame
 * has: padding, trailers and checksums of the frame are no data.
 */
#include <string.h>

#include "decode/layer.h"

enum {
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	DATAGRAM_MAX = 65535,
	EXTENSIONS_MAX = 16,
	EXTENSION_JUMBO = 0xc2,
	EXTENSION_HOME_ADDRESS = 0xc9,
	FLOW_LABEL = 0xfffff,
	OPTION_RECORD = 7,
	OPTION_TIMESTAMP = 68,
	OPTION_LOOSE = 131,
	OPTION_STRICT = 137,
	OPTION_ALERT = 148,
};

static layer_fn esp;

/* clang-format off */
static const struct layer_row protocols[] = {
	{ 6, 0, tcp_segment },
	{ 17, 0, udp_datagram },
	{ 4, 0, ip_v4 },
	{ 41, 0, ip_v6 },
	{ 47, 0, gre },
	{ 50, 0, esp },
	{ 51, 0, tunnel_ah },
	{ 94, 0, ip_v4 },		/* IP in IP of KA9Q */
	{ 97, 0, tunnel_etherip },
	{ 108, 0, tunnel_ipcomp },
	{ 115, 0, tunnel_l2tp3 },
	{ 137, 0, tunnel_mpls },
	{ 143, 0, link_ethernet },	/* RFC 8986 4.9 */
};
/* clang-format on */

enum outcome
ip_by_protocol(struct layer *l, unsigned protocol)
{
	return layer_by_number(l, LAYER_ROWS(protocols), WAY_PROTOCOL, protocol,
	    DECODE_NOT_TCP);
}

static enum outcome
esp(struct layer *l)
{
	(void)l;
	return DECODE_ENCRYPTED;
}

bool
ip_plausible(const struct layer *l)
{
	struct slice h;

	if (!layer_peek(l, IPV4_HEADER, &h))
		return false;

	size_t header = (size_t)(h.p[0] & 0xf) * 4;
	size_t total = get_be16(h.p + 2);

	if (h.p[0] >> 4 == 4)
		return header >= IPV4_HEADER && total >= header &&
		    (total <= l->len ||
			(layer_peek(l, header, &h) &&
			    layer_header_sum_good(h.p, header)));
	return h.p[0] >> 4 == 6 &&
	    (size_t)get_be16(h.p + 4) + IPV6_HEADER <= l->len;
}

bool
ip_v6_sliced(const struct layer *l)
{
	struct slice h;

	return layer_peek(l, IPV6_HEADER, &h) && h.p[0] >> 4 == 6 &&
	    h.p[8] != 0xff && (h.p[6] == 6 || h.p[6] == 17);
}

/* Notes that an IP header begins here; false when there were too many. */
static bool
enter(struct layer *l)
{
	if (l->ip_headers == LAYER_IP_MAX)
		return false;
	if (l->ip_headers++ > 0) {
		for (size_t i = 0; i < 16; i++) {
			l->context =
			    l->context * 0x100000001b3u + l->seg.src.addr[i];
			l->context =
			    l->context * 0x100000001b3u + l->seg.dst.addr[i];
		}
	}
	l->open_ended = false;
	l->seg.tunnel = l->tunnel;
	l->tunnel = 0;
	return true;
}

/*
 * The IP header says that n bytes follow, of which fewer may be here: they
 * were cut by the snap length, or the frame never had them.  In a tunnel a
 * probe may have cut the packet that it carries and made the lengths further
 * out fit: what the inner length says was on the wire.
 */
static void
set_length(struct layer *l, size_t n)
{
	bool is_cut = l->packet->data.n < l->packet->len;
	bool is_inner = l->ip_headers > 1 || l->sliced;
	bool is_short = (l->seg.flaws & SEGMENT_SHORT_FRAME) != 0;

	if (is_inner && !is_short)
		l->bounded = false;
	layer_set_length(l, n);
	if (is_short || (!is_inner && !is_cut && n > cur_left(&l->cur))) {
		l->seg.flaws |= SEGMENT_SHORT_FRAME;
		l->len = cur_left(&l->cur);
	}
}

/*
 * Adds what is left of l as the fragment f, of which id, off, more and
 * protocol are set.  LAYER_NEXT when l now stands at the start of the whole
 * datagram, whose protocol is then put into f.
 */
static enum outcome
reassemble(struct layer *l, struct fragment *f)
{
	/* No receiver joins what a short frame holds to anything. */
	if (l->open_ended || f->off + l->len > DATAGRAM_MAX ||
	    (l->seg.flaws & SEGMENT_SHORT_FRAME) != 0 ||
	    (f->more && l->len == 0))
		return DECODE_BAD_HEADER;
	memcpy(f->key.src, l->seg.src.addr, 16);
	memcpy(f->key.dst, l->seg.dst.addr, 16);
	f->key.context = l->context;
	f->key.family = l->seg.src.family;
	f->ts_ns = l->packet->ts_ns;
	f->len = (uint32_t)l->len;
	f->data = (struct slice){ l->cur.pos, cur_left(&l->cur) };
	f->frame = l->packet;
	f->earlier = l->seg.earlier;
	f->n_earlier = l->seg.n_earlier;

	const struct reassembled *d = defrag_add(layer_defrag(l), f);

	if (d == NULL)
		return DECODE_FRAGMENT;
	l->cur = cur_of(d->data.p, d->data.n);
	l->len = d->len;
	l->seg.earlier = d->earlier;
	l->seg.n_earlier = d->n_earlier;
	l->seg.ip_len =
	    d->len + (l->seg.src.family == 6 ? IPV6_HEADER : IPV4_HEADER);
	f->protocol = d->protocol;
	return LAYER_NEXT;
}

/* Whether fragments that begin so are worth joining. */
static bool
protocol_is_known(struct layer *l, unsigned protocol)
{
	l->way.kind = WAY_PROTOCOL;
	l->way.number = protocol;
	l->way.found = false;
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (protocols[i].key == protocol)
			return true;
	}
	return false;
}

static enum outcome
fragment_v4(struct layer *l, const uint8_t *h)
{
	unsigned word = get_be16(h + 6);
	struct fragment f = {
		.key.id = get_be16(h + 4),
		.key.protocol = h[9],
		.off = (word & 0x1fff) * 8,
		.more = (word & 0x2000) != 0,
		.protocol = h[9],
	};

	if (!protocol_is_known(l, f.protocol))
		return DECODE_NOT_TCP;
	if (f.more)
		layer_set_length(l, l->len & ~(size_t)7);

	enum outcome o = reassemble(l, &f);

	return o == LAYER_NEXT ? ip_by_protocol(l, f.protocol) : o;
}

/* An unfinished source route has the real destination at its end. */
static void
follow_route(struct segment *s, uint8_t kind, struct slice value)
{
	bool route = kind == 131 || kind == 137;

	/* value: the pointer, which counts from the option's start, then
	 * addresses. */
	if (route && value.n >= 5 && (value.n - 1) % 4 == 0 &&
	    value.p[0] < value.n + 2)
		memcpy(s->dst.addr, value.p + value.n - 4, 4);
}

/*
 * What a receiver asks of an option (RFC 791 3.1, RFC 1122 3.2.1.8): a
 * pointer, counted from the option's start, that lies behind itself and
 * leaves room for a whole entry or is beyond the end.  value is what follows
 * kind and length.
 */
static bool
option_is_sane(uint8_t kind, struct slice value)
{
	size_t len = value.n + 2;
	size_t entry = 4, least = 4;

	if (kind != OPTION_RECORD && kind != OPTION_TIMESTAMP &&
	    kind != OPTION_LOOSE && kind != OPTION_STRICT)
		return kind != OPTION_ALERT || len == 4;
	if (kind == OPTION_TIMESTAMP) {
		least = 5;
		if (value.n >= 2 && (value.p[1] & 0xf) != 0)
			entry = 8;
	}
	if (len < least - 1 || value.n < 1 || value.p[0] < least)
		return false;
	return value.p[0] > len || value.p[0] + entry - 1 <= len;
}

static void
read_options(struct segment *s, struct slice options)
{
	struct cur c = cur_of(options.p, options.n);
	uint8_t kind, len;
	struct slice value;

	while (cur_u8(&c, &kind) && kind != 0) {
		if (kind == 1)
			continue;
		if (!cur_u8(&c, &len) || len < 2 ||
		    !cur_take(&c, (size_t)len - 2, &value)) {
			s->flaws |= SEGMENT_BAD_IP_OPTIONS;
			return;
		}
		if (!option_is_sane(kind, value))
			s->flaws |= SEGMENT_BAD_IP_OPTIONS;
		follow_route(s, kind, value);
	}
}

enum outcome
ip_v4(struct layer *l)
{
	struct slice h, options;

	/* What announced the packet may be wrong; the version is not. */
	if (layer_peek(l, 1, &h) && h.p[0] >> 4 == 6)
		return layer_go(l, ip_v6);
	if (!layer_take(l, IPV4_HEADER, &h))
		return layer_short(l, IPV4_HEADER);

	size_t header = (size_t)(h.p[0] & 0xf) * 4;
	size_t total = get_be16(h.p + 2);

	if (h.p[0] >> 4 != 4 || header < IPV4_HEADER)
		return DECODE_BAD_HEADER;
	if (!enter(l))
		return DECODE_TOO_DEEP;
	if (total == 0) {
		l->open_ended = true;
		total = l->len + IPV4_HEADER;
	}
	if (total < header)
		return DECODE_BAD_HEADER;
	set_length(l, total - IPV4_HEADER);
	l->seg.ip_len = (uint32_t)total;
	layer_set_address(&l->seg.src, 4, h.p + 12);
	layer_set_address(&l->seg.dst, 4, h.p + 16);
	if (header > IPV4_HEADER) {
		if (!layer_take(l, header - IPV4_HEADER, &options))
			return layer_short(l, header - IPV4_HEADER);
		read_options(&l->seg, options);
	}
	l->seg.ip_id = get_be16(h.p + 4);
	l->seg.ip_checksum =
	    layer_header_sum_good(h.p, header) ? CHECKSUM_GOOD : CHECKSUM_BAD;
	if (get_be16(h.p + 6) & 0x3fff)
		return fragment_v4(l, h.p);
	return ip_by_protocol(l, h.p[9]);
}

/* Takes an extension header whose length is counted in units after the first
 * bytes; *next becomes the header after it. */
static enum outcome
take_extension(struct layer *l, size_t unit, size_t first, uint8_t *next,
    struct slice *out)
{
	struct slice h;

	if (!layer_peek(l, 2, &h))
		return layer_short(l, 2);

	size_t n = h.p[1] * unit + first;

	if (!layer_take(l, n, out))
		return layer_short(l, n);
	*next = out->p[0];
	return LAYER_NEXT;
}

/* The jumbo payload (RFC 2675) is told by hop-by-hop options, the home
 * address (RFC 6275 6.3), which is the real source, by destination ones. */
static enum outcome
read_option_v6(struct layer *l, uint8_t kind, struct slice value, size_t size)
{
	if (kind == EXTENSION_HOME_ADDRESS && value.n == 16)
		layer_set_address(&l->seg.src, 6, value.p);
	if (kind != EXTENSION_JUMBO || value.n != 4 || !l->open_ended)
		return LAYER_NEXT;
	/* The options themselves, already taken, are part of the payload. */
	if (get_be32(value.p) < size || get_be32(value.p) - size > l->len)
		return DECODE_BAD_HEADER;
	layer_set_length(l, get_be32(value.p) - size);
	l->seg.ip_len = get_be32(value.p) + IPV6_HEADER;
	l->open_ended = false;
	return LAYER_NEXT;
}

/*
 * Types whose high bits tell a node that does not know them to discard the
 * packet (RFC 8200 4.2), and that have a meaning nevertheless (IANA's list),
 * in the header they are for.
 */
static bool
is_known_option(uint8_t kind, bool hop)
{
	switch (kind) {
	case EXTENSION_JUMBO:
	case 0x63: /* RPL, RFC 6553 */
	case 0x6d: /* MPL, RFC 7731 */
		return hop;
	case EXTENSION_HOME_ADDRESS:
	case 0x8a: /* endpoint identification */
	case 0x8b: /* ILNP nonce, RFC 6744 */
	case 0x8c: /* line identification, RFC 6788 */
		return !hop;
	default:
		return (kind & 0xc0) == 0;
	}
}

static enum outcome
options_v6(struct layer *l, uint8_t *next, bool hop)
{
	struct slice h, value;
	enum outcome o = take_extension(l, 8, 8, next, &h);

	if (o != LAYER_NEXT)
		return o;

	struct cur c = cur_of(h.p + 2, h.n - 2);
	uint8_t kind, len;

	while (cur_u8(&c, &kind)) {
		if (kind == 0)
			continue;
		if (!cur_u8(&c, &len) || !cur_take(&c, len, &value)) {
			l->seg.flaws |= SEGMENT_BAD_IP_OPTIONS;
			break;
		}
		if (!is_known_option(kind, hop))
			l->seg.flaws |= SEGMENT_BAD_IP_OPTIONS;
		o = read_option_v6(l, kind, value, h.n);
		if (o != LAYER_NEXT)
			return o;
	}
	return LAYER_NEXT;
}

static enum outcome
hop_by_hop(struct layer *l, uint8_t *next)
{
	enum outcome o = options_v6(l, next, true);

	/* Payload length 0 with such a header needs the jumbo option. */
	return o == LAYER_NEXT && l->open_ended ? DECODE_BAD_HEADER : o;
}

static enum outcome
destination_options(struct layer *l, uint8_t *next)
{
	return options_v6(l, next, false);
}

/* Types 0 and 2 end with the real destination, 4 (RFC 8754) begins with it. */
static enum outcome
routing(struct layer *l, uint8_t *next)
{
	struct slice h;
	enum outcome o = take_extension(l, 8, 8, next, &h);

	if (o != LAYER_NEXT || h.n < 24 || h.p[3] == 0)
		return o;
	if (h.p[2] == 0 || h.p[2] == 2)
		layer_set_address(&l->seg.dst, 6, h.p + h.n - 16);
	else if (h.p[2] == 4)
		layer_set_address(&l->seg.dst, 6, h.p + 8);
	return o;
}

static enum outcome
skipped(struct layer *l, uint8_t *next)
{
	struct slice h;

	return take_extension(l, 8, 8, next, &h);
}

static enum outcome
authentication(struct layer *l, uint8_t *next)
{
	struct slice h;

	return take_extension(l, 4, 8, next, &h);
}

static bool
is_extension(unsigned protocol)
{
	return protocol == 0 || protocol == 43 || protocol == 44 ||
	    protocol == 60 || protocol == 135 || protocol == 139 ||
	    protocol == 140;
}

static enum outcome
fragment_v6(struct layer *l, uint8_t *next)
{
	struct slice h;

	if (!layer_take(l, 8, &h))
		return layer_short(l, 8);

	unsigned word = get_be16(h.p + 2);
	struct fragment f = {
		.key.id = get_be32(h.p + 4),
		.off = word & 0xfff8,
		.more = (word & 1) != 0,
		.protocol = h.p[0],
	};

	*next = h.p[0];
	if (f.off == 0 && !f.more)
		return LAYER_NEXT; /* atomic, RFC 6946 */
	if (!protocol_is_known(l, h.p[0]) && !is_extension(h.p[0]))
		return DECODE_NOT_TCP;
	if (f.more && l->len % 8 != 0)
		return DECODE_BAD_HEADER;

	enum outcome o = reassemble(l, &f);

	*next = f.protocol;
	return o;
}

static const struct {
	uint8_t protocol;
	enum outcome (*read)(struct layer *l, uint8_t *next);
} extensions[] = {
	{ 0, hop_by_hop }, { 43, routing }, { 44, fragment_v6 },
	{ 51, authentication }, { 60, destination_options },
	{ 135, skipped }, /* mobility */
	{ 139, skipped }, /* HIP */
	{ 140, skipped }, /* shim6 */
};

/* Reads one extension header; DECODE_NOT_TCP when it is none. */
static enum outcome
extension(struct layer *l, uint8_t *next)
{
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]);
	     i++) {
		if (extensions[i].protocol == *next)
			return extensions[i].read(l, next);
	}
	return DECODE_NOT_TCP;
}

enum outcome
ip_v6(struct layer *l)
{
	struct slice h;

	if (layer_peek(l, 1, &h) && h.p[0] >> 4 == 4)
		return layer_go(l, ip_v4);
	if (!layer_take(l, IPV6_HEADER, &h))
		return layer_short(l, IPV6_HEADER);
	if (h.p[0] >> 4 != 6)
		return DECODE_BAD_HEADER;
	if (!enter(l))
		return DECODE_TOO_DEEP;

	size_t payload = get_be16(h.p + 4);
	uint8_t next = h.p[6];

	layer_set_address(&l->seg.src, 6, h.p + 8);
	layer_set_address(&l->seg.dst, 6, h.p + 24);
	if (payload == 0)
		l->open_ended = true;
	else
		set_length(l, payload);
	l->seg.ip_id = get_be32(h.p) & FLOW_LABEL;
	l->seg.ip_checksum = CHECKSUM_UNKNOWN;
	l->seg.ip_len =
	    (uint32_t)(payload == 0 ? l->len : payload) + IPV6_HEADER;
	for (unsigned i = 0; i <= EXTENSIONS_MAX; i++) {
		enum outcome o = extension(l, &next);

		if (o == DECODE_NOT_TCP)
			return ip_by_protocol(l, next);
		if (o != LAYER_NEXT)
			return o;
	}
	return DECODE_TOO_DEEP;
}
