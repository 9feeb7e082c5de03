/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* sandbox.c: confines the process with Landlock, by system call numbers of its
 * own: headers are often older than the kernel. */
#include "app/sandbox.h"

#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same on all architectures but one. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

#ifdef COVERAGE
/* Counters go to files beside the objects when the program ends. */
static const bool is_possible = false;
#else
static const bool is_possible = true;
#endif

#define ASK_VERSION 1
#define RULE_PATH_BENEATH 1

enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_REMOVE_DIR = 1 << 4,
	FS_REMOVE_FILE = 1 << 5,
	FS_MAKE_CHAR = 1 << 6,
	FS_MAKE_DIR = 1 << 7,
	FS_MAKE_REG = 1 << 8,
	FS_MAKE_SOCK = 1 << 9,
	FS_MAKE_FIFO = 1 << 10,
	FS_MAKE_BLOCK = 1 << 11,
	FS_MAKE_SYM = 1 << 12,
	FS_REFER = 1 << 13,
	FS_TRUNCATE = 1 << 14,
	NET_BIND_TCP = 1 << 0,
	NET_CONNECT_TCP = 1 << 1,
};

/* What is needed below the directories, and what nowhere.  With --force
 * anything may stand where output belongs, and is renamed. */
#define NEEDED                                                                 \
	(FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_CHAR |       \
	    FS_MAKE_DIR | FS_MAKE_REG | FS_MAKE_SOCK | FS_MAKE_FIFO |          \
	    FS_MAKE_BLOCK | FS_MAKE_SYM | FS_REFER | FS_TRUNCATE)
#define NEVER FS_EXECUTE

/* As the kernel takes them. */
struct ruleset {
	uint64_t fs;
	uint64_t net;
};

struct __attribute__((packed)) path_beneath {
	uint64_t allowed;
	int32_t fd;
};

/* What a version of Landlock can handle. */
static struct ruleset
handled(long version)
{
	struct ruleset r = { .fs = NEEDED | NEVER };

	if (version < 2)
		r.fs &= ~(uint64_t)FS_REFER;
	if (version < 3)
		r.fs &= ~(uint64_t)FS_TRUNCATE;
	if (version >= 4)
		r.net = NET_BIND_TCP | NET_CONNECT_TCP;
	return r;
}

static bool
allow(int rules, int dir, uint64_t what)
{
	const struct path_beneath p = { .allowed = what, .fd = dir };

	return dir < 0 ||
	    syscall(SYS_landlock_add_rule, rules, RULE_PATH_BENEATH, &p, 0) ==
	    0;
}

bool
sandbox_enter(const int *dirs, size_t n)
{
	long version = is_possible ?
	    syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION) :
	    -1;
	struct ruleset r;
	int rules;
	bool ok;

	if (version < 1)
		return false;
	r = handled(version);
	rules = (int)syscall(SYS_landlock_create_ruleset, &r, sizeof(r), 0);
	ok = rules >= 0;
	for (size_t i = 0; ok && i < n; i++)
		ok = allow(rules, dirs[i], r.fs & NEEDED);
	ok = ok && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	if (rules >= 0)
		close(rules);
	return ok;
}
