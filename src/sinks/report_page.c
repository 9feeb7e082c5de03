/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * report_page.c: writes the page: what stands in report/, with its places
 * filled.
 */
#include "sinks/report_page.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/fmt.h"
#include "sinks/report_parts.h"

/* Of what the page shows of times: above them a tick is a microsecond. */
#define DIGITS_OF_US 6
#define NS_PER_US 1000

/* --------------------------------------------------------------------- pieces */

void
report_digest(char out[static REPORT_DIGEST_LEN], const void *p, size_t n)
{
	uint8_t digest[DIGEST_SHA256_BYTES];
	struct buf b = { 0 };

	digest_sha256_of(digest, (struct slice){ p, n });
	buf_str(&b, "sha256-");
	base64_put(&b, (struct slice){ digest, sizeof digest });
	memcpy(out, buf_cstr(&b), REPORT_DIGEST_LEN);
	buf_free(&b);
}

/* ----------------------------------------------------------------------- places */

static void
put_policy(struct report_page *p)
{
	buf_printf(&p->b,
	    "default-src 'none'; script-src '%s'; style-src '%s'; "
	    "base-uri 'none'; form-action 'none'",
	    p->script, p->style);
}

static void
put_title(struct report_page *p)
{
	const char *name = p->report->env->capture;
	struct buf b = { 0 };

	escape_line(&b, (struct slice){ (const uint8_t *)name, strlen(name) });
	report_escape(&p->b, (struct slice){ b.p, b.n });
	buf_free(&b);
}

static void
put_style(struct report_page *p)
{
	buf_put(&p->b, report_css, sizeof report_css);
}

static void
put_program(struct report_page *p)
{
	buf_put(&p->b, report_js, sizeof report_js);
}

/* The head and the table, as far as it goes. */
static void
put_noscript(struct report_page *p)
{
	const struct sink_record *r = p->record;
	char first[FMT_TIME_LEN], last[FMT_TIME_LEN];
	uint64_t n = p->report->spool.n_rows;

	fmt_time(first, r->first_ns, r->ts_digits);
	fmt_time(last, r->last_ns, r->ts_digits);
	buf_str(&p->b, "<h1>");
	put_title(p);
	buf_printf(&p->b,
	    "</h1>\n<p>%s - %s, %llu packets, %llu sessions and flows</p>\n"
	    "<pre>\n",
	    first, last, (unsigned long long)r->packets, (unsigned long long)n);
	report_rows_text(p);
	if (n > REPORT_ROWS_AS_TEXT)
		buf_printf(&p->b, "%llu more\n",
		    (unsigned long long)(n - REPORT_ROWS_AS_TEXT));
	buf_str(&p->b, "</pre>\n");
}

static void
put_shares(const struct report_page *p, struct json *j)
{
	const struct report *r = p->report;
	const struct {
		const char *key;
		uint64_t n;
	} shares[] = {
		{ "payload", r->payload.share },
		{ "turns", r->turns.share },
		{ "packets", r->packets.share },
		{ "files", r->files.share },
		{ "exchanges", r->exchanges.share },
		{ "bodies", r->decoded.share },
		{ "sessions", r->spool.n },
		{ "rows", r->spool.n_rows },
		{ "conflicting", r->conflicting },
	};

	json_key(j, "shares");
	json_object(j);
	for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
		json_key(j, shares[i].key);
		json_u64(j, shares[i].n);
	}
	json_object_end(j);
}

static void
put_page_words(const struct report_page *p, struct json *j)
{
	json_key(j, "products");
	json_array(j);
	for (const char *const *w = p->report->env->products; *w != NULL; w++)
		json_string(j, *w);
	json_array_end(j);
	json_key(j, "notes");
	json_array(j);
	for (unsigned i = 0; enum_name_packet_note(i) != NULL; i++)
		json_string(j, enum_name_packet_note(i));
	json_array_end(j);
}

static void
put_capture(struct report_page *p)
{
	const struct sink_record *r = p->record;
	struct json j = json_on(&p->b);

	report_page_element(p, "capture");
	json_object(&j);
	report_page_times(p, &j);
	put_shares(p, &j);
	put_page_words(p, &j);
	json_key(&j, "record");
	json_value(&j);
	buf_put(&p->b, r->ledger.p, r->ledger.n);
	json_object_end(&j);
	report_page_element_end(p);
}

static void
put_elements(struct report_page *p)
{
	report_page_flush(p);
	put_capture(p);
	report_rows_write(p);
	report_exchanges_write(p);
}

static void
put_sessions(struct report_page *p)
{
	const struct report_spool *s = &p->report->spool;

	report_page_flush(p);
	for (size_t i = 0; i < s->n; i++)
		report_session_write(p, &s->entries[i]);
}

static const struct report_content of_capture = {
	.title = put_title,
	.noscript = put_noscript,
	.elements = put_elements,
	.sessions = put_sessions,
};

static void
put_content_title(struct report_page *p)
{
	p->content->title(p);
}

static void
put_content_noscript(struct report_page *p)
{
	p->content->noscript(p);
}

static void
put_content_elements(struct report_page *p)
{
	p->content->elements(p);
}

static void
put_content_sessions(struct report_page *p)
{
	p->content->sessions(p);
}

static const struct {
	const char *name;
	void (*put)(struct report_page *p);
} page_places[] = {
	{ "@policy@", put_policy },
	{ "@title@", put_content_title },
	{ "@style@", put_style },
	{ "@noscript@", put_content_noscript },
	{ "@data@", put_content_elements },
	{ "@program@", put_program },
	{ "@sessions@", put_content_sessions },
};

/* Writes what stands at s; returns how long that is. */
static size_t
put_place(struct report_page *p, struct slice s)
{
	for (size_t i = 0; i < sizeof page_places / sizeof page_places[0];
	     i++) {
		size_t n = strlen(page_places[i].name);

		if (n > s.n || memcmp(s.p, page_places[i].name, n) != 0)
			continue;
		page_places[i].put(p);
		return n;
	}
	buf_byte(&p->b, s.p[0]);
	return 1;
}

void
report_page_put(struct report_page *p)
{
	struct slice s = { report_page_html, sizeof report_page_html };

	report_digest(p->style, report_css, sizeof report_css);
	report_digest(p->script, report_js, sizeof report_js);
	while (s.n > 0) {
		size_t n = put_place(p, s);

		s.p += n;
		s.n -= n;
	}
	report_page_flush(p);
}

/* ------------------------------------------------------------------------- file */

int
report_page_write(struct report *r, const struct sink_record *record)
{
	struct report_page p = {
		.content = &of_capture,
		.report = r,
		.record = record,
		.unit = record->ts_digits > DIGITS_OF_US ? 1 : NS_PER_US,
		.file = out_create(r->env->out, REPORT_NAME, record->first_ns),
	};

	int errnum = 0;

	out_spare(p.file);
	report_spool_end(&r->spool);
	report_shares_settle(r);
	report_rows_sort(&p);
	report_page_put(&p);
	/* There is all of it or nothing. */
	if (spill_error(r->spill) != 0 || p.file->limits != 0)
		out_discard(p.file);
	else
		errnum = out_close_spare(p.file);
	spill_log_free(r->spill, &p.sorted);
	budget_fini(&p.names);
	buf_free(&p.first);
	buf_free(&p.b);
	return errnum;
}
