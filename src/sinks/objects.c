/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * objects.c: each body that HTTP carried as a file, and objects.jsonl, the list
 * of them.  The parts of a multipart body are files, too, beside that of the
 * whole.
 */
#include <stdlib.h>

#include "base/fmt.h"
#include "base/xalloc.h"
#include "proto/multipart.h"
#include "sinks/body.h"
#include "sinks/list_file.h"
#include "sinks/object_file.h"
#include "sinks/request_url.h"

/* Of a capture. */
struct objects_run {
	struct list_file list;
	uint64_t n;
	uint64_t n_incomplete;
};

/* Of a session. */
struct objects {
	struct sink_session *ss;
	struct objects_run *run;
	struct spill_log lines;
	uint64_t n;
	uint64_t n_incomplete;
	struct buf url;
	struct buf type;
};

/* A part of a multipart body, from its beginning to its end. */
struct body_part {
	struct object_file file;
	unsigned number;
	bool holed;
	uint64_t bytes;
	struct digest_sha256 sha256;
	struct buf name;
	struct buf type;
	struct buf range;
};

/* A body. */
struct body_object {
	struct object_file file;
	struct objects *owner;
	const struct message *m;
	enum message_reason reason; /* when it has ended */
	struct multipart *parts;    /* or NULL */
	struct body_part *part;	    /* at hand, or NULL */
	size_t counted;
};

/* ------------------------------------------------------ a line of objects.jsonl */

/* What the lines of bodies and parts differ in. */
struct object_line {
	const struct message *m;
	const struct object_file *file;
	const char *name; /* of the file, or NULL */
	struct slice type;
	struct slice range;
	bool coded;
	uint64_t sent;
	uint64_t bytes;
	const uint8_t *digest;
	const char *reason;	      /* NULL: it is complete */
	const struct body_part *part; /* or NULL */
};

/* A number that c begins with. */
static bool
take_decimal(struct cur *c, uint64_t *v)
{
	const uint8_t *from = c->pos;

	*v = 0;
	while (cur_left(c) > 0 && *c->pos >= '0' && *c->pos <= '9' &&
	    *v < UINT64_MAX / 16)
		*v = *v * 10 + (uint64_t)(*c->pos++ - '0');
	return c->pos > from;
}

/* "bytes 0-99/100" or "bytes 0-99/ *" (RFC 9110, 14.4). */
static void
put_range(struct json *j, struct slice range)
{
	struct cur c =
	    cur_of(range.n > 0 ? (const char *)range.p : "", range.n);
	uint64_t v[3];
	uint8_t mark;
	bool known;

	json_key(j, "range");
	if (!slice_begins(range, "bytes ") || !cur_skip(&c, 6) ||
	    !take_decimal(&c, &v[0]) || !cur_u8(&c, &mark) || mark != '-' ||
	    !take_decimal(&c, &v[1]) || !cur_u8(&c, &mark) || mark != '/') {
		json_null(j);
		return;
	}
	known = take_decimal(&c, &v[2]);
	json_array(j);
	json_u64(j, v[0]);
	json_u64(j, v[1]);
	if (known)
		json_u64(j, v[2]);
	else
		json_null(j);
	json_array_end(j);
}

static void
put_codings(struct json *j, const struct codings *c)
{
	json_key(j, "codings");
	json_array(j);
	for (size_t i = c->n_names; i-- > 0;)
		json_bytes(j, c->names[i]);
	json_array_end(j);
}

static void
put_part(struct json *j, const struct body_part *p)
{
	json_key(j, "part");
	if (p == NULL) {
		json_null(j);
		return;
	}
	json_array(j);
	json_u64(j, p->number);
	if (p->name.n > 0)
		json_bytes(j, (struct slice){ p->name.p, p->name.n });
	else
		json_null(j);
	json_array_end(j);
}

static void
put_request(struct objects *x, struct json *j, const struct message *m)
{
	struct slice none = { NULL, 0 };

	list_slice(j, "method", m->request != NULL ? m->request->method : none);
	if (m->request != NULL)
		request_url(&x->url, m, x->ss);
	list_slice(j, "url",
	    m->request != NULL ? (struct slice){ x->url.p, x->url.n } : none);
	json_key(j, "status");
	if (m->head->status > 0)
		json_u64(j, m->head->status);
	else
		json_null(j);
}

static void
put_count(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key);
	json_u64(j, v);
}

static void
put_line(struct objects *x, struct buf *b, const struct object_line *l)
{
	static const struct codings none;
	const struct media *actual = l->file->actual;
	const struct message *m = l->m;
	char time[FMT_TIME_LEN];
	struct json j = json_on(b);

	json_object(&j);
	put_count(&j, "session", x->ss->number);
	list_text(&j, "file", l->name);
	json_key(&j, "stream");
	if (m->has_stream)
		json_u64(&j, m->stream);
	else
		json_null(&j);
	list_text(&j, "direction", message_direction(m));
	put_request(x, &j, m);
	list_slice(&j, "type", message_type(&x->type, l->type));
	list_text(&j, "actual", actual != NULL ? actual->type : NULL);
	put_codings(&j, l->coded ? &m->codings : &none);
	put_count(&j, "sent", l->sent);
	put_count(&j, "bytes", l->bytes);
	list_hex(&j, "sha256", l->digest, DIGEST_SHA256_BYTES);
	json_key(&j, "complete");
	json_bool(&j, l->reason == NULL);
	list_text(&j, "reason", l->reason);
	put_range(&j, l->range);
	put_part(&j, l->part);
	put_count(&j, "offset", m->off);
	fmt_time(time, m->ts_ns, x->ss->ts_digits);
	list_text(&j, "time", time);
	json_object_end(&j);
	buf_byte(b, '\n');
}

static void
write_line(struct objects *x, struct object_line *l)
{
	struct buf *b = x->ss->env->scratch;

	if (l->file->too_many)
		l->reason = message_reason_name(MESSAGE_FILES);
	buf_reset(b);
	put_line(x, b, l);
	spill_log_put(x->ss->env->spill, &x->lines, b->p, b->n);
	x->n++;
	x->n_incomplete += l->reason != NULL;
}

/* -------------------------------------------------------------------- parts */

static const struct media *
media_of_type(struct slice type)
{
	struct slice essence = media_essence(type);

	return media_is_generic(essence) ? NULL : media_find(essence);
}

static void
on_part(void *owner, const struct multipart_head *head)
{
	struct body_object *o = owner;
	struct body_part *p = xcalloc(1, sizeof *p);
	struct slice name = head->name.n > 0 ? head->name : head->filename;

	p->file.ss = o->owner->ss;
	p->file.media = media_of_type(head->type);
	p->number = head->number;
	buf_put(&p->name, name.p, name.n);
	buf_put(&p->type, head->type.p, head->type.n);
	buf_put(&p->range, head->range.p, head->range.n);
	digest_sha256_init(&p->sha256);
	o->part = p;
}

static void
on_part_body(void *owner, struct slice bytes)
{
	struct body_part *p = ((struct body_object *)owner)->part;

	p->bytes += bytes.n;
	digest_sha256_update(&p->sha256, bytes);
	object_file_put(&p->file, bytes);
}

static void
on_part_hole(void *owner, uint64_t n)
{
	struct body_part *p = ((struct body_object *)owner)->part;

	p->holed = true;
	object_file_hole(&p->file, n);
}

static void
on_part_end(void *owner, bool whole)
{
	struct body_object *o = owner;
	struct body_part *p = o->part;
	enum message_reason cut =
	    o->reason != MESSAGE_COMPLETE ? o->reason : MESSAGE_CUT;
	uint8_t digest[DIGEST_SHA256_BYTES];
	char *name = object_file_end(&p->file);
	struct object_line l = {
		.m = o->m,
		.file = &p->file,
		.name = name,
		.type = { p->type.p, p->type.n },
		.range = { p->range.p, p->range.n },
		.sent = p->bytes,
		.bytes = p->bytes,
		.digest = digest,
		.part = p,
	};

	digest_sha256_end(&p->sha256, digest);
	l.reason = p->holed ? message_reason_name(MESSAGE_HOLE) :
	    whole	    ? NULL :
			      message_reason_name(cut);
	if (p->bytes > 0)
		write_line(o->owner, &l);
	free(name);
	buf_free(&p->name);
	buf_free(&p->type);
	buf_free(&p->range);
	free(p);
	o->part = NULL;
}

/* ----------------------------------------------------------------- messages */

static void
count_object(struct body_object *o, size_t now)
{
	*o->owner->ss->env->memory += now - o->counted;
	o->counted = now;
}

static size_t
object_size(const struct body_object *o)
{
	size_t n = sizeof *o + (o->file.file != NULL ? SINK_COST : 0);

	if (o->parts != NULL)
		n += multipart_memory(o->parts);
	if (o->part != NULL)
		n += sizeof *o->part + o->part->name.cap + o->part->type.cap +
		    SINK_COST;
	return n;
}

static void *
objects_head(void *st, const struct message *m)
{
	struct objects *x = st;
	struct body_object *o;

	if (m->protocol == MESSAGE_WEBSOCKET)
		return NULL;
	o = xcalloc(1, sizeof *o);
	o->owner = x;
	o->m = m;
	o->file.ss = x->ss;
	o->file.media = media_of_type(m->head->type);
	count_object(o, sizeof *o);
	return o;
}

static void
objects_body(void *st, void *kept, const struct message *m, struct slice bytes)
{
	static const struct multipart_events events = { on_part, on_part_body,
		on_part_hole, on_part_end };
	struct body_object *o = kept;

	(void)st;
	if (o->file.number == 0)
		o->parts = multipart_new(m->head->type, &events, o);
	object_file_put(&o->file, bytes);
	if (o->parts != NULL)
		multipart_put(o->parts, bytes);
	count_object(o, object_size(o));
}

static void
objects_hole(void *st, void *kept, const struct message *m, const struct gap *g)
{
	struct body_object *o = kept;

	(void)st;
	if (message_is_coded(m))
		return;
	object_file_hole(&o->file, g->len);
	if (o->parts != NULL)
		multipart_gap(o->parts, g->len);
}

static void
objects_end(void *st, void *kept, const struct message *m,
    enum message_reason reason)
{
	struct objects *x = st;
	struct body_object *o = kept;
	struct body_facts *body = body_of(m);

	o->reason = reason;
	body->file = object_file_end(&o->file);
	if (o->parts != NULL)
		multipart_finish(o->parts);
	multipart_free(o->parts);
	if (body->bytes > 0)
		write_line(x,
		    &(struct object_line){
			.m = m,
			.file = &o->file,
			.name = body->file,
			.type = m->head->type,
			.range = m->head->status == 206 ? m->head->range :
							  (struct slice){ 0 },
			.coded = true,
			.sent = m->sent,
			.bytes = body->bytes,
			.digest = body->digest,
			.reason = message_reason_name(reason),
		    });
	count_object(o, 0);
	free(o);
}

/* --------------------------------------------------------------------- sink */

static void *
objects_begin(const struct sink_env *env)
{
	struct objects_run *r = xcalloc(1, sizeof *r);

	r->list.env = env;
	r->list.name = "objects.jsonl";
	return r;
}

static void
objects_finish(void *run, struct buf *remark)
{
	struct objects_run *r = run;

	list_file_end(&r->list);
	buf_printf(remark, "objects: %llu, %llu of them incomplete",
	    (unsigned long long)r->n, (unsigned long long)r->n_incomplete);
	free(r);
}

static void
objects_open(void *st, struct sink_session *ss, const struct session *s)
{
	struct objects *x = st;

	(void)s;
	x->ss = ss;
	x->run = ss->run;
	ss->has_objects = true;
}

static void
objects_close(void *st, const struct session *s)
{
	struct objects *x = st;

	(void)s;
	list_file_take(&x->run->list, x->ss, &x->lines);
	if (!x->ss->unwanted) {
		x->run->n += x->n;
		x->run->n_incomplete += x->n_incomplete;
	}
	buf_free(&x->url);
	buf_free(&x->type);
}

const struct sink sink_objects = {
	.name = "objects",
	.size = sizeof(struct objects),
	.cost = SINK_COST,
	.wants_bodies = true,
	.begin = objects_begin,
	.end = objects_finish,
	.open = objects_open,
	.message_head = objects_head,
	.message_body = objects_body,
	.message_hole = objects_hole,
	.message_end = objects_end,
	.close = objects_close,
};
