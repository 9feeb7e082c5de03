/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * layer.h: what the layers of decoding share; internal to decode.
 *
 * A layer reads its header with layer_take, names who reads on and answers
 * LAYER_NEXT, or ends the packet with its outcome.  The driver calls one layer
 * after the other, so that depth costs no stack.
 */
#ifndef DECODE_LAYER_H
#define DECODE_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cur.h"
#include "decode/decode.h"
#include "decode/defrag.h"
#include "decode/ipcomp.h"
#include "decode/obstacle.h"
#include "decode/teredo.h"

/* No outcome yet: layer.next goes on. */
#define LAYER_NEXT DECODE_OUTCOMES

/* IP headers in one packet: one, and eight encapsulations. */
#define LAYER_IP_MAX 9

struct layer;

typedef enum outcome layer_fn(struct layer *l);

/*
 * Where dissection stands.  Invariant: the bytes of cur are the first of the
 * len bytes that were on the wire from here, so len >= cur_left(&cur).
 */
struct layer {
	struct cur cur; /* captured and not yet read */
	size_t len;	/* on the wire and not yet read */
	layer_fn *next;
	const struct packet *packet;
	struct decoder *decoder;
	uint64_t context;   /* digest of the IP addresses further out */
	uint32_t tunnel;    /* digest of what was met since the last IP */
	struct way way;	    /* what the layer before looked for */
	struct segment seg; /* filled on the way; addresses by IP */
	struct {	    /* the UDP header read last */
		struct endpoint src;
		struct endpoint dst;
	} udp;
	uint8_t depth;	    /* layers so far */
	uint8_t ip_headers; /* IP headers so far */
	bool guessed;	    /* in a tunnel known by its UDP port only */
	bool open_ended;    /* IP gave no length; the frame's is used */
	bool bounded;	    /* a link's header gave len: IP has no more */
	bool sliced;	    /* what lacks here was cut by who recorded it */
	bool inflated;	    /* the decoder's one decompressor has been used */
	bool sequenced;	    /* GRE: a sequence number was there */
};

/* A row of a table of next layers: skip bytes, then fn. */
struct layer_row {
	uint16_t key;
	uint8_t skip;
	layer_fn *fn;
};

#define LAYER_ROWS(table) (table), sizeof(table) / sizeof((table)[0])

/* Why n bytes could not be taken. */
static inline enum outcome
layer_short(const struct layer *l, size_t n)
{
	return n > l->len ? DECODE_BAD_HEADER : DECODE_CUT;
}

static inline bool
layer_take(struct layer *l, size_t n, struct slice *out)
{
	if (!cur_take(&l->cur, n, out))
		return false;
	l->len -= n;
	return true;
}

/* As layer_take, but the bytes stay to be read. */
static inline bool
layer_peek(const struct layer *l, size_t n, struct slice *out)
{
	struct cur c = l->cur;

	return cur_take(&c, n, out);
}

/* A link's header says that n bytes follow; what comes after is padding. */
static inline void
layer_limit(struct layer *l, size_t n)
{
	cur_limit(&l->cur, n);
	if (n < l->len)
		l->len = n;
	l->bounded = true;
}

/* A header says that exactly n bytes follow, though fewer may be here. */
static inline void
layer_set_length(struct layer *l, size_t n)
{
	cur_limit(&l->cur, n);
	if (!l->bounded || n < l->len)
		l->len = n;
	l->bounded = false;
}

/* Goes on with the row that has this key, or answers otherwise. */
enum outcome layer_by_key(struct layer *l, const struct layer_row *rows,
    size_t n, unsigned key, enum outcome otherwise);

/* Notes the identifier of a tunnel; kind tells those of one protocol from
 * those of another. */
static inline void
layer_note_tunnel(struct layer *l, uint32_t kind, uint32_t id)
{
	l->tunnel = ((kind * 0x01000193u ^ id) * 0x01000193u) | 1;
}

/* Whether the n bytes of an IPv4 header, a multiple of 4 and at least 20, have
 * the right sum (RFC 791 3.1): its 16-bit words, in any byte order, add up to
 * a multiple of all ones (RFC 1071). */
static inline bool
layer_header_sum_good(const uint8_t *h, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i += 4) {
		uint32_t v;

		memcpy(&v, h + i, sizeof(v));
		sum += v;
	}
	return sum % 0xffff == 0;
}

static inline enum outcome
layer_go(struct layer *l, layer_fn *next)
{
	l->next = next;
	return LAYER_NEXT;
}

/* Goes on with the row for a number of that kind, or answers otherwise. */
static inline enum outcome
layer_by_number(struct layer *l, const struct layer_row *rows, size_t n,
    enum way_kind kind, unsigned number, enum outcome otherwise)
{
	enum outcome o;

	l->way.kind = kind;
	l->way.number = number;
	o = layer_by_key(l, rows, n, number, DECODE_OUTCOMES + 1);
	l->way.found = o != DECODE_OUTCOMES + 1;
	return l->way.found ? o : otherwise;
}

/* What a segment has of its packet. */
static inline void
layer_begin_segment(struct segment *s, const struct packet *p)
{
	s->hop = (struct hop){ 0 };
	s->tunnel = 0;
	s->ip_id = 0;
	s->ip_checksum = CHECKSUM_UNKNOWN;
	s->flaws = 0;
	s->copy = false;
	s->interface = p->interface;
	s->packet = p->number;
	s->frame = p;
	s->earlier = NULL;
	s->n_earlier = 0;
	s->ts_ns = p->ts_ns;
	s->ts_digits = p->ts_digits;
}

/* header begins with the two addresses of an Ethernet header. */
static inline void
layer_set_mac(struct segment *s, const uint8_t *header)
{
	s->hop.has_src = s->hop.has_dst = true;
	memcpy(s->hop.dst_mac, header, 6);
	memcpy(s->hop.src_mac, header + 6, 6);
}

/* addr has 4 or 16 bytes; its port is not known yet.  Written as a whole, as
 * it will be read. */
static inline void
layer_set_address(struct endpoint *e, uint8_t family, const uint8_t *addr)
{
	uint8_t whole[16] = { 0 };

	e->family = family;
	e->port = 0;
	memcpy(whole, addr, family == 6 ? 16 : 4);
	memcpy(e->addr, whole, 16);
}

/* Skips n bytes and goes on with next. */
enum outcome layer_skip_to(struct layer *l, size_t n, layer_fn *next);
/* Runs l->next and all that follow it to an outcome. */
enum outcome layer_run(struct layer *l);
/* Gives l->seg on. */
void layer_emit(struct layer *l);
/* Notes that l stands behind a UDP header, which is h. */
void layer_note_datagram(const struct layer *l, const uint8_t *h);
struct defrag *layer_defrag(struct layer *l);
/* What the decoder has of these; made when they are asked for. */
struct teredo *layer_teredo(struct layer *l);
struct ipcomp *layer_ipcomp(struct layer *l);
/* Whether a Teredo client was seen. */
bool layer_knows_teredo(const struct layer *l);

/* link_types.c */
enum outcome link_by_type(struct layer *l, unsigned linktype);

/* link.c */
enum outcome link_by_ethertype(struct layer *l, unsigned type);
layer_fn link_ethernet;
layer_fn link_typed; /* an EtherType, then what it says */
layer_fn link_llc;
layer_fn link_raw; /* IP of either version */
layer_fn link_null;
layer_fn link_sll;
layer_fn link_sll2;
layer_fn link_other; /* known to hold no IP */
/* Network layer protocol identifiers (ISO/IEC TR 9577). */
layer_fn link_nlpid;

/* link_rare.c */
layer_fn link_fddi;
layer_fn link_token_ring;
layer_fn link_arcnet;
layer_fn link_arcnet_linux;
layer_fn link_ipoib;
layer_fn link_atm;
layer_fn link_atm_clip;
layer_fn link_frame_relay;
layer_fn link_enc;
layer_fn link_pflog;
layer_fn link_nflog;
layer_fn link_ppi;
layer_fn link_pktap;
layer_fn link_erf;

/* ppp.c */
layer_fn ppp;	     /* protocol field first */
layer_fn ppp_framed; /* perhaps address and control first */
layer_fn ppp_hdlc;   /* the same, or Cisco HDLC */
layer_fn ppp_chdlc;
layer_fn ppp_pppoe;

/* wlan.c */
layer_fn wlan_frame;
layer_fn wlan_swapped; /* frame control perhaps in the wrong order */
layer_fn wlan_radiotap;
layer_fn wlan_prism;
layer_fn wlan_avs;

/* ip.c */
layer_fn ip_v4;
layer_fn ip_v6;
enum outcome ip_by_protocol(struct layer *l, unsigned protocol);
/* True when what follows has a whole IP header whose length fits, or whose
 * checksum is right. */
bool ip_plausible(const struct layer *l);
/* True when what follows may be IPv6 with TCP or UDP that was cut; the header
 * has no checksum that would tell. */
bool ip_v6_sliced(const struct layer *l);

/* fast_path.c */
/* What the layers would give on for this packet; false when it takes them to
 * say. */
bool fast_path_segment(const struct packet *p, struct segment *s);

/* tcp.c */
layer_fn tcp_segment;
/* Whether tcp is a TCP segment between s's addresses. */
bool tcp_checksum_good(const struct segment *s, struct slice tcp);
/* Fills s from a TCP header: 20 bytes, then options. */
void tcp_read(struct segment *s, struct slice header);

/* udp.c */
layer_fn udp_datagram;

/* gre.c */
layer_fn gre;

/* juniper.c: JunOS's header, then this */
layer_fn juniper_ethernet;
layer_fn juniper_ppp;
layer_fn juniper_frame_relay;
layer_fn juniper_chdlc;
layer_fn juniper_typed;	  /* an EtherType */
layer_fn juniper_service; /* a cookie, and what is behind it */

/* link_tags.c */
layer_fn tag_arista;
layer_fn tag_tecmp;
layer_fn tag_batman;

/* tunnel.c */
/* Whether an Ethernet header that leads to something known is off bytes from
 * here: for encapsulations that do not say what they hold. */
bool tunnel_ethernet_at(const struct layer *l, size_t off);
layer_fn tunnel_mpls;
/* Numbers of VXLAN-GPE and NSH. */
enum outcome tunnel_by_gpe(struct layer *l, unsigned protocol);
layer_fn tunnel_nsh;
layer_fn tunnel_macsec;
layer_fn tunnel_trill;
layer_fn tunnel_etherip;
layer_fn tunnel_l2tp3;
layer_fn tunnel_ah;
layer_fn tunnel_ipcomp;

#endif
