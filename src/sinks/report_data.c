/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* report_data.c: data elements of the page, and what stands in them. */
#include <stdio.h>

#include "base/fmt.h"
#include "base/record_log.h"
#include "sinks/report_parts.h"

#define PAGE_WRITE_AT ((size_t)64 << 10)

void
report_page_flush(struct report_page *p)
{
	out_write(p->file, p->b.p, p->b.n);
	buf_reset(&p->b);
}

void
report_page_flush_data(struct report_page *p)
{
	json_inert(&p->b, 0);
	report_page_flush(p);
}

void
report_page_data(struct report_page *p)
{
	if (p->b.n >= PAGE_WRITE_AT)
		report_page_flush_data(p);
}

void
report_page_element(struct report_page *p, const char *id)
{
	buf_printf(&p->b, "<script type=\"application/json\" id=\"%s\">", id);
	report_page_flush(p);
}

void
report_page_element_end(struct report_page *p)
{
	report_page_flush_data(p);
	buf_str(&p->b, "</script>\n");
	report_page_flush(p);
}

void
report_escape(struct buf *b, struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (c == '&' || c == '<' || c == '>' || c == '"')
			buf_printf(b, "&#%u;", c);
		else
			buf_byte(b, c);
	}
}

void
report_page_i64(struct json *j, int64_t v)
{
	/* A sign, 19 digits and a NUL. */
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)v);
	json_number(j, text);
}

void
report_page_tick(const struct report_page *p, struct json *j, int64_t ts_ns)
{
	report_page_i64(j, fmt_since(ts_ns, p->record->first_ns) / p->unit);
}

void
report_page_span(const struct report_page *p, struct json *j, int64_t ns)
{
	report_page_i64(j, ns >= 0 ? ns / p->unit : -1);
}

void
report_page_times(const struct report_page *p, struct json *j)
{
	/* A sign, 19 digits and a NUL. */
	char t0[24];

	snprintf(t0, sizeof t0, "%lld", (long long)p->record->first_ns);
	json_key(j, "version");
	json_u64(j, 1);
	json_key(j, "unit");
	json_u64(j, (uint64_t)p->unit);
	json_key(j, "t0");
	json_string(j, t0);
	json_key(j, "end");
	report_page_tick(p, j, p->record->last_ns);
}

bool
report_record_part(struct slice record, enum report_part part,
    struct slice *out)
{
	struct report_record h;
	size_t off = 0;

	if (!record_take_head(&record, &h, sizeof h))
		return false;
	for (int i = 0; i < (int)part; i++)
		off += h.len[i];
	if (off > record.n || h.len[part] > record.n - off)
		return false;
	*out = (struct slice){ record.p + off, h.len[part] };
	return true;
}
