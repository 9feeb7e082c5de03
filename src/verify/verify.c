/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* verify.c: captures in, three readings of each, a table out. */
#include "verify/verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/input.h"
#include "app/signals.h"
#include "verify/tempdir.h"
#include "verify/verdict.h"
#include "verify/copy.h"
#include "verify/report.h"
#include "base/xalloc.h"
#include "decode/decode.h"
#include "flow/flow.h"

#define KEEP_BYTES ((size_t)32 << 20)
/* Packets between two looks at the signals. */
#define LOOK_INTERVAL 4096
/* Where a pcap file says how long its records may be. */
#define PCAP_SNAPLEN_AT 16
#define SNAPLEN_USUAL 65535

struct verify {
	const struct run *run;
	struct tally *tally;
	unsigned programs;
	bool ran[REPORT_PEERS];
	struct report_counts counts;
	struct verify_outcome outcome;
	struct buf text;
};

/* A capture, or several as one. */
struct reading {
	struct verify *verify;
	const char *shown;
	char *home; /* temporary files, the programs' HOME */
	struct spill *keep;
	struct wire *wire;
	struct ours_list ours;
	struct events events;
	struct flows *flows;
	struct decoder *decoder;
	struct packet_copy *copy; /* NULL: the file itself is read */
	char *direct[2];	  /* by peer: a link to the file, or NULL */
	uint64_t packets;
	bool stopped;
};

static const enum peer_program programs[REPORT_PEERS] = { PEER_TSHARK,
	PEER_TCPFLOW };

bool
verify_programs(const struct config *cfg, struct messages *m, unsigned *found)
{
	*found = 0;

	for (int i = 0; i < REPORT_PEERS; i++)
		if ((cfg->verify & programs[i]) && spawn_has(report_peers[i]))
			*found |= programs[i];
	if (cfg->verify == 0 || *found != 0)
		return true;
	if (cfg->verify == PEER_TSHARK)
		message_error(m, NULL,
		    "--verify: tshark is not installed "
		    "(apt-get install tshark)");
	else if (cfg->verify == PEER_TCPFLOW)
		message_error(m, NULL,
		    "--verify: tcpflow is not installed "
		    "(apt-get install tcpflow)");
	else
		message_error(m, NULL,
		    "--verify: neither tshark nor tcpflow is installed "
		    "(apt-get install tshark tcpflow)");
	return false;
}

/* -- our reading --------------------------------------------------------- */

static void
on_segment(void *arg, const struct segment *s)
{
	struct reading *r = arg;

	wire_segment(r->wire, s);
	flows_segment(r->flows, s);
}

static bool
reading_open(struct reading *r, struct verify *v, const char *shown)
{
	*r = (struct reading){ .verify = v, .shown = shown };
	r->home = tempdir_new();
	if (r->home == NULL) {
		message_error(v->run->messages, NULL,
		    "temporary directory in TMPDIR: %s", strerror(errno));
		v->outcome.failed = true;
		return false;
	}
	r->keep = spill_new(KEEP_BYTES);
	r->wire = wire_new(r->keep);
	r->ours.keep = r->keep;
	r->events = ours_events(&r->ours);
	r->flows = flows_new(&v->run->cfg->model, r->keep, &r->events);
	r->decoder = decoder_new(on_segment, r);
	return true;
}

static void
reading_close(struct reading *r)
{
	if (r->keep == NULL)
		return;
	decoder_free(r->decoder);
	flows_free(r->flows);
	ours_free(&r->ours);
	wire_free(r->wire);
	spill_free(r->keep);
	packet_copy_free(r->copy);
	free(r->direct[0]);
	free(r->direct[1]);
	tempdir_free(r->home);
}

/* A name that no other program stumbles over, for the file at path. */
static char *
link_to(const struct reading *r, const char *path)
{
	char *whole = realpath(path, NULL);
	char *name = xasprintf("%s/capture", r->home);

	if (whole == NULL || (symlink(whole, name) < 0 && errno != EEXIST)) {
		free(name);
		name = NULL;
	}
	free(whole);
	return name;
}

/* A pcap file whose records are no longer than it says reads the same for
 * everyone. */
static bool
has_usual_snaplen(const struct input_file *s)
{
	const char *format = capture_format(s->capture);
	uint8_t h[4];

	if (strcmp(format, "pcap") != 0 && strcmp(format, "pcap-ns") != 0)
		return false;
	if (pread(s->fd, h, sizeof(h), PCAP_SNAPLEN_AT) != sizeof(h))
		return false;
	return get_le32(h) >= SNAPLEN_USUAL && get_be32(h) >= SNAPLEN_USUAL;
}

/* The programs read the file where that shows them the same packets, and else
 * a copy of these. */
static void
choose_files(struct reading *r, const struct input_file *s)
{
	const struct run *run = r->verify->run;
	bool same = S_ISREG(s->before.st_mode) && run->filter == NULL &&
	    !run->cfg->continuous &&
	    strcmp(capture_compression(s->capture), "none") == 0;
	bool wanted[REPORT_PEERS];

	for (int i = 0; i < REPORT_PEERS; i++) {
		bool reads = programs[i] == PEER_TSHARK || has_usual_snaplen(s);

		if (same && reads)
			r->direct[i] = link_to(r, s->in->path);
		wanted[i] = (r->verify->programs & programs[i]) != 0 &&
		    r->direct[i] == NULL;
	}
	if (wanted[0] || wanted[1])
		r->copy = packet_copy_new(r->home, wanted[0], wanted[1]);
}

static bool
take_packet(struct reading *r, const struct packet *p)
{
	struct filter *f = r->verify->run->filter;

	if (f != NULL) {
		switch (filter_packet(f, p)) {
		case FILTER_MATCH:
			break;
		case FILTER_NO_MATCH:
			return true;
		case FILTER_BROKEN:
			r->verify->tally->bad_filter = true;
			message_error(r->verify->run->messages, r->shown,
			    "the filter does not suit its link type: %s",
			    filter_message(f));
			return false;
		}
	}
	/* Numbered as the programs number them. */
	struct packet q = *p;

	q.number = ++r->packets;
	if (r->copy != NULL)
		packet_copy_add(r->copy, &q);
	wire_packet(r->wire, &q);
	decode_packet(r->decoder, &q);
	return true;
}

static void
read_input(struct reading *r, const struct input *in)
{
	struct verify *v = r->verify;
	struct input_file s;
	enum input_state state =
	    input_file_open(&s, in, v->run->messages, false);

	if (state == INPUT_UNREADABLE) {
		v->tally->unreadable++;
		v->tally->flawed = true;
	}
	if (state == INPUT_OPEN) {
		v->tally->read++;
		if (r->copy == NULL && r->direct[0] == NULL)
			choose_files(r, &s);
		while (s.status == CAPTURE_PACKET && !r->stopped) {
			r->stopped = !take_packet(r, &s.packet) ||
			    (r->packets % LOOK_INTERVAL == 0 &&
				signals_stop() != 0);
			s.status = capture_next(s.capture, &s.packet);
		}
		v->tally->flawed |= input_file_say_ending(&s, v->run->messages);
	}
	input_file_close(&s);
}

/* -- theirs -------------------------------------------------------------- */

static void
run_peer(struct reading *r, int i, struct peer *p)
{
	const char *const direct[2] = { r->direct[i], NULL };
	struct peer_job job = {
		.home = r->home,
		.captures = direct,
		.wire = r->wire,
		.keep = r->keep,
	};

	if (r->direct[i] == NULL)
		job.captures = programs[i] == PEER_TSHARK ?
		    packet_copy_one(r->copy) :
		    packet_copy_each(r->copy);
	p->present = true;
	if (job.captures[0] == NULL)
		return;
	if (programs[i] == PEER_TSHARK)
		peer_run_tshark(p, &job);
	else
		peer_run_tcpflow(p, &job);
	if (p->failed && signals_stop() == 0)
		message_warn(r->verify->run->messages, r->shown,
		    "%s ended in status %d: %s", report_peers[i], p->code,
		    p->words);
}

/* Sessions or streams by pair: those of pair k are
 * order[first[k] .. first[k + 1]). */
struct by_pair {
	size_t *first;
	size_t *order;
};

static struct by_pair
by_pair_of(const size_t *pair, size_t n, size_t pairs)
{
	struct by_pair b = { xcalloc(pairs + 2, sizeof(*b.first)),
		xcalloc(n + 1, sizeof(*b.order)) };

	for (size_t i = 0; i < n; i++)
		if (pair[i] != WIRE_NO_PAIR)
			b.first[pair[i] + 2]++;
	for (size_t k = 2; k < pairs + 2; k++)
		b.first[k] += b.first[k - 1];
	for (size_t i = 0; i < n; i++)
		if (pair[i] != WIRE_NO_PAIR)
			b.order[b.first[pair[i] + 1]++] = i;
	return b;
}

static void
by_pair_free(struct by_pair *b)
{
	free(b->first);
	free(b->order);
}

static struct by_pair
sessions_by_pair(const struct reading *r)
{
	size_t *pair = xcalloc(r->ours.n + 1, sizeof(*pair));
	struct by_pair b;

	for (size_t i = 0; i < r->ours.n; i++)
		pair[i] = wire_find(r->wire, &r->ours.v[i]->client,
		    &r->ours.v[i]->server);
	b = by_pair_of(pair, r->ours.n, wire_pairs(r->wire));
	free(pair);
	return b;
}

static struct by_pair
streams_by_pair(const struct reading *r, const struct peer *p)
{
	size_t *pair = xcalloc(p->n + 1, sizeof(*pair));
	struct by_pair b;

	for (size_t i = 0; i < p->n; i++)
		pair[i] = p->v[i].pair;
	b = by_pair_of(pair, p->n, wire_pairs(r->wire));
	free(pair);
	return b;
}

/* No session is left out on purpose. */
static bool
has_all(const struct config *cfg)
{
	const struct selection *s = &cfg->model.selection;

	return !cfg->model.stream.strict && s->shards == 0 &&
	    !s->client.has_addr && !s->server.has_addr && s->port == 0 &&
	    s->n_numbers == 0;
}

/* Everything of one pair of endpoints; the verdicts are in the order of the
 * sessions' numbers. */
static void
compare_one(struct reading *r, int i, const struct peer *p, size_t pair,
    const struct by_pair *ours, const struct by_pair *theirs,
    struct verdict *verdicts)
{
	const size_t *s = ours->order + ours->first[pair];
	const size_t *t = theirs->order + theirs->first[pair];
	struct pair_job job = {
		.pair = wire_pair(r->wire, pair),
		.program = programs[i],
		.peer = p,
		.n_sessions = ours->first[pair + 1] - ours->first[pair],
		.n_streams = theirs->first[pair + 1] - theirs->first[pair],
		.keep = r->keep,
	};
	struct verdict *v = xcalloc(job.n_sessions + 1, sizeof(*v));

	if (job.n_sessions == 0 && has_all(r->verify->run->cfg))
		for (size_t k = 0; k < job.n_streams; k++)
			r->verify->counts.only[i] +=
			    p->v[t[k]].size[0] + p->v[t[k]].size[1] > 0;
	job.sessions = xcalloc(job.n_sessions + 1, sizeof(struct ours *));
	job.streams = xcalloc(job.n_streams + 1, sizeof(struct peer_stream *));
	for (size_t k = 0; k < job.n_sessions; k++)
		job.sessions[k] = r->ours.v[s[k]];
	for (size_t k = 0; k < job.n_streams; k++)
		job.streams[k] = &p->v[t[k]];
	compare_pair(&job, v);
	for (size_t k = 0; k < job.n_sessions; k++)
		verdicts[s[k]] = v[k];
	free(job.sessions);
	free(job.streams);
	free(v);
}

static struct verdict *
compare_peer(struct reading *r, int i)
{
	struct verdict *verdicts = xcalloc(r->ours.n + 1, sizeof(*verdicts));
	struct by_pair ours = sessions_by_pair(r), theirs;
	struct peer p = { 0 };

	run_peer(r, i, &p);
	theirs = streams_by_pair(r, &p);
	for (size_t k = 0; k < wire_pairs(r->wire) && signals_stop() == 0; k++)
		compare_one(r, i, &p, k, &ours, &theirs, verdicts);
	for (size_t k = 0; k < p.n; k++)
		if (p.v[k].pair == WIRE_NO_PAIR &&
		    p.v[k].size[0] + p.v[k].size[1] > 0)
			r->verify->counts.only[i]++;
	by_pair_free(&ours);
	by_pair_free(&theirs);
	peer_free(&p, r->keep);
	return verdicts;
}

/* -- the whole ----------------------------------------------------------- */

static void
report(struct reading *r, struct verdict *verdicts[REPORT_PEERS])
{
	struct verify *v = r->verify;
	const struct report rep = {
		.shown = r->shown,
		.sessions = r->ours.v,
		.n = r->ours.n,
		.verdicts = { verdicts[0], verdicts[1] },
	};

	report_sessions(&v->text, &rep, &v->counts);
	out_write(v->run->console.file, v->text.p, v->text.n);
	out_settle(v->run->console.file);
	buf_reset(&v->text);
}

static void
reading_finish(struct reading *r)
{
	struct verify *v = r->verify;
	struct verdict *verdicts[REPORT_PEERS] = { NULL, NULL };

	flows_end(r->flows);
	ours_sort(&r->ours);
	if (r->copy != NULL && !packet_copy_finish(r->copy)) {
		message_error(v->run->messages, r->shown, "copy in TMPDIR: %s",
		    strerror(errno));
		v->outcome.failed = true;
		return;
	}
	for (int i = 0; i < REPORT_PEERS; i++) {
		if ((v->programs & programs[i]) == 0)
			continue;
		verdicts[i] = compare_peer(r, i);
		v->ran[i] = true;
	}
	if (spill_error(r->keep) != 0) {
		message_error(v->run->messages, NULL,
		    "scratch file in TMPDIR: %s",
		    strerror(spill_error(r->keep)));
		v->outcome.failed = true;
	} else if (signals_stop() == 0) {
		report(r, verdicts);
	}
	for (int i = 0; i < REPORT_PEERS; i++) {
		for (size_t k = 0; verdicts[i] != NULL && k < r->ours.n; k++)
			verdict_fini(&verdicts[i][k]);
		free(verdicts[i]);
	}
}

static void
verify_one(struct verify *v, const struct input *in)
{
	struct reading r;

	if (reading_open(&r, v, input_shown(in))) {
		read_input(&r, in);
		if (!r.stopped && r.packets > 0)
			reading_finish(&r);
	}
	reading_close(&r);
}

/* An input and the time of its first packet. */
struct part {
	const struct input *in;
	int64_t first_ns;
};

static int
by_first_packet(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	return x->in < y->in ? -1 : x->in > y->in;
}

static int64_t
first_time(const struct verify *v, const struct input *in)
{
	struct messages silent = *v->run->messages;
	int64_t first = INT64_MAX;
	struct input_file s;

	if (input_file_open(&s, in, &silent, false) == INPUT_OPEN &&
	    s.status == CAPTURE_PACKET)
		first = s.packet.ts_ns;
	input_file_close(&s);
	return first;
}

static void
verify_all(struct verify *v, const struct inputs *in)
{
	struct part *parts = xcalloc(in->n + 1, sizeof(*parts));
	struct reading r;

	for (size_t i = 0; i < in->n; i++)
		parts[i] = (struct part){ &in->v[i], first_time(v, &in->v[i]) };
	if (in->n > 0)
		qsort(parts, in->n, sizeof(*parts), by_first_packet);
	if (reading_open(&r, v, RUN_CONTINUOUS_NAME)) {
		for (size_t i = 0; i < in->n && !r.stopped; i++)
			read_input(&r, parts[i].in);
		if (!r.stopped && r.packets > 0)
			reading_finish(&r);
	}
	reading_close(&r);
	free(parts);
}

struct verify_outcome
verify_run(const struct run *r, const struct inputs *in, unsigned which,
    struct tally *t)
{
	struct verify v = { .run = r, .tally = t, .programs = which };

	if (r->cfg->continuous)
		verify_all(&v, in);
	for (size_t i = 0;
	     i < in->n && !r->cfg->continuous && signals_stop() == 0; i++)
		verify_one(&v, &in->v[i]);
	report_totals(&v.text, &v.counts, v.ran);
	out_write(r->console.file, v.text.p, v.text.n);
	out_settle(r->console.file);
	buf_free(&v.text);
	for (int i = 0; i < REPORT_PEERS; i++)
		v.outcome.unexplained |=
		    v.counts.unexplained[i] + v.counts.only[i] > 0;
	return v.outcome;
}
