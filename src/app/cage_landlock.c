/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* cage_landlock.c: which files may be reached (landlock(7)), for versions 1 to
 * 7 of the kernel's interface; a later one adds to them. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "app/cage_parts.h"
#include "base/sys.h"

/* The same on all architectures but one. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

#define ASK_VERSION 1
#define RULE_PATH_BENEATH 1

enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
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
	FS_IOCTL_DEV = 1 << 15,
	NET_BIND_TCP = 1 << 0,
	NET_CONNECT_TCP = 1 << 1,
	SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0,
	SCOPE_SIGNAL = 1 << 1,
};

/* Of version 1: all up to MAKE_SYM. */
#define FS_FIRST (FS_REFER - 1)
/* What a rule for a file, not a directory, may say. */
#define FS_OF_FILE                                                             \
	(FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)
#define FS_FILES                                                               \
	(FS_WRITE_FILE | FS_TRUNCATE | FS_MAKE_REG | FS_REMOVE_FILE | FS_REFER)
#define FS_ODD                                                                 \
	(FS_MAKE_CHAR | FS_MAKE_SOCK | FS_MAKE_FIFO | FS_MAKE_BLOCK |          \
	    FS_MAKE_SYM)

/* As the kernel takes them; an older one takes what it does not know when it
 * is zero. */
struct landlock_rules {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

struct __attribute__((packed)) path_beneath {
	uint64_t allowed;
	int32_t fd;
};

int
cage_landlock_version(void)
{
	long version =
	    syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);

	return version < 0 ? -errno : (int)version;
}

/* All that a version can forbid. */
static struct landlock_rules
handled(int version)
{
	struct landlock_rules r = { .fs = FS_FIRST };

	if (version >= 2)
		r.fs |= FS_REFER;
	if (version >= 3)
		r.fs |= FS_TRUNCATE;
	if (version >= 4)
		r.net = NET_BIND_TCP | NET_CONNECT_TCP;
	if (version >= 5)
		r.fs |= FS_IOCTL_DEV;
	if (version >= 6)
		r.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	return r;
}

bool
cage_landlock_new(struct cage_rules *rules)
{
	int version = cage_landlock_version();
	struct landlock_rules r = handled(version);

	if (version < 0) {
		errno = -version;
		return false;
	}
	rules->version = version;
	rules->handled = r.fs;
	rules->fd = (int)syscall(SYS_landlock_create_ruleset, &r, sizeof(r), 0);
	return rules->fd >= 0;
}

static uint64_t
rights_of(unsigned access)
{
	uint64_t rights = 0;

	if (access & CAGE_READ)
		rights |= FS_READ_FILE | FS_READ_DIR;
	if (access & CAGE_WRITE)
		rights |= FS_FILES | FS_MAKE_DIR | FS_REMOVE_DIR;
	if (access & CAGE_ODD)
		rights |= FS_ODD;
	if (access & CAGE_FILES)
		rights |= FS_FILES;
	if (access & CAGE_RMDIR)
		rights |= FS_REMOVE_DIR;
	if (access & CAGE_RUN)
		rights |= FS_EXECUTE | FS_READ_FILE;
	return rights;
}

void
cage_landlock_allow(const struct cage_rules *rules, int fd, unsigned access)
{
	struct path_beneath p = {
		.allowed = rights_of(access) & rules->handled,
		.fd = fd,
	};
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return;
	if (!S_ISDIR(st.st_mode))
		p.allowed &= FS_OF_FILE;
	/* A pipe of no file system needs no rule, and gets none. */
	if (p.allowed != 0)
		(void)syscall(SYS_landlock_add_rule, rules->fd,
		    RULE_PATH_BENEATH, &p, 0);
}

void
cage_landlock_allow_path(const struct cage_rules *rules, const char *path,
    unsigned access)
{
	int fd = sys_open(path, O_PATH | O_CLOEXEC);

	cage_landlock_allow(rules, fd, access);
	if (fd >= 0)
		close(fd);
}

int
cage_landlock_close(struct cage_rules *rules)
{
	int error = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_landlock_restrict_self, rules->fd, 0) != 0)
		error = errno;
	close(rules->fd);
	return error;
}
