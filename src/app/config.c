/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* config.c: reads the command line by the table of options.c. */
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
#include "base/limit.h"
#include "base/xalloc.h"
#include "proto/decode_budget.h"
#include "sinks/sinks.h"

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
		.max_ratio = LIMIT_RATIO,
		.model = {
			.stream.max_bytes = UINT64_MAX,
			.stream.max_gap = LIMIT_MAX_GAP,
			.max_memory = LIMIT_MEMORY,
		},
	};
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

/* Those that this process may use; at least 1. */
static unsigned
processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	return (unsigned)CPU_COUNT(&set);
}

/* What getopt_long did not take: a letter, a row's option, or argv's word. */
static bool
bad_option(struct parse *p, char **argv, int value)
{
	const char letter[] = { '-', (char)optopt, '\0' };
	bool is_letter = optopt > 0 && optopt < ROW_BASE;

	if (value == ':' || optopt >= ROW_BASE)
		snprintf(p->message, CONFIG_MESSAGE_LEN, "%s: %s; see --help",
		    is_letter ? letter : argv[optind - 1],
		    value == ':' ? "needs an argument" : "takes no argument");
	else if (is_letter)
		option_letter_hint(p, (char)optopt);
	else
		option_hint(p, argv[optind - 1]);
	return false;
}

/* The list, then what is added to it, then what is taken off: wherever these
 * stand on the command line. */
static unsigned
products_of(const struct parse *p)
{
	unsigned js;

	if (option_given(p, "no-js") && sinks_parse_emit("js", &js))
		return (p->list | p->more) & ~js;
	return p->list | p->more;
}

/* Whether a run in which nothing was chosen is to be told of.  Parts of the
 * whole, which --shard makes, may be empty. */
static bool
is_selective(const struct parse *p)
{
	static const char *const names[] = { "filter", "filter-file", "client",
		"server", "host", "port", "community-id", "after", "before",
		"session", "grep", "match", "match-regex" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (option_given(p, names[i]))
			return true;
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
	if (!sinks_parse_emit("raw,plain,text", &p.list))
		p.list = 0;
	build_getopt(longs, letters);
	opterr = 0;
	while ((value = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct option_row *o = row_of(value);

		if (o == NULL)
			return bad_option(&p, argv, value);
		p.row = o;
		p.given[o - options] = true;
		if (!o->take(&p, optarg))
			return false;
	}
	while (optind < argc)
		config_add_path(cfg, argv[optind++]);
	if (cfg->action != ACTION_RUN)
		return true;
	if (asks_nothing(cfg) && cfg->pattern != NULL)
		cfg->console.product = CONSOLE_GREP;
	cfg->files |= asks_nothing(cfg);
	cfg->emit = products_of(&p);
	cfg->selects = is_selective(&p);
	if (!options_agree(&p) || !read_lists(&p) || !options_share_stdin(&p))
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
config_reads_stdin_live(const struct config *cfg)
{
	return cfg->interface != NULL && strcmp(cfg->interface, "-") == 0;
}

bool
config_takes_terminal(const struct config *cfg)
{
	return cfg->console.product != CONSOLE_NONE &&
	    isatty(STDOUT_FILENO) == 1;
}

static void
free_said(struct selection_texts *s)
{
	str_list_free(&s->client);
	str_list_free(&s->server);
	str_list_free(&s->host);
	str_list_free(&s->port);
	str_list_free(&s->community_id);
	str_list_free(&s->session);
	str_list_free(&s->shard);
}

void
config_free(struct config *cfg)
{
	free(cfg->paths);
	free(cfg->files_from);
	free(cfg->filter_text);
	free_said(&cfg->said);
	str_list_free(&cfg->after.texts);
	str_list_free(&cfg->before.texts);
	selection_fini(&cfg->model.selection);
	match_fini(&cfg->match);
	str_list_free(&cfg->grep);
	str_list_free(&cfg->keylog);
	pattern_free(cfg->pattern);
	str_list_free(&cfg->listed);
	cfg->paths = NULL;
	cfg->files_from = NULL;
	cfg->filter_text = NULL;
}
