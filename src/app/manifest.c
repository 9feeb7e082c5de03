/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* manifest.c: capture.json. */
#include "app/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/json.h"
#include "base/xalloc.h"
#include "capture/dlt.h"
#include "reassembly/overlap.h"
#include "sinks/sinks.h"

void
manifest_init(struct manifest *m, const char *name, const char *fingerprint)
{
	*m = (struct manifest){
		.name = name,
		.fingerprint = fingerprint,
		.ts_digits = 6,
	};
}

void
manifest_free(struct manifest *m)
{
	for (size_t i = 0; i < m->n_sources; i++)
		free(m->sources[i]);
	for (size_t i = 0; i < m->n_warnings; i++)
		free(m->warnings[i]);
	free(m->sources);
	free(m->warnings);
}

static void
add_text(char ***list, size_t *n, const char *text)
{
	*list = xreallocarray(*list, *n + 1, sizeof(**list));
	(*list)[(*n)++] = xstrdup(text);
}

void
manifest_source(struct manifest *m, const char *name, uint64_t size,
    const char *format, const char *compression)
{
	if (m->n_sources == 0) {
		m->format = format;
		m->compression = compression;
		m->size = size;
	} else if (m->size > 0) {
		m->size = size > 0 ? m->size + size : 0;
	}
	add_text(&m->sources, &m->n_sources, name);
}

void
manifest_warning(struct manifest *m, const char *text)
{
	if (text[0] != '\0')
		add_text(&m->warnings, &m->n_warnings, text);
}

void
manifest_linktypes(struct buf *b, const struct manifest *m, bool unsupported)
{
	const char *comma = "";
	char name[32];

	for (size_t i = 0; i < m->n_linktypes; i++) {
		if (unsupported && linktype_is_known(m->linktypes[i]))
			continue;
		linktype_name(name, m->linktypes[i]);
		buf_printf(b, "%s%s", comma, name);
		comma = ", ";
	}
}

static void
note_linktype(struct manifest *m, uint16_t linktype)
{
	for (size_t i = 0; i < m->n_linktypes; i++)
		if (m->linktypes[i] == linktype)
			return;
	if (m->n_linktypes < MANIFEST_LINKTYPES_MAX)
		m->linktypes[m->n_linktypes++] = linktype;
}

void
manifest_packet(struct manifest *m, const struct packet *p)
{
	if (m->packets++ == 0 || m->linktypes[0] != p->linktype)
		note_linktype(m, p->linktype);
	if (m->packets == 1)
		m->first_ns = p->ts_ns;
	m->last_ns = p->ts_ns;
	m->captured_bytes += p->data.n;
	if (p->ts_digits > m->ts_digits)
		m->ts_digits = p->ts_digits;
}

static void
put_time(struct json *j, const char *key, const struct manifest *m,
    int64_t ts_ns)
{
	char text[FMT_TIME_LEN];

	json_key(j, key);
	if (m->packets == 0) {
		json_null(j);
		return;
	}
	fmt_time(text, ts_ns, m->ts_digits);
	json_string(j, text);
}

static void
put_skipped(struct json *j, const struct manifest *m, const struct decoder *d)
{
	json_key(j, "skipped");
	json_object(j);
	if (m->filtered > 0) {
		json_key(j, "not matched by the filter");
		json_u64(j, m->filtered);
	}
	for (int o = DECODE_TCP + 1; o < DECODE_OUTCOMES; o++) {
		uint64_t n = decoder_count(d, (enum outcome)o);

		if (n == 0)
			continue;
		json_key(j, outcome_name((enum outcome)o));
		json_u64(j, n);
	}
	json_object_end(j);
}

static void
put_size(struct json *j, const char *key, uint64_t v)
{
	json_key(j, key);
	if (v == UINT64_MAX)
		json_null(j);
	else
		json_u64(j, v);
}

static void
put_pattern(struct json *j, const char *key, const struct endpoint_pattern *p)
{
	char text[FMT_ENDPOINT_LEN];

	json_key(j, key);
	if (!p->has_addr) {
		json_null(j);
		return;
	}
	if (p->has_port)
		fmt_endpoint(text, p->ep.addr, p->ep.family, p->ep.port);
	else
		fmt_addr(text, p->ep.addr, p->ep.family);
	json_string(j, text);
}

static void
put_numbers(struct json *j, const struct selection *s)
{
	json_key(j, "session");
	if (s->n_numbers == 0) {
		json_null(j);
		return;
	}
	json_array(j);
	for (size_t i = 0; i < s->n_numbers; i++) {
		json_array(j);
		json_u64(j, s->numbers[i].first);
		json_u64(j, s->numbers[i].last);
		json_array_end(j);
	}
	json_array_end(j);
}

/* What the user wrote need not be UTF-8. */
static void
put_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	if (text == NULL)
		json_null(j);
	else
		json_bytes(j,
		    (struct slice){ (const uint8_t *)text, strlen(text) });
}

static void
put_selection(struct json *j, const struct config *cfg)
{
	const struct selection *s = &cfg->model.selection;

	json_key(j, "shard");
	if (s->shards > 0) {
		json_array(j);
		json_u64(j, s->shard);
		json_u64(j, s->shards);
		json_array_end(j);
	} else {
		json_null(j);
	}
	put_pattern(j, "client", &s->client);
	put_pattern(j, "server", &s->server);
	json_key(j, "port");
	if (s->port != 0)
		json_u64(j, s->port);
	else
		json_null(j);
	put_numbers(j, s);
	put_text(j, "match", cfg->match.text);
	put_text(j, "match_regex", cfg->match.expression);
}

/* What changes the output; where it goes and who watches does not. */
static void
put_options(struct json *j, const struct config *cfg)
{
	static const char *const checksums[] = { "auto", "ignore", "drop" };
	const struct model_config *m = &cfg->model;
	struct buf emit = { 0 };
	char idle[FMT_SECONDS_LEN];

	sinks_emit_names(&emit, cfg->emit);
	fmt_seconds(idle, m->idle_ns, 6);
	json_object(j);
	json_key(j, "emit");
	json_string(j, buf_cstr(&emit));
	json_key(j, "filter");
	if (cfg->filter != NULL)
		json_string(j, cfg->filter);
	else
		json_null(j);
	json_key(j, "gaps");
	json_string(j, cfg->gaps_skip ? "skip" : "zero");
	json_key(j, "overlap");
	json_string(j, overlap_name(m->stream.overlap));
	json_key(j, "checksum");
	json_string(j, checksums[m->checksum]);
	json_key(j, "strict");
	json_bool(j, m->stream.strict);
	json_key(j, "split_by_vlan");
	json_bool(j, m->split_vlan);
	put_size(j, "max_bytes", m->stream.max_bytes);
	put_size(j, "max_gap", m->stream.max_gap);
	put_size(j, "max_memory", m->max_memory);
	json_key(j, "idle");
	json_number(j, idle);
	put_selection(j, cfg);
	json_key(j, "template");
	if (cfg->template != NULL)
		json_string(j, cfg->template);
	else
		json_null(j);
	json_object_end(j);
	buf_free(&emit);
}

void
manifest_options(struct buf *b, const struct config *cfg)
{
	struct json j = json_on(b);

	put_options(&j, cfg);
}

static void
put_totals(struct json *j, const struct manifest *m, const struct decoder *d)
{
	struct defrag_counts frags;

	decoder_fragments(d, &frags);
	json_key(j, "totals");
	json_object(j);
	json_key(j, "sessions");
	json_u64(j, m->flows.sessions);
	json_key(j, "selected");
	json_u64(j, m->flows.told);
	json_key(j, "tcp_packets");
	json_u64(j, decoder_count(d, DECODE_TCP));
	json_key(j, "packets_after_close");
	json_u64(j, m->flows.echoes);
	json_key(j, "evicted_half_open");
	json_u64(j, m->flows.evicted_half_open);
	json_key(j, "evicted");
	json_u64(j, m->flows.evicted);
	if (m->flows.evicted_udp > 0) {
		json_key(j, "evicted_udp");
		json_u64(j, m->flows.evicted_udp);
	}
	json_object_end(j);
}

/* File names need not be UTF-8. */
static void
put_name(struct json *j, const char *name)
{
	json_bytes(j, (struct slice){ (const uint8_t *)name, strlen(name) });
}

static void
put_beginning(struct json *j, const char *fingerprint)
{
	json_object(j);
	json_key(j, "program");
	json_string(j, "tcpsession");
	json_key(j, "version");
	json_string(j, PACKAGE_VERSION);
	json_key(j, "fingerprint");
	if (fingerprint[0] != '\0')
		json_string(j, fingerprint);
	else
		json_null(j);
}

void
manifest_begin(struct buf *b, const char *fingerprint)
{
	struct json j = json_on(b);

	put_beginning(&j, fingerprint);
}

void
manifest_write(struct buf *b, const struct manifest *m, const struct decoder *d,
    const struct config *cfg)
{
	struct json j = json_on(b);
	char name[32];

	put_beginning(&j, m->fingerprint);
	json_key(&j, "capture");
	put_name(&j, m->name);
	json_key(&j, "files");
	json_array(&j);
	for (size_t i = 0; i < m->n_sources; i++)
		put_name(&j, m->sources[i]);
	json_array_end(&j);
	json_key(&j, "size");
	json_u64(&j, m->size);
	json_key(&j, "format");
	json_string(&j, m->format);
	json_key(&j, "compression");
	json_string(&j, m->compression);
	json_key(&j, "link_types");
	json_array(&j);
	for (size_t i = 0; i < m->n_linktypes; i++) {
		linktype_name(name, m->linktypes[i]);
		json_string(&j, name);
	}
	json_array_end(&j);
	json_key(&j, "packets");
	json_u64(&j, m->packets);
	json_key(&j, "captured_bytes");
	json_u64(&j, m->captured_bytes);
	put_time(&j, "first", m, m->first_ns);
	put_time(&j, "last", m, m->last_ns);
	put_skipped(&j, m, d);
	if (m->live) {
		json_key(&j, "dropped");
		json_u64(&j, m->dropped);
	}
	json_key(&j, "warnings");
	json_array(&j);
	for (size_t i = 0; i < m->n_warnings; i++)
		json_string(&j, m->warnings[i]);
	json_array_end(&j);
	json_key(&j, "options");
	put_options(&j, cfg);
	put_totals(&j, m, d);
	json_object_end(&j);
	buf_byte(b, '\n');
}
