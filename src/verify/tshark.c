/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tshark.c: tshark's streams, as its Follow gives them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/signals.h"
#include "verify/explain.h"
#include "verify/peer.h"
#include "base/xalloc.h"

/* Streams that one run follows: each looks at every packet. */
#define BATCH 200
#define FIXED_WORDS 24
#define STREAMS_MAX ((uint64_t)1 << 28)

static bool
begins(const struct buf *line, const char *with)
{
	size_t n = strlen(with);

	return line->n >= n && memcmp(line->p, with, n) == 0;
}

static bool
take_number(const char **at, uint64_t *out)
{
	char *end;

	if (**at < '0' || **at > '9')
		return false;
	*out = strtoull(*at, &end, 10);
	*at = end;
	return true;
}

/* "17\t3" or "17\t3,4": a packet and its streams. */
static void
take_frame(struct follow *f, const char *line)
{
	struct peer *p = f->peer;
	struct peer_frame frame;

	if (!take_number(&line, &frame.packet) || *line != '\t')
		return;
	line++;
	p->listed = frame.packet;
	while (
	    take_number(&line, &frame.stream) && frame.stream < STREAMS_MAX) {
		if (p->n_frames == p->cap_frames) {
			p->cap_frames =
			    p->cap_frames == 0 ? 1024 : 2 * p->cap_frames;
			p->frames = xreallocarray(p->frames, p->cap_frames,
			    sizeof(*p->frames));
		}
		p->frames[p->n_frames++] = frame;
		if (frame.stream >= p->top_stream)
			p->top_stream = frame.stream + 1;
		if (*line == ',')
			line++;
	}
}

static void
take_nodes(struct follow *f, const char *text)
{
	const struct wire *w = f->job->wire;
	struct endpoint node1;

	f->stream = NULL;
	if (!peer_parse_node(text, &node1))
		return;
	f->stream = peer_add(f->peer);
	f->stream->number = f->number;
	f->stream->pair = wire_find(w, &f->node0, &node1);
	f->swapped = f->stream->pair != WIRE_NO_PAIR &&
	    !endpoint_equal(&f->node0, &wire_pair(w, f->stream->pair)->ep[0]);
}

static int
digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Digits to bytes, in place; the number of bytes. */
static size_t
decode_hex(uint8_t *p, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i + 1 < n; i += 2) {
		int high = digit(p[i]), low = digit(p[i + 1]);

		if (high < 0 || low < 0)
			break;
		p[k++] = (uint8_t)(high << 4 | low);
	}
	return k;
}

static void
take_record(struct follow *f)
{
	struct peer_stream *s = f->stream;
	size_t tab = f->line.n > 0 && f->line.p[0] == '\t';
	size_t n = decode_hex(f->line.p + tab, f->line.n - tab);
	struct slice bytes = { f->line.p + tab, n };
	uint8_t from = (uint8_t)((tab != 0) != f->swapped);

	if (s == NULL || n == 0)
		return;
	if (s->n_parts == s->cap_parts) {
		s->cap_parts = s->cap_parts == 0 ? 8 : 2 * s->cap_parts;
		s->parts =
		    xreallocarray(s->parts, s->cap_parts, sizeof(*s->parts));
	}
	s->parts[s->n_parts++] = (struct peer_part){ .len = n,
		.missing = explain_marker(bytes),
		.from = from };
	spill_log_put(f->job->keep, &s->bytes[from], bytes.p, bytes.n);
	s->size[from] += n;
}

static void
end_stream(struct follow *f)
{
	if (f->stream != NULL)
		for (int i = 0; i < 2; i++)
			spill_log_settle(f->job->keep, &f->stream->bytes[i]);
	f->stream = NULL;
}

static void
take_line(struct follow *f)
{
	const char *text = buf_cstr(&f->line);

	if (begins(&f->line, "====")) {
		f->in_block = !f->in_block;
		end_stream(f);
	} else if (!f->in_block) {
		take_frame(f, text);
	} else if (begins(&f->line, "Filter: tcp.stream eq ")) {
		f->number =
		    strtoull(text + strlen("Filter: tcp.stream eq "), NULL, 10);
	} else if (begins(&f->line, "Node 0: ")) {
		if (!peer_parse_node(text + strlen("Node 0: "), &f->node0))
			f->node0 = (struct endpoint){ 0 };
	} else if (begins(&f->line, "Node 1: ")) {
		take_nodes(f, text + strlen("Node 1: "));
	} else {
		take_record(f);
	}
	buf_reset(&f->line);
}

void
follow_take(struct follow *f, struct slice bytes)
{
	while (bytes.n > 0) {
		const uint8_t *end = memchr(bytes.p, '\n', bytes.n);
		size_t n = end != NULL ? (size_t)(end - bytes.p) : bytes.n;

		buf_put(&f->line, bytes.p, n);
		if (end != NULL) {
			take_line(f);
			n++;
		}
		bytes.p += n;
		bytes.n -= n;
	}
}

void
follow_fini(struct follow *f)
{
	end_stream(f);
	buf_free(&f->line);
}

static void
on_output(void *arg, struct slice bytes)
{
	follow_take(arg, bytes);
}

/* One run, following streams [first, end); the first run also tells whose each
 * packet is. */
static void
run_batch(struct peer *p, const struct peer_job *job, uint64_t first,
    uint64_t end)
{
	const char *argv[FIXED_WORDS + 2 * BATCH];
	char *taps[BATCH];
	struct follow f = { .peer = p, .job = job };
	const struct spawn s = { .argv = argv,
		.home = job->home,
		.output = on_output,
		.arg = &f };
	struct spawn_result r;
	size_t n = 0, n_taps = 0;

	argv[n++] = "tshark";
	argv[n++] = "-n";
	argv[n++] = "-q";
	argv[n++] = "-r";
	argv[n++] = job->captures[0];
	if (first == 0) {
		argv[n++] = "-T";
		argv[n++] = "fields";
		argv[n++] = "-e";
		argv[n++] = "frame.number";
		argv[n++] = "-e";
		argv[n++] = "tcp.stream";
	}
	for (uint64_t i = first; i < end; i++) {
		taps[n_taps] =
		    xasprintf("follow,tcp,raw,%llu", (unsigned long long)i);
		argv[n++] = "-z";
		argv[n++] = taps[n_taps++];
	}
	argv[n] = NULL;
	spawn_run(&s, &r);
	follow_fini(&f);
	p->failed |= r.code != 0;
	p->code = r.code;
	memcpy(p->words, r.words, sizeof(p->words));
	while (n_taps > 0)
		free(taps[--n_taps]);
}

static int
by_number(const void *a, const void *b)
{
	const struct peer_stream *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static void
index_streams(struct peer *p)
{
	p->first = xcalloc((size_t)p->top_stream + 1, sizeof(*p->first));
	for (size_t i = p->n_frames; i-- > 0;)
		p->first[p->frames[i].stream] = p->frames[i].packet;
}

void
peer_run_tshark(struct peer *p, const struct peer_job *job)
{
	/* How many streams there are is known after the first run. */
	uint64_t first = 0, end = wire_pairs(job->wire) + 4;

	if (end > BATCH)
		end = BATCH;
	do {
		run_batch(p, job, first, end);
		first = end;
		end = p->top_stream - first > BATCH ? first + BATCH :
						      p->top_stream;
	} while (first < p->top_stream && signals_stop() == 0);
	index_streams(p);
	if (p->n > 0)
		qsort(p->v, p->n, sizeof(*p->v), by_number);
}
