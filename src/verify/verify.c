/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* verify.c: captures in, three readings of each, a table out. */
#include "verify/verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "decode/decode.h"
#include "flow/flow.h"
#include "verify/copy.h"
#include "proto/tls_keylog.h"
#include "verify/report.h"
#include "verify/tempdir.h"

#define SPILL_BYTES ((size_t)32 << 20)
#define LINKS_MAX 64

struct verify {
	const struct verify_env *env;
	struct verify_outcome outcome;
	struct report_counts counts;
	/* Of the capture at hand. */
	const char *shown;
	const char *source; /* the capture's file, or NULL */
	char *home;	    /* temporary files, the programs' HOME */
	struct spill *spill;
	struct evidence frames;
	struct ours_list ours;
	struct tls_secrets *secrets; /* NULL: nobody opens TLS */
	struct events events;
	struct flows *flows;
	struct decoder *decoder;
	uint64_t packets;
	/* By peer, the files that it reads; copies of them. */
	char *names[REPORT_PEERS][LINKS_MAX + 1];
	struct copy *copies[REPORT_PEERS][LINKS_MAX];
	uint16_t links[LINKS_MAX];
	size_t n_links;
	bool copied[REPORT_PEERS];
};

enum { TSHARK, TCPFLOW };

unsigned
verify_installed(unsigned programs, const char **hint)
{
	unsigned found = 0;

	for (int i = 0; i < REPORT_PEERS; i++)
		if ((programs & 1U << i) && spawn_has(report_peers[i]))
			found |= 1U << i;
	*hint = programs == PEER_TSHARK ?
	    "tshark is not installed (apt-get install tshark)" :
	    programs == PEER_TCPFLOW ?
	    "tcpflow is not installed (apt-get install tcpflow)" :
	    "neither tshark nor tcpflow is installed "
	    "(apt-get install tshark tcpflow)";
	return found;
}

struct verify *
verify_new(const struct verify_env *env)
{
	struct verify *v = xcalloc(1, sizeof(*v));

	v->env = env;
	return v;
}

static void
say_error(struct verify *v, const char *shown, const char *what, int error)
{
	struct buf text = { 0 };

	buf_printf(&text, "%s: %s", what, strerror(error));
	v->env->say(v->env->arg, shown, buf_cstr(&text));
	buf_free(&text);
	v->outcome.failed = true;
}

void
spawn_say(const struct verify_env *env, const char *shown, const char *program,
    const struct spawn_result *r)
{
	struct buf text = { 0 };

	buf_printf(&text, "%s ended in status %d: %s", program, r->code,
	    r->words);
	env->say(env->arg, shown, buf_cstr(&text));
	buf_free(&text);
}

/* -- our reading --------------------------------------------------------- */

static void
on_segment(void *arg, const struct segment *s)
{
	struct verify *v = arg;

	frames_segment(&v->frames, s);
	flows_segment(v->flows, s);
}

/* A name that no other program stumbles over. */
static char *
link_to(struct verify *v, const char *path)
{
	char *whole = realpath(path, NULL);
	char *name = xasprintf("%s/capture", v->home);

	if (whole == NULL || (symlink(whole, name) < 0 && errno != EEXIST)) {
		free(name);
		name = NULL;
	}
	free(whole);
	return name;
}

bool
verify_begin(struct verify *v, const struct verify_source *s)
{
	v->shown = s->shown;
	v->source = s->path;
	v->home = tempdir_new();
	if (v->home == NULL) {
		say_error(v, NULL, "temporary directory in TMPDIR", errno);
		return false;
	}
	v->spill = spill_new(SPILL_BYTES);
	frames_init(&v->frames, v->spill);
	if (v->env->programs & PEER_TSHARK)
		v->secrets = tls_secrets_new(v->env->secrets);
	v->ours =
	    (struct ours_list){ .frames = &v->frames, .secrets = v->secrets };
	v->events = ours_events(&v->ours);
	v->flows = flows_new(v->env->cfg, v->spill, &v->events);
	v->decoder = decoder_new(on_segment, v);
	v->packets = 0;
	v->n_links = 0;
	for (int i = 0; i < REPORT_PEERS; i++) {
		bool wanted = (v->env->programs & 1U << i) != 0;

		if (wanted && s->path != NULL && (i == TSHARK || s->plain))
			v->names[i][0] = link_to(v, s->path);
		v->copied[i] = wanted && v->names[i][0] == NULL;
	}
	if (v->copied[TSHARK]) {
		v->names[TSHARK][0] = xasprintf("%s/all.pcapng", v->home);
		v->copies[TSHARK][0] = copy_new(v->names[TSHARK][0], true, 0);
	}
	return true;
}

/* tcpflow reads one link type at a time. */
static void
copy_packet(struct verify *v, const struct packet *p)
{
	size_t i = 0;

	if (v->copied[TSHARK])
		copy_add(v->copies[TSHARK][0], p);
	while (i < v->n_links && v->links[i] != p->linktype)
		i++;
	if (!v->copied[TCPFLOW] || i == LINKS_MAX)
		return;
	if (i == v->n_links) {
		char *name = xasprintf("%s/link-%u.pcap", v->home, p->linktype);

		v->names[TCPFLOW][i] = name;
		v->copies[TCPFLOW][i] = copy_new(name, false, p->linktype);
		v->links[v->n_links++] = p->linktype;
	}
	copy_add(v->copies[TCPFLOW][i], p);
}

void
verify_secrets(void *verify, struct slice text)
{
	struct verify *v = verify;
	struct tls_keylog log;

	if (v->secrets == NULL)
		return;
	tls_keylog_begin(&log, v->secrets);
	tls_keylog_put(&log, text);
	tls_keylog_end(&log);
}

void
verify_expect_secrets(struct verify *v)
{
	v->ours.secrets_grow = true;
}

void
verify_packet(struct verify *v, const struct packet *p)
{
	struct packet q = *p;

	q.number = ++v->packets;
	copy_packet(v, &q);
	if (decode_packet(v->decoder, &q) == DECODE_FRAGMENT)
		frames_part(&v->frames, &q);
}

/* -- theirs -------------------------------------------------------------- */

/* The name of a key log for tshark, or NULL. */
static char *
write_keys(struct verify *v)
{
	char *path;

	if (v->secrets == NULL || tls_secrets_count(v->secrets) == 0)
		return NULL;
	path = xasprintf("%s/keys", v->home);
	if (!spoken_write_keys(v->secrets, path))
		say_error(v, v->shown, "key log in TMPDIR", errno);
	return path;
}

static void
run_peer(struct verify *v, int i, struct peer_result *p)
{
	struct peer_job job = { .home = v->home,
		.captures = v->names[i],
		.source = v->source,
		.starter = v->env->starter,
		.frames = &v->frames,
		.ours = &v->ours,
		.stopped = v->env->stopped };

	v->counts.peer[i].ran = true;
	if (job.captures[0] == NULL)
		return;
	if (i == TSHARK) {
		char *keys = write_keys(v);

		job.keys = keys;
		peer_run_tshark(p, &job);
		if (keys != NULL)
			unlink(keys);
		free(keys);
	} else {
		peer_run_tcpflow(p, &job);
	}
	if (p->result.code != 0 && !v->env->stopped())
		spawn_say(v->env, v->shown, report_peers[i], &p->result);
}

/* No session is left out on purpose. */
static bool
has_all(const struct model_config *cfg)
{
	return !cfg->stream.strict && selection_is_empty(&cfg->selection);
}

/* A verdict for each session, in the order of the list, which is by pair; the
 * caller frees. */
static struct verdict *
compare_peer(struct verify *v, int i)
{
	struct verdict *verdicts = xcalloc(v->ours.n + 1, sizeof(*verdicts));
	struct peer_result p = { .program = 1U << i };
	size_t s = 0, t = 0;

	run_peer(v, i, &p);
	peer_sort(&p);
	for (size_t k = 0; k < v->frames.n && !v->env->stopped(); k++) {
		struct pair_job job = { &v->frames, &v->frames.v[k], &p,
			v->ours.v + s, 0, p.v + t, 0, v->env->cfg };
		bool none;

		while (s < v->ours.n && v->ours.v[s]->pair == k) {
			job.n_sessions++;
			s++;
		}
		none = job.n_sessions == 0 && has_all(v->env->cfg);
		for (; t < p.n && p.v[t].pair == k; t++) {
			job.n_streams++;
			v->counts.peer[i].only += none && p.v[t].bytes > 0;
		}
		if (job.n_sessions > 0)
			verdict_of_pair(&job, verdicts + (s - job.n_sessions));
	}
	for (; t < p.n; t++)
		v->counts.peer[i].only += p.v[t].bytes > 0;
	for (size_t k = 0; i == TSHARK && k < v->ours.n; k++)
		if (v->ours.v[k]->spoken != NULL)
			verdicts[k].opened =
			    spoken_verdict(v->ours.v[k]->spoken,
				p.result.code != 0, verdicts[k].spoken);
	peer_free(&p);
	return verdicts;
}

/* -- the whole ----------------------------------------------------------- */

static bool
close_copies(struct verify *v)
{
	int error = 0;

	for (int i = 0; i < REPORT_PEERS; i++)
		for (size_t k = 0; k < LINKS_MAX; k++) {
			int e = copy_close(v->copies[i][k]);

			v->copies[i][k] = NULL;
			error = error != 0 ? error : e;
		}
	if (error != 0)
		say_error(v, v->shown, "copy in TMPDIR", error);
	return error == 0;
}

static void
compare_all(struct verify *v)
{
	struct report_row *rows = xcalloc(v->ours.n + 1, sizeof(*rows));
	struct verdict *verdicts[REPORT_PEERS] = { NULL, NULL };
	struct buf b = { 0 };

	for (size_t k = 0; k < v->ours.n; k++)
		rows[k].session = v->ours.v[k];
	for (int i = 0; i < REPORT_PEERS; i++) {
		if ((v->env->programs & 1U << i) == 0)
			continue;
		verdicts[i] = compare_peer(v, i);
		for (size_t k = 0; k < v->ours.n; k++)
			rows[k].v[i] = &verdicts[i][k];
	}
	if (spill_error(v->spill) != 0) {
		say_error(v, NULL, "scratch file in TMPDIR",
		    spill_error(v->spill));
	} else if (!v->env->stopped()) {
		report_sessions(&b, v->shown, rows, v->ours.n, &v->counts);
		out_write(v->env->out, b.p, b.n);
		out_settle(v->env->out);
	}
	buf_free(&b);
	free(rows);
	free(verdicts[0]);
	free(verdicts[1]);
}

void
verify_end(struct verify *v, bool given_up)
{
	if (!given_up)
		flows_end(v->flows);
	ours_sort(&v->ours);
	if (close_copies(v) && !given_up && v->packets > 0)
		compare_all(v);
	decoder_free(v->decoder);
	flows_free(v->flows);
	ours_free(&v->ours);
	tls_secrets_free(v->secrets);
	v->secrets = NULL;
	frames_fini(&v->frames);
	spill_free(v->spill);
	tempdir_free(v->home);
	for (int i = 0; i < REPORT_PEERS; i++)
		for (size_t k = 0; k < LINKS_MAX; k++) {
			free(v->names[i][k]);
			v->names[i][k] = NULL;
		}
}

struct verify_outcome
verify_finish(struct verify *v)
{
	struct verify_outcome outcome = v->outcome;
	struct buf b = { 0 };

	report_totals(&b, &v->counts);
	out_write(v->env->out, b.p, b.n);
	out_settle(v->env->out);
	buf_free(&b);
	for (int i = 0; i < REPORT_PEERS; i++)
		outcome.unexplained |=
		    v->counts.peer[i].unexplained + v->counts.peer[i].only > 0;
	free(v);
	return outcome;
}
