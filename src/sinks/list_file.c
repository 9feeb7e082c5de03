/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* list_file.c: lists of what sessions held, such as http.jsonl. */
#include "sinks/list_file.h"

#include "base/digest.h"

static void
open_list(struct list_file *l, int64_t mtime_ns)
{
	if (l->file == NULL)
		l->file = out_create(l->env->out, l->name, mtime_ns);
}

void
list_file_take(struct list_file *l, const struct sink_session *ss,
    struct spill_log *lines)
{
	if (lines->size == 0)
		return;
	if (!ss->unwanted) {
		open_list(l, ss->start_ns);
		spill_log_write(l->env->spill, lines, l->file);
	}
	spill_log_free(l->env->spill, lines);
}

void
list_file_end(struct list_file *l)
{
	open_list(l, 0);
	out_close(l->file);
}

void
list_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	if (text != NULL)
		json_string(j, text);
	else
		json_null(j);
}

void
list_slice(struct json *j, const char *key, struct slice s)
{
	json_key(j, key);
	if (s.p != NULL)
		json_bytes(j, s);
	else
		json_null(j);
}

void
list_hex(struct json *j, const char *key, const uint8_t *p, size_t n)
{
	json_key(j, key);
	json_string_begin(j);
	hex_put(j->b, (struct slice){ p, n });
	json_string_end(j);
}
