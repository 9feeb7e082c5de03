/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * starter.h: a process that starts other programs for one that no longer can:
 * forked before that one is confined, it takes requests over a socket, and
 * starts a few programs and nothing else.
 */
#ifndef VERIFY_STARTER_H
#define VERIFY_STARTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/* The programs that it knows; STARTER_SELF is this one. */
enum starter_program {
	STARTER_TSHARK,
	STARTER_TCPFLOW,
	STARTER_SELF,
	STARTER_PROGRAMS,
	STARTER_STOP, /* no program: ends what is running */
};

/* A program that is about to be started. */
struct starter_job {
	const char *program; /* its path */
	const char *home;    /* the directory where it may write */
	const char *capture; /* a file to be read, or empty */
};

struct starter_plan {
	unsigned programs; /* those that it may start: bits */
	/* In the starter, once it is one. */
	void (*settle)(void *arg);
	/* In the process that becomes the program; false: it is not to be. */
	bool (*confine)(void *arg, const struct starter_job *job);
	void *arg;
};

/* Forks the starter, which ends when the socket is closed.  The socket, or -1
 * with errno. */
int starter_fork(const struct starter_plan *plan) ATTR_NODISCARD;

/* What goes over the socket: a head, with the descriptors for standard error
 * and (n_fds is 2) standard output; then `bytes' bytes of strings that end in
 * NUL: capture, home, the words of argv.  Back comes a struct spawn_result. */
struct starter_head {
	uint32_t program;
	uint32_t n_fds;
	uint32_t bytes;
};

/* Where PATH has that program.  Caller frees; NULL: nowhere. */
char *starter_find(const char *name) ATTR_NODISCARD;
/* All of n bytes; false at the end or after an error. */
bool starter_read(int fd, void *p, size_t n) ATTR_NODISCARD;
bool starter_write(int fd, const void *p, size_t n) ATTR_NODISCARD;

#endif
