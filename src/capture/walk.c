/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* walk.c: finds the captures in directories.  Opens nothing but regular files
 * and directories. */
#include "capture/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/name_set.h"
#include "base/str_list.h"
#include "base/sys.h"
#include "base/xalloc.h"
#include "capture/capture.h"

/* Beyond it numbers in names have gaps. */
#define INPUTS_MOST ((size_t)1 << 23)

/* What stays the same while one PATH is walked. */
struct walk {
	struct inputs *in;
	bool recursive;
	void (*warn)(void *arg, const char *path, int errnum);
	void *arg;
};

/* A directory on the way: path to open things in it, name below PATH (empty
 * for PATH itself), 0 for the depth of PATH. */
struct walk_dir {
	int fd;
	const char *path;
	const char *name;
	int depth;
};

/* name, or name with a number from 2 on. */
static char *
numbered_name(const void *arg, uint32_t count)
{
	const char *name = arg;

	return count == 0 ? xstrdup(name) :
			    xasprintf("%s.%u", name, (unsigned)count + 1);
}

static void
inputs_add(struct inputs *in, const char *path, const char *name, bool named)
{
	if (in->taken == NULL)
		in->taken = name_set_new(INPUTS_MOST);
	if (in->n == in->cap) {
		in->cap = in->cap > 0 ? in->cap * 2 : 16;
		in->v = xreallocarray(in->v, in->cap, sizeof(*in->v));
	}
	in->v[in->n++] = (struct input){
		.path = xstrdup(path),
		.name = name_set_take(in->taken, numbered_name, name),
		.named = named,
		.fd = -1,
	};
}

static bool
ends_with(const char *s, size_t *n, const char *end)
{
	size_t n_end = strlen(end);

	if (n_end >= *n || strncasecmp(s + *n - n_end, end, n_end) != 0)
		return false;
	*n -= n_end;
	return true;
}

bool
walk_is_capture_name(const char *path)
{
	static const char *const compressions[] = {
		".gz",
		".bz2",
		".xz",
		".zst",
		".lz4",
	};
	static const char *const captures[] = {
		".pcap",
		".pcapng",
		".cap",
		".dmp",
	};
	const char *slash = strrchr(path, '/');
	const char *s = slash != NULL ? slash + 1 : path;
	size_t n = strlen(s);

	for (size_t i = 0; i < sizeof(compressions) / sizeof(compressions[0]);
	     i++)
		if (ends_with(s, &n, compressions[i]))
			break;
	for (size_t i = 0; i < sizeof(captures) / sizeof(captures[0]); i++)
		if (ends_with(s, &n, captures[i]))
			return true;
	return false;
}

/* Whether it is a regular file (still) that begins like a capture; -1, with
 * errno, when nobody can tell.  Not everybody may look into everything: that is
 * no reason to say something of each. */
static int
has_magic(int dirfd, const char *name)
{
	uint8_t head[CAPTURE_MAGIC_LEN] = { 0 };
	struct stat st;
	ssize_t n = -1;
	int fd = sys_openat(dirfd, name,
	    O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0);

	int errnum;

	if (fd < 0)
		return errno == EACCES || errno == EPERM || errno == ENOENT ||
			errno == ELOOP || errno == ENXIO ?
		    0 :
		    -1;
	if (fstat(fd, &st) == 0)
		n = S_ISREG(st.st_mode) ? sys_pread(fd, head, sizeof(head), 0) :
					  0;
	errnum = errno;
	close(fd);
	errno = errnum;
	if (n < 0)
		return -1;
	return n > 0 && capture_magic((struct slice){ head, (size_t)n });
}

/* A temporary directory of ours: ".NAME.sessions.XXXXXX". */
static bool
is_unfinished(const char *entry)
{
	return entry[0] == '.' && strstr(entry, ".sessions.") != NULL;
}

static bool
has_file(int fd, const char *name)
{
	struct stat st;

	return fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode);
}

/* That of a live run has only the index while the run lasts. */
static bool
is_output(int fd, const char *entry)
{
	static const char end[] = ".sessions";
	size_t n = strlen(entry);

	return n >= sizeof(end) &&
	    strcmp(entry + n - (sizeof(end) - 1), end) == 0 &&
	    (has_file(fd, "capture.jsonl") || has_file(fd, "sessions.jsonl"));
}

static void walk(struct walk *w, const struct walk_dir *at);

static void
visit_dir(struct walk *w, const struct walk_dir *at, const char *entry,
    const char *path, const char *name)
{
	struct walk_dir sub = { -1, path, name, at->depth + 1 };

	if (!w->recursive || is_unfinished(entry))
		return;
	if (sub.depth > WALK_DEPTH_MAX) {
		w->warn(w->arg, path, ELOOP);
		return;
	}
	sub.fd = sys_openat(at->fd, entry,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
	if (sub.fd < 0) {
		w->warn(w->arg, path, errno);
		return;
	}
	if (!is_output(sub.fd, entry))
		walk(w, &sub);
	close(sub.fd);
}

static void
visit(struct walk *w, const struct walk_dir *at, const char *entry)
{
	size_t n = strlen(at->path);
	char *path = xasprintf("%s%s%s", at->path,
	    n > 0 && at->path[n - 1] == '/' ? "" : "/", entry);
	char *name = xasprintf("%s%s%s", at->name,
	    at->name[0] != '\0' ? "/" : "", entry);
	struct stat st;
	int is_one;

	if (fstatat(at->fd, entry, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		/* Gone since the directory was read: no matter. */
		if (errno != ENOENT)
			w->warn(w->arg, path, errno);
	} else if (S_ISDIR(st.st_mode)) {
		visit_dir(w, at, entry, path, name);
	} else if (S_ISREG(st.st_mode)) {
		is_one =
		    walk_is_capture_name(entry) ? 1 : has_magic(at->fd, entry);
		if (is_one > 0)
			inputs_add(w->in, path, name, false);
		else if (is_one < 0)
			w->warn(w->arg, path, errno);
	}
	free(path);
	free(name);
}

static void
walk(struct walk *w, const struct walk_dir *at)
{
	struct str_list names = { 0 };
	int errnum = str_list_directory(&names, at->fd);

	if (errnum != 0)
		w->warn(w->arg, at->path, errnum);
	for (size_t i = 0; i < names.n; i++)
		visit(w, at, names.v[i]);
	str_list_free(&names);
}

int
walk_add(struct inputs *in, const char *path, bool recursive,
    void (*warn)(void *arg, const char *path, int errnum), void *arg)
{
	struct walk w = { in, recursive, warn, arg };
	struct walk_dir top = { -1, path, "", 0 };
	const char *slash = strrchr(path, '/');
	struct stat st;

	if (strcmp(path, "-") == 0) {
		inputs_add(in, path, WALK_STDIN_NAME, true);
		return 0;
	}
	if (stat(path, &st) != 0)
		return -1;
	if (!S_ISDIR(st.st_mode)) {
		inputs_add(in, path, slash != NULL ? slash + 1 : path, true);
		return 0;
	}
	top.fd = sys_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top.fd < 0) {
		warn(arg, path, errno);
		return 0;
	}
	walk(&w, &top);
	close(top.fd);
	return 0;
}

void
inputs_free(struct inputs *in)
{
	for (size_t i = 0; i < in->n; i++) {
		free(in->v[i].path);
		free(in->v[i].name);
		if (in->v[i].fd >= 0)
			close(in->v[i].fd);
	}
	free(in->v);
	name_set_free(in->taken);
	*in = (struct inputs){ 0 };
}
