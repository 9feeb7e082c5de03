/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* filter.c: compiles --filter once for each link type, and applies it. */
#include "capture/filter.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "capture/dlt.h"

#define SNAPLEN_MAX 262144
#define STRIP_MAX 8
/* To compile an expression takes so much memory, or less. */
#define COMPILING ((size_t)1 << 20)

enum {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_MPLS_MULTICAST = 0x8848,
	ETHERTYPE_PPPOE = 0x8864,
	ETHERTYPE_QINQ = 0x88a8,
	ETHERTYPE_OLD_QINQ = 0x9100,
	PPP_IPV4 = 0x0021,
	PPP_IPV6 = 0x0057,
};

/* Link types whose header has an EtherType: where, and where it ends. */
static const struct frame_shape {
	uint16_t linktype;
	size_t type_at;
	size_t payload_at;
} shapes[] = {
	{ 1, 12, 14 },	 /* Ethernet */
	{ 113, 14, 16 }, /* Linux cooked */
	{ 276, 0, 20 },	 /* Linux cooked, version 2 */
};

struct program {
	uint16_t linktype;
	bool broken;
	char *why; /* when it is */
	struct bpf_program code;
};

enum { LINKTYPE_RAW = 101 };

/* Those for which libpcap knows words that others do not have. */
static const uint16_t with_words[] = {
	1,		 /* Ethernet */
	LINKTYPE_RAW, 9, /* PPP */
	105,		 /* 802.11 */
	113,		 /* Linux cooked */
	117,		 /* pflog */
	123,		 /* SunATM */
	139,		 /* MTP2 */
};

struct filter {
	char *expression;
	struct program *programs;
	size_t n_programs;
	char message[FILTER_MESSAGE_LEN];
	uint8_t *stripped; /* a frame without its outer tags */
	size_t cap_stripped;
	filter_find_ip *find_ip; /* or NULL */
};

static bool
compile(const struct filter *f, struct program *p)
{
	bool ok, no_memory;

	/* libpcap 1.10 does not survive a scanner for which it has no memory. */
	free(xmalloc(COMPILING));
	do {
		/* It takes any number, and fails only without memory. */
		pcap_t *dead =
		    pcap_open_dead(dlt_of_linktype(p->linktype), SNAPLEN_MAX);

		errno = 0;
		ok = dead != NULL &&
		    pcap_compile(dead, &p->code, f->expression, 1,
			PCAP_NETMASK_UNKNOWN) == 0;
		no_memory = dead == NULL || (!ok && errno == ENOMEM);
		if (!ok && !no_memory)
			p->why = xstrdup(pcap_geterr(dead));
		if (dead != NULL)
			pcap_close(dead);
	} while (no_memory && xalloc_again());
	if (no_memory)
		xalloc_fail();
	return ok;
}

static struct program *
program_for(struct filter *f, uint16_t linktype)
{
	struct program p = { .linktype = linktype };

	for (size_t i = 0; i < f->n_programs; i++)
		if (f->programs[i].linktype == linktype)
			return &f->programs[i];
	f->programs =
	    xreallocarray(f->programs, f->n_programs + 1, sizeof(*f->programs));
	p.broken = !compile(f, &p);
	f->programs[f->n_programs] = p;
	return &f->programs[f->n_programs++];
}

/* Why the expression is none for that link type. */
static void
keep_message(struct filter *f, uint16_t linktype)
{
	snprintf(f->message, sizeof(f->message), "%s",
	    program_for(f, linktype)->why);
}

struct filter *
filter_new(const char *expression, char message[static FILTER_MESSAGE_LEN])
{
	struct filter *f = xcalloc(1, sizeof(*f));

	f->expression = xstrdup(expression);
	for (size_t i = 0; i < sizeof(with_words) / sizeof(with_words[0]); i++)
		if (!program_for(f, with_words[i])->broken)
			return f;
	keep_message(f, with_words[0]);
	snprintf(message, FILTER_MESSAGE_LEN, "%s", f->message);
	filter_free(f);
	return NULL;
}

struct filter *
filter_copy(const struct filter *f)
{
	struct filter *copy = xcalloc(1, sizeof(*copy));

	copy->expression = xstrdup(f->expression);
	copy->find_ip = f->find_ip;
	memcpy(copy->message, f->message, sizeof(copy->message));
	copy->n_programs = f->n_programs;
	copy->programs = xcalloc(f->n_programs, sizeof(*copy->programs));
	for (size_t i = 0; i < f->n_programs; i++) {
		struct program *p = &copy->programs[i];
		size_t n;

		*p = f->programs[i];
		if (p->why != NULL)
			p->why = xstrdup(p->why);
		if (p->broken)
			continue;
		n = p->code.bf_len * sizeof(*p->code.bf_insns);
		p->code.bf_insns = xmalloc(n);
		memcpy(p->code.bf_insns, f->programs[i].code.bf_insns, n);
	}
	return copy;
}

void
filter_on_ip(struct filter *f, filter_find_ip *fn)
{
	f->find_ip = fn;
}

bool
filter_suits(struct filter *f, uint16_t linktype)
{
	if (!program_for(f, linktype)->broken ||
	    (f->find_ip != NULL && !program_for(f, LINKTYPE_RAW)->broken))
		return true;
	keep_message(f, linktype);
	return false;
}

void
filter_free(struct filter *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->n_programs; i++) {
		if (!f->programs[i].broken)
			pcap_freecode(&f->programs[i].code);
		free(f->programs[i].why);
	}
	free(f->programs);
	free(f->expression);
	free(f->stripped);
	free(f);
}

const char *
filter_message(const struct filter *f)
{
	return f->message;
}

static bool
program_matches(const struct program *p, const uint8_t *frame, size_t n,
    uint32_t len)
{
	struct pcap_pkthdr h = { .caplen = (bpf_u_int32)n, .len = len };

	return pcap_offline_filter(&p->code, &h, frame) != 0;
}

static bool
pop_labels(struct cur *c, uint16_t *type)
{
	uint32_t label;

	do {
		if (!cur_be32(c, &label))
			return false;
	} while (!(label & 0x100));
	if (cur_left(c) == 0)
		return false;
	*type = c->pos[0] >> 4 == 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
	return c->pos[0] >> 4 == 4 || c->pos[0] >> 4 == 6;
}

static bool
pop_pppoe(struct cur *c, uint16_t *type)
{
	uint16_t protocol;

	if (!cur_skip(c, 6) || !cur_be16(c, &protocol))
		return false;
	*type = protocol == PPP_IPV6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4;
	return protocol == PPP_IPV4 || protocol == PPP_IPV6;
}

/* Takes one header that hides the next from the expression; false when there
 * is none. */
static bool
pop_header(struct cur *c, uint16_t *type)
{
	switch (*type) {
	case ETHERTYPE_VLAN:
	case ETHERTYPE_QINQ:
	case ETHERTYPE_OLD_QINQ:
		return cur_skip(c, 2) && cur_be16(c, type);
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_MULTICAST:
		return pop_labels(c, type);
	case ETHERTYPE_PPPOE:
		return pop_pppoe(c, type);
	default:
		return false;
	}
}

static const struct frame_shape *
shape_of(uint16_t linktype)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (shapes[i].linktype == linktype)
			return &shapes[i];
	return NULL;
}

/* The frame's own header with another type, and what c has left. */
static size_t
rebuild(struct filter *f, const struct frame_shape *shape,
    const struct packet *p, const struct cur *c, uint16_t type)
{
	size_t n = shape->payload_at + cur_left(c);

	if (n > f->cap_stripped) {
		f->stripped = xreallocarray(f->stripped, n, 1);
		f->cap_stripped = n;
	}
	memcpy(f->stripped, p->data.p, shape->payload_at);
	f->stripped[shape->type_at] = (uint8_t)(type >> 8);
	f->stripped[shape->type_at + 1] = (uint8_t)type;
	memcpy(f->stripped + shape->payload_at, c->pos, cur_left(c));
	return n;
}

static bool
matches_inside(struct filter *f, const struct program *prog,
    const struct packet *p)
{
	const struct frame_shape *shape = shape_of(p->linktype);
	struct cur c = cur_of(p->data.p, p->data.n);
	uint16_t type;

	if (shape == NULL || cur_left(&c) < shape->payload_at)
		return false;
	type = get_be16(c.pos + shape->type_at);
	c.pos += shape->payload_at;
	for (int i = 0; i < STRIP_MAX && pop_header(&c, &type); i++) {
		size_t n = rebuild(f, shape, p, &c, type);
		uint32_t gone = (uint32_t)(p->data.n - n);

		if (program_matches(prog, f->stripped, n, p->len - gone))
			return true;
	}
	return false;
}

/* Applies the expression to the IP packet in the frame. */
static enum filter_verdict
judge_ip(struct filter *f, const struct packet *p)
{
	struct slice ip;
	uint32_t len;
	int found;

	if (!filter_suits(f, p->linktype))
		return FILTER_BROKEN;
	found = f->find_ip(p, &ip, &len);
	if (found < 0)
		return FILTER_MATCH;
	return found > 0 &&
		program_matches(program_for(f, LINKTYPE_RAW), ip.p, ip.n, len) ?
	    FILTER_MATCH :
	    FILTER_NO_MATCH;
}

enum filter_verdict
filter_packet(struct filter *f, const struct packet *p)
{
	const struct program *prog = program_for(f, p->linktype);

	if (prog->broken)
		return judge_ip(f, p);
	if (program_matches(prog, p->data.p, p->data.n, p->len) ||
	    matches_inside(f, prog, p))
		return FILTER_MATCH;
	return FILTER_NO_MATCH;
}
