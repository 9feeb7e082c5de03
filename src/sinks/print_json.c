/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * print_json.c: --print as JSON: a line with an object for each stretch of
 * bytes, then the session's object of the index.
 */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/fmt.h"
#include "base/json.h"
#include "base/xalloc.h"
#include "sinks/print.h"
#include "inspect/enum_names.h"

struct stretches {
	struct sink_session *ss;
};

static void
stretches_open(void *st, struct sink_session *ss, const struct session *s)
{
	struct stretches *x = st;

	(void)s;
	x->ss = ss;
}

/* The line's beginning. */
static struct json
stretch_begin(struct stretches *x, int dir)
{
	const struct sink_env *env = x->ss->env;
	struct json j = json_on(env->scratch);

	buf_reset(env->scratch);
	json_object(&j);
	if (env->console->many) {
		json_key(&j, "capture");
		json_bytes(&j,
		    (struct slice){ (const uint8_t *)env->capture,
			strlen(env->capture) });
	}
	json_key(&j, "session");
	json_u64(&j, x->ss->number);
	json_key(&j, "direction");
	json_string(&j, dir == 0 ? "c2s" : "s2c");
	return j;
}

static void
stretch_end(struct stretches *x, struct json *j)
{
	json_object_end(j);
	buf_byte(j->b, '\n');
	console_json(x->ss->env->console, j->b, 0);
	out_write(x->ss->env->console->file, j->b->p, j->b->n);
}

static void
stretches_turn(void *st, const struct chunk *c)
{
	struct stretches *x = st;
	struct json j = stretch_begin(x, c->dir);
	char time[FMT_TIME_LEN];

	fmt_time(time, c->ts_ns, x->ss->ts_digits);
	json_key(&j, "time");
	json_string(&j, time);
	json_key(&j, "packet");
	json_u64(&j, c->packet);
	json_key(&j, "offset");
	json_u64(&j, c->off);
	if (c->concurrent) {
		json_key(&j, "concurrent");
		json_bool(&j, true);
	}
	json_key(&j, "base64");
	json_string_begin(&j);
	base64_put(j.b, c->bytes);
	json_string_end(&j);
	stretch_end(x, &j);
}

static void
stretches_gap(void *st, int dir, const struct gap *g)
{
	struct stretches *x = st;
	struct json j = stretch_begin(x, dir);

	json_key(&j, "gap");
	json_array(&j);
	json_u64(&j, g->off);
	json_u64(&j, g->len);
	json_string(&j, enum_name_gap(g->reason));
	json_array_end(&j);
	stretch_end(x, &j);
}

static void
stretches_close(void *st, const struct session *s)
{
	struct stretches *x = st;
	const struct sink_env *env = x->ss->env;

	buf_reset(env->scratch);
	index_object(env->scratch, x->ss, s);
	buf_byte(env->scratch, '\n');
	console_json(env->console, env->scratch, 0);
	out_write(env->console->file, env->scratch->p, env->scratch->n);
}

const struct sink shown_json = {
	.name = "print",
	.size = sizeof(struct stretches),
	.open = stretches_open,
	.turn = stretches_turn,
	.turn_gap = stretches_gap,
	.close = stretches_close,
};
