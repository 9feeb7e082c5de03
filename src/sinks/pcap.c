/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * pcap.c: the session's own packets, as a capture.
 *
 * They wait in a spool until the session has ended: the file's first bytes
 * depend on all of them.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "sinks/pcapfile.h"
#include "sinks/sink.h"

/* As other programs have it: no frame is cut by it. */
#define SNAPLEN_USUAL 262144
/* Of a packet in the spool, before its bytes. */
#define HEAD_LEN 20

/* Of the whole capture. */
struct pcap_run {
	uint64_t odd_times; /* packets whose time is not that of the file */
};

struct pcap {
	struct sink_session *ss;
	struct pcap_run *run;
	struct spill_log packets;
	uint16_t *linktypes; /* in the order of their first packets */
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
	struct spill *keep = x->ss->env->keep;
	struct buf *b = x->ss->env->scratch;

	buf_reset(b);
	buf_be(b, (uint64_t)p->ts_ns, 8);
	buf_be(b, p->len, 4);
	buf_be(b, p->data.n, 4);
	buf_be(b, link_of(x, p->linktype), 4);
	spill_log_put(keep, &x->packets, b->p, b->n);
	spill_log_put(keep, &x->packets, p->data.p, p->data.n);
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

/* The spool on its way into the file. */
struct writing {
	struct pcap *x;
	struct pcapfile file;
	struct out_file *out;
	uint8_t head[HEAD_LEN];
	size_t n_head; /* bytes of it that have been read */
	struct pcapfile_record record;
	uint32_t left; /* bytes of the packet still to come */
};

static void
begin_record(struct writing *w)
{
	struct buf *b = w->x->ss->env->scratch;

	w->record = (struct pcapfile_record){
		.ts_ns = (int64_t)get_be64(w->head),
		.len = get_be32(w->head + 8),
		.caplen = get_be32(w->head + 12),
		.link = get_be32(w->head + 16),
	};
	w->left = w->record.caplen;
	buf_reset(b);
	if (!pcapfile_record(b, &w->file, &w->record))
		w->x->run->odd_times++;
	out_write(w->out, b->p, b->n);
}

static void
end_record(struct writing *w)
{
	struct buf *b = w->x->ss->env->scratch;

	buf_reset(b);
	pcapfile_record_end(b, &w->file, &w->record);
	out_write(w->out, b->p, b->n);
	w->n_head = 0;
}

static void
write_block(void *arg, struct slice bytes)
{
	struct writing *w = arg;
	struct cur c = cur_of(bytes.p, bytes.n);

	while (cur_left(&c) > 0) {
		bool in_head = w->n_head < HEAD_LEN;
		size_t want = in_head ? HEAD_LEN - w->n_head : w->left;
		size_t n = want < cur_left(&c) ? want : cur_left(&c);

		if (in_head) {
			memcpy(w->head + w->n_head, c.pos, n);
			w->n_head += n;
			if (w->n_head == HEAD_LEN)
				begin_record(w);
		} else {
			out_write(w->out, c.pos, n);
			w->left -= (uint32_t)n;
		}
		cur_skip(&c, n);
		if (w->n_head == HEAD_LEN && w->left == 0)
			end_record(w);
	}
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
	spill_log_read(x->ss->env->keep, &x->packets, 0, write_block, &w);
	sink_close(x->ss, w.out);
}

static void
pcap_close(void *st, const struct session *s)
{
	struct pcap *x = st;

	if (session_has_packet_files(s) && x->n_linktypes > 0 &&
	    !x->ss->unwanted)
		write_file(x);
	spill_log_free(x->ss->env->keep, &x->packets);
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
