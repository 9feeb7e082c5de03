/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * options_agree.c: whether the options of a command line agree with each other:
 * none contradicts another, and none is of no use beside the rest.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/options.h"
#include "sinks/sinks.h"

#define LIVE_IDLE_NS ((int64_t)600 * 1000000000)

/* ------------------------------------------------------ what does not go together */

static const struct {
	const char *one;
	const char *other;
} apart[] = {
	{ "js", "no-js" },
	{ "quiet", "verbose" },
	{ "filter", "filter-file" },
	{ "tar-only", "resume" },
	{ "tar-only", "state" },
	{ "tar-only", "force" },
	{ "resume", "state" },
	{ "interface", "files-from" },
	{ "interface", "state" },
	{ "interface", "continuous" },
	{ "interface", "resume" },
	{ "interface", "recursive" },
	{ "interface", "force" },
	{ "interface", "min-age" },
	{ "interface", "jobs" },
	{ "interface", "verify" },
	{ "interface", "compare" },
	{ "verify", "summary" },
	{ "verify", "packets" },
	{ "verify", "print" },
	{ "verify", "after" },
	{ "verify", "before" },
	{ "verify", "match" },
	{ "verify", "match-regex" },
	{ "verify", "grep" },
	{ "verify", "state" },
};

static bool
are_apart(struct parse *p)
{
	for (size_t i = 0; i < sizeof(apart) / sizeof(apart[0]); i++) {
		if (!option_given(p, apart[i].one) ||
		    !option_given(p, apart[i].other))
			continue;
		snprintf(p->message, CONFIG_MESSAGE_LEN,
		    "--%s does not go with --%s", apart[i].one, apart[i].other);
		return false;
	}
	return true;
}

/* All that goes with --compare, beside PATHs. */
static bool
suits_compare(const char *name)
{
	static const char *const names[] = { "compare", "recursive",
		"files-from", "null", "min-age", "relinquish-privileges",
		"color", "progress", "quiet", "verbose" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool
compares_alone(struct parse *p)
{
	if (p->cfg->compare == 0)
		return true;
	for (size_t i = 0; i < n_options; i++) {
		const char *name = options[i].name;

		if (!p->given[i] || name == NULL || suits_compare(name))
			continue;
		snprintf(p->message, CONFIG_MESSAGE_LEN,
		    "--compare does not go with --%s", name);
		return false;
	}
	return true;
}

/* --------------------------------------------------------- what is of use, and when */

static bool
has_list(const struct parse *p)
{
	return p->cfg->n_files_from > 0;
}

static bool
is_continuous(const struct parse *p)
{
	return p->cfg->continuous;
}

static bool
writes_files(const struct parse *p)
{
	return p->cfg->files;
}

static bool
writes_tar(const struct parse *p)
{
	return p->cfg->tar != TAR_NOT;
}

/* The index has them. */
static bool
shows_names(const struct parse *p)
{
	return p->cfg->files || p->cfg->console.format == FORMAT_JSON;
}

static bool
shows_index(const struct parse *p)
{
	const struct console *c = &p->cfg->console;

	return p->cfg->files ||
	    (console_describes(c) && c->format == FORMAT_JSON);
}

/* Whether the product of that name is written to files. */
static bool
writes(const struct parse *p, const char *product)
{
	unsigned bit;

	return p->cfg->files && sinks_parse_emit(product, &bit) &&
	    (p->cfg->emit & bit) != 0;
}

static bool
writes_bytes(const struct parse *p)
{
	return writes(p, "raw") || writes(p, "plain");
}

static bool
shows_text(const struct parse *p)
{
	const struct console *c = &p->cfg->console;

	return writes(p, "text") ||
	    (c->product == CONSOLE_PRINT && c->format == FORMAT_TEXT);
}

/* What can be shown of the wire or of what was opened. */
static bool
shows_either(const struct parse *p)
{
	return writes(p, "text") || writes(p, "hex") || writes(p, "json") ||
	    p->cfg->console.product == CONSOLE_PRINT || p->cfg->pattern != NULL;
}

static bool
shows_raw(const struct parse *p)
{
	return p->cfg->console.format == FORMAT_RAW;
}

/* Times for people: programs get UTC. */
static bool
shows_times(const struct parse *p)
{
	const struct console *c = &p->cfg->console;

	if (c->product == CONSOLE_SUMMARY)
		return c->format == FORMAT_TABLE || c->format == FORMAT_CSV;
	return (c->product == CONSOLE_PRINT || c->product == CONSOLE_PACKETS) &&
	    (c->format == FORMAT_TEXT || c->format == FORMAT_HEX);
}

static bool
is_summary(const struct parse *p)
{
	return p->cfg->console.product == CONSOLE_SUMMARY;
}

/* Each packet is one line, whatever is kept of it. */
static bool
keeps_bytes(const struct parse *p)
{
	return p->cfg->files || p->cfg->console.product != CONSOLE_PACKETS;
}

static const struct {
	const char *option;
	bool (*is_of_use)(const struct parse *p);
	const char *otherwise;
} uses[] = {
	{ "null", has_list, "goes with --files-from" },
	{ "state", is_continuous, "goes with --continuous" },
	{ "resume", writes_files, "needs output in files" },
	{ "force", writes_files, "needs output in files" },
	{ "sync", writes_files, "needs output in files" },
	{ "max-output", writes_files, "needs output in files" },
	{ "max-files", writes_files, "needs output in files" },
	{ "template", shows_names, "needs output in files" },
	{ "names", shows_names, "needs output in files" },
	{ "gaps", writes_bytes, "goes with raw files (-e raw, or -e plain)" },
	{ "wire", shows_either, "goes with transcripts and searches" },
	{ "exact", shows_text, "goes with text transcripts (-e text, or -P)" },
	{ "tar-prefix", writes_tar, "goes with --create-tar or --tar-only" },
	{ "tar-compress", writes_tar, "goes with --create-tar or --tar-only" },
	{ "max-bytes", keeps_bytes, "does not go with --packets alone" },
	{ "sort", is_summary, "goes with --summary" },
	{ "local-time", shows_times,
	    "goes with a table, CSV, text or hex on standard output" },
	{ "hash", shows_index, "goes with the index (files, or JSON of it)" },
	{ "only", shows_raw, "goes with --print --format raw" },
};

static bool
are_of_use(struct parse *p)
{
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		if (!option_given(p, uses[i].option) || uses[i].is_of_use(p))
			continue;
		snprintf(p->message, CONFIG_MESSAGE_LEN, "--%s: %s",
		    uses[i].option, uses[i].otherwise);
		return false;
	}
	return true;
}

/* -------------------------------------------------------------- rules of their own */

/* Standard output has one format, and its product that one. */
static bool
settle_console(struct parse *p)
{
	struct console *c = &p->cfg->console;

	if (c->format != FORMAT_DEFAULT &&
	    (c->product == CONSOLE_NONE || c->product == CONSOLE_GREP))
		return option_fail(p, "--format",
		    "goes with --summary, --packets or --print");
	if (!console_has_format(c->product, c->format))
		return option_fail(p, "--format takes here",
		    console_formats(c->product));
	if (c->format == FORMAT_DEFAULT)
		c->format =
		    c->product == CONSOLE_SUMMARY ? FORMAT_TABLE : FORMAT_TEXT;
	return true;
}

/* Whether standard output has one user. */
static bool
check_stdout(struct parse *p)
{
	const struct config *cfg = p->cfg;

	if (cfg->console.format == FORMAT_RAW && isatty(STDOUT_FILENO))
		return option_fail(p, "--format raw",
		    "what was said is not written to a terminal as it is; "
		    "add | cat or > FILE");
	if (strcmp(cfg->output_dir, "-") != 0)
		return true;
	if (cfg->console.product != CONSOLE_NONE)
		return option_fail(p, "--output-dir -",
		    "standard output is taken already");
	if (cfg->tar != TAR_ALONE)
		return option_fail(p, "--output-dir -",
		    "only a tar goes to standard output (--tar-only); "
		    "a directory of that name is ./-");
	if (isatty(STDOUT_FILENO))
		return option_fail(p, "--output-dir -",
		    "a tar is not written to a terminal");
	return true;
}

bool
options_share_stdin(struct parse *p)
{
	const struct config *cfg = p->cfg;
	const char *option = cfg->compare != 0 ? "--compare" : "--verify";
	bool from_stdin = false;

	for (size_t i = 0; i < cfg->n_paths; i++)
		from_stdin |= strcmp(cfg->paths[i], "-") == 0;
	if (from_stdin &&
	    (cfg->compare != 0 ||
		(cfg->verify != 0 && (cfg->continuous || cfg->files))))
		return option_fail(p, option,
		    "standard input cannot be read twice");
	return true;
}

/* What is not said of an interface is other than with files. */
static bool
settle_interface(struct parse *p)
{
	struct config *cfg = p->cfg;

	if (cfg->interface == NULL)
		return true;
	if (cfg->n_paths > 0)
		return option_fail(p, "--interface takes no PATH besides",
		    cfg->paths[0]);
	if (cfg->model.idle_ns == 0)
		cfg->model.idle_ns = LIVE_IDLE_NS;
	cfg->model.linger_ns = MODEL_LINGER_LIVE_NS;
	return true;
}

/* Whether a session can be as late as the one and as early as the other, as far
 * as that is known before the first packet. */
static bool
check_times(struct parse *p)
{
	const struct time_bound *after = &p->cfg->after;
	const struct time_bound *before = &p->cfg->before;

	if (p->cfg->state != NULL && (after->has[1] || before->has[1]))
		return option_fail(p, "--state",
		    "does not go with times since the first packet");
	for (int kind = 0; kind < 2; kind++)
		if (after->has[kind] && before->has[kind] &&
		    !after->has[!kind] && !before->has[!kind] &&
		    after->ns[kind] >= before->ns[kind])
			return option_fail(p, "--after",
			    "needs a time before that of --before");
	return true;
}

bool
options_agree(struct parse *p)
{
	return are_apart(p) && compares_alone(p) && settle_console(p) &&
	    are_of_use(p) && check_times(p) && check_stdout(p) &&
	    settle_interface(p);
}
