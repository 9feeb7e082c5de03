/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* cage_parts.h: the layers of the cage, for cage.c: each by raw
 * system calls, as headers and libraries are often older than the kernel. */
#ifndef APP_CAGE_PARTS_H
#define APP_CAGE_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "app/run_inputs.h"
#include "base/attr.h"
#include "capture/filter.h"

/*
 * What the build is for.  The run time of a sanitizer maps code, starts a
 * thread of its own kind and may start a program when it has something to
 * report; counters of coverage go to files beside the objects.
 */
#ifdef INSTRUMENTED
#define CAGE_INSTRUMENTED true
#else
#define CAGE_INSTRUMENTED false
#endif

/* -- cage_early.c -- */

/* Loads what libraries would load late; f may be NULL. */
void cage_load_early(struct filter *f);

/* -- cage_programs.c -- */

/* Forks what starts the programs of --verify and --compare, each in a cage.
 * Its socket, or -1 with errno. */
int cage_starter(const struct config *cfg, struct run_inputs *s);

/* -- cage_caps.c -- */

#define CAGE_DAC_OVERRIDE (UINT64_C(1) << 1)
#define CAGE_DAC_READ_SEARCH (UINT64_C(1) << 2)

/* No program that is started gets any.  0, or why the bounding set is not
 * empty: one who is not root cannot change it, and PR_SET_NO_NEW_PRIVS does
 * the same. */
int cage_caps_bound(void);
/* The process has these capabilities and no others, as far as it had them.  0,
 * or the errno. */
int cage_caps_keep(uint64_t keep);
/* What is in effect from now on, of what the process has. */
void cage_caps_effective(uint64_t wanted);

/* -- cage_landlock.c -- */

/* What may be done below a directory, or with a file. */
enum cage_access {
	CAGE_READ = 1 << 0,  /* files, and lists of them */
	CAGE_WRITE = 1 << 1, /* write, make, rename, remove */
	CAGE_ODD = 1 << 2,   /* rename devices, sockets and links, too */
	CAGE_FILES = 1 << 3, /* write, make, rename, remove files only */
	CAGE_RMDIR = 1 << 4, /* remove empty directories */
	CAGE_RUN = 1 << 5,   /* programs and libraries */
};

struct cage_rules {
	int fd;
	int version;
	uint64_t handled; /* what of file systems the version knows */
};

/* The version of the kernel's Landlock, or -errno. */
int cage_landlock_version(void);
/* A set of rules that allows nothing yet, or false with errno. */
bool cage_landlock_new(struct cage_rules *rules) ATTR_NODISCARD;
/* fd may be below 0: then there is nothing to allow. */
void cage_landlock_allow(const struct cage_rules *rules, int fd,
    unsigned access);
/* The same for a path, if something is there. */
void cage_landlock_allow_path(const struct cage_rules *rules, const char *path,
    unsigned access);
/* From now on the rules hold, for this thread and those that it starts, and
 * are used up.  0, or the errno. */
int cage_landlock_close(struct cage_rules *rules);

/* -- cage_seccomp.c -- */

/* Who is in the cage; a run may be several of them. */
enum cage_inmate {
	CAGE_RUN_SELF = 1 << 0, /* a run */
	CAGE_LIVE = 1 << 1,	/* a run that captures */
	CAGE_PEERS = 1 << 2,	/* a run that has other programs started */
	CAGE_PROGRAM = 1 << 3,	/* one of these programs */
	CAGE_STARTER = 1 << 4,	/* what starts them */
};

/* 0 when a filter can be had, or the errno; ENOTSUP: not on this
 * architecture. */
int cage_seccomp_possible(void);
/* From now on this thread and those that it starts can only make the calls
 * that such an inmate needs, and write nothing to the descriptor mute, if it is
 * not below 0.  0, or the errno. */
int cage_seccomp_close(unsigned who, int mute);

#endif
