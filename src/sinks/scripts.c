/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* scripts.c: each script as a file, and scripts.jsonl, the list of them. */
#include "sinks/scripts.h"

#include <stdio.h>
#include <stdlib.h>

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
};

struct script {
	struct scripts *scripts;
	struct sink_session *ss;
	struct script_group *group;
	const struct script_origin *origin;
	uint64_t offset;
	struct out_file *file; /* NULL: one too many */
	char *name;
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
	free(s);
}

struct script *
script_begin(struct scripts *s, struct sink_session *ss, struct script_group *g,
    const struct script_origin *origin)
{
	struct script *x = xcalloc(1, sizeof *x);
	char suffix[32];

	x->scripts = s;
	x->ss = ss;
	x->group = g;
	x->origin = origin;
	x->offset = origin->offset;
	digest_sha256_init(&x->sha256);
	if (g->n_files >= SCRIPTS_MAX)
		return x;
	if (!origin->is_inline && ss->has_objects)
		return x;
	snprintf(suffix, sizeof suffix, "-%03u.js", ++ss->n_bodies);
	g->n_files++;
	x->file = sink_create(ss, suffix);
	x->name = xstrdup(sink_last_name(ss));
	return x;
}

void
script_put(struct script *x, struct slice bytes)
{
	digest_sha256_update(&x->sha256, bytes);
	x->size += bytes.n;
	if (x->file != NULL)
		out_write(x->file, bytes.p, bytes.n);
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
	put_text(&j, "file", x->name);
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
script_end(struct script *x, const char *shared, const char *reason)
{
	struct script_group *g = x->group;
	struct scripts *s = x->scripts;
	struct buf *b = s->env->scratch;

	if (x->file != NULL)
		sink_close(x->ss, x->file);
	else if (shared != NULL)
		x->name = xstrdup(shared);
	else if (reason == NULL)
		reason = "too many scripts";
	buf_reset(b);
	put_script(b, x, reason);
	write_line(x, b);
	g->n_external += !x->origin->is_inline;
	g->n_inline += x->origin->is_inline;
	g->n_incomplete += reason != NULL;
	free(x->name);
	free(x);
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
}
