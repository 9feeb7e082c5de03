/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* config.h: what the command line asked for: struct config. */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str_list.h"
#include "flow/model.h"
#include "inspect/match.h"
#include "inspect/pattern.h"
#include "sinks/console.h"
#include "sinks/hash.h"
#include "store/tar.h"
#include "verify/verify.h"

enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

/* What becomes of the output: TAR_ALSO packs it besides, TAR_ALONE writes
 * nothing else. */
enum tar_mode { TAR_NOT, TAR_ALSO, TAR_ALONE };

enum action { ACTION_RUN, ACTION_HELP, ACTION_VERSION };

/* The times of --after, or of --before, as they were given, and what is left of
 * them: any may count. */
struct time_bound {
	struct str_list texts;
	bool has[2]; /* one by the clock; one since the first packet */
	int64_t ns[2];
};

/* What the options of selection were given, for those who ask later. */
struct selection_texts {
	struct str_list client, server, host, port, community_id, session,
	    shard;
};

/* Const after config_parse.  Strings are argv's. */
struct config {
	enum action action;
	const char **paths;
	size_t n_paths;
	const char **files_from;
	size_t n_files_from;
	struct str_list listed; /* what they hold */
	const char *output_dir;
	struct str_list keylog; /* files of TLS secrets */
	const char *state;	/* file of open connections, or NULL */
	int64_t min_age_ns;	/* of files to be read; 0: any */
	const char *filter;	/* BPF expression, or NULL */
	char *filter_text;	/* read from a file; config_free frees it */
	unsigned emit;		/* see sinks_parse_emit */
	bool wire; /* not what was opened, where either can be shown */
	struct console console; /* what goes to standard output */
	struct selection_texts said;
	struct time_bound after, before;
	bool selects; /* part of the sessions or packets was asked for */
	struct match match;
	struct str_list grep;	 /* expressions; any may match */
	struct pattern *pattern; /* of them; NULL for none */
	const char *template;	 /* of file names, or NULL */
	enum sink_hash hash;	 /* of each direction */
	const char *interface;	 /* to capture from, or NULL */
	const char *user;	 /* to become once all is open, or NULL */
	unsigned jobs;		 /* threads */
	unsigned verify;	 /* enum peer_program: to compare bytes with */
	unsigned compare;	 /* rounds to time; 0: none */
	enum tar_mode tar;
	const char *tar_prefix;
	enum tar_compress tar_compress;
	uint64_t max_output; /* bytes in files of the run; UINT64_MAX: any */
	uint64_t max_ratio;  /* of what is decoded or unpacked */
	uint64_t max_files;  /* of the run; 0: of each capture the default */
	bool null;	     /* names in files_from end in a NUL */
	bool recursive;
	bool continuous; /* all inputs are one capture */
	bool resume;
	bool files; /* some output in files was asked for */
	bool force;
	bool sync;
	bool gaps_skip;
	bool exact;
	bool progress;
	bool quiet;
	bool verbose;
	enum when color;
	struct model_config model;
};

#define CONFIG_MESSAGE_LEN 512

/* Fills *cfg from the command line.  False, with a message of one line, when
 * it cannot be understood. */
bool config_parse(struct config *cfg, int argc, char **argv,
    char message[static CONFIG_MESSAGE_LEN]) ATTR_NODISCARD;
void config_free(struct config *cfg);

/* --interface -: what is live comes on standard input. */
bool config_reads_stdin_live(const struct config *cfg);

/* The times between which sessions must have been, in a capture whose first
 * packet came at first_ns. */
void config_span(const struct config *cfg, int64_t first_ns,
    struct time_span *out);

/* Whether a product of standard output is shown on a terminal. */
bool config_takes_terminal(const struct config *cfg);

#endif
