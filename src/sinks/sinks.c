/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* sinks.c: reports every session to every product that was asked for. */
#include "sinks/sinks.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/name_set.h"
#include "base/xalloc.h"
#include "flow/model.h"
#include "inspect/match_prefilter.h"
#include "sinks/emit.h"
#include "sinks/grep.h"
#include "sinks/marks.h"
#include "sinks/opened.h"
#include "sinks/sinks_parts.h"

/* A session's handle when sinks are opened late; NULL when nothing in it is
 * wanted. */
struct noted {
	struct session_probe facts;
	uint64_t vlan[]; /* with a template: as it was opened, both */
};

/*
 * A session's handle when they are not: this, then each sink's state, then the
 * sink_session, all in one piece.
 */
struct written {
	struct session_probe facts; /* when they are wanted */
	unsigned open;		    /* bits of the sinks that are */
	uint64_t next_turn[2]; /* offsets behind the turns that have come */
	uint64_t next[2];      /* likewise, of data */
	struct opened opened;
};

/* Nothing is reported to the sinks before a session ends, and all are opened
 * for any session. */
static bool
can_be_late(const struct sink *sink)
{
	return sink->bare && sink->data == NULL && sink->packet == NULL &&
	    sink->settle == NULL && !message_fan_wants(sink);
}

/* n bytes of any type behind *at; returns where. */
static size_t
lay_behind(size_t *at, size_t n)
{
	size_t align = _Alignof(max_align_t);
	size_t begin = (*at + align - 1) / align * align;

	*at = begin + n;
	return begin;
}

static void
lay_out(struct sinks *k)
{
	k->written_size = sizeof(struct written);
	for (size_t i = 0; i < k->n_on; i++) {
		k->at[i] = lay_behind(&k->written_size, k->on[i]->size);
		if (!k->on[i]->reads_last)
			opened_readers_add(&k->readers, k->on[i], k->at[i]);
	}
	for (size_t i = 0; i < k->n_on; i++)
		if (k->on[i]->reads_last)
			opened_readers_add(&k->readers, k->on[i], k->at[i]);
	k->shared_at =
	    lay_behind(&k->written_size, sizeof(struct sink_session));
}

struct sinks *
sinks_new(const struct sink_env *env, unsigned emit)
{
	struct sinks *k = xcalloc(1, sizeof *k);

	k->env = *env;
	k->env.scratch = &k->scratch;
	digest_sha256_init(&k->index_digest);
	k->env.memory = &k->memory;
	k->env.tls_vain = &k->tls_vain;
	emit_words(k->products, emit);
	k->env.products = k->products;
	if (env->template != NULL)
		sink_names_begin(&k->env);
	k->wants_facts = env->out != NULL || env->match != NULL ||
	    (env->console != NULL && console_describes(env->console));
	prefilter_init(&k->sieve, env->match, env->services);
	if (env->grep != NULL)
		k->on[k->n_on++] = &sink_grep;
	if (env->hash != SINK_HASH_NONE)
		k->on[k->n_on++] = &sink_hash;
	k->n_on += emit_products_on(k->on + k->n_on, emit, env);
	lay_out(k);
	for (size_t i = 0; i < k->n_on; i++)
		if (k->on[i]->begin != NULL)
			k->run[i] = k->on[i]->begin(&k->env);
	/* There are those who wait for its lines. */
	if (env->live && env->out != NULL)
		sinks_open_index(k, env->start_ns);
	return k;
}

/* It is known now whether the session is wanted. */
static void
settle_wish(struct sink_session *ss, bool wanted)
{
	ss->pending = false;
	ss->unwanted = !wanted;
	for (size_t i = 0; i < ss->n_waiting; i++)
		sink_close(ss, ss->waiting[i]);
	ss->n_waiting = 0;
}

static struct sink_session *
shared(const struct sinks *k, struct written *w)
{
	return (struct sink_session *)(void *)((char *)w + k->shared_at);
}

static void *
state(const struct sinks *k, struct written *w, size_t i)
{
	return (char *)w + k->at[i];
}

static void
written_init(struct sinks *k, struct written *w, const struct session *s)
{
	struct sink_session *ss = shared(k, w);

	memset(w, 0, k->written_size - sizeof ss->names.few);
	ss->env = &k->env;
	ss->client = s->client;
	ss->server = s->server;
	ss->number = s->number;
	ss->start_ns = s->start_ns;
	ss->vlan[0] = s->hop[0].vlan;
	ss->vlan[1] = s->hop[1].vlan;
	ss->ts_digits = s->ts_digits;
}

/* A direction's bytes and gaps come one behind the other. */
static void
advance(uint64_t next[2], int dir, uint64_t off, uint64_t len)
{
	assert(dir == 0 || dir == 1);
	assert(off == next[dir] && len > 0);
	next[dir] = off + len;
}

static void
open_sink(struct sinks *k, struct written *w, size_t i, const struct session *s)
{
	struct sink_session *ss = shared(k, w);

	ss->run = k->run[i];
	k->on[i]->open(state(k, w, i), ss, s);
	w->open |= 1u << i;
}

static size_t
noted_size(const struct sinks *k)
{
	size_t vlan = k->env.template != NULL ? 2 * sizeof(uint64_t) : 0;

	return k->wants_facts || vlan > 0 ? sizeof(struct noted) + vlan : 0;
}

static struct noted *
note(const struct sinks *k, const struct session *s)
{
	size_t size = noted_size(k);
	struct noted *n = NULL;

	if (size > 0)
		n = xcalloc(1, size);
	for (int dir = 0; k->env.template != NULL && dir < 2; dir++)
		n->vlan[dir] = s->hop[dir].vlan;
	return n;
}

static void *
sinks_open(void *ctx, const struct session *s)
{
	struct sinks *k = ctx;
	struct written *w;

	k->begun = true;
	if (k->late)
		return note(k, s);
	w = xmalloc(k->written_size);
	written_init(k, w, s);
	shared(k, w)->facts = k->wants_facts ? &w->facts : NULL;
	shared(k, w)->pending =
	    k->env.match != NULL || k->env.grep != NULL || k->env.span != NULL;
	for (size_t i = 0; i < k->n_on; i++)
		open_sink(k, w, i, s);
	opened_open(&w->opened, shared(k, w), s, &k->readers, (char *)w);
	return w;
}

/* When they are wanted. */
static struct session_probe *
facts_of(const struct sinks *k, void *handle)
{
	struct noted *n = handle;
	struct written *w = handle;

	return k->late ? &n->facts : &w->facts;
}

static void
probe_data(struct sinks *k, struct session_probe *facts, const struct chunk *c)
{
	size_t before = session_probe_memory(facts);

	session_probe_data(facts, c);
	k->memory += session_probe_memory(facts) - before;
}

static void
sinks_data(void *ctx, void *handle, const struct chunk *c)
{
	struct sinks *k = ctx;
	struct written *w = handle;

	if (k->wants_facts)
		probe_data(k, facts_of(k, handle), c);
	if (k->late)
		return;
	advance(w->next, c->dir, c->off, c->bytes.n);
	for (size_t i = 0; i < k->n_on; i++)
		if (k->on[i]->data != NULL)
			k->on[i]->data(state(k, w, i), c);
}

static void
sinks_gap(void *ctx, void *handle, int dir, const struct gap *g)
{
	struct sinks *k = ctx;
	struct written *w = handle;

	if (k->late)
		return;
	advance(w->next, dir, g->off, g->len);
}

static bool
on_late(void *ctx, void *handle, const struct chunk *c)
{
	struct sinks *k = ctx;
	struct written *w = handle;
	bool taken = false;

	for (size_t i = 0; !k->late && i < k->n_on; i++)
		if (k->on[i]->late != NULL)
			taken |= k->on[i]->late(state(k, w, i), c);
	return taken;
}

static void
sinks_turn(void *ctx, void *handle, const struct chunk *c)
{
	struct sinks *k = ctx;
	struct written *w = handle;

	advance(w->next_turn, c->dir, c->off, c->bytes.n);
	if (!k->late)
		opened_turn(&w->opened, c);
}

static void
sinks_turn_gap(void *ctx, void *handle, int dir, const struct gap *g)
{
	struct sinks *k = ctx;
	struct written *w = handle;

	advance(w->next_turn, dir, g->off, g->len);
	if (!k->late)
		opened_gap(&w->opened, dir, g);
}

static void
sinks_settle(void *ctx, void *handle)
{
	struct sinks *k = ctx;
	struct written *w = handle;

	for (size_t i = 0; !k->late && i < k->n_on; i++)
		if (k->on[i]->settle != NULL)
			k->on[i]->settle(state(k, w, i));
}

static void
sinks_packet(void *ctx, void *handle, const struct packet_event *p)
{
	struct sinks *k = ctx;
	struct written *w = handle;

	for (size_t i = 0; !k->late && i < k->n_on; i++)
		if (k->on[i]->packet != NULL)
			k->on[i]->packet(state(k, w, i), p);
}

/* What --grep says of the session; w is NULL when nothing was said in it. */
static bool
grep_wants(const struct sinks *k, struct written *w)
{
	if (k->env.grep == NULL)
		return true;
	if (w == NULL)
		return false;
	for (size_t i = 0; i < k->n_on; i++)
		if (k->on[i]->judge != NULL)
			k->on[i]->judge(state(k, w, i));
	return shared(k, w)->found;
}

/* What is known at its end says of it: when it was, and --match of its line. */
static bool
session_is_wanted(struct sinks *k, const struct session *s,
    const struct session_probe *facts)
{
	const struct row_of x = { s, facts, k->env.services,
		k->env.console != NULL && k->env.console->local_time };
	struct buf *b = &k->scratch;

	if (k->env.span != NULL &&
	    !time_span_admits(k->env.span, s->start_ns, s->end_ns))
		return false;
	if (k->env.match == NULL)
		return true;
	if (!prefilter_passes(&k->sieve, &x))
		return false;
	buf_reset(b);
	row_line(b, &x);
	return match_line(k->env.match, buf_cstr(b));
}

static void
sinks_datagrams(void *ctx, const struct session *s, const struct slice first[2])
{
	struct sinks *k = ctx;
	struct session_probe facts = { 0 };

	session_probe_datagrams(&facts, s, first);
	if (k->env.grep != NULL || !session_is_wanted(k, s, &facts))
		return;
	k->wanted++;
	for (size_t i = 0; i < k->n_on; i++)
		if (k->on[i]->datagrams != NULL)
			k->on[i]->datagrams(k->run[i], s, first);
}

/* At a session's end, or only to show it: n is NULL when there is none. */
static struct written *
open_late(struct sinks *k, const struct noted *n, const struct session *s,
    bool to_show)
{
	struct written *w;

	if (k->one == NULL)
		k->one = xmalloc(k->written_size);
	w = k->one;
	written_init(k, w, s);
	if (n != NULL && k->env.template != NULL)
		memcpy(shared(k, w)->vlan, n->vlan, sizeof shared(k, w)->vlan);
	for (size_t i = 0; i < k->n_on; i++)
		if (k->on[i]->bare && (!to_show || k->on[i]->show != NULL))
			open_sink(k, w, i, s);
	return w;
}

static void
put_index(struct sinks *k, struct written *w, const struct session *s)
{
	struct buf *b = &k->scratch;

	if (k->env.out == NULL)
		return;
	buf_reset(b);
	index_object(b, shared(k, w), s);
	buf_byte(b, '\n');
	sinks_open_index(k, s->start_ns);
	out_write(k->index, b->p, b->n);
	digest_sha256_update(&k->index_digest,
	    (struct slice){ (const uint8_t *)b->p, b->n });
}

/* What has been written of a session that ended is to be seen now. */
static void
show_session(const struct sinks *k)
{
	if (k->index != NULL)
		out_settle(k->index);
	if (k->env.console != NULL && k->env.console->file != NULL)
		out_settle(k->env.console->file);
}

static void
close_sinks(struct sinks *k, struct written *w, const struct session *s,
    bool wanted)
{
	struct sink_session *ss = shared(k, w);

	settle_wish(ss, wanted);
	for (size_t i = 0; i < k->n_on; i++)
		if ((w->open & 1u << i) != 0)
			k->on[i]->close(state(k, w, i), s);
	if (wanted)
		put_index(k, w, s);
	if (k->env.live)
		show_session(k);
	opened_free(&w->opened);
	sink_names_free(ss);
	marks_free(ss->marks);
	free(ss->waiting);
}

static void
sinks_close(void *ctx, void *handle, const struct session *s)
{
	struct sinks *k = ctx;
	bool has_facts = handle != NULL && k->wants_facts;
	struct session_probe *facts = has_facts ? facts_of(k, handle) : NULL;
	struct written *w = k->late ? NULL : handle;
	bool wanted;

	if (w != NULL)
		shared(k, w)->notes |= opened_close(&w->opened, s);
	if (facts != NULL && (w == NULL || !sink_is_opened(shared(k, w))))
		session_probe_tls_keys(facts, k->env.secrets);
	wanted = grep_wants(k, w) && session_is_wanted(k, s, facts);
	k->unmatched += !wanted;
	k->wanted += wanted;
	if (wanted && k->env.said != NULL)
		sink_said_add(k->env.said, s);
	if (w == NULL && wanted) {
		w = open_late(k, k->late ? handle : NULL, s, false);
		shared(k, w)->facts = facts;
	}
	if (w != NULL)
		close_sinks(k, w, s, wanted);
	if (facts != NULL) {
		k->memory -= session_probe_memory(facts);
		session_probe_fini(facts);
	}
	free(handle);
}

static int
sinks_client(void *ctx, const struct chunk *v, size_t n)
{
	const struct sinks *k = ctx;

	return opened_client(&k->env, v, n);
}

static bool
sinks_show(void *ctx, void *handle, const struct session *s)
{
	struct sinks *k = ctx;
	bool has_facts = handle != NULL && k->wants_facts;
	struct session_probe *facts = has_facts ? facts_of(k, handle) : NULL;
	struct written *w = k->late ? NULL : handle;
	bool shown = false;

	if (!grep_wants(k, w) || !session_is_wanted(k, s, facts))
		return false;
	if (w == NULL) {
		w = open_late(k, k->late ? handle : NULL, s, true);
		shared(k, w)->facts = facts;
	}
	for (size_t i = 0; i < k->n_on; i++)
		if ((w->open & 1u << i) != 0 && k->on[i]->show != NULL)
			shown |= k->on[i]->show(state(k, w, i), s);
	if (w != handle)
		sink_names_free(shared(k, w));
	return shown;
}

/* What a session that is open takes. */
static size_t
session_cost(const struct sinks *k)
{
	size_t cost = k->late ? noted_size(k) : k->written_size;

	if (cost > 0)
		cost += MODEL_MALLOC_COST;
	for (size_t i = 0; !k->late && i < k->n_on; i++)
		cost += k->on[i]->cost;
	return cost;
}

void
sinks_expect_secrets(struct sinks *k)
{
	k->env.secrets_grow = true;
}

struct events
sinks_events(struct sinks *k)
{
	bool opens = opened_is_possible(&k->env);
	struct events e;

	if (!k->begun) {
		k->late = !opens;
		for (size_t i = 0; i < k->n_on; i++)
			k->late &= can_be_late(k->on[i]);
	}
	e = (struct events){
		.ctx = k,
		.client = sinks_client,
		.open = sinks_open,
		.data = sinks_data,
		.gap = sinks_gap,
		.late = on_late,
		.turn = sinks_turn,
		.wants_turns = opens,
		.turn_gap = sinks_turn_gap,
		.packet = sinks_packet,
		.datagrams = sinks_datagrams,
		.settle = sinks_settle,
		.show = sinks_show,
		.close = sinks_close,
		.session_cost = session_cost(k),
		.memory = &k->memory,
	};

	for (size_t i = 0; i < k->n_on; i++) {
		e.wants_turns |=
		    message_fan_wants(k->on[i]) && !k->on[i]->only_opened;
		e.wants_packets |= k->on[i]->wants_packets;
		e.wants_datagrams |= k->on[i]->wants_datagrams;
	}
	return e;
}
