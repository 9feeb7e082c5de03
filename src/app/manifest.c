/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* manifest.c: writes capture.jsonl; the options in it are rows of a table. */
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
manifest_init(struct manifest *m, const char *name,
    const struct fingerprints *fingerprints)
{
	*m = (struct manifest){
		.name = name,
		.fingerprints = *fingerprints,
		.ts_digits = 6,
	};
}

void
manifest_free(struct manifest *m)
{
	str_list_free(&m->sources);
	str_list_free(&m->warnings);
}

void
manifest_source(struct manifest *m, const char *name, uint64_t size,
    const char *format, const char *compression)
{
	if (m->sources.n == 0) {
		m->format = format;
		m->compression = compression;
		m->size = size;
	} else if (m->size > 0) {
		m->size = size > 0 ? m->size + size : 0;
	}
	str_list_add(&m->sources, name);
}

void
manifest_warning(struct manifest *m, const char *text)
{
	if (text[0] != '\0')
		str_list_add(&m->warnings, text);
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
text_field(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	if (text != NULL)
		json_string(j, text);
	else
		json_null(j);
}

static void
count_field(struct json *j, const char *key, uint64_t n)
{
	json_key(j, key);
	json_u64(j, n);
}

/* File names and messages need not be UTF-8. */
static void
put_texts(struct json *j, const struct str_list *l)
{
	json_array(j);
	for (size_t i = 0; i < l->n; i++)
		json_string(j, l->v[i]);
	json_array_end(j);
}

static void
list_field(struct json *j, const char *key, const struct str_list *l)
{
	json_key(j, key);
	put_texts(j, l);
}

static void
time_field(struct json *j, const char *key, const struct manifest *m,
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
	if (m->filtered > 0)
		count_field(j, "not matched by the filter", m->filtered);
	for (int o = DECODE_TCP + 1; o < DECODE_OUTCOMES; o++) {
		uint64_t n = decoder_count(d, (enum outcome)o);

		if (n > 0 && o != DECODE_FRAGMENT)
			count_field(j, outcome_name((enum outcome)o), n);
	}
	json_object_end(j);
}

/* ------------------------------------------------------------------ options */

/* What kind of value an option has in struct config. */
enum option_kind {
	OPTION_TEXT, /* or NULL; need not be UTF-8 */
	OPTION_BOOL,
	OPTION_SIZE,   /* UINT64_MAX: any */
	OPTION_NUMBER, /* 0: not given */
	OPTION_JOBS,
	OPTION_SECONDS,
	OPTION_EMIT,
	OPTION_GAPS,
	OPTION_HASH,
	OPTION_OVERLAP,
	OPTION_CHECKSUM,
	OPTION_LIST,  /* texts; null for none */
	OPTION_FILES, /* the same, of each the name without its directory */
};

#define AT(member) offsetof(struct config, member)

struct option_field {
	const char *key;
	enum option_kind kind;
	size_t at;
};

/* The options that change the output; where it goes and who watches does not.
 * An option that is not here does not keep --resume from skipping. */
static const struct option_field rows[] = {
	{ "emit", OPTION_EMIT, AT(emit) },
	{ "filter", OPTION_TEXT, AT(filter) },
	{ "keylog", OPTION_FILES, AT(keylog) },
	{ "exact", OPTION_BOOL, AT(exact) },
	{ "wire", OPTION_BOOL, AT(wire) },
	{ "gaps", OPTION_GAPS, AT(gaps_skip) },
	{ "overlap", OPTION_OVERLAP, AT(model.stream.overlap) },
	{ "checksum", OPTION_CHECKSUM, AT(model.checksum) },
	{ "strict", OPTION_BOOL, AT(model.stream.strict) },
	{ "split_by_vlan", OPTION_BOOL, AT(model.split_vlan) },
	{ "max_bytes", OPTION_SIZE, AT(model.stream.max_bytes) },
	{ "max_gap", OPTION_SIZE, AT(model.stream.max_gap) },
	{ "idle", OPTION_SECONDS, AT(model.idle_ns) },
	{ "shard", OPTION_LIST, AT(said.shard) },
	{ "client", OPTION_LIST, AT(said.client) },
	{ "server", OPTION_LIST, AT(said.server) },
	{ "host", OPTION_LIST, AT(said.host) },
	{ "port", OPTION_LIST, AT(said.port) },
	{ "community_id", OPTION_LIST, AT(said.community_id) },
	{ "session", OPTION_LIST, AT(said.session) },
	{ "after", OPTION_LIST, AT(after.texts) },
	{ "before", OPTION_LIST, AT(before.texts) },
	{ "grep", OPTION_LIST, AT(grep) },
	{ "match", OPTION_LIST, AT(match.texts) },
	{ "match_regex", OPTION_LIST, AT(match.expressions) },
	{ "template", OPTION_TEXT, AT(template) },
	{ "hash", OPTION_HASH, AT(hash) },
	{ "max_output", OPTION_SIZE, AT(max_output) },
	{ "max_files", OPTION_NUMBER, AT(max_files) },
	{ "max_ratio", OPTION_NUMBER, AT(max_ratio) },
};

/* Those that change it when memory is short. */
static const struct option_field memory_rows[] = {
	{ "max_memory", OPTION_SIZE, AT(model.max_memory) },
	{ "jobs", OPTION_JOBS, AT(jobs) },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
text_or_null(struct json *j, const char *text)
{
	if (text != NULL)
		json_string(j, text);
	else
		json_null(j);
}

static void
number_or_null(struct json *j, uint64_t n, uint64_t null)
{
	if (n != null)
		json_u64(j, n);
	else
		json_null(j);
}

static void
put_emit(struct json *j, unsigned emit)
{
	struct buf names = { 0 };

	sinks_emit_names(&names, emit);
	json_string(j, buf_cstr(&names));
	buf_free(&names);
}

/* Where it lies is nobody's business. */
static void
put_file_names(struct json *j, const struct str_list *paths)
{
	json_array(j);
	for (size_t i = 0; i < paths->n; i++)
		json_string(j, basename(paths->v[i]));
	json_array_end(j);
}

static void
put_option(struct json *j, enum option_kind kind, const void *value)
{
	static const char *const checksums[] = { "auto", "ignore", "drop" };
	char text[FMT_SECONDS_LEN];

	switch (kind) {
	case OPTION_TEXT:
		text_or_null(j, *(const char *const *)value);
		break;
	case OPTION_BOOL:
		json_bool(j, *(const bool *)value);
		break;
	case OPTION_SIZE:
		number_or_null(j, *(const uint64_t *)value, UINT64_MAX);
		break;
	case OPTION_NUMBER:
		number_or_null(j, *(const uint64_t *)value, 0);
		break;
	case OPTION_JOBS:
		json_u64(j, *(const unsigned *)value);
		break;
	case OPTION_SECONDS:
		fmt_seconds(text, *(const int64_t *)value, 6);
		json_number(j, text);
		break;
	case OPTION_EMIT:
		put_emit(j, *(const unsigned *)value);
		break;
	case OPTION_GAPS:
		json_string(j, *(const bool *)value ? "skip" : "zero");
		break;
	case OPTION_HASH:
		text_or_null(j, sink_hash_name(*(const enum sink_hash *)value));
		break;
	case OPTION_OVERLAP:
		json_string(j, overlap_name(*(const enum overlap *)value));
		break;
	case OPTION_CHECKSUM:
		json_string(j, checksums[*(const enum checksum_policy *)value]);
		break;
	case OPTION_LIST:
		if (((const struct str_list *)value)->n > 0)
			put_texts(j, value);
		else
			json_null(j);
		break;
	case OPTION_FILES:
		if (((const struct str_list *)value)->n > 0)
			put_file_names(j, value);
		else
			json_null(j);
		break;
	}
}

static void
put_rows(struct json *j, const struct config *cfg,
    const struct option_field *row, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		json_key(j, row[i].key);
		put_option(j, row[i].kind, (const char *)cfg + row[i].at);
	}
}

static void
put_options(struct json *j, const struct config *cfg, bool of_memory)
{
	json_object(j);
	put_rows(j, cfg, rows, COUNT(rows));
	if (of_memory)
		put_rows(j, cfg, memory_rows, COUNT(memory_rows));
	json_object_end(j);
}

void
manifest_options(struct buf *b, const struct config *cfg, bool of_memory)
{
	struct json j = json_on(b);

	put_options(&j, cfg, of_memory);
}

/* ----------------------------------------------------------------- document */

/* Datagrams, but for those seen, overlapping and in conflict: fragments. */
static void
put_fragments(struct json *j, const struct decoder *d)
{
	struct defrag_counts n;

	decoder_fragments(d, &n);
	json_key(j, "fragments");
	json_object(j);
	count_field(j, "seen", n.fragments);
	count_field(j, "reassembled", n.completed);
	count_field(j, "timed_out", n.timed_out + n.waiting);
	count_field(j, "given_up", n.dropped);
	count_field(j, "overlapping", n.overlaps);
	count_field(j, "conflicting", n.conflicts);
	json_object_end(j);
}

static void
put_totals(struct json *j, const struct manifest *m, const struct decoder *d)
{
	json_key(j, "totals");
	json_object(j);
	count_field(j, "sessions", m->flows.sessions);
	count_field(j, "selected", m->flows.told);
	count_field(j, "bytes", m->said.bytes);
	count_field(j, "missing", m->said.missing);
	count_field(j, "tcp_packets", decoder_count(d, DECODE_TCP));
	count_field(j, "packets_after_close", m->flows.echoes);
	count_field(j, "evicted_half_open", m->flows.evicted_half_open);
	count_field(j, "evicted", m->flows.evicted);
	if (m->flows.evicted_udp > 0)
		count_field(j, "evicted_udp", m->flows.evicted_udp);
	put_fragments(j, d);
	json_object_end(j);
}

/* Whether all is there, and what is not. */
static void
put_incomplete(struct json *j, struct incomplete_set words)
{
	json_key(j, "complete");
	json_bool(j, incomplete_is_empty(words));
	json_key(j, "incomplete");
	json_array(j);
	for (int w = 0; w < INCOMPLETE_WORDS; w++)
		if (incomplete_has(words, (enum incomplete)w))
			json_string(j, incomplete_word((enum incomplete)w));
	json_array_end(j);
}

static void
put_outputs(struct json *j, const struct store_outputs *o)
{
	json_key(j, "outputs");
	json_object(j);
	count_field(j, "files", o->files);
	count_field(j, "bytes", o->bytes);
	text_field(j, "index_sha256", o->index_sha256);
	json_object_end(j);
}

/* All that --resume compares; o is NULL where nothing is said of it. */
static void
put_beginning(struct json *j, const struct fingerprints *f,
    struct incomplete_set words, const struct store_outputs *o)
{
	const char *fingerprint = fingerprint_for(f, words);

	json_object(j);
	text_field(j, "program", "tcpsession");
	text_field(j, "version", PACKAGE_VERSION);
	json_key(j, "fingerprint");
	text_or_null(j, fingerprint[0] != '\0' ? fingerprint : NULL);
	put_incomplete(j, words);
	if (o != NULL)
		put_outputs(j, o);
}

static void
put_losses(struct json *j, const struct losses *l)
{
	json_key(j, "lost");
	json_object(j);
	for (int i = 0; i < LOSSES; i++)
		if (l->n[i] > 0)
			count_field(j, loss_row((enum loss)i)->key, l->n[i]);
	json_object_end(j);
}

void
manifest_begin(struct buf *b, const struct fingerprints *fingerprints,
    struct incomplete_set words, const struct store_outputs *outputs)
{
	struct json j = json_on(b);

	put_beginning(&j, fingerprints, words, outputs);
}

static void
put_manifest(struct buf *b, const struct manifest *m, const struct decoder *d,
    const struct config *cfg, const struct store_outputs *o)
{
	struct json j = json_on(b);
	char name[32];

	put_beginning(&j, &m->fingerprints, m->incomplete, o);
	text_field(&j, "capture", m->name);
	list_field(&j, "files", &m->sources);
	count_field(&j, "size", m->size);
	text_field(&j, "format", m->format);
	text_field(&j, "compression", m->compression);
	json_key(&j, "link_types");
	json_array(&j);
	for (size_t i = 0; i < m->n_linktypes; i++) {
		linktype_name(name, m->linktypes[i]);
		json_string(&j, name);
	}
	json_array_end(&j);
	count_field(&j, "packets", m->packets);
	count_field(&j, "captured_bytes", m->captured_bytes);
	time_field(&j, "first", m, m->first_ns);
	time_field(&j, "last", m, m->last_ns);
	put_skipped(&j, m, d);
	if (m->live)
		count_field(&j, "dropped", m->dropped);
	put_losses(&j, m->losses);
	list_field(&j, "warnings", &m->warnings);
	json_key(&j, "options");
	put_options(&j, cfg, incomplete_is_of_memory(m->incomplete));
	put_totals(&j, m, d);
	json_object_end(&j);
}

void
manifest_write(struct buf *b, const struct manifest *m, const struct decoder *d,
    const struct config *cfg)
{
	put_manifest(b, m, d, cfg, &m->outputs);
	buf_byte(b, '\n');
}

void
manifest_write_input(struct buf *b, const struct manifest *m,
    const struct decoder *d, const struct config *cfg)
{
	put_manifest(b, m, d, cfg, NULL);
}
