/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* scripts.c: each script as a file, and scripts.jsonl, the list of them. */
#include "sinks/scripts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/fmt.h"
#include "base/json.h"
#include "base/xalloc.h"

#define LIST_NAME "scripts.jsonl"

struct scripts {
	const struct sink_env *env;
	struct out_file *list; /* NULL before the first line */
	uint64_t n_external;
	uint64_t n_inline;
	uint64_t n_incomplete;
	uint64_t n_not_run;
	uint64_t held; /* bytes of those that wait */
};

struct script {
	struct scripts *scripts;
	struct sink_session *ss;
	struct script_group *group;
	const struct script_origin *origin;
	uint64_t offset;
	enum script_how how;
	const char *why;       /* see script_why */
	struct out_file *file; /* or NULL */
	char *name;
	struct spill_log held; /* what waits */
	bool too_long;	       /* ... no more, or not all of it */
	bool blank;	       /* so far */
	uint64_t size;
	struct digest_sha256 sha256;
};

size_t
script_memory(void)
{
	return sizeof(struct script) + SINK_COST;
}

struct scripts *
scripts_new(const struct sink_env *env)
{
	struct scripts *s = xcalloc(1, sizeof *s);

	s->env = env;
	return s;
}

static void
open_list(struct scripts *s, int64_t mtime_ns)
{
	if (s->list == NULL)
		s->list = out_create(s->env->out, LIST_NAME, mtime_ns);
}

void
scripts_end(struct scripts *s, struct buf *remark)
{
	open_list(s, 0);
	out_close(s->list);
	buf_printf(remark,
	    "scripts: %llu external, %llu inline, %llu of them"
	    " incomplete",
	    (unsigned long long)s->n_external, (unsigned long long)s->n_inline,
	    (unsigned long long)s->n_incomplete);
	if (s->n_not_run > 0)
		buf_printf(remark, "; %llu are not run",
		    (unsigned long long)s->n_not_run);
	free(s);
}

static void
create_file(struct script *x)
{
	if (!x->origin->is_inline && x->ss->has_objects)
		return;
	x->file = sink_create_body(x->ss, ++x->ss->n_bodies, "js");
	if (x->file != NULL)
		x->name = xstrdup(sink_last_name(x->ss));
}

struct script *
script_begin(struct scripts *s, struct sink_session *ss, struct script_group *g,
    const struct script_origin *origin, enum script_how how)
{
	struct script *x = xcalloc(1, sizeof *x);

	x->scripts = s;
	x->ss = ss;
	x->group = g;
	x->origin = origin;
	x->offset = origin->offset;
	x->how = how;
	x->blank = true;
	x->held.fixed = true;
	digest_sha256_init(&x->sha256);
	if (how == SCRIPT_RUN)
		create_file(x);
	return x;
}

static void
release_held(struct script *x)
{
	if (x->held.size == 0)
		return;
	x->group->held -= x->held.size;
	x->scripts->held -= x->held.size;
	spill_log_free(x->scripts->env->spill, &x->held);
}

static void
script_hold(struct script *x, struct slice bytes)
{
	if (x->too_long || x->ss->has_objects)
		return;
	if (bytes.n > SCRIPT_WAIT_MAX - x->held.size ||
	    bytes.n > SCRIPT_WAIT_SESSION - x->group->held ||
	    bytes.n > SCRIPT_WAIT_ALL - x->scripts->held) {
		x->too_long = true;
		release_held(x);
		return;
	}
	x->group->held += bytes.n;
	x->scripts->held += bytes.n;
	spill_log_put(x->scripts->env->spill, &x->held, bytes.p, bytes.n);
}

static bool
only_blanks(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (strchr(" \t\n\r\f", s.p[i]) == NULL || s.p[i] == 0)
			return false;
	return true;
}

void
script_why(struct script *x, const char *why)
{
	x->why = why;
}

void
script_share(struct script *x, const char *file)
{
	if (file != NULL && x->name == NULL)
		x->name = xstrdup(file);
}

void
script_put(struct script *x, struct slice bytes)
{
	digest_sha256_update(&x->sha256, bytes);
	x->size += bytes.n;
	x->blank = x->blank && only_blanks(bytes);
	if (x->how == SCRIPT_WAITS)
		script_hold(x, bytes);
	else if (x->file != NULL)
		out_write(x->file, bytes.p, bytes.n);
}

void
script_settle(struct script *x, enum script_how how)
{
	x->how = how;
	if (how == SCRIPT_RUN && !x->too_long) {
		create_file(x);
		if (x->file != NULL && x->held.size > 0)
			spill_log_write(x->scripts->env->spill, &x->held,
			    x->file);
	}
	release_held(x);
}

/* ---------------------------------------------------------- a line of the list */

static void
put_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	if (text != NULL)
		json_string(j, text);
	else
		json_null(j);
}

static void
put_slice(struct json *j, const char *key, struct slice s)
{
	json_key(j, key);
	if (s.p != NULL)
		json_bytes(j, s);
	else
		json_null(j);
}

static void
put_known(struct json *j, const char *key, bool known, uint64_t v)
{
	json_key(j, key);
	if (known)
		json_u64(j, v);
	else
		json_null(j);
}

static void
put_sha256(struct json *j, struct script *x)
{
	uint8_t digest[DIGEST_SHA256_BYTES];

	digest_sha256_end(&x->sha256, digest);
	json_key(j, "sha256");
	json_string_begin(j);
	hex_put(j->b, (struct slice){ digest, sizeof digest });
	json_string_end(j);
}

static void
put_script(struct buf *b, struct script *x, const char *reason)
{
	const struct script_origin *o = x->origin;
	char time[FMT_TIME_LEN];
	struct json j = json_on(b);

	json_object(&j);
	put_known(&j, "session", true, x->ss->number);
	put_text(&j, "file", x->how == SCRIPT_RUN ? x->name : NULL);
	put_text(&j, "kind", o->is_inline ? "inline" : "external");
	put_slice(&j, "url", o->url);
	put_slice(&j, "page_url", o->page_url);
	put_slice(&j, "type", o->type);
	json_key(&j, "guess");
	json_bool(&j, o->guess);
	put_slice(&j, "method", o->method);
	put_known(&j, "status", o->status > 0, o->status);
	put_known(&j, "offset", o->is_inline, x->offset);
	put_known(&j, "size", true, x->size);
	put_sha256(&j, x);
	json_key(&j, "complete");
	json_bool(&j, reason == NULL);
	put_text(&j, "reason", reason);
	fmt_time(time, o->ts_ns, x->ss->ts_digits);
	put_text(&j, "time", time);
	json_object_end(&j);
	buf_byte(b, '\n');
}

/* Writes the lines that waited. */
static void
release(struct scripts *s, const struct sink_session *ss,
    struct script_group *g)
{
	if (g->lines.size > 0 && !ss->unwanted) {
		open_list(s, ss->start_ns);
		spill_log_write(s->env->spill, &g->lines, s->list);
	}
	if (g->lines.size > 0)
		spill_log_free(s->env->spill, &g->lines);
}

static void
write_line(struct script *x, const struct buf *b)
{
	struct scripts *s = x->scripts;

	if (x->ss->pending) {
		spill_log_put(s->env->spill, &x->group->lines, b->p, b->n);
		return;
	}
	release(s, x->ss, x->group);
	if (x->ss->unwanted)
		return;
	open_list(s, x->ss->start_ns);
	out_write(s->list, b->p, b->n);
}

void
script_drop(struct script *x)
{
	release_held(x);
	free(x->name);
	free(x);
}

void
script_line(struct script *x, const char *reason, struct buf *b)
{
	put_script(b, x, reason);
	script_drop(x);
}

void
script_end(struct script *x, const char *reason)
{
	struct script_group *g = x->group;
	struct buf *b = x->scripts->env->scratch;
	bool run = x->how == SCRIPT_RUN;

	if (!run && x->blank) {
		script_drop(x);
		return;
	}
	if (x->file != NULL)
		sink_close(x->ss, x->file);
	if (!run)
		reason = x->why;
	else if (x->name == NULL && reason == NULL)
		reason = x->too_long ? "too long to wait" : "too many scripts";
	buf_reset(b);
	put_script(b, x, reason);
	write_line(x, b);
	g->n_external += run && !x->origin->is_inline;
	g->n_inline += run && x->origin->is_inline;
	g->n_incomplete += run && reason != NULL;
	g->n_not_run += !run;
	script_drop(x);
}

void
scripts_late(struct scripts *s, struct slice line)
{
	open_list(s, 0);
	out_write(s->list, line.p, line.n);
	s->n_not_run++;
}

void
scripts_close(struct scripts *s, struct sink_session *ss,
    struct script_group *g)
{
	release(s, ss, g);
	if (ss->unwanted)
		return;
	s->n_external += g->n_external;
	s->n_inline += g->n_inline;
	s->n_incomplete += g->n_incomplete;
	s->n_not_run += g->n_not_run;
}
