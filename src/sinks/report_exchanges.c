/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* report_exchanges.c: the exchanges of all sessions that the page shows, in the
 * order of sessions and in these of requests. */
#include <string.h>

#include "base/escape.h"
#include "base/fmt.h"
#include "base/record_log.h"
#include "sinks/report_parts.h"

/* Bytes of URLs in the page, about. */
#define URLS_SHOWN ((uint64_t)4 << 20)

/* ---------------------------------------------------------------- in a record */

struct exchange_taking {
	struct external_sort sorter;
	struct buf *out;
	struct report_record *head;
	uint64_t most;
};

static void
sort_exchange(void *arg, struct slice record)
{
	struct exchange_taking *t = arg;
	struct slice whole = record;
	struct report_exchange e;

	if (record_take_head(&record, &e, sizeof e))
		external_sort_put(&t->sorter, (int64_t)e.number, 0, whole);
}

static void
take_exchange(void *arg, struct slice record)
{
	struct exchange_taking *t = arg;

	if (t->head->n_exchanges == t->most)
		return;
	t->head->n_exchanges++;
	buf_put(t->out, record.p, record.n);
}

void
report_exchanges_take(struct buf *b, struct report_record *h,
    const struct report_session *x)
{
	struct spill *k = x->report->spill;
	struct exchange_taking t = {
		.sorter.spill = k,
		.out = b,
		.head = h,
		.most = x->report->exchanges.share,
	};

	(void)record_log_replay(k, &x->exchanges, sort_exchange, &t);
	external_sort_tell(&t.sorter, take_exchange, &t);
	external_sort_fini(&t.sorter);
}

/* ----------------------------------------------------------------- in the page */

struct exchange_list {
	struct report_page *p;
	struct json j;
	struct report_words *words;
	size_t url_most;
};

static bool
take_texts(struct slice *part, const struct report_exchange *e,
    struct slice out[static REPORT_EXCHANGE_TEXTS])
{
	for (int i = 0; i < REPORT_EXCHANGE_TEXTS; i++) {
		if (e->len[i] > part->n)
			return false;
		out[i] = (struct slice){ part->p, e->len[i] };
		part->p += e->len[i];
		part->n -= e->len[i];
	}
	return true;
}

/* What is cut ends in an ellipsis. */
static void
put_url(struct exchange_list *l, const struct report_exchange *e,
    struct slice url)
{
	struct buf b = { 0 };
	bool cut = e->url_cut || url.n > l->url_most;

	if (url.n > l->url_most)
		for (url.n = l->url_most;
		     url.n > 0 && (url.p[url.n] & 0xc0) == 0x80; url.n--)
			continue;
	buf_put(&b, url.p, url.n);
	buf_str(&b, cut ? "\xe2\x80\xa6" : "");
	json_bytes(&l->j, (struct slice){ b.p, b.n });
	buf_free(&b);
}

static void
put_exchange(struct exchange_list *l, uint64_t session,
    const struct report_exchange *e, const struct slice *text)
{
	struct json *j = &l->j;
	struct buf hex = { 0 };

	if (e->answered && e->bytes > 0)
		hex_put(&hex, (struct slice){ e->sha256, sizeof e->sha256 });
	json_array(j);
	json_u64(j, session);
	report_page_tick(l->p, j, e->start_ns);
	json_u64(j, report_words_place(l->words, text[EXCHANGE_METHOD]));
	json_u64(j, report_words_place(l->words, text[EXCHANGE_HOST]));
	put_url(l, e, text[EXCHANGE_URL]);
	json_u64(j, e->status);
	json_u64(j, report_words_place(l->words, text[EXCHANGE_TYPE]));
	report_page_i64(j, e->answered ? (int64_t)e->bytes : -1);
	report_page_span(l->p, j, e->wait_ns);
	json_string(j, buf_cstr(&hex));
	json_u64(j, e->sent);
	report_page_tick(l->p, j, e->end_ns);
	json_array_end(j);
	report_page_data(l->p);
	buf_free(&hex);
}

uint64_t
report_exchanges_shown(const struct report *r, const struct report_entry *e)
{
	return e->head.n_exchanges < r->exchanges.share ? e->head.n_exchanges :
							  r->exchanges.share;
}

static void
put_session_exchanges(struct exchange_list *l, const struct report_entry *entry)
{
	const struct report *r = l->p->report;
	uint64_t n = report_exchanges_shown(r, entry);
	struct buf into = { 0 };
	struct slice part, text[REPORT_EXCHANGE_TEXTS];
	struct report_exchange e;

	if (n == 0)
		return;
	if (!report_record_part(spill_block_read(r->spill, entry->block, &into),
		REPORT_EXCHANGES, &part))
		part.n = 0;
	while (n-- > 0 && record_take_head(&part, &e, sizeof e) &&
	    take_texts(&part, &e, text))
		put_exchange(l, entry->number, &e, text);
	buf_free(&into);
}

void
report_exchanges_write(struct report_page *p)
{
	const struct report *r = p->report;
	uint64_t n = r->exchanges.sum > 0 ? r->exchanges.sum : 1;
	struct exchange_list l = {
		.p = p,
		.j = json_on(&p->b),
		.words = report_words_new(r->spill),
		.url_most = URLS_SHOWN / n < REPORT_URL_SHOWN ?
		    (size_t)(URLS_SHOWN / n) :
		    REPORT_URL_SHOWN,
	};

	report_page_element(p, "exchanges");
	json_object(&l.j);
	json_key(&l.j, "rows");
	json_array(&l.j);
	for (size_t i = 0; i < r->spool.n; i++)
		put_session_exchanges(&l, &r->spool.entries[i]);
	json_array_end(&l.j);
	json_key(&l.j, "words");
	json_value(&l.j);
	report_words_put(l.words, p);
	json_object_end(&l.j);
	report_page_element_end(p);
	report_words_free(l.words);
}
