/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* options.h: the table of options, which config.c reads. */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "app/config.h"

/* Rows there may be. */
#define OPTIONS_MAX 96

/* What is known while the command line is read. */
struct parse {
	struct config *cfg;
	char *message;
	const struct option_row *row; /* of the option that is being read */
	bool given[OPTIONS_MAX];      /* by row */
	unsigned list;		      /* products of --emit, or by default */
	unsigned more;		      /* those that have an option */
};

/* One option: names, argument, help, and what takes it. */
struct option_row {
	char letter;	  /* 0: none */
	const char *name; /* NULL: none */
	const char *arg;  /* NULL: none; [=X]: may be left out */
	const char *help;
	/* A group of options begins here: its heading, in --help and in the
	 * manual page.  NULL: the group of the row before. */
	const char *group;
	/* What arg may be, when not told by arg itself ("zero|skip"), with
	 * spaces between; NULL: anything. */
	const char *words;
	/* arg is NULL when it was left out. */
	bool (*take)(struct parse *p, const char *arg);
	size_t at; /* for take: where in struct config its value is */
};

extern const struct option_row options[];
extern const size_t n_options;

/* Whether the option of that name, which has a row, is on the command line. */
bool option_given(const struct parse *p, const char *name);
/* options_select.c: makes "what: arg" the message; false. */
bool option_fail(struct parse *p, const char *what, const char *arg);
/* The argument of p->row is empty, and would say nothing; false. */
bool option_empty(struct parse *p);
/* Where in the configuration the value of p->row belongs. */
void *option_value(const struct parse *p);
/* Reads decimal digits only; *end is what follows. */
bool option_count(const char *arg, uint64_t *out, const char **end);

/* What takes the options for asking, choosing, comparing. */
typedef bool option_take(struct parse *p, const char *arg);
option_take take_client, take_server, take_host, take_port, take_community_id,
    take_session, take_shard, take_match, take_match_regex, take_grep,
    take_after, take_before;
option_take take_summary, take_packets, take_print, take_format, take_sort,
    take_hash, take_only, take_template, take_names, take_jobs, take_verify,
    take_compare;

/* options_agree.c: whether what was asked for agrees with itself; false with a
 * message. */
bool options_agree(struct parse *p);
/* Whether standard input is read once, when all PATHs are known. */
bool options_share_stdin(struct parse *p);

/* options_hint.c: what is to be told of a word or a letter that is no option, or
 * that several could be. */
void option_hint(struct parse *p, const char *word);
void option_letter_hint(struct parse *p, char letter);

/* One more PATH. */
void config_add_path(struct config *cfg, const char *path);

#endif
