/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * fast_path.c: the frame that nearly all are, in one go: Ethernet, IPv4 without
 * options that is no fragment, all of a TCP segment.  What the layers make of
 * such a frame is the same, only later.
 */
#include "decode/layer.h"

enum {
	LINKTYPE_ETHERNET = 1,
	ETHERNET_HEADER = 14,
	IPV4_HEADER = 20,
	TCP_HEADER = 20,
};

static bool
is_common(const uint8_t *ethernet, const uint8_t *ip)
{
	return get_be16(ethernet + 12) == 0x0800 && ip[0] == 0x45 &&
	    (get_be16(ip + 6) & 0x3fff) == 0 && ip[9] == 6 &&
	    get_be16(ip + 2) >= IPV4_HEADER + TCP_HEADER;
}

/* The TCP segment of a common frame, its header's length in *header. */
static bool
take_tcp(const struct packet *p, struct slice *ip, struct slice *tcp,
    size_t *header)
{
	struct cur c = cur_of(p->data.p, p->data.n);
	struct slice ethernet;

	if (p->linktype != LINKTYPE_ETHERNET ||
	    !cur_take(&c, ETHERNET_HEADER, &ethernet) ||
	    !cur_take(&c, IPV4_HEADER, ip) || !is_common(ethernet.p, ip->p) ||
	    !cur_take(&c, get_be16(ip->p + 2) - (size_t)IPV4_HEADER, tcp))
		return false;
	*header = (size_t)(tcp->p[12] >> 4) * 4;
	return *header >= TCP_HEADER && *header <= tcp->n;
}

bool
fast_path_segment(const struct packet *p, struct segment *s)
{
	struct slice ip, tcp;
	size_t header;

	if (!take_tcp(p, &ip, &tcp, &header))
		return false;
	layer_begin_segment(s, p);
	layer_set_mac(s, p->data.p);
	s->ip_id = get_be16(ip.p + 4);
	s->ip_checksum = layer_header_sum_good(ip.p, IPV4_HEADER) ?
	    CHECKSUM_GOOD :
	    CHECKSUM_BAD;
	s->ip_len = (uint32_t)(IPV4_HEADER + tcp.n);
	s->payload_len = (uint32_t)(tcp.n - header);
	s->payload = (struct slice){ tcp.p + header, tcp.n - header };
	layer_set_address(&s->src, 4, ip.p + 12);
	layer_set_address(&s->dst, 4, ip.p + 16);
	s->checksum = tcp_checksum_good(s, tcp) ? CHECKSUM_GOOD : CHECKSUM_BAD;
	tcp_read(s, (struct slice){ tcp.p, header });
	return true;
}
