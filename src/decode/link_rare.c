/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* link_rare.c: link types that are met less often. */
#include "decode/layer.h"

enum {
	FDDI_LLC = 0x50,
	ERF_EXTENSION = 0x80,
	NFLOG_PAYLOAD = 9,
	NFLOG_TYPE_MAX = 64,
};

enum outcome
link_fddi(struct layer *l)
{
	struct slice h;

	if (!layer_take(l, 13, &h))
		return layer_short(l, 13);
	if ((h.p[0] & 0x70) != FDDI_LLC)
		return DECODE_NOT_IP;
	return layer_go(l, link_llc);
}

/* With source routing, when the source address says so. */
enum outcome
link_token_ring(struct layer *l)
{
	struct slice h, route;

	if (!layer_take(l, 14, &h))
		return layer_short(l, 14);
	if ((h.p[1] & 0xc0) != 0x40)
		return DECODE_NOT_IP;
	if ((h.p[8] & 0x80) == 0)
		return layer_go(l, link_llc);
	if (!layer_peek(l, 2, &route))
		return layer_short(l, 2);
	if ((route.p[0] & 0x1f) < 2)
		return DECODE_BAD_HEADER;
	return layer_skip_to(l, route.p[0] & 0x1f, link_llc);
}

/* By protocol identifier; RFC 1201's have a flag and a sequence number. */
/* clang-format off */
static const struct layer_row arcnet_types[] = {
	{ 212, 3, ip_v4 },
	{ 196, 3, ip_v6 },
	{ 240, 0, ip_v4 },		/* RFC 1051 */
};
/* clang-format on */

static enum outcome
arcnet(struct layer *l, size_t addresses)
{
	struct slice h, flag;

	if (!layer_take(l, addresses + 1, &h))
		return layer_short(l, addresses + 1);

	uint8_t type = h.p[addresses];

	/* An exception frame repeats type, flag and number after padding. */
	if (type != 240 && layer_peek(l, 1, &flag) && flag.p[0] == 0xff &&
	    !layer_take(l, 4, &h))
		return layer_short(l, 4);
	if (type != 240 && layer_peek(l, 1, &flag) && flag.p[0] != 0)
		return DECODE_LINK_FRAGMENT;
	return layer_by_key(l, LAYER_ROWS(arcnet_types), type, DECODE_NOT_IP);
}

enum outcome
link_arcnet(struct layer *l)
{
	return arcnet(l, 2);
}

/* Two bytes of offset follow the addresses. */
enum outcome
link_arcnet_linux(struct layer *l)
{
	return arcnet(l, 4);
}

/* After the destination: type, reserved. */
enum outcome
link_ipoib(struct layer *l)
{
	struct slice h;

	if (!layer_take(l, 4, &h))
		return layer_short(l, 4);
	return link_by_ethertype(l, get_be16(h.p));
}

/* RFC 2684 5.2: bridged Ethernet has two bytes of padding. */
enum outcome
link_atm(struct layer *l)
{
	struct slice h;

	if (layer_peek(l, 8, &h) && get_be32(h.p) == 0xaaaa0300 &&
	    get_be16(h.p + 4) == 0x80c2 && (h.p[7] == 1 || h.p[7] == 7))
		return layer_skip_to(l, 10, link_ethernet);
	return layer_go(l, link_llc);
}

/* Either with LLC or IP alone. */
enum outcome
link_atm_clip(struct layer *l)
{
	struct slice h;

	if (layer_peek(l, 2, &h) && get_be16(h.p) == 0xaaaa)
		return layer_go(l, link_llc);
	return layer_go(l, link_raw);
}

/* RFC 2427: two to four bytes of address (Q.922), then unnumbered information
 * with perhaps padding and the protocol; Cisco's has an EtherType instead. */
enum outcome
link_frame_relay(struct layer *l)
{
	struct slice s;
	size_t n = 0;

	do {
		if (!layer_take(l, 1, &s))
			return layer_short(l, 1);
	} while ((s.p[0] & 1) == 0 && ++n < 4);
	if (!layer_peek(l, 2, &s))
		return layer_short(l, 2);
	if (s.p[0] != 3)
		return layer_go(l, link_typed);
	return layer_skip_to(l, s.p[1] == 0 ? 2 : 1, link_nlpid);
}

/* OpenBSD's view of IPsec: family, SPI, flags; then IP. */
enum outcome
link_enc(struct layer *l)
{
	return layer_skip_to(l, 12, link_raw);
}

/* The header says its length, without its padding to 4. */
enum outcome
link_pflog(struct layer *l)
{
	struct slice h;

	if (!layer_peek(l, 1, &h))
		return layer_short(l, 1);
	return layer_skip_to(l, (h.p[0] + 3u) & ~3u, link_raw);
}

/* Length and type of an attribute in the byte order of the host that
 * captured: the one in which they make sense. */
static void
nflog_attribute(const uint8_t *h, size_t *len, unsigned *type)
{
	*len = get_le16(h);
	*type = get_le16(h + 2) & 0x7fff;
	if (*type <= NFLOG_TYPE_MAX)
		return;
	*len = get_be16(h);
	*type = get_be16(h + 2) & 0x7fff;
}

enum outcome
link_nflog(struct layer *l)
{
	struct slice h;
	size_t len;
	unsigned type;

	if (!layer_take(l, 4, &h))
		return layer_short(l, 4);
	while (layer_take(l, 4, &h)) {
		nflog_attribute(h.p, &len, &type);
		if (len < 4)
			return DECODE_BAD_HEADER;
		if (type == NFLOG_PAYLOAD) {
			layer_set_length(l, len - 4);
			l->sliced = true; /* the copy range */
			return layer_go(l, link_raw);
		}
		len = (len - 4 + 3) & ~(size_t)3;
		if (!layer_take(l, len, &h))
			return layer_short(l, len);
	}
	return l->len == 0 ? DECODE_NOT_IP : layer_short(l, 4);
}

/* Per-packet information: length and link type, little-endian. */
enum outcome
link_ppi(struct layer *l)
{
	struct slice h, skipped;

	if (!layer_peek(l, 8, &h))
		return layer_short(l, 8);

	size_t n = get_le16(h.p + 2);
	uint32_t linktype = get_le32(h.p + 4);

	if (n < 8)
		return DECODE_BAD_HEADER;
	if (!layer_take(l, n, &skipped))
		return layer_short(l, n);
	return link_by_type(l, linktype);
}

/* Darwin's: length of the header, type of the record, link type. */
enum outcome
link_pktap(struct layer *l)
{
	struct slice h, skipped;

	if (!layer_peek(l, 12, &h))
		return layer_short(l, 12);

	size_t n = get_le32(h.p);
	uint32_t linktype = get_le32(h.p + 8);

	if (n < 12)
		return DECODE_BAD_HEADER;
	if (!layer_take(l, n, &skipped))
		return layer_short(l, n);
	return link_by_type(l, linktype);
}

/* By type of ERF record; Ethernet has two bytes of offset and padding. */
static const struct layer_row erf_types[] = {
	{ 1, 0, ppp_hdlc },
	{ 2, 2, link_ethernet },
	{ 11, 2, link_ethernet },
	{ 16, 2, link_ethernet },
	{ 20, 2, link_ethernet },
	{ 22, 0, ip_v4 },
	{ 23, 0, ip_v6 },
};

enum outcome
link_erf(struct layer *l)
{
	struct slice h, extension;

	if (!layer_take(l, 16, &h))
		return layer_short(l, 16);

	bool more = (h.p[8] & ERF_EXTENSION) != 0;

	while (more) {
		if (!layer_take(l, 8, &extension))
			return layer_short(l, 8);
		more = (extension.p[0] & ERF_EXTENSION) != 0;
	}
	return layer_by_key(l, LAYER_ROWS(erf_types), h.p[8] & 0x7f,
	    DECODE_NOT_IP);
}
