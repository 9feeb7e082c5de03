/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* report_captures.c: the page of several captures: the one of a capture, with
 * a list of them in the place of sessions. */
#include "sinks/report_captures.h"

#include <string.h>

#include "base/escape.h"
#include "base/fmt.h"
#include "sinks/report_parts.h"

#define TITLE "captures"
/* Ticks are microseconds: in 64 bits of JavaScript's they reach 285 years. */
#define UNIT_NS 1000
#define DIGITS 6

struct captures_page {
	struct report_page page;
	struct sink_record record;
	const struct report_capture *v;
	size_t n;
};

/* The page goes to memory. */
struct memory_file {
	struct out_file file;
	struct out out;
	struct buf *into;
};

static void
memory_write(struct out_file *f, const void *p, size_t n)
{
	buf_put(((struct memory_file *)f)->into, p, n);
}

static const struct out_ops memory_ops = { .write = memory_write };

/* ---------------------------------------------------------------------- facts */

static void
note_times(struct captures_page *c)
{
	struct sink_record *r = &c->record;

	for (size_t i = 0; i < c->n; i++) {
		const struct report_capture *v = &c->v[i];

		if (v->packets == 0)
			continue;
		if (r->packets == 0 || v->first_ns < r->first_ns)
			r->first_ns = v->first_ns;
		if (r->packets == 0 || v->last_ns > r->last_ns)
			r->last_ns = v->last_ns;
		r->packets += v->packets;
	}
}

static void
captures_escape(struct buf *b, const char *text)
{
	struct buf line = { 0 };

	escape_line(&line,
	    (struct slice){ (const uint8_t *)text, strlen(text) });
	report_escape(b, (struct slice){ line.p, line.n });
	buf_free(&line);
}

/* --------------------------------------------------------------------- places */

static void
put_captures_title(struct report_page *p)
{
	buf_str(&p->b, TITLE);
}

static void
put_captures_text(struct report_page *p)
{
	const struct captures_page *c = (const void *)p;

	buf_printf(&p->b, "<h1>" TITLE "</h1>\n<p>%zu captures</p>\n<pre>\n",
	    c->n);
	for (size_t i = 0; i < c->n && i < REPORT_ROWS_AS_TEXT; i++) {
		const struct report_capture *v = &c->v[i];

		captures_escape(&p->b, v->name);
		buf_printf(&p->b,
		    ": %llu packets, %llu sessions, %llu bytes, %llu missing",
		    (unsigned long long)v->packets,
		    (unsigned long long)v->sessions,
		    (unsigned long long)v->bytes,
		    (unsigned long long)v->missing);
		buf_str(&p->b, v->message[0] != '\0' ? "; " : "");
		captures_escape(&p->b, v->message);
		buf_byte(&p->b, '\n');
	}
	if (c->n > REPORT_ROWS_AS_TEXT)
		buf_printf(&p->b, "%zu more\n", c->n - REPORT_ROWS_AS_TEXT);
	buf_str(&p->b, "</pre>\n");
}

static void
put_moment(struct json *j, const char *key, int64_t ns)
{
	char text[FMT_TIME_LEN];

	fmt_time(text, ns, DIGITS);
	json_key(j, key);
	json_string(j, text);
}

static void
put_all(struct report_page *p)
{
	struct json j = json_on(&p->b);
	const struct sink_record *r = p->record;

	report_page_element(p, "capture");
	json_object(&j);
	report_page_times(p, &j);
	json_key(&j, "record");
	json_object(&j);
	if (r->packets > 0) {
		put_moment(&j, "first", r->first_ns);
		put_moment(&j, "last", r->last_ns);
	}
	json_object_end(&j);
	json_object_end(&j);
	report_page_element_end(p);
}

static void
put_capture_row(struct report_page *p, struct json *j,
    const struct report_capture *v)
{
	const uint64_t counts[] = { v->packets, v->sessions, v->bytes,
		v->missing, v->warnings, v->status };
	struct buf directory = { 0 };

	if (v->has_page)
		buf_printf(&directory, "%s.sessions", v->name);
	json_array(j);
	json_bytes(j, (struct slice){ directory.p, directory.n });
	json_string(j, v->name);
	json_u64(j, v->size);
	report_page_tick(p, j,
	    v->packets > 0 ? v->first_ns : p->record->first_ns);
	report_page_tick(p, j,
	    v->packets > 0 ? v->last_ns : p->record->first_ns);
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		json_u64(j, counts[i]);
	json_string(j, v->message);
	json_array_end(j);
	report_page_data(p);
	buf_free(&directory);
}

static void
put_captures_elements(struct report_page *p)
{
	const struct captures_page *c = (const void *)p;
	struct json j = json_on(&p->b);

	report_page_flush(p);
	put_all(p);
	report_page_element(p, "captures");
	json_object(&j);
	json_key(&j, "words");
	json_array(&j);
	json_string(&j, "");
	json_array_end(&j);
	json_key(&j, "rows");
	json_array(&j);
	for (size_t i = 0; i < c->n; i++)
		put_capture_row(p, &j, &c->v[i]);
	json_array_end(&j);
	json_object_end(&j);
	report_page_element_end(p);
}

static void
put_no_sessions(struct report_page *p)
{
	(void)p;
}

int64_t
report_captures_write(struct buf *b, const struct report_capture *v, size_t n)
{
	static const struct report_content content = {
		.title = put_captures_title,
		.noscript = put_captures_text,
		.elements = put_captures_elements,
		.sessions = put_no_sessions,
	};
	struct memory_file f = {
		.out.ops = &memory_ops,
		.file.out = &f.out,
		.into = b,
	};
	struct captures_page c = {
		.page = {
			.content = &content,
			.record = &c.record,
			.file = &f.file,
			.unit = UNIT_NS,
		},
		.v = v,
		.n = n,
	};

	note_times(&c);
	report_page_put(&c.page);
	buf_free(&c.page.b);
	return c.record.first_ns;
}
