/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* opened.c: turns of the wire become turns of what was said. */
#include "sinks/opened.h"

/* So much is in the clear before TLS begins, at most. */
#define CLEAR_MAX ((uint64_t)1 << 20)

void
opened_readers_add(struct opened_readers *r, const struct sink *sink, size_t at)
{
	message_readers_add(&r->all, sink, at);
	message_readers_add(sink->shows_wire ? &r->wire : &r->said, sink, at);
}

bool
opened_is_possible(const struct sink_env *env)
{
	return env->secrets != NULL &&
	    (env->secrets_grow || tls_secrets_count(env->secrets) > 0);
}

/* What the opener takes. */
static void
count_opener(struct opened *o)
{
	size_t now = o->opener != NULL ? tls_opener_memory(o->opener) : 0;

	*o->ss->env->memory += now - o->counted;
	o->counted = now;
}

static void
tell_said(void *owner, const struct chunk *c)
{
	struct opened *o = owner;

	o->ss->opened = tls_opener_facts(o->opener);
	if (!o->ss->opened->seen)
		o->clear += c->bytes.n;
	if (o->ss->facts != NULL && sink_is_opened(o->ss))
		session_probe_said(o->ss->facts, c);
	message_fan_turn(&o->said, c);
}

static void
tell_said_gap(void *owner, int dir, const struct gap *g)
{
	struct opened *o = owner;

	message_fan_gap(&o->said, dir, g);
}

/* What of a handshake was encrypted: TLS 1.3 has more in it than hellos. */
static void
tell_message(void *owner, int dir, uint8_t type, struct slice body, bool sealed)
{
	struct opened *o = owner;
	int client = tls_opener_facts(o->opener)->client;

	if (sealed && o->ss->facts != NULL)
		session_probe_tls_message(o->ss->facts,
		    dir == (client >= 0 ? client : 0), type, body);
}

static void
ignore_turn(void *owner, const struct chunk *c)
{
	(void)owner;
	(void)c;
}

static void
ignore_gap(void *owner, int dir, const struct gap *g)
{
	(void)owner;
	(void)dir;
	(void)g;
}

/* The client is who has the client's secret. */
static int
client_by_secret(const struct sink_env *env, const struct chunk *v, size_t n)
{
	static const struct tls_opener_events events = { .turn = ignore_turn,
		.gap = ignore_gap };
	const struct tls_opener_setup setup = {
		.events = &events,
		.secrets = env->secrets,
		.midstream = true,
		.vain = env->tls_vain,
	};
	struct tls_opener *o = tls_opener_new(&setup);
	uint64_t next[2] = { 0, 0 };
	int client;

	for (size_t i = 0; i < n; i++) {
		const struct chunk *c = &v[i];
		const struct gap g = { .off = next[c->dir],
			.len = c->off - next[c->dir] };

		/* What comes out of order says nothing new. */
		if (c->off < next[c->dir])
			continue;
		if (g.len > 0)
			tls_opener_gap(o, c->dir, &g);
		tls_opener_turn(o, c);
		next[c->dir] = c->off + c->bytes.n;
	}
	tls_opener_finish(o);
	client = tls_opener_facts(o)->client;
	tls_opener_free(o);
	return client;
}

int
opened_client(const struct sink_env *env, const struct chunk *v, size_t n)
{
	int client = service_client(v, n);

	return client >= 0 || !opened_is_possible(env) ?
	    client :
	    client_by_secret(env, v, n);
}

void
opened_open(struct opened *o, struct sink_session *ss, const struct session *s,
    const struct opened_readers *readers, char *states)
{
	static const struct tls_opener_events events = { .turn = tell_said,
		.gap = tell_said_gap,
		.message = tell_message };
	const struct sink_env *env = ss->env;
	const struct tls_opener_setup setup = {
		.events = &events,
		.owner = o,
		.secrets = env->secrets,
		.grows = env->secrets_grow,
		.midstream = s->handshake == HANDSHAKE_NONE,
		.vain = env->tls_vain,
	};

	static const struct message_readers none;
	bool opens = opened_is_possible(env);
	bool apart = opens && env->wire;

	o->ss = ss;
	message_fan_open(&o->said, env, apart ? &readers->said : &readers->all,
	    states);
	message_fan_open(&o->wire, env, apart ? &readers->wire : &none, states);
	if (!opens)
		return;
	o->opener = tls_opener_new(&setup);
	count_opener(o);
}

/* What waits is told, and what follows is the wire. */
static void
stop(struct opened *o)
{
	tls_opener_finish(o->opener);
	opened_free(o);
}

void
opened_turn(struct opened *o, const struct chunk *c)
{
	message_fan_turn(&o->wire, c);
	if (o->opener == NULL) {
		message_fan_turn(&o->said, c);
		return;
	}
	tls_opener_turn(o->opener, c);
	count_opener(o);
	if (o->clear > CLEAR_MAX && !tls_opener_facts(o->opener)->seen)
		stop(o);
}

void
opened_gap(struct opened *o, int dir, const struct gap *g)
{
	message_fan_gap(&o->wire, dir, g);
	if (o->opener == NULL) {
		message_fan_gap(&o->said, dir, g);
		return;
	}
	tls_opener_gap(o->opener, dir, g);
	count_opener(o);
}

unsigned
opened_close(struct opened *o, const struct session *s)
{
	unsigned notes = 0;

	if (o->opener != NULL) {
		tls_opener_finish(o->opener);
		o->ss->opened = tls_opener_facts(o->opener);
		for (int dir = 0; dir < 2; dir++)
			if (o->ss->opened->side[dir].gaps_cut)
				notes |= NOTE_LISTS_CUT;
	}
	notes |= message_fan_close(&o->said, s);
	return notes | message_fan_close(&o->wire, s);
}

void
opened_free(struct opened *o)
{
	if (o->opener == NULL)
		return;
	tls_opener_free(o->opener);
	o->opener = NULL;
	o->ss->opened = NULL;
	count_opener(o);
}
