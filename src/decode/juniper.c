/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* juniper.c: what JunOS writes into a capture file before the frame. */
#include "decode/layer.h"

enum {
	JUNIPER_MAGIC = 0x4d4743,
	JUNIPER_NO_LINK = 0x02, /* flags: only a protocol family follows */
	JUNIPER_EXTENDED = 0x80,
	COOKIE_MAX = 32,
};

/* Takes the magic number, flags and extensions that all of them begin with.
 * LAYER_NEXT with the flags in *flags, or the outcome. */
static enum outcome
take_header(struct layer *l, uint8_t *flags)
{
	struct slice h, size;

	if (!layer_take(l, 4, &h))
		return layer_short(l, 4);
	if (get_be32(h.p) >> 8 != JUNIPER_MAGIC)
		return DECODE_BAD_HEADER;
	*flags = h.p[3];
	if ((*flags & JUNIPER_EXTENDED) == 0)
		return LAYER_NEXT;
	if (!layer_take(l, 2, &size))
		return layer_short(l, 2);
	if (!layer_take(l, get_be16(size.p), &h))
		return layer_short(l, get_be16(size.p));
	return LAYER_NEXT;
}

static enum outcome
juniper(struct layer *l, layer_fn *next)
{
	uint8_t flags;
	enum outcome o = take_header(l, &flags);

	if (o != LAYER_NEXT)
		return o;
	/* The family is in the byte order of the router; IP says it again. */
	if (flags & JUNIPER_NO_LINK)
		return layer_skip_to(l, 4, link_raw);
	return layer_go(l, next);
}

enum outcome
juniper_ethernet(struct layer *l)
{
	return juniper(l, link_ethernet);
}

enum outcome
juniper_ppp(struct layer *l)
{
	return juniper(l, ppp_framed);
}

enum outcome
juniper_frame_relay(struct layer *l)
{
	return juniper(l, link_frame_relay);
}

enum outcome
juniper_chdlc(struct layer *l)
{
	return juniper(l, ppp_chdlc);
}

enum outcome
juniper_typed(struct layer *l)
{
	return juniper(l, link_typed);
}

/* Whether off bytes from here is an IP header that a checksum or the end of
 * the frame confirms. */
static bool
ip_at(const struct layer *l, size_t off)
{
	struct layer ahead = *l;
	struct slice h, whole;
	size_t header;

	if (!layer_take(&ahead, off, &h) || !ip_plausible(&ahead) ||
	    !layer_peek(&ahead, 20, &h))
		return false;
	if (h.p[0] >> 4 == 6)
		return get_be16(h.p + 4) + (size_t)40 == ahead.len;
	header = (h.p[0] & 0xfu) * 4;
	return (layer_peek(&ahead, header, &whole) &&
		   layer_header_sum_good(whole.p, header)) ||
	    get_be16(h.p + 2) == ahead.len;
}

/*
 * The services cards put a cookie of 0 to 18 bytes before the packet, then
 * perhaps PPP's or LLC's header; how long all that is hangs on the card and
 * the direction.  What is sought is an IP header that proves to be one, else
 * an LLC header.
 */
static enum outcome
behind_cookie(struct layer *l)
{
	struct slice s;

	for (size_t off = 0; off <= COOKIE_MAX; off++)
		if (ip_at(l, off))
			return layer_skip_to(l, off, link_raw);
	for (size_t off = 0; off <= COOKIE_MAX; off++) {
		if (layer_peek(l, off + 3, &s) && s.p[off] == 0xaa &&
		    s.p[off + 1] == 0xaa && s.p[off + 2] == 3)
			return layer_skip_to(l, off, link_llc);
	}
	return DECODE_NOT_IP;
}

enum outcome
juniper_service(struct layer *l)
{
	return juniper(l, behind_cookie);
}
