/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* config.c: reads the command line by the table of options.c, and checks that
 * the options agree with each other. */
#include "app/config.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/options.h"
#include "base/buf.h"
#include "base/fmt.h"
#include "base/xalloc.h"
#include "proto/decode_budget.h"
#include "sinks/sinks.h"

#define MAX_MEMORY_DEFAULT ((uint64_t)512 << 20)
#define MAX_GAP_DEFAULT ((uint64_t)1 << 20)
#define LIVE_IDLE_NS ((int64_t)600 * 1000000000)

/* Rows there may be. */
#define OPTIONS_MAX 96
/* Values that getopt_long returns for rows, beyond any letter. */
#define ROW_BASE 256

/* As getopt_long counts: a letter whose argument may be left out takes it
 * only when it is attached. */
static int
arity(const struct option_row *o)
{
	if (o->arg == NULL)
		return no_argument;
	return o->arg[0] == '[' ? optional_argument : required_argument;
}

static void
build_getopt(struct option longs[static OPTIONS_MAX + 1],
    char letters[static 3 * OPTIONS_MAX + 2])
{
	size_t n = 0, l = 0;

	assert(n_options <= OPTIONS_MAX);

	letters[l++] = ':';
	for (size_t i = 0; i < n_options; i++) {
		const struct option_row *o = &options[i];

		if (o->letter != 0) {
			letters[l++] = o->letter;
			for (int n_colons = arity(o); n_colons > 0; n_colons--)
				letters[l++] = ':';
		}
		if (o->name != NULL)
			longs[n++] = (struct option){ .name = o->name,
				.has_arg = arity(o),
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
	for (size_t i = 0; i < n_options; i++)
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
		.max_output = UINT64_MAX,
		.max_ratio = RATIO_DEFAULT,
		.model = {
			.stream.max_bytes = UINT64_MAX,
			.stream.max_gap = MAX_GAP_DEFAULT,
			.max_memory = MAX_MEMORY_DEFAULT,
		},
	};
	if (!sinks_parse_emit("raw,text", &cfg->emit))
		cfg->emit = 0;
}

/* Adds the names in the file, each of which ends in `end`; empty ones are passed
 * over.  NULL, or what is wrong with the file. */
static const char *
read_names(struct str_list *l, FILE *file, int end)
{
	const char *wrong = NULL;
	char *name = NULL;
	size_t cap = 0;
	ssize_t n;

	while (wrong == NULL &&
	    (errno = 0, n = getdelim(&name, &cap, end, file)) > 0) {
		if (name[n - 1] == end)
			name[--n] = '\0';
		if (strlen(name) != (size_t)n)
			wrong = "has NUL bytes in it; read it with -0";
		else if (n > 0)
			str_list_add(l, name);
	}
	if (wrong == NULL && ferror(file))
		wrong = strerror(errno);
	free(name);
	return wrong;
}

/* Adds the PATHs of --files-from to those of the command line. */
static bool
read_lists(struct parse *p)
{
	struct config *cfg = p->cfg;
	bool stdin_is_list = false;

	for (size_t i = 0; i < cfg->n_files_from; i++) {
		const char *name = cfg->files_from[i];
		bool is_stdin = strcmp(name, "-") == 0;
		FILE *f = is_stdin ? stdin : fopen(name, "re");
		const char *wrong = f == NULL ?
		    strerror(errno) :
		    read_names(&cfg->listed, f, cfg->null ? '\0' : '\n');

		stdin_is_list |= is_stdin;
		if (f != NULL && !is_stdin)
			fclose(f);
		if (wrong != NULL) {
			snprintf(p->message, CONFIG_MESSAGE_LEN,
			    "--files-from: %s: %s", name, wrong);
			return false;
		}
	}
	for (size_t i = 0; i < cfg->listed.n; i++)
		config_add_path(cfg, cfg->listed.v[i]);
	for (size_t i = 0; stdin_is_list && i < cfg->n_paths; i++)
		if (strcmp(cfg->paths[i], "-") == 0)
			return option_fail(p, "--files-from -",
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
		return option_fail(p, p->tar_option,
		    "goes with --create-tar or --tar-only");
	if (cfg->tar == TAR_ALONE && cfg->resume)
		return option_fail(p, "--tar-only",
		    "does not go with --resume");
	if (cfg->tar == TAR_ALONE && cfg->state != NULL)
		return option_fail(p, "--tar-only", "does not go with --state");
	if (cfg->tar != TAR_ALONE && is_stream)
		return option_fail(p, "--output-dir -",
		    "only a tar goes to standard output (--tar-only); "
		    "a directory of that name is ./-");
	if (is_stream && isatty(STDOUT_FILENO))
		return option_fail(p, "--output-dir -",
		    "a tar is not written to a terminal");
	return true;
}

/* Whether what was said of standard output agrees with the rest. */
static bool
check_console(struct parse *p)
{
	struct console *c = &p->cfg->console;

	if (c->sort != SORT_NONE && c->product != CONSOLE_SUMMARY)
		return option_fail(p, "--sort", "goes with --summary");
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
	if (!p->cfg->files && p->cfg->resume)
		return option_fail(p, "--resume", "needs output in files");
	if (c->product != CONSOLE_NONE && strcmp(p->cfg->output_dir, "-") == 0)
		return option_fail(p, "--output-dir -",
		    "standard output is taken already");
	return true;
}

/* Whether a comparison with other programs agrees with the rest. */
static bool
check_peers(struct parse *p)
{
	const struct config *cfg = p->cfg;
	const char *option = cfg->compare != 0 ? "--compare" : "--verify";
	bool from_stdin = false;

	if (cfg->compare == 0 && cfg->verify == 0)
		return true;
	for (size_t i = 0; i < cfg->n_paths; i++)
		from_stdin |= strcmp(cfg->paths[i], "-") == 0;
	if (cfg->compare != 0 && cfg->verify != 0)
		return option_fail(p, "--compare", "does not go with --verify");
	if (cfg->console.product != CONSOLE_NONE)
		return option_fail(p, option,
		    "does not go with --summary, --packets or --print");
	if (match_is_set(&cfg->match))
		return option_fail(p, option,
		    "does not go with --match; choose with --session");
	if (cfg->pattern != NULL)
		return option_fail(p, option,
		    "does not go with --grep; choose with --session");
	if (cfg->state != NULL)
		return option_fail(p, option, "does not go with --state");
	if (cfg->compare != 0 && (cfg->files || cfg->filter != NULL))
		return option_fail(p, option,
		    "goes with captures alone: no output, no filter");
	if (from_stdin && (cfg->compare != 0 || cfg->continuous || cfg->files))
		return option_fail(p, option,
		    "standard input cannot be read twice");
	return true;
}

/* Those that this process may use; at least 1. */
static unsigned
processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	return (unsigned)CPU_COUNT(&set);
}

/* What goes with files alone. */
static const char *
files_option(const struct config *cfg)
{
	return cfg->n_files_from > 0 ? "--files-from" :
	    cfg->state != NULL	     ? "--state" :
	    cfg->continuous	     ? "--continuous" :
	    cfg->resume		     ? "--resume" :
	    cfg->recursive	     ? "--recursive" :
	    cfg->min_age_ns > 0	     ? "--min-age" :
	    cfg->jobs > 0	     ? "--jobs" :
	    cfg->verify != 0	     ? "--verify" :
	    cfg->compare != 0	     ? "--compare" :
				       NULL;
}

/* Whether what was said of an interface agrees with the rest; what is not
 * said is other than with files. */
static bool
check_interface(struct parse *p)
{
	struct config *cfg = p->cfg;

	if (cfg->interface == NULL)
		return true;
	if (files_option(cfg) != NULL)
		return option_fail(p, "--interface does not go with",
		    files_option(cfg));
	if (cfg->n_paths > 0)
		return option_fail(p, "--interface takes no PATH besides",
		    cfg->paths[0]);
	if (cfg->model.idle_ns == 0)
		cfg->model.idle_ns = LIVE_IDLE_NS;
	cfg->model.linger_ns = MODEL_LINGER_LIVE_NS;
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

/* Nothing is to be written, shown or compared. */
static bool
asks_nothing(const struct config *cfg)
{
	return !cfg->files && cfg->console.product == CONSOLE_NONE &&
	    cfg->verify == 0 && cfg->compare == 0;
}

bool
config_parse(struct config *cfg, int argc, char **argv,
    char message[static CONFIG_MESSAGE_LEN])
{
	struct option longs[OPTIONS_MAX + 1];
	char letters[3 * OPTIONS_MAX + 2];
	struct parse p = { .cfg = cfg, .message = message };
	int value;

	set_defaults(cfg);
	build_getopt(longs, letters);
	opterr = 0;
	while ((value = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct option_row *o = row_of(value);

		if (o == NULL)
			return bad_option(&p, argv, value);
		p.row = o;
		if (!o->take(&p, optarg))
			return false;
	}
	while (optind < argc)
		config_add_path(cfg, argv[optind++]);
	if (cfg->state != NULL && (!cfg->continuous || cfg->resume)) {
		snprintf(message, CONFIG_MESSAGE_LEN, "%s",
		    cfg->continuous ? "--resume does not go with --state" :
				      "--state goes with --continuous");
		return false;
	}
	if (cfg->action != ACTION_RUN)
		return true;
	if (asks_nothing(cfg) && cfg->pattern != NULL)
		cfg->console.product = CONSOLE_GREP;
	cfg->files |= asks_nothing(cfg);
	if (!check_console(&p) || !check_tar(&p) || !check_interface(&p) ||
	    !read_lists(&p) || !check_peers(&p))
		return false;
	/* A list may be empty: there is nothing to do. */
	if (cfg->n_paths == 0 && cfg->n_files_from == 0 &&
	    cfg->interface == NULL && cfg->state == NULL) {
		snprintf(message, CONFIG_MESSAGE_LEN,
		    "name a capture, a directory or - ; see --help");
		return false;
	}
	if (cfg->jobs == 0)
		cfg->jobs = processors();
	return true;
}

bool
config_takes_terminal(const struct config *cfg)
{
	return cfg->console.product != CONSOLE_NONE &&
	    isatty(STDOUT_FILENO) == 1;
}

void
config_free(struct config *cfg)
{
	free(cfg->paths);
	free(cfg->files_from);
	free(cfg->filter_text);
	free(cfg->numbers);
	match_fini(&cfg->match);
	str_list_free(&cfg->grep);
	pattern_free(cfg->pattern);
	str_list_free(&cfg->listed);
	cfg->paths = NULL;
	cfg->files_from = NULL;
	cfg->filter_text = NULL;
	cfg->numbers = NULL;
}
