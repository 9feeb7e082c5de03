/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* object_file.c: writes a body, and finds out what it is. */
#include "sinks/object_file.h"

#include <stdio.h>
#include <string.h>

#include "base/xalloc.h"
#include "sinks/body.h"

static const char *
ending(const struct object_file *o)
{
	if (o->program)
		return "bin";
	if (o->media != NULL)
		return o->media->ending;
	return o->actual != NULL ? o->actual->ending : "bin";
}

/* It is known what the body is: makes the file, with what was looked at. */
static void
begin_file(struct object_file *o, struct slice first)
{
	o->begun = true;
	if (first.n == 0)
		return;
	if (o->hole == 0) {
		o->actual = media_sniff(first);
		o->program = media_is_program(first);
	}
	o->file = sink_create_body(o->ss, o->number, ending(o));
	o->too_many = o->file == NULL;
	if (o->file != NULL)
		o->name = xstrdup(sink_last_name(o->ss));
}

static void
write_bytes(struct object_file *o, struct slice bytes)
{
	if (o->file == NULL || bytes.n == 0)
		return;
	if (o->hole > 0)
		out_hole(o->file, o->hole);
	o->hole = 0;
	out_write(o->file, bytes.p, bytes.n);
}

/* What was looked at is all there is to look at. */
static void
release_first(struct object_file *o)
{
	struct slice first = { o->first, o->n_first };

	if (o->begun)
		return;
	begin_file(o, first);
	write_bytes(o, first);
}

void
object_file_put(struct object_file *o, struct slice bytes)
{
	size_t n = sizeof o->first - o->n_first;

	if (o->number == 0)
		o->number = ++o->ss->n_bodies;
	if (!o->begun && o->n_first == 0 && bytes.n >= n) {
		begin_file(o, bytes);
	} else if (!o->begun) {
		n = n < bytes.n ? n : bytes.n;
		memcpy(o->first + o->n_first, bytes.p, n);
		o->n_first += n;
		bytes.p += n;
		bytes.n -= n;
		if (o->n_first == sizeof o->first)
			release_first(o);
	}
	write_bytes(o, bytes);
}

void
object_file_hole(struct object_file *o, uint64_t n)
{
	if (o->n_first > 0)
		release_first(o);
	o->hole += n;
}

char *
object_file_end(struct object_file *o)
{
	char *name;

	if (o->n_first > 0)
		release_first(o);
	if (o->file != NULL)
		sink_close(o->ss, o->file);
	name = o->name;
	o->name = NULL;
	return name;
}
