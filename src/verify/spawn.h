/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* spawn.h: other programs: finding them, running them, what they used. */
#ifndef VERIFY_SPAWN_H
#define VERIFY_SPAWN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cur.h"
#include "verify/starter.h"

#define SPAWN_WORDS_LEN 200

struct spawn {
	int starter; /* that is asked: see starter.h */
	enum starter_program program;
	const char *const *argv; /* NULL-terminated, for the program */
	const char *capture; /* a file of the run's that it reads, or NULL */
	/* A directory of ours, which is the program's HOME: no user's settings
	 * change what it does, and it writes nowhere else. */
	const char *home;
	/* Takes standard output as it comes; NULL: nobody wants it. */
	void (*output)(void *arg, struct slice bytes);
	void *arg;
	/* Asked a few times a second: the program is to be stopped. */
	bool (*stopped)(void);
};

struct spawn_result {
	bool started;
	int code;   /* exit status; 128 and the signal when one ended it */
	int signum; /* the signal, or 0 */
	uint64_t wall_ns;
	uint64_t cpu_ns;	     /* user and system */
	uint64_t memory;	     /* the most that was resident, bytes */
	char words[SPAWN_WORDS_LEN]; /* last line on standard error */
};

/* Whether PATH has such a program. */
bool spawn_has(const char *program);
/*
 * Has a program run to its end, without a shell, with nothing on its standard
 * input.  It ends when this process does.
 */
void spawn_run(const struct spawn *s, struct spawn_result *r);

#endif
