/*
 * config.c: the command line, as a table of options.
 *
 * An option is a row: names, argument, help, and the function that takes it.
 */
#include "app/config.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fmt.h"
#include "base/xalloc.h"
#include "model/overlap.h"
#include "sinks/sinks.h"

#define MAX_MEMORY_DEFAULT ((uint64_t)512 << 20)
#define MAX_GAP_DEFAULT ((uint64_t)1 << 20)
#define NS_PER_SECOND 1e9
/* Longer than any capture lasts; keeps sums of times within 64 bits. */
#define MAX_SECONDS 1e9

struct parse {
	struct config *cfg;
	char *message;
	const char *tar_option; /* met, and of no use without a tar */
};

struct option_row {
	char letter;	  /* 0: none */
	const char *name; /* NULL: none */
	const char *arg;  /* NULL: none */
	const char *help;
	bool (*take)(struct parse *p, const char *arg);
};

static bool
fail(struct parse *p, const char *what, const char *arg)
{
	snprintf(p->message, CONFIG_MESSAGE_LEN, "%s: %s", what, arg);
	return false;
}

static void
add_path(struct config *cfg, const char *path)
{
	cfg->paths =
	    xreallocarray(cfg->paths, cfg->n_paths + 1, sizeof(*cfg->paths));
	cfg->paths[cfg->n_paths++] = path;
}

static bool
take_path(struct parse *p, const char *arg)
{
	add_path(p->cfg, arg);
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
take_null(struct parse *p, const char *arg)
{
	(void)arg;
	p->cfg->null = true;
	return true;
}

static bool
take_output_dir(struct parse *p, const char *arg)
{
	if (arg[0] == '\0')
		return fail(p, "--output-dir", "the name is empty");
	p->cfg->output_dir = arg;
	return true;
}

static bool
take_emit(struct parse *p, const char *arg)
{
	struct emit_fault fault;

	if (sinks_parse_emit(arg, &p->cfg->emit))
		return true;
	if (sinks_emit_fault(arg, &fault))
		snprintf(p->message, CONFIG_MESSAGE_LEN, "--emit: %s: '%.*s'",
		    fault.known ? "this version does not make" :
				  "no such product",
		    (int)fault.len, fault.word);
	return false;
}

/* Adds one product to those that are asked for. */
static bool
add_product(struct parse *p, const char *name)
{
	unsigned more;

	if (!sinks_parse_emit(name, &more))
		return fail(p, "--emit", name);
	p->cfg->emit |= more;
	return true;
}

static bool
take_json(struct parse *p, const char *arg)
{
	(void)arg;
	return add_product(p, "json");
}

static bool
take_hex(struct parse *p, const char *arg)
{
	(void)arg;
	return add_product(p, "hex");
}

static bool
take_js(struct parse *p, const char *arg)
{
	(void)arg;
	return add_product(p, "js");
}

static bool
take_no_js(struct parse *p, const char *arg)
{
	unsigned js;

	(void)arg;
	if (sinks_parse_emit("js", &js))
		p->cfg->emit &= ~js;
	return true;
}

static bool
take_filter(struct parse *p, const char *arg)
{
	p->cfg->filter = arg;
	return true;
}

/* The whole file is the expression; lines that begin with # are remarks. */
static bool
take_filter_file(struct parse *p, const char *arg)
{
	struct buf text = { 0 };
	char line[4096];
	FILE *file = fopen(arg, "re");

	if (file == NULL) {
		snprintf(p->message, CONFIG_MESSAGE_LEN,
		    "--filter-file: %s: %s", arg, strerror(errno));
		return false;
	}
	while (fgets(line, sizeof(line), file) != NULL)
		if (line[0] != '#')
			buf_str(&text, line);
	fclose(file);
	free(p->cfg->filter_text);
	p->cfg->filter_text = xstrdup(buf_cstr(&text));
	p->cfg->filter = p->cfg->filter_text;
	buf_free(&text);
	return true;
}

static bool
take_recursive(struct parse *p, const char *arg)
{
	(void)arg;
	p->cfg->recursive = true;
	return true;
}

static bool
take_continuous(struct parse *p, const char *arg)
{
	(void)arg;
	p->cfg->continuous = true;
	return true;
}

static bool
take_state(struct parse *p, const char *arg)
{
	p->cfg->state = arg;
	return true;
}

static bool
take_resume(struct parse *p, const char *arg)
{
	(void)arg;
	p->cfg->resume = true;
	return true;
}

static bool
take_create_tar(struct parse *p, const char *arg)
{
	(void)arg;
	if (p->cfg->tar == TAR_NOT)
		p->cfg->tar = TAR_ALSO;
	return true;
}

static bool
take_tar_only(struct parse *p, const char *arg)
{
	(void)arg;
	p->cfg->tar = TAR_ALONE;
	return true;
}

static bool
take_tar_prefix(struct parse *p, const char *arg)
{
	if (strchr(arg, '/') != NULL)
		return fail(p, "--tar-prefix takes part of a name, not a path",
		    arg);
	p->cfg->tar_prefix = arg;
	p->tar_option = "--tar-prefix";
	return true;
}

static bool
take_tar_compress(struct parse *p, const char *arg)
{
	if (!tar_parse_compress(arg, &p->cfg->tar_compress))
		return fail(p,
		    "--tar-compress takes none, gzip, zstd or xz, "
		    "not",
		    arg);
	p->tar_option = "--tar-compress";
	return true;
}

static bool
take_force(struct parse *p, const char *arg)
{
	(void)arg;
	p->cfg->force = true;
	return true;
}

static bool
take_sync(struct parse *p, const char *arg)
{
	(void)arg;
	p->cfg->sync = true;
	return true;
}

static bool
take_strict(struct parse *p, const char *arg)
{
	(void)arg;
	p->cfg->model.strict = true;
	return true;
}

static bool
take_quiet(struct parse *p, const char *arg)
{
	(void)arg;
	p->cfg->quiet = true;
	return true;
}

static bool
take_verbose(struct parse *p, const char *arg)
{
	(void)arg;
	p->cfg->verbose = true;
	return true;
}

static bool
take_progress(struct parse *p, const char *arg)
{
	(void)arg;
	p->cfg->progress = true;
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
		return fail(p, "--gaps takes zero or skip, not", arg);
	p->cfg->gaps_skip = i == 1;
	return true;
}

static bool
take_color(struct parse *p, const char *arg)
{
	static const char *const words[] = { "auto", "always", "never", NULL };
	int i = find_word(words, arg);

	if (i < 0)
		return fail(p, "--color takes auto, always or never, not", arg);
	p->cfg->color = (enum when)i;
	return true;
}

static bool
take_overlap(struct parse *p, const char *arg)
{
	if (!overlap_parse(arg, &p->cfg->model.overlap))
		return fail(p,
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
		return fail(p, "--checksum takes auto, ignore or drop, not",
		    arg);
	p->cfg->model.checksum = (enum checksum_policy)i;
	return true;
}

static bool
take_split_by(struct parse *p, const char *arg)
{
	if (strcmp(arg, "vlan") != 0)
		return fail(p, "--split-by takes vlan, not", arg);
	p->cfg->model.split_vlan = true;
	return true;
}

static bool
take_size(struct parse *p, const char *name, const char *arg, uint64_t *out)
{
	if (!fmt_parse_size(arg, out)) {
		snprintf(p->message, CONFIG_MESSAGE_LEN,
		    "%s takes a size such as 4096, 64K or 2G, not: %s", name,
		    arg);
		return false;
	}
	return true;
}

static bool
take_max_bytes(struct parse *p, const char *arg)
{
	return take_size(p, "--max-bytes", arg, &p->cfg->model.max_bytes);
}

static bool
take_max_gap(struct parse *p, const char *arg)
{
	return take_size(p, "--max-gap", arg, &p->cfg->model.max_gap);
}

static bool
take_max_memory(struct parse *p, const char *arg)
{
	return take_size(p, "--max-memory", arg, &p->cfg->model.max_memory);
}

static bool
parse_seconds(const char *arg, int64_t *out_ns)
{
	char *end;
	double seconds;

	errno = 0;
	seconds = strtod(arg, &end);
	if (end == arg || *end != '\0' || errno != 0 || !(seconds >= 0) ||
	    seconds > MAX_SECONDS)
		return false;
	*out_ns = (int64_t)(seconds * NS_PER_SECOND);
	return true;
}

static bool
take_idle(struct parse *p, const char *arg)
{
	if (!parse_seconds(arg, &p->cfg->model.idle_ns) ||
	    p->cfg->model.idle_ns == 0)
		return fail(p, "--idle takes a number of seconds, not", arg);
	return true;
}

static bool
take_min_age(struct parse *p, const char *arg)
{
	if (!parse_seconds(arg, &p->cfg->min_age_ns))
		return fail(p, "--min-age takes a number of seconds, not", arg);
	return true;
}

/* Decimal digits only; *end is what follows. */
static bool
parse_count(const char *arg, uint64_t *out, const char **end)
{
	char *after;

	if (arg[0] < '0' || arg[0] > '9')
		return false;
	errno = 0;
	*out = strtoull(arg, &after, 10);
	*end = after;
	return errno == 0;
}

static bool
take_shard(struct parse *p, const char *arg)
{
	struct selection *s = &p->cfg->model.selection;
	const char *rest;

	if (parse_count(arg, &s->shard, &rest) && *rest == '/' &&
	    parse_count(rest + 1, &s->shards, &rest) && *rest == '\0' &&
	    s->shard < s->shards)
		return true;
	return fail(p, "--shard takes I/N with I from 0 to N-1, not", arg);
}

static const struct option_row options[] = {
	{ 'o', "output-dir", "DIR",
	    "where output goes (default: the current directory)",
	    take_output_dir },
	{ 'r', "recursive", NULL, "descend into directories", take_recursive },
	{ 0, "files-from", "FILE",
	    "read more PATHs from FILE, one a line; - is standard input",
	    take_files_from },
	{ '0', "null", NULL, "names in FILE end in a NUL, not in a line feed",
	    take_null },
	{ 0, "continuous", NULL,
	    "all inputs are one capture, in the order of their first packets",
	    take_continuous },
	{ 0, "state", "FILE",
	    "with --continuous: go on with what the last run left open",
	    take_state },
	{ 0, "resume", NULL,
	    "skip captures whose output is complete and would be the same",
	    take_resume },
	{ 0, "min-age", "SECONDS",
	    "leave files that were modified less than SECONDS ago",
	    take_min_age },
	{ 0, "shard", "I/N", "only the sessions that fall to part I of N",
	    take_shard },
	{ 'f', "filter", "EXPR",
	    "read only packets that match, also inside VLAN, MPLS and PPPoE",
	    take_filter },
	{ 'F', "filter-file", "FILE", "read the filter expression from FILE",
	    take_filter_file },
	{ 'e', "emit", "LIST",
	    "what to write: raw,text,hex,json,js, all or none (default "
	    "raw,text)",
	    take_emit },
	{ 0, "json", NULL, "also write each session as a JSON document",
	    take_json },
	{ 0, "hex", NULL, "also write the transcript as a hex dump", take_hex },
	{ 0, "js", NULL, "also write the JavaScript that HTTP carried",
	    take_js },
	{ 'n', "no-js", NULL, "leave JavaScript out again", take_no_js },
	{ 'c', "create-tar", NULL, "also pack the output in one tar",
	    take_create_tar },
	{ 0, "tar-only", NULL,
	    "write the tar alone, with -o - on standard output",
	    take_tar_only },
	{ 't', "tar-prefix", "NAME", "the tar is NAMEsessions.tar.gz",
	    take_tar_prefix },
	{ 0, "tar-compress", "none|gzip|zstd|xz",
	    "how the tar is compressed (default gzip)", take_tar_compress },
	{ 0, "force", NULL,
	    "replace an output directory that tcpsession did not make",
	    take_force },
	{ 0, "sync", NULL, "flush to disk before publishing", take_sync },
	{ 0, "strict", NULL,
	    "only sessions with a full handshake, and data within the window",
	    take_strict },
	{ 0, "gaps", "zero|skip",
	    "bytes never captured, in raw files: sparse zeros or left out",
	    take_gaps },
	{ 0, "overlap", "POLICY",
	    "who wins when copies differ: first last bsd linux windows solaris",
	    take_overlap },
	{ 0, "checksum", "auto|ignore|drop",
	    "what to do with segments whose TCP checksum is bad",
	    take_checksum },
	{ 0, "split-by", "vlan", "VLAN tags are part of a session's identity",
	    take_split_by },
	{ 'b', "max-bytes", "SIZE", "keep at most SIZE bytes a direction",
	    take_max_bytes },
	{ 0, "max-gap", "SIZE",
	    "how far ahead a segment is believed by itself (default 1M)",
	    take_max_gap },
	{ 0, "idle", "SECONDS",
	    "a session silent for so long is over (default: never)",
	    take_idle },
	{ 'M', "max-memory", "SIZE",
	    "ceiling for records and held data (default 512M)",
	    take_max_memory },
	{ 'p', NULL, "FILE", "the same as FILE given as a PATH", take_path },
	{ 'i', NULL, "DIR", "the same as DIR given as a PATH", take_path },
	{ 0, "color", "WHEN", "colour messages: auto, always or never",
	    take_color },
	{ 0, "progress", NULL, "show progress, even when not on a terminal",
	    take_progress },
	{ 'q', "quiet", NULL, "only errors", take_quiet },
	{ 'v', "verbose", NULL, "say what was read, skipped and found",
	    take_verbose },
	{ 'V', "version", NULL, "print the version", take_version },
	{ 'h', "help", NULL, "print this help", take_help },
};

#define N_OPTIONS (sizeof(options) / sizeof(options[0]))
/* Values that getopt_long returns for rows, beyond any letter. */
#define ROW_BASE 256

static void
build_getopt(struct option longs[static N_OPTIONS + 1],
    char letters[static 2 * N_OPTIONS + 2])
{
	size_t n = 0, l = 0;

	letters[l++] = ':';
	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct option_row *o = &options[i];

		if (o->letter != 0) {
			letters[l++] = o->letter;
			if (o->arg != NULL)
				letters[l++] = ':';
		}
		if (o->name != NULL)
			longs[n++] = (struct option){ .name = o->name,
				.has_arg = o->arg != NULL,
				.val = ROW_BASE + (int)i };
	}
	letters[l] = '\0';
	longs[n] = (struct option){ 0 };
}

static const struct option_row *
row_of(int value)
{
	if (value >= ROW_BASE)
		return &options[value - ROW_BASE];
	for (size_t i = 0; i < N_OPTIONS; i++)
		if (options[i].letter == value)
			return &options[i];
	return NULL;
}

static void
set_defaults(struct config *cfg)
{
	*cfg = (struct config){
		.output_dir = ".",
		.tar_prefix = "",
		.tar_compress = TAR_GZIP,
		.model = {
			.max_bytes = UINT64_MAX,
			.max_gap = MAX_GAP_DEFAULT,
			.max_memory = MAX_MEMORY_DEFAULT,
		},
	};
	if (!sinks_parse_emit("raw,text", &cfg->emit))
		cfg->emit = 0;
}

/* Adds the PATHs of --files-from to those of the command line. */
static bool
read_lists(struct parse *p)
{
	struct config *cfg = p->cfg;
	bool stdin_is_list = false;

	for (size_t i = 0; i < cfg->n_files_from; i++) {
		stdin_is_list |= strcmp(cfg->files_from[i], "-") == 0;
		if (!pathlist_read(&cfg->listed, cfg->files_from[i], cfg->null,
			p->message, CONFIG_MESSAGE_LEN))
			return false;
	}
	for (size_t i = 0; i < cfg->listed.n; i++)
		add_path(cfg, cfg->listed.v[i]);
	for (size_t i = 0; stdin_is_list && i < cfg->n_paths; i++)
		if (strcmp(cfg->paths[i], "-") == 0)
			return fail(p, "--files-from -",
			    "standard input cannot be a capture as well");
	return true;
}

/* Whether what was said of a tar agrees with the rest. */
static bool
check_tar(struct parse *p)
{
	const struct config *cfg = p->cfg;
	bool is_stream = strcmp(cfg->output_dir, "-") == 0;

	if (cfg->tar == TAR_NOT && p->tar_option != NULL)
		return fail(p, p->tar_option,
		    "goes with --create-tar or --tar-only");
	if (cfg->tar == TAR_ALONE && cfg->resume)
		return fail(p, "--tar-only", "does not go with --resume");
	if (cfg->tar == TAR_ALONE && cfg->state != NULL)
		return fail(p, "--tar-only", "does not go with --state");
	if (cfg->tar != TAR_ALONE && is_stream)
		return fail(p, "--output-dir -",
		    "only a tar goes to standard output (--tar-only); "
		    "a directory of that name is ./-");
	if (is_stream && isatty(STDOUT_FILENO))
		return fail(p, "--output-dir -",
		    "a tar is not written to a terminal");
	return true;
}

/* What getopt_long did not take: a letter, a row's option, or argv's word. */
static bool
bad_option(struct parse *p, char **argv, int value)
{
	const char letter[] = { '-', (char)optopt, '\0' };
	bool is_letter = optopt > 0 && optopt < ROW_BASE;

	snprintf(p->message, CONFIG_MESSAGE_LEN, "%s: %s; see --help",
	    is_letter ? letter : argv[optind - 1],
	    value == ':'	   ? "needs an argument" :
		optopt >= ROW_BASE ? "takes no argument" :
				     "no such option");
	return false;
}

bool
config_parse(struct config *cfg, int argc, char **argv,
    char message[static CONFIG_MESSAGE_LEN])
{
	struct option longs[N_OPTIONS + 1];
	char letters[2 * N_OPTIONS + 2];
	struct parse p = { .cfg = cfg, .message = message };
	int value;

	set_defaults(cfg);
	build_getopt(longs, letters);
	opterr = 0;
	while ((value = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct option_row *o = row_of(value);

		if (o == NULL)
			return bad_option(&p, argv, value);
		if (!o->take(&p, optarg))
			return false;
	}
	while (optind < argc)
		add_path(cfg, argv[optind++]);
	if (cfg->state != NULL && !cfg->continuous) {
		snprintf(message, CONFIG_MESSAGE_LEN,
		    "--state goes with --continuous");
		return false;
	}
	if (cfg->state != NULL && cfg->resume) {
		snprintf(message, CONFIG_MESSAGE_LEN,
		    "--resume does not go with --state");
		return false;
	}
	if (cfg->action != ACTION_RUN)
		return true;
	if (!check_tar(&p) || !read_lists(&p))
		return false;
	/* A list may be empty: there is nothing to do. */
	if (cfg->n_paths == 0 && cfg->n_files_from == 0) {
		snprintf(message, CONFIG_MESSAGE_LEN,
		    "name a capture, a directory or - ; see --help");
		return false;
	}
	return true;
}

void
config_free(struct config *cfg)
{
	free(cfg->paths);
	free(cfg->files_from);
	free(cfg->filter_text);
	pathlist_free(&cfg->listed);
	cfg->paths = NULL;
	cfg->files_from = NULL;
	cfg->filter_text = NULL;
}

void
config_help(void)
{
	puts("usage: tcpsession [option]... PATH...\n"
	     "\n"
	     "Writes what was said on every TCP connection in packet captures."
	     "\n"
	     "PATH is a capture (pcap or pcapng, plain or compressed), a "
	     "directory,\nor - for standard input.\n");
	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct option_row *o = &options[i];
		char left[64];
		char letter[4] = "  ";

		if (o->letter != 0)
			snprintf(letter, sizeof(letter), "-%c", o->letter);
		snprintf(left, sizeof(left), "%s%s%s%s%s%s", letter,
		    o->name == NULL    ? "" :
			o->letter != 0 ? ", " :
					 "  ",
		    o->name == NULL ? "" : "--", o->name == NULL ? "" : o->name,
		    o->arg == NULL ? "" : " ", o->arg == NULL ? "" : o->arg);
		printf("  %-30s %s\n", left, o->help);
	}
}
