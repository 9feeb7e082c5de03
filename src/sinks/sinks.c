/* sinks.c: every session to every product that was asked for. */
#include "sinks/sinks.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "base/xalloc.h"
#include "model/model.h"

/* Names of files, and stems, that are remembered: as many as fit in 8 MB of
 * memory for each. */
#define NAMES_MOST ((size_t)3 << 18)

/* What the stem of a session's names takes, about. */
#define NAMES_COST ((size_t)64)
/* What a file takes that waits for its session's end. */
#define FILE_COST ((size_t)512)

/*
 * json closes last: the index object in it names the files of all others.
 */
static const struct {
	const char *name;
	const struct sink *sink;
} products[] = {
	{ "raw", &sink_raw },
	{ "text", &sink_text },
	{ "hex", &sink_hex },
	{ "js", &sink_js },
	{ "pcap", &sink_pcap },
	{ "timing", &sink_timing },
	{ "json", &sink_json },
};

#define N_PRODUCTS (sizeof products / sizeof products[0])

/* What standard output may get, by product and format. */
static const struct sink *const on_console[CONSOLE_PRODUCTS][FORMATS] = {
	[CONSOLE_SUMMARY] = {
		[FORMAT_TABLE] = &sink_summary_table,
		[FORMAT_CSV] = &sink_summary_csv,
		[FORMAT_JSON] = &sink_summary_json,
		[FORMAT_ZEEK] = &sink_summary_zeek,
	},
	[CONSOLE_PACKETS] = {
		[FORMAT_TEXT] = &sink_packets_text,
		[FORMAT_JSON] = &sink_packets_json,
	},
	[CONSOLE_PRINT] = {
		[FORMAT_TEXT] = &sink_print_text,
		[FORMAT_HEX] = &sink_print_hex,
		[FORMAT_JSON] = &sink_print_json,
	},
};

/* All products in files, and one on standard output. */
#define SINKS_MAX (N_PRODUCTS + 1)

struct sinks {
	struct sink_env env;
	struct buf scratch;
	size_t memory; /* see sink_count */
	const struct sink *on[SINKS_MAX];
	void *run[SINKS_MAX]; /* of each that has a begin */
	struct buf remarks[SINKS_MAX];
	bool finished;
	bool wants_facts;
	bool late; /* all sinks can be opened when a session ends */
	size_t n_on;
	struct out_file *index; /* NULL before the first line */
	uint64_t unmatched;
};

/* A session's handle, and all there is of it when sinks are opened late. */
struct noted {
	struct written *w;    /* NULL when they are */
	uint64_t next[2];     /* offsets behind the data that has come */
	uint32_t vlan[2];     /* as it was opened; see struct session */
	uint8_t ts_digits;    /* likewise */
	struct facts facts[]; /* one when they are wanted, else none */
};

/* What its sinks have. */
struct written {
	struct sink_session ss;
	uint64_t next_turn[2]; /* offsets behind what has come */
	void *st[];	       /* of each sink that is on */
};

/* Adds what one word means; false when it is not accepted. */
static bool
parse_word(const char *word, size_t len, unsigned *bits)
{
	if (len == 4 && memcmp(word, "none", len) == 0)
		return true;
	if (len == 3 && memcmp(word, "all", len) == 0) {
		*bits |= (1u << N_PRODUCTS) - 1;
		return true;
	}
	for (size_t i = 0; i < N_PRODUCTS; i++) {
		const char *name = products[i].name;

		if (strlen(name) != len || memcmp(word, name, len) != 0)
			continue;
		*bits |= 1u << i;
		return true;
	}
	return false;
}

/* Reads the list into *bits; false, with *fault set, at a bad word. */
static bool
parse_list(const char *list, unsigned *bits, struct emit_fault *fault)
{
	const char *word = list;

	for (;;) {
		size_t len = strcspn(word, ",");

		if (!parse_word(word, len, bits)) {
			fault->word = word;
			fault->len = len;
			return false;
		}
		if (word[len] == '\0')
			return true;
		word += len + 1;
	}
}

bool
sinks_parse_emit(const char *list, unsigned *emit)
{
	struct emit_fault fault;
	unsigned bits = 0;

	if (!parse_list(list, &bits, &fault))
		return false;
	*emit = bits;
	return true;
}

void
sinks_emit_names(struct buf *b, unsigned emit)
{
	const char *comma = "";

	for (size_t i = 0; i < N_PRODUCTS; i++) {
		if (!(emit & 1u << i))
			continue;
		buf_str(b, comma);
		buf_str(b, products[i].name);
		comma = ",";
	}
	if (emit == 0)
		buf_str(b, "none");
}

bool
sinks_emit_fault(const char *list, struct emit_fault *fault)
{
	unsigned bits = 0;

	return !parse_list(list, &bits, fault);
}

static void
open_index(struct sinks *k, int64_t mtime_ns)
{
	if (k->index == NULL)
		k->index = out_create(k->env.out, SINKS_INDEX_NAME, mtime_ns);
}

/* Names that files of the capture have are no session's. */
static void
begin_names(struct sink_env *env)
{
	env->names = names_new(NAMES_MOST);
	env->stems = names_new(NAMES_MOST);
	names_reserve(env->names, SINKS_INDEX_NAME);
	names_reserve(env->names, "scripts.jsonl");
	names_reserve(env->names, "capture.json");
}

/* Nothing is told to the sinks before a session ends, and all are opened
 * for any session. */
static bool
can_be_late(const struct sink *sink)
{
	return sink->bare && sink->data == NULL && sink->gap == NULL &&
	    sink->turn == NULL && sink->turn_gap == NULL &&
	    sink->packet == NULL && sink->settle == NULL;
}

struct sinks *
sinks_new(const struct sink_env *env, unsigned emit)
{
	struct sinks *k = xcalloc(1, sizeof *k);

	k->env = *env;
	k->env.scratch = &k->scratch;
	k->env.memory = &k->memory;
	if (env->template != NULL)
		begin_names(&k->env);
	k->wants_facts = env->match != NULL ||
	    (env->console != NULL && env->console->product == CONSOLE_SUMMARY);
	for (size_t i = 0; i < N_PRODUCTS; i++)
		if ((emit & 1u << i) != 0)
			k->on[k->n_on++] = products[i].sink;
	if (env->console != NULL) {
		const struct console *c = env->console;

		if (on_console[c->product][c->format] != NULL)
			k->on[k->n_on++] = on_console[c->product][c->format];
	}
	k->late = true;
	for (size_t i = 0; i < k->n_on; i++)
		k->late &= can_be_late(k->on[i]);
	for (size_t i = 0; i < k->n_on; i++)
		if (k->on[i]->begin != NULL)
			k->run[i] = k->on[i]->begin(&k->env);
	/* There are those who wait for its lines. */
	if (env->live && env->out != NULL)
		open_index(k, env->start_ns);
	return k;
}

void
sink_close(struct sink_session *ss, struct out_file *f)
{
	if (ss->unwanted) {
		out_discard(f);
	} else if (ss->pending) {
		out_settle(f);
		ss->waiting = xreallocarray(ss->waiting, ss->n_waiting + 1,
		    sizeof *ss->waiting);
		ss->waiting[ss->n_waiting++] = f;
		sink_count(ss, FILE_COST);
	} else {
		out_close(f);
	}
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

static struct written *
written_new(struct sinks *k, const struct session *s)
{
	struct written *w = xcalloc(1, sizeof *w + k->n_on * sizeof w->st[0]);

	w->ss = (struct sink_session){
		.env = &k->env,
		.client = s->client,
		.server = s->server,
		.number = s->number,
		.start_ns = s->start_ns,
		.vlan = { s->vlan[0], s->vlan[1] },
		.ts_digits = s->ts_digits,
	};
	return w;
}

static void
written_free(struct written *w)
{
	for (size_t i = 0; i < w->ss.n_files; i++)
		free(w->ss.files[i]);
	free(w->ss.files);
	*w->ss.env->memory -= w->ss.counted;
	free(w->ss.waiting);
	free(w->ss.stem);
	free(w);
}

/* A direction's bytes and holes come one behind the other. */
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
	w->ss.run = k->run[i];
	w->st[i] = k->on[i]->open(&w->ss, s);
}

static size_t
noted_size(const struct sinks *k)
{
	return sizeof(struct noted) +
	    (k->wants_facts ? sizeof(struct facts) : 0);
}

static void *
on_open(void *ctx, const struct session *s)
{
	struct sinks *k = ctx;
	struct noted *n = xcalloc(1, noted_size(k));

	n->vlan[0] = s->vlan[0];
	n->vlan[1] = s->vlan[1];
	n->ts_digits = s->ts_digits;
	if (k->late)
		return n;
	n->w = written_new(k, s);
	n->w->ss.facts = k->wants_facts ? n->facts : NULL;
	n->w->ss.pending = k->env.match != NULL;
	for (size_t i = 0; i < k->n_on; i++)
		open_sink(k, n->w, i, s);
	return n;
}

static void
on_data(void *ctx, void *handle, const struct chunk *c)
{
	struct sinks *k = ctx;
	struct noted *n = handle;

	advance(n->next, c->dir, c->off, c->bytes.n);
	if (k->wants_facts)
		facts_data(n->facts, c);
	for (size_t i = 0; !k->late && i < k->n_on; i++)
		if (k->on[i]->data != NULL)
			k->on[i]->data(n->w->st[i], c);
}

static void
on_gap(void *ctx, void *handle, int dir, const struct gap *g)
{
	struct sinks *k = ctx;
	struct noted *n = handle;

	advance(n->next, dir, g->off, g->len);
	for (size_t i = 0; !k->late && i < k->n_on; i++)
		if (k->on[i]->gap != NULL)
			k->on[i]->gap(n->w->st[i], dir, g);
}

static void
on_turn(void *ctx, void *handle, const struct chunk *c)
{
	struct sinks *k = ctx;
	struct noted *n = handle;

	advance(n->w->next_turn, c->dir, c->off, c->bytes.n);
	for (size_t i = 0; !k->late && i < k->n_on; i++)
		if (k->on[i]->turn != NULL)
			k->on[i]->turn(n->w->st[i], c);
}

static void
on_turn_gap(void *ctx, void *handle, int dir, const struct gap *g)
{
	struct sinks *k = ctx;
	struct noted *n = handle;

	advance(n->w->next_turn, dir, g->off, g->len);
	for (size_t i = 0; !k->late && i < k->n_on; i++)
		if (k->on[i]->turn_gap != NULL)
			k->on[i]->turn_gap(n->w->st[i], dir, g);
}

static void
on_settle(void *ctx, void *handle)
{
	struct sinks *k = ctx;
	struct noted *n = handle;

	for (size_t i = 0; !k->late && i < k->n_on; i++)
		if (k->on[i]->settle != NULL)
			k->on[i]->settle(n->w->st[i]);
}

static void
on_packet(void *ctx, void *handle, const struct told_packet *p)
{
	struct sinks *k = ctx;
	struct noted *n = handle;

	for (size_t i = 0; !k->late && i < k->n_on; i++)
		if (k->on[i]->packet != NULL)
			k->on[i]->packet(n->w->st[i], p);
}

/* What --match says of the session's line. */
static bool
is_wanted(struct sinks *k, const struct session *s, const struct facts *facts)
{
	struct buf *b = &k->scratch;

	if (k->env.match == NULL)
		return true;
	buf_reset(b);
	facts_line(b, k->env.services, s, facts);
	return match_line(k->env.match, buf_cstr(b));
}

static void
on_datagrams(void *ctx, const struct session *s, const struct slice first[2])
{
	struct sinks *k = ctx;
	struct facts facts = { 0 };

	facts_datagrams(&facts, first);
	if (!is_wanted(k, s, &facts))
		return;
	for (size_t i = 0; i < k->n_on; i++)
		if (k->on[i]->datagrams != NULL)
			k->on[i]->datagrams(k->run[i], s, first);
}

/* At a session's end: n is NULL when it had nothing to write. */
static struct written *
open_late(struct sinks *k, const struct noted *n, const struct session *s)
{
	struct session then = *s;
	struct written *w;

	if (n != NULL) {
		then.vlan[0] = n->vlan[0];
		then.vlan[1] = n->vlan[1];
		then.ts_digits = n->ts_digits;
	}
	w = written_new(k, &then);
	if (n != NULL && k->wants_facts)
		w->ss.facts = n->facts;
	for (size_t i = 0; i < k->n_on; i++)
		if (k->on[i]->bare)
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
	index_object(b, &w->ss, s);
	buf_byte(b, '\n');
	open_index(k, s->start_ns);
	out_write(k->index, b->p, b->n);
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
	settle_wish(&w->ss, wanted);
	for (size_t i = 0; i < k->n_on; i++)
		if (w->st[i] != NULL)
			k->on[i]->close(w->st[i], s);
	if (wanted)
		put_index(k, w, s);
	if (k->env.live)
		show_session(k);
	written_free(w);
}

static void
on_close(void *ctx, void *handle, const struct session *s)
{
	struct sinks *k = ctx;
	struct noted *n = handle;
	struct written *w = n != NULL ? n->w : NULL;
	bool wanted =
	    is_wanted(k, s, n != NULL && k->wants_facts ? n->facts : NULL);

	k->unmatched += !wanted;
	if (w == NULL && wanted)
		w = open_late(k, n, s);
	if (w != NULL)
		close_sinks(k, w, s, wanted);
	free(n);
}

/* What a session that is open takes. */
static size_t
session_cost(const struct sinks *k)
{
	size_t cost = noted_size(k) + MODEL_MALLOC_COST;

	if (k->late)
		return cost;
	cost += sizeof(struct written) + NAMES_COST;
	for (size_t i = 0; i < k->n_on; i++)
		cost += sizeof(void *) + k->on[i]->cost;
	return cost;
}

struct events
sinks_events(struct sinks *k)
{
	struct events e = {
		.ctx = k,
		.open = on_open,
		.data = on_data,
		.gap = on_gap,
		.turn = on_turn,
		.turn_gap = on_turn_gap,
		.packet = on_packet,
		.datagrams = on_datagrams,
		.settle = on_settle,
		.close = on_close,
		.session_cost = session_cost(k),
		.memory = &k->memory,
	};

	for (size_t i = 0; i < k->n_on; i++) {
		e.wants_turns |= k->on[i]->wants_turns;
		e.wants_packets |= k->on[i]->wants_packets;
		e.wants_datagrams |= k->on[i]->wants_datagrams;
	}
	return e;
}

void
sinks_finish(struct sinks *k)
{
	if (k->finished)
		return;
	k->finished = true;
	for (size_t i = 0; i < k->n_on; i++)
		if (k->on[i]->end != NULL)
			k->on[i]->end(k->run[i], &k->remarks[i]);
	if (k->env.out == NULL)
		return;
	open_index(k, 0);
	out_close(k->index);
	k->index = NULL;
}

const char *
sinks_remark(struct sinks *k, size_t *at)
{
	while (*at < k->n_on) {
		struct buf *b = &k->remarks[(*at)++];

		if (b->n > 0)
			return buf_cstr(b);
	}
	return NULL;
}

uint64_t
sinks_unmatched(const struct sinks *k)
{
	return k->unmatched;
}

void
sinks_free(struct sinks *k)
{
	if (k == NULL)
		return;
	sinks_finish(k);
	for (size_t i = 0; i < k->n_on; i++)
		buf_free(&k->remarks[i]);
	buf_free(&k->scratch);
	names_free(k->env.names);
	names_free(k->env.stems);
	free(k);
}
