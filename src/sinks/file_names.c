/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* file_names.c: the names of a session's files, and their beginning and end. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limit.h"
#include "base/name.h"
#include "base/name_set.h"
#include "base/xalloc.h"
#include "sinks/body.h"
#include "sinks/sink.h"
#include "sinks/sinks.h"

/* Names of files, and stems, that are remembered: as many as fit in 8 MB of
 * memory for each. */
#define NAMES_MOST ((size_t)3 << 18)
/* What a file takes that waits for its session's end. */
#define FILE_COST ((size_t)512)

/* A template gives what follows for one direction. */
struct templated {
	const char *fmt;
	struct name_facts facts;
};

/* A stem and an ending. */
struct ended {
	const char *stem;
	const char *ending;
};

/* Of frames with more than one VLAN tag a name says nothing. */
static uint16_t
single_tag(uint64_t vlan)
{
	return vlan <= HOP_VLAN_MAX ? (uint16_t)vlan : 0;
}

void
sink_names_begin(struct sink_env *env)
{
	env->names = name_set_new(NAMES_MOST);
	env->stems = name_set_new(NAMES_MOST);
	name_set_reserve(env->names, SINKS_INDEX_NAME);
	name_set_reserve(env->names, "scripts.jsonl");
	name_set_reserve(env->names, "http.jsonl");
	name_set_reserve(env->names, "objects.jsonl");
	name_set_reserve(env->names, "report.html");
	name_set_reserve(env->names, "capture.jsonl");
}

static char *
make_templated(const void *arg, uint32_t count)
{
	const struct templated *t = arg;

	return name_from_template(t->fmt, &t->facts, count);
}

static char *
make_ended(const void *arg, uint32_t count)
{
	const struct ended *e = arg;

	if (count == 0)
		return name_file(e->stem, e->ending);
	return xasprintf("%sc%u%s", e->stem, count, e->ending);
}

/* What the template makes of a direction, as nobody in the set has it. */
static char *
from_template(struct name_set *taken, const struct sink_session *ss, int dir)
{
	const struct endpoint *const ends[2] = { &ss->client, &ss->server };
	struct templated t = {
		.fmt = ss->env->template,
		.facts = {
			.from = endpoint_peer(ends[dir]),
			.to = endpoint_peer(ends[!dir]),
			.start_ns = ss->start_ns,
			.number = ss->number,
			.vlan = single_tag(ss->vlan[dir]),
		},
	};

	return name_set_take(taken, make_templated, &t);
}

void
sink_count(struct sink_session *ss, size_t n)
{
	ss->counted += n;
	*ss->env->memory += n;
}

/* Adds a name of that length; returns where it goes. */
static char *
add_name(struct sink_session *ss, size_t len)
{
	struct sink_names *n = &ss->names;
	size_t size = len + 2;

	assert(len <= UINT8_MAX);
	if (n->p == NULL) {
		n->p = n->few;
		n->cap = sizeof n->few;
	}
	if (size > n->cap - n->n) {
		bool few = n->p == n->few;
		size_t cap = 2 * (n->n + size);

		sink_count(ss, cap - (few ? 0 : n->cap));
		n->cap = cap;
		n->p = xreallocarray(few ? NULL : n->p, n->cap, 1);
		if (few)
			memcpy(n->p, n->few, n->n);
	}
	n->p[n->n] = (char)len;
	n->last = n->n + 1;
	n->n += size;
	n->p[n->n - 1] = '\0';
	return n->p + n->last;
}

/* Likewise the name itself, which is freed. */
static void
add_made(struct sink_session *ss, char *name)
{
	size_t len = strlen(name);

	memcpy(add_name(ss, len), name, len);
	free(name);
}

static void
add_stem(struct sink_session *ss)
{
	struct peer client = endpoint_peer(&ss->client);
	struct peer server = endpoint_peer(&ss->server);
	char stem[NAME_STEM_LEN];
	size_t len;

	if (ss->env->template == NULL) {
		len = name_stem(stem, &client, &server, ss->number);
		memcpy(add_name(ss, len), stem, len);
	} else {
		add_made(ss, from_template(ss->env->stems, ss, 0));
	}
	ss->names.stem = ss->names.last;
}

struct slice
sink_stem(struct sink_session *ss)
{
	if (ss->names.stem == 0)
		add_stem(ss);
	return sink_name_at(&ss->names, ss->names.stem);
}

const char *
sink_last_name(const struct sink_session *ss)
{
	return ss->names.p + ss->names.last;
}

void
sink_names_free(struct sink_session *ss)
{
	if (ss->names.p != ss->names.few)
		free(ss->names.p);
	*ss->env->memory -= ss->counted;
}

/* What the limits that the file has reached are called. */
static void
note_limits(struct sink_session *ss, const struct out_file *f)
{
	if ((f->limits & OUT_LIMIT_BYTES) != 0)
		ss->notes |= NOTE_OUTPUT_LIMITED;
	if ((f->limits & OUT_LIMIT_FILES) != 0)
		ss->notes |= NOTE_FILES_LIMITED;
}

/* The file whose name was added last, behind `before`. */
static struct out_file *
create_last(struct sink_session *ss, size_t before)
{
	struct sink_names *n = &ss->names;
	struct out_file *f =
	    out_create(ss->env->out, sink_last_name(ss), ss->start_ns);

	note_limits(ss, f);
	if (f->absent) {
		n->n = n->last - 1;
		n->last = before;
	}
	return f;
}

struct out_file *
sink_create(struct sink_session *ss, const char *suffix)
{
	struct slice stem = sink_stem(ss);
	struct ended e = { (const char *)stem.p, suffix };
	size_t more = strlen(suffix), before = ss->names.last;
	char *p;

	if (ss->env->template != NULL) {
		add_made(ss, name_set_take(ss->env->names, make_ended, &e));
		return create_last(ss, before);
	}
	p = add_name(ss, stem.n + more);
	/* It may have moved. */
	stem = sink_stem(ss);
	memcpy(p, stem.p, stem.n);
	memcpy(p + stem.n, suffix, more + 1);
	return create_last(ss, before);
}

struct out_file *
sink_create_body(struct sink_session *ss, unsigned n, const char *ending)
{
	/* "-", a number, "." and an ending. */
	char suffix[32];
	struct out_file *f;

	if (n > LIMIT_SESSION_BODIES) {
		ss->notes |= NOTE_FILES_LIMITED;
		loss_add(ss->env->losses, LOSS_FILES_LEFT_OUT, 1);
		return NULL;
	}
	snprintf(suffix, sizeof suffix, "-%03u.%s", n, ending);
	f = sink_create(ss, suffix);
	if (!f->absent)
		return f;
	sink_close(ss, f);
	return NULL;
}

struct out_file *
sink_create_raw(struct sink_session *ss, int dir)
{
	static const char *const endings[2] = { ".c2s", ".s2c" };
	size_t before = ss->names.last;
	struct out_file *f;

	assert(dir == 0 || dir == 1);
	if (ss->env->template == NULL) {
		f = sink_create(ss, endings[dir]);
	} else {
		add_made(ss, from_template(ss->env->names, ss, dir));
		f = create_last(ss, before);
	}
	if (!f->absent)
		ss->names.raw[dir] = ss->names.last;
	return f;
}

void
sink_close(struct sink_session *ss, struct out_file *f)
{
	note_limits(ss, f);
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
