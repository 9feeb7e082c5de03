/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * pcap.c: the session's own packets, as a capture.
 *
 * They wait in a record log until the session has ended: the file's first
 * bytes depend on all of them.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/record_log.h"
#include "base/xalloc.h"
#include "sinks/pcapfile.h"
#include "sinks/sink.h"

/* As other programs have it: no frame is cut by it. */
#define SNAPLEN_USUAL 262144

/* Of the whole capture. */
struct pcap_run {
	uint64_t odd_times; /* packets whose time is not that of the file */
};

struct pcap {
	struct sink_session *ss;
	struct pcap_run *run;
	struct spill_log packets; /* a log: struct pcapfile_record and bytes */
	uint16_t *linktypes;	  /* in the order of their first packets */
	size_t n_linktypes;
	uint32_t snaplen;
	bool nano;
	uint64_t last; /* number of the packet that came last */
};

static void *
pcap_begin(const struct sink_env *env)
{
	(void)env;
	return xcalloc(1, sizeof(struct pcap_run));
}

static void
pcap_end(void *run, struct buf *remark)
{
	struct pcap_run *r = run;

	if (r->odd_times > 0)
		buf_printf(remark,
		    "pcap files cannot say the times of packets before 1970 "
		    "or after 2106: %" PRIu64,
		    r->odd_times);
	free(r);
}

static void
pcap_open(void *st, struct sink_session *ss, const struct session *s)
{
	struct pcap *x = st;

	(void)s;
	x->ss = ss;
	x->run = ss->run;
	x->snaplen = SNAPLEN_USUAL;
}

/* The index of the link type, which is noted when it is new. */
static uint32_t
link_of(struct pcap *x, uint16_t linktype)
{
	for (size_t i = 0; i < x->n_linktypes; i++)
		if (x->linktypes[i] == linktype)
			return (uint32_t)i;
	x->linktypes = xreallocarray(x->linktypes, x->n_linktypes + 1,
	    sizeof *x->linktypes);
	x->linktypes[x->n_linktypes] = linktype;
	return (uint32_t)x->n_linktypes++;
}

static void
add_frame(struct pcap *x, const struct packet *p)
{
	const struct pcapfile_record r = {
		.ts_ns = p->ts_ns,
		.len = p->len,
		.link = link_of(x, p->linktype),
	};

	record_log_put(x->ss->env->spill, &x->packets,
	    (struct slice){ (const uint8_t *)&r, sizeof r }, p->data);
	if (p->data.n > x->snaplen)
		x->snaplen = (uint32_t)p->data.n;
	x->nano |= p->ts_digits == 9;
}

static void
pcap_packet(void *st, const struct packet_event *p)
{
	struct pcap *x = st;

	/* A frame may have brought more than one segment. */
	if (p->seg->packet == x->last)
		return;
	x->last = p->seg->packet;
	for (size_t i = 0; i < p->seg->n_earlier; i++)
		add_frame(x, &p->seg->earlier[i]);
	add_frame(x, p->seg->frame);
}

/* The log on its way into the file. */
struct writing {
	struct pcap *x;
	struct pcapfile file;
	struct out_file *out;
};

static void
write_packet(void *arg, struct slice frame)
{
	struct writing *w = arg;
	struct buf *b = w->x->ss->env->scratch;
	struct pcapfile_record r;

	if (!record_take_head(&frame, &r, sizeof r))
		return;
	buf_reset(b);
	if (!pcapfile_record(b, &w->file, &r, frame))
		w->x->run->odd_times++;
	out_write(w->out, b->p, b->n);
}

static void
write_file(struct pcap *x)
{
	struct buf *b = x->ss->env->scratch;
	struct writing w = {
		.x = x,
		.file = {
			.nano = x->nano,
			.snaplen = x->snaplen,
			.linktypes = x->linktypes,
			.n_linktypes = x->n_linktypes,
		},
		.out = sink_create(x->ss, ".pcap"),
	};

	buf_reset(b);
	pcapfile_begin(b, &w.file);
	out_write(w.out, b->p, b->n);
	record_log_replay(x->ss->env->spill, &x->packets, write_packet, &w);
	sink_close(x->ss, w.out);
}

static void
pcap_close(void *st, const struct session *s)
{
	struct pcap *x = st;

	if (session_has_packet_files(s) && x->n_linktypes > 0 &&
	    !x->ss->unwanted)
		write_file(x);
	spill_log_free(x->ss->env->spill, &x->packets);
	free(x->linktypes);
}

const struct sink sink_pcap = {
	.name = "pcap",
	.size = sizeof(struct pcap),
	.cost = SINK_COST,
	.wants_packets = true,
	.begin = pcap_begin,
	.end = pcap_end,
	.open = pcap_open,
	.packet = pcap_packet,
	.close = pcap_close,
};
