/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * mkpcap_net.c: a TCP segment to frames: TCP, IP (or its fragments), link.
 */
#include "tools/mkpcap.h"

#include <stdlib.h>
#include <string.h>

enum { IP_PROTO_TCP = 6, IP6_FRAGMENT = 44 };

void *
need(void *allocated)
{
	if (allocated == NULL) {
		fputs("mkpcap: out of memory\n", stderr);
		exit(1);
	}
	return allocated;
}

void
bytes_add(struct bytes *b, const void *at, size_t len)
{
	if (len == 0)
		return;
	if (len > b->size - b->len) {
		b->size = (b->len + len) * 2;
		b->at = need(realloc(b->at, b->size));
	}
	memcpy(b->at + b->len, at, len);
	b->len += len;
}

void
bytes_be(struct bytes *b, uint64_t v, size_t n)
{
	while (n-- > 0) {
		uint8_t octet = (uint8_t)(v >> (8 * n));
		bytes_add(b, &octet, 1);
	}
}

void
bytes_free(struct bytes *b)
{
	free(b->at);
	*b = (struct bytes){ 0 };
}

static uint32_t
sum16(uint32_t sum, const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 == 0 ? (uint32_t)at[i] << 8 : at[i];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void
set16(uint8_t *at, uint32_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

/* RFC 9293, 3.1: the checksum covers a pseudo-header. */
static void
tcp_checksum(const struct seg *s, struct bytes *tcp, bool bad)
{
	uint32_t sum = IP_PROTO_TCP + (uint32_t)(tcp->len & 0xffff) +
	    (uint32_t)(tcp->len >> 16);
	sum = sum16(sum, s->src.ip, s->src.len);
	sum = sum16(sum, s->dst.ip, s->dst.len);
	sum = ~sum16(sum, tcp->at, tcp->len) & 0xffff;
	set16(tcp->at + 16, bad ? sum ^ 0x5555 : sum);
}

static struct bytes
tcp_of(const struct seg *s, bool badsum)
{
	struct bytes b = { 0 };
	bytes_be(&b, s->src.port, 2);
	bytes_be(&b, s->dst.port, 2);
	bytes_be(&b, s->seq, 4);
	bytes_be(&b, s->ack, 4);
	bytes_be(&b, (20 + s->n_opts) / 4 << 4, 1);
	bytes_be(&b, s->flags, 1);
	bytes_be(&b, s->win, 2);
	bytes_be(&b, 0, 2);
	bytes_be(&b, s->urg, 2);
	bytes_add(&b, s->opts, s->n_opts);
	bytes_add(&b, s->payload, s->len);
	tcp_checksum(s, &b, badsum);
	return b;
}

static void
link_header(struct bytes *b, const struct wrap *w, bool v6)
{
	unsigned type = v6 ? 0x86dd : 0x0800;
	uint64_t mac[2] = { 0x020000000001, 0x020000000002 };
	switch (w->link) {
	case LINK_NULL:
		bytes_be(b, v6 ? 0x1e000000 : 0x02000000, 4);
		break;
	case LINK_SLL:
		bytes_be(b, w->from == 0 ? 4 : 0, 2);
		bytes_be(b, 1, 2);
		bytes_be(b, 6, 2);
		bytes_be(b, mac[w->from] << 16, 8);
		bytes_be(b, type, 2);
		break;
	case LINK_ETHERNET:
		bytes_be(b, mac[!w->from], 6);
		bytes_be(b, mac[w->from], 6);
		for (size_t i = 0; i < w->n_vlan; i++) {
			bytes_be(b, i + 1 < w->n_vlan ? 0x88a8 : 0x8100, 2);
			bytes_be(b, w->vlan[i], 2);
		}
		bytes_be(b, type, 2);
		break;
	default:
		break;
	}
}

static void
ip4_header(struct bytes *b, const struct seg *s, const struct wrap *w,
    size_t len, size_t off, bool more)
{
	size_t at = b->len, header = w->bad_ip_options ? 24 : 20;
	bytes_be(b, header == 24 ? 0x4600 : 0x4500, 2);
	bytes_be(b, w->zero_len ? 0 : header + len + w->more_len, 2);
	bytes_be(b, w->ip_id & 0xffff, 2);
	if (w->fragment == 0)
		bytes_be(b, 0x4000, 2);
	else
		bytes_be(b, (more ? 0x2000 : 0) | off / 8, 2);
	bytes_be(b, 64, 1);
	bytes_be(b, IP_PROTO_TCP, 1);
	bytes_be(b, 0, 2);
	bytes_add(b, s->src.ip, 4);
	bytes_add(b, s->dst.ip, 4);
	if (w->bad_ip_options)
		bytes_be(b, 0x07010000, 4);
	set16(b->at + at + 10,
	    (~sum16(0, b->at + at, header) & 0xffff) ^ w->bad_ip_sum);
}

static void
ip6_header(struct bytes *b, const struct seg *s, const struct wrap *w,
    size_t len, size_t off, bool more)
{
	bool fragment = w->fragment != 0;
	bytes_be(b, 0x60000000, 4);
	bytes_be(b, w->zero_len ? 0 : len + w->more_len + (fragment ? 8 : 0),
	    2);
	bytes_be(b, fragment ? IP6_FRAGMENT : IP_PROTO_TCP, 1);
	bytes_be(b, 64, 1);
	bytes_add(b, s->src.ip, 16);
	bytes_add(b, s->dst.ip, 16);
	if (!fragment)
		return;
	bytes_be(b, IP_PROTO_TCP, 1);
	bytes_be(b, 0, 1);
	bytes_be(b, off | (more ? 1 : 0), 2);
	bytes_be(b, w->ip_id, 4);
}

static struct frame *
frame_of(struct bytes *b, const struct wrap *w)
{
	struct frame *f = need(calloc(1, sizeof(*f)));
	for (size_t i = 0; i < w->pad; i++)
		bytes_be(b, 0x55, 1);
	f->at = b->at;
	f->len = b->len;
	f->cap = w->snap != 0 && w->snap < b->len ? w->snap : b->len;
	f->link = w->link;
	return f;
}

static struct frame *
datagram(const struct seg *s, const struct wrap *w, const struct bytes *tcp,
    size_t off, size_t len)
{
	struct bytes b = { 0 };
	bool v6 = s->src.len == 16;
	bool more = off + len < tcp->len;
	link_header(&b, w, v6);
	if (v6)
		ip6_header(&b, s, w, len, off, more);
	else
		ip4_header(&b, s, w, len, off, more);
	bytes_add(&b, tcp->at + off, len);
	return frame_of(&b, w);
}

struct frame *
net_frames(const struct seg *s, const struct wrap *w)
{
	struct frame *head = NULL, **tail = &head;
	struct bytes tcp = tcp_of(s, w->badsum);
	size_t step = w->fragment != 0 ? w->fragment : tcp.len;
	for (size_t off = 0; off < tcp.len; off += step) {
		size_t left = tcp.len - off;
		struct frame *f =
		    datagram(s, w, &tcp, off, left < step ? left : step);
		if (w->fragment_reverse) {
			f->next = head;
			head = f;
		} else {
			*tail = f;
			tail = &f->next;
		}
	}
	bytes_free(&tcp);
	return head;
}

struct frame *
net_raw(const uint8_t *at, size_t len, const struct wrap *w)
{
	struct bytes b = { 0 };
	bytes_add(&b, at, len);
	return frame_of(&b, w);
}

void
frame_free(struct frame *f)
{
	free(f->at);
	free(f);
}
