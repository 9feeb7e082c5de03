/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * options.c: the table of options, and what reads the argument of each.
 *
 * A new option is a row of options[], a paragraph of the manual page, and a row
 * of the table in manifest.c when it changes the output.
 */
#include "app/options.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fmt.h"
#include "base/rfc3339.h"
#include "base/xalloc.h"
#include "reassembly/overlap.h"
#include "sinks/sinks.h"

/* No sequence number says that it is farther ahead (RFC 9293, 3.4). */
#define MAX_GAP_MOST ((uint64_t)2 << 30)
/* For rows whose value is a member of struct config. */
#define AT(member) offsetof(struct config, member)

void
config_add_path(struct config *cfg, const char *path)
{
	cfg->paths =
	    xreallocarray(cfg->paths, cfg->n_paths + 1, sizeof(*cfg->paths));
	cfg->paths[cfg->n_paths++] = path;
}

/* ---------------------------------------------- kinds of options, by their row */

static bool
take_flag(struct parse *p, const char *arg)
{
	(void)arg;
	*(bool *)option_value(p) = true;
	return true;
}

static bool
take_text(struct parse *p, const char *arg)
{
	if (arg[0] == '\0')
		return option_empty(p);
	*(const char **)option_value(p) = arg;
	return true;
}

static bool
take_size(struct parse *p, const char *arg)
{
	if (fmt_parse_size(arg, option_value(p)))
		return true;
	snprintf(p->message, CONFIG_MESSAGE_LEN,
	    "--%s takes a size such as 4096, 64K or 2G, below 2^64, not: %s",
	    p->row->name, arg);
	return false;
}

static bool
take_number(struct parse *p, const char *arg)
{
	const char *end;
	uint64_t n;

	if (!option_count(arg, &n, &end) || *end != '\0' || n == 0) {
		snprintf(p->message, CONFIG_MESSAGE_LEN,
		    "--%s takes a number from 1 to %" PRIu64 ", not: %s",
		    p->row->name, UINT64_MAX, arg);
		return false;
	}
	*(uint64_t *)option_value(p) = n;
	return true;
}

/* The option has the name of a product. */
static bool
take_product(struct parse *p, const char *arg)
{
	unsigned more;

	(void)arg;
	if (!sinks_parse_emit(p->row->name, &more))
		return option_fail(p, "--emit", p->row->name);
	p->more |= more;
	p->cfg->files = true;
	return true;
}

/* -------------------------------------------------- options with rules of their own */

static bool
take_path(struct parse *p, const char *arg)
{
	config_add_path(p->cfg, arg);
	return true;
}

static bool
take_files_from(struct parse *p, const char *arg)
{
	struct config *cfg = p->cfg;

	cfg->files_from = xreallocarray(cfg->files_from, cfg->n_files_from + 1,
	    sizeof(*cfg->files_from));
	cfg->files_from[cfg->n_files_from++] = arg;
	return true;
}

static bool
take_keylog(struct parse *p, const char *arg)
{
	str_list_add(&p->cfg->keylog, arg);
	return true;
}

static bool
take_output_dir(struct parse *p, const char *arg)
{
	if (arg[0] == '\0')
		return option_fail(p, "--output-dir", "the name is empty");
	p->cfg->output_dir = arg;
	p->cfg->files = true;
	return true;
}

static bool
take_emit(struct parse *p, const char *arg)
{
	struct emit_fault fault;

	p->cfg->files = true;
	if (sinks_parse_emit(arg, &p->list))
		return true;
	if (!sinks_emit_fault(arg, &fault))
		return false;
	if (fault.len == 4 && memcmp(fault.word, "none", 4) == 0)
		snprintf(p->message, CONFIG_MESSAGE_LEN,
		    "--emit: none goes with no other word: %s", arg);
	else
		snprintf(p->message, CONFIG_MESSAGE_LEN,
		    "--emit: no such product: '%.*s'", (int)fault.len,
		    fault.word);
	return false;
}

/* Its part in the list is that of products_of. */
static bool
take_no_js(struct parse *p, const char *arg)
{
	(void)p;
	(void)arg;
	return true;
}

/* tcpflow's -F takes letters. */
static const char *
format_hint(const char *arg)
{
	return arg[strspn(arg, "ctTXMkmg")] == '\0' ?
	    "; names are given with -T" :
	    "";
}

/* The whole file is the expression; lines that begin with # are remarks. */
static bool
take_filter_file(struct parse *p, const char *arg)
{
	struct buf text = { 0 };
	char line[4096];
	FILE *file;

	if (arg[0] == '\0')
		return option_empty(p);
	file = fopen(arg, "re");
	if (file == NULL) {
		snprintf(p->message, CONFIG_MESSAGE_LEN,
		    "--filter-file: %s: %s%s", arg, strerror(errno),
		    format_hint(arg));
		return false;
	}
	while (fgets(line, sizeof(line), file) != NULL)
		if (line[0] != '#')
			buf_str(&text, line);
	fclose(file);
	if (strspn(buf_cstr(&text), " \t\r\n") == text.n) {
		buf_free(&text);
		return option_fail(p, "--filter-file needs an expression in",
		    arg);
	}
	free(p->cfg->filter_text);
	p->cfg->filter_text = xstrdup(buf_cstr(&text));
	p->cfg->filter = p->cfg->filter_text;
	buf_free(&text);
	return true;
}

static bool
take_create_tar(struct parse *p, const char *arg)
{
	(void)arg;
	p->cfg->files = true;
	if (p->cfg->tar == TAR_NOT)
		p->cfg->tar = TAR_ALSO;
	return true;
}

static bool
take_tar_only(struct parse *p, const char *arg)
{
	(void)arg;
	p->cfg->files = true;
	p->cfg->tar = TAR_ALONE;
	return true;
}

static bool
take_tar_prefix(struct parse *p, const char *arg)
{
	if (strchr(arg, '/') != NULL)
		return option_fail(p,
		    "--tar-prefix takes part of a name, not a path", arg);
	p->cfg->tar_prefix = arg;
	return true;
}

static bool
take_tar_compress(struct parse *p, const char *arg)
{
	if (!tar_parse_compress(arg, &p->cfg->tar_compress))
		return option_fail(p,
		    "--tar-compress takes none, gzip, zstd or xz, "
		    "not",
		    arg);
	return true;
}

static bool
take_help(struct parse *p, const char *arg)
{
	(void)arg;
	p->cfg->action = ACTION_HELP;
	return true;
}

static bool
take_version(struct parse *p, const char *arg)
{
	(void)arg;
	p->cfg->action = ACTION_VERSION;
	return true;
}

/* The index of arg in a list of words that ends in NULL, or -1. */
static int
find_word(const char *const *words, const char *arg)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], arg) == 0)
			return i;
	return -1;
}

static bool
take_gaps(struct parse *p, const char *arg)
{
	static const char *const words[] = { "zero", "skip", NULL };
	int i = find_word(words, arg);

	if (i < 0)
		return option_fail(p, "--gaps takes zero or skip, not", arg);
	p->cfg->gaps_skip = i == 1;
	return true;
}

static bool
take_color(struct parse *p, const char *arg)
{
	static const char *const words[] = { "auto", "always", "never", NULL };
	int i = find_word(words, arg);

	if (i < 0)
		return option_fail(p,
		    "--color takes auto, always or never, not", arg);
	p->cfg->color = (enum when)i;
	return true;
}

static bool
take_overlap(struct parse *p, const char *arg)
{
	if (!overlap_parse(arg, &p->cfg->model.stream.overlap))
		return option_fail(p,
		    "--overlap takes first, last, bsd, linux, "
		    "windows or solaris, not",
		    arg);
	return true;
}

static bool
take_checksum(struct parse *p, const char *arg)
{
	static const char *const words[] = { "auto", "ignore", "drop", NULL };
	int i = find_word(words, arg);

	if (i < 0)
		return option_fail(p,
		    "--checksum takes auto, ignore or drop, not", arg);
	p->cfg->model.checksum = (enum checksum_policy)i;
	return true;
}

static bool
take_split_by(struct parse *p, const char *arg)
{
	if (strcmp(arg, "vlan") != 0)
		return option_fail(p, "--split-by takes vlan, not", arg);
	p->cfg->model.split_vlan = true;
	return true;
}

static bool
take_idle(struct parse *p, const char *arg)
{
	if (!seconds_parse(arg, &p->cfg->model.idle_ns) ||
	    p->cfg->model.idle_ns == 0)
		return option_fail(p,
		    "--idle takes seconds, more than 0 and at most "
		    "1000000000, not",
		    arg);
	return true;
}

static bool
take_max_gap(struct parse *p, const char *arg)
{
	uint64_t *gap = &p->cfg->model.stream.max_gap;

	if (fmt_parse_size(arg, gap) && *gap <= MAX_GAP_MOST)
		return true;
	return option_fail(p,
	    "--max-gap takes a size such as 64K, at most 2G, not", arg);
}

static bool
take_min_age(struct parse *p, const char *arg)
{
	if (!seconds_parse(arg, &p->cfg->min_age_ns))
		return option_fail(p,
		    "--min-age takes seconds, at most 1000000000, not", arg);
	return true;
}

const struct option_row options[] = {
	{ 'r', "recursive", NULL, "descend into directories", .take = take_flag,
	    .at = AT(recursive), .group = "Input" },
	{ 0, "files-from", "FILE",
	    "read more PATHs from FILE, one a line; - is standard input",
	    .take = take_files_from },
	{ '0', "null", NULL, "names in FILE end in a NUL, not in a line feed",
	    .take = take_flag, .at = AT(null) },
	{ 0, "keylog", "FILE",
	    "secrets that open TLS, as SSLKEYLOGFILE has them; repeatable",
	    .take = take_keylog },
	{ 0, "continuous", NULL,
	    "all inputs are one capture, in the order of their first packets",
	    .take = take_flag, .at = AT(continuous) },
	{ 0, "state", "FILE",
	    "with --continuous: go on with what the last run left open",
	    .take = take_text, .at = AT(state) },
	{ 0, "resume", NULL,
	    "skip captures whose output is complete and would be the same",
	    .take = take_flag, .at = AT(resume) },
	{ 0, "min-age", "SECONDS",
	    "leave files that were modified less than SECONDS ago",
	    .take = take_min_age },
	{ 0, "interface", "IFACE",
	    "capture from it, or from a pipe (-), until SIGINT or SIGTERM",
	    .take = take_text, .at = AT(interface) },
	{ 'p', NULL, "FILE", "the same as FILE given as a PATH",
	    .take = take_path },
	{ 'i', NULL, "DIR", "the same as DIR given as a PATH",
	    .take = take_path },
	{ 'f', "filter", "EXPR",
	    "read only packets that match, also inside VLAN, MPLS and PPPoE",
	    .take = take_text, .at = AT(filter), .group = "Selection" },
	{ 'F', "filter-file", "FILE", "read the filter expression from FILE",
	    .take = take_filter_file },
	{ 0, "client", "ADDR[/BITS][:PORT]",
	    "only sessions of this client, or of these", .take = take_client },
	{ 0, "server", "ADDR[/BITS][:PORT]",
	    "only sessions of this server, or of these", .take = take_server },
	{ 0, "host", "ADDR[/BITS][:PORT]",
	    "only sessions with this, or these, at either end",
	    .take = take_host },
	{ 0, "port", "PORT",
	    "only sessions with this port, or service, at either end",
	    .take = take_port },
	{ 0, "community-id", "ID", "only sessions with this Community ID",
	    .take = take_community_id },
	{ 0, "after", "TIME",
	    "only sessions with a packet from TIME on (RFC 3339, or +SECONDS)",
	    .take = take_after },
	{ 0, "before", "TIME", "only sessions with a packet before TIME",
	    .take = take_before },
	{ 0, "session", "N[-M][,...]",
	    "only these sessions, by their numbers in the index",
	    .take = take_session },
	{ 0, "grep", "RE",
	    "only sessions in which what was said matches RE (PCRE2); alone, "
	    "shows each match",
	    .take = take_grep },
	{ 0, "match", "TEXT",
	    "only sessions whose line of the summary contains TEXT",
	    .take = take_match },
	{ 0, "match-regex", "RE",
	    "only sessions whose line of the summary matches RE",
	    .take = take_match_regex },
	{ 0, "shard", "I/N", "only the sessions that fall to part I of N",
	    .take = take_shard },
	{ 'o', "output-dir", "DIR",
	    "where output goes (default: the current directory)",
	    .take = take_output_dir, .group = "Products" },
	{ 'e', "emit", "LIST",
	    "what to write, with commas between: raw, plain, text, hex, json, "
	    "http, objects, js, pcap, timing, report, or all, or none "
	    "(default raw,plain,text)",
	    .words = "raw plain text hex json http objects js pcap timing "
		     "report all none",
	    .take = take_emit },
	{ 0, "plain", NULL,
	    "also write what was said in sessions whose TLS was opened",
	    .take = take_product },
	{ 0, "json", NULL, "also write each session as a JSON document",
	    .take = take_product },
	{ 0, "hex", NULL, "also write the transcript as a hex dump",
	    .take = take_product },
	{ 0, "http", NULL, "also list the HTTP exchanges",
	    .take = take_product },
	{ 0, "objects", NULL,
	    "also write the bodies that HTTP carried, decoded",
	    .take = take_product },
	{ 0, "js", NULL, "also write the JavaScript that HTTP carried",
	    .take = take_product },
	{ 'n', "no-js", NULL, "leave JavaScript out again",
	    .take = take_no_js },
	{ 0, "pcap", NULL, "also write each session's packets as a capture",
	    .take = take_product },
	{ 0, "timing", NULL, "also write when each packet came",
	    .take = take_product },
	{ 0, "report", NULL, "also write a page to look at in a browser",
	    .take = take_product },
	{ 0, "wire", NULL,
	    "transcripts, JSON and searches show what was opened as it came",
	    .take = take_flag, .at = AT(wire) },
	{ 0, "exact", NULL, "text transcripts show every byte as it is",
	    .take = take_flag, .at = AT(exact) },
	{ 0, "hash", "md5|sha256", "digest of each direction in the index",
	    .take = take_hash },
	{ 'T', "template", "FMT", "names of the session files",
	    .take = take_template },
	{ 0, "names", "tcpflow", "the names that tcpflow gives",
	    .take = take_names },
	{ 0, "force", NULL,
	    "replace an output directory that tcpsession did not make",
	    .take = take_flag, .at = AT(force) },
	{ 0, "sync", NULL, "flush to disk before publishing", .take = take_flag,
	    .at = AT(sync) },
	{ 's', "summary", NULL, "one line a session on standard output",
	    .take = take_summary, .group = "Standard output" },
	{ 0, "local-time", NULL,
	    "its times, and those of transcripts there, in this time zone",
	    .take = take_flag, .at = AT(console.local_time) },
	{ 0, "sort", "KEY",
	    "order of the summary: start, bytes, packets, duration, rtt or "
	    "wait",
	    .words = "start bytes packets duration rtt wait",
	    .take = take_sort },
	{ 0, "packets", NULL, "one line a packet on standard output",
	    .take = take_packets },
	{ 'P', "print", NULL,
	    "transcripts on standard output, each when its session ends",
	    .take = take_print },
	{ 0, "format", "FMT",
	    "of standard output: -s table, csv, json, zeek, zeek-json; "
	    "--packets text, json; -P text, hex, json, raw",
	    .words = "table csv json zeek zeek-json text hex raw",
	    .take = take_format },
	{ 0, "only", "client|server",
	    "with -P --format raw: what that side said, and nothing else",
	    .take = take_only },
	{ 'c', "create-tar", NULL, "also pack the output in one tar",
	    .take = take_create_tar, .group = "Tar" },
	{ 0, "tar-only", NULL,
	    "write the tar alone, with -o - on standard output",
	    .take = take_tar_only },
	{ 't', "tar-prefix", "NAME", "the tar is NAMEsessions.tar.gz",
	    .take = take_tar_prefix },
	{ 0, "tar-compress", "none|gzip|zstd|xz",
	    "how the tar is compressed (default gzip)",
	    .take = take_tar_compress },
	{ 'b', "max-bytes", "SIZE", "keep at most SIZE bytes a direction",
	    .take = take_size, .at = AT(model.stream.max_bytes),
	    .group = "Limits" },
	{ 'M', "max-memory", "SIZE",
	    "ceiling for records and queued data (default 512M)",
	    .take = take_size, .at = AT(model.max_memory) },
	{ 0, "max-output", "SIZE",
	    "bytes that the run may write, the index not counted",
	    .take = take_size, .at = AT(max_output) },
	{ 0, "max-files", "N",
	    "files that the run may make (default 1000000 a capture)",
	    .take = take_number, .at = AT(max_files) },
	{ 0, "max-ratio", "N",
	    "how many times its size a body may be decoded to (default 1000)",
	    .take = take_number, .at = AT(max_ratio) },
	{ 0, "max-gap", "SIZE",
	    "how far ahead a segment is believed by itself (default 1M)",
	    .take = take_max_gap },
	{ 0, "idle", "SECONDS",
	    "a session silent for so long is over (default: never; live: 600)",
	    .take = take_idle },
	{ 0, "strict", NULL,
	    "only sessions with a full handshake, and data within the window",
	    .take = take_flag, .at = AT(model.stream.strict),
	    .group = "Rules" },
	{ 0, "gaps", "zero|skip",
	    "bytes never captured, in raw files: sparse zeros or left out",
	    .take = take_gaps },
	{ 0, "overlap", "POLICY",
	    "who wins when copies differ: first, last, bsd, linux, windows "
	    "or solaris",
	    .words = "first last bsd linux windows solaris",
	    .take = take_overlap },
	{ 0, "checksum", "auto|ignore|drop",
	    "what to do with segments whose TCP checksum is bad",
	    .take = take_checksum },
	{ 0, "split-by", "vlan", "VLAN tags are part of a session's identity",
	    .take = take_split_by },
	{ 'w', "verify", "[=PROGRAM]",
	    "compare with tshark and tcpflow, or with one of them",
	    .words = "tshark tcpflow", .take = take_verify,
	    .group = "Comparing" },
	{ 'k', "compare", "N",
	    "time tcpsession, tcpflow and tshark N times each",
	    .take = take_compare },
	{ 'j', "jobs", "N", "threads (default: processors)", .take = take_jobs,
	    .group = "General" },
	{ 'Z', "relinquish-privileges", "USER",
	    "become USER once the inputs and the output directory are open",
	    .take = take_text, .at = AT(user) },
	{ 0, "color", "WHEN", "colour what is shown: auto, always or never",
	    .words = "auto always never", .take = take_color },
	{ 0, "progress", NULL, "show progress, even when not on a terminal",
	    .take = take_flag, .at = AT(progress) },
	{ 'q', "quiet", NULL, "only errors", .take = take_flag,
	    .at = AT(quiet) },
	{ 'v', "verbose", NULL, "say what was read, skipped and found",
	    .take = take_flag, .at = AT(verbose) },
	{ 'V', "version", NULL, "print the version, and those of the libraries",
	    .take = take_version },
	{ 'h', "help", NULL, "print this help", .take = take_help },
};

const size_t n_options = sizeof(options) / sizeof(options[0]);

bool
option_given(const struct parse *p, const char *name)
{
	for (size_t i = 0; i < n_options; i++)
		if (options[i].name != NULL &&
		    strcmp(options[i].name, name) == 0)
			return p->given[i];
	assert(false); /* no option has that name */
	return false;
}
