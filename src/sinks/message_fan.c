/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* message_fan.c: tells the sinks that read what was said, as bytes or as
 * messages. */
#include "sinks/message_fan.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "proto/conversation.h"
#include "sinks/body.h"

/* Of a message: what each reader keeps, and what is kept for all of them. */
struct kept {
	struct body_facts body;
	void *of[SINKS_MAX];
};

void
message_readers_add(struct message_readers *r, const struct sink *sink,
    size_t at)
{
	if (!message_fan_wants(sink))
		return;
	r->on[r->n] = sink;
	r->at[r->n++] = at;
	r->messages |= sink->message_head != NULL || sink->span != NULL;
	r->bodies |= sink->wants_bodies;
	r->whole |= sink->message_body != NULL && !sink->is_excerpt;
}

struct body_facts *
body_of(const struct message *m)
{
	struct kept *k = m->kept;

	return &k->body;
}

static void *
reader_state(const struct message_fan *f, size_t i)
{
	return f->states + f->readers->at[i];
}

static void *
on_head(void *owner, struct message *m)
{
	struct message_fan *f = owner;
	void *of[SINKS_MAX] = { NULL };
	struct kept *k = NULL;
	bool some = false;

	for (size_t i = 0; i < f->readers->n; i++) {
		const struct sink *s = f->readers->on[i];

		if (s->message_head != NULL)
			of[i] = s->message_head(reader_state(f, i), m);
		some |= of[i] != NULL;
	}
	if (some) {
		k = xcalloc(1, sizeof *k);
		memcpy(k->of, of, sizeof of);
		digest_sha256_init(&k->body.sha256);
	}
	return k;
}

static void
on_body(void *owner, struct message *m, struct slice bytes)
{
	struct message_fan *f = owner;
	struct kept *k = m->kept;

	if (f->readers->bodies) {
		k->body.bytes += bytes.n;
		digest_sha256_update(&k->body.sha256, bytes);
	}
	for (size_t i = 0; i < f->readers->n; i++) {
		const struct sink *s = f->readers->on[i];

		if (k->of[i] != NULL && s->message_body != NULL)
			s->message_body(reader_state(f, i), k->of[i], m, bytes);
	}
}

static void
on_hole(void *owner, struct message *m, const struct gap *g)
{
	struct message_fan *f = owner;
	const struct kept *k = m->kept;

	for (size_t i = 0; i < f->readers->n; i++) {
		const struct sink *s = f->readers->on[i];

		if (k->of[i] != NULL && s->message_hole != NULL)
			s->message_hole(reader_state(f, i), k->of[i], m, g);
	}
}

static void
on_end(void *owner, struct message *m, enum message_reason reason)
{
	struct message_fan *f = owner;
	struct kept *k = m->kept;

	if (f->readers->whole) {
		loss_add(f->env->losses, LOSS_BODIES_RATIO,
		    reason == MESSAGE_RATIO);
		loss_add(f->env->losses, LOSS_BODIES_WINDOW,
		    reason == MESSAGE_WINDOW);
	}
	if (f->readers->bodies)
		digest_sha256_end(&k->body.sha256, k->body.digest);
	for (size_t i = 0; i < f->readers->n; i++) {
		const struct sink *s = f->readers->on[i];

		if (k->of[i] != NULL && s->message_end != NULL)
			s->message_end(reader_state(f, i), k->of[i], m, reason);
	}
	free(k->body.file);
	free(k);
}

static void
on_span(void *owner, const struct chunk *c, const struct span *what)
{
	struct message_fan *f = owner;
	const struct kept *k = what->m != NULL ? what->m->kept : NULL;

	for (size_t i = 0; i < f->readers->n; i++)
		if (f->readers->on[i]->span != NULL)
			f->readers->on[i]->span(reader_state(f, i),
			    k != NULL ? k->of[i] : NULL, c, what);
}

static void
on_made(void *owner, const struct made_text *t)
{
	struct message_fan *f = owner;

	for (size_t i = 0; i < f->readers->n; i++)
		if (f->readers->on[i]->made != NULL)
			f->readers->on[i]->made(reader_state(f, i), t);
}

static void
count(struct message_fan *f, size_t now)
{
	*f->env->memory += now - f->counted;
	f->counted = now;
}

void
message_fan_open(struct message_fan *f, const struct sink_env *env,
    const struct message_readers *readers, char *states)
{
	static const struct message_events events = { on_head, on_body, on_hole,
		on_end, on_span, on_made };

	f->env = env;
	f->readers = readers;
	f->states = states;
	if (!readers->messages)
		return;
	f->conversation = conversation_new(&events, f);
	if (env->decoding == NULL)
		return;
	f->budget = (struct decode_budget){
		.parent = env->decoding,
		.ratio = env->decoding->ratio,
	};
	conversation_budget(f->conversation, &f->budget);
}

void
message_fan_turn(struct message_fan *f, const struct chunk *c)
{
	if (f->conversation != NULL) {
		conversation_turn(f->conversation, c);
		count(f, conversation_memory(f->conversation));
	}
	for (size_t i = 0; i < f->readers->n; i++)
		if (f->readers->on[i]->turn != NULL)
			f->readers->on[i]->turn(reader_state(f, i), c);
}

void
message_fan_gap(struct message_fan *f, int dir, const struct gap *g)
{
	/* What was said before it is told before it. */
	if (f->conversation != NULL) {
		conversation_gap(f->conversation, dir, g);
		count(f, conversation_memory(f->conversation));
	}
	for (size_t i = 0; i < f->readers->n; i++)
		if (f->readers->on[i]->turn_gap != NULL)
			f->readers->on[i]->turn_gap(reader_state(f, i), dir, g);
}

unsigned
message_fan_close(struct message_fan *f, const struct session *s)
{
	struct message_close how = { .reset = s->close == CLOSE_RST };
	unsigned notes = 0;

	if (f->conversation == NULL)
		return 0;
	for (int dir = 0; dir < 2; dir++)
		how.fin[dir] = (s->side[dir].flags & TCP_FIN) != 0;
	conversation_finish(f->conversation, &how);
	if (conversation_is_limited(f->conversation))
		notes |= NOTE_DECODING_LIMITED;
	if (conversation_is_cut(f->conversation)) {
		notes |= NOTE_STREAMS_CUT;
		loss_add(f->env->losses, LOSS_HTTP2_STREAMS, 1);
	}
	if (conversation_lacks_heads(f->conversation))
		loss_add(f->env->losses, LOSS_HTTP2_HEADS, 1);
	conversation_free(f->conversation);
	f->conversation = NULL;
	count(f, 0);
	return notes;
}
