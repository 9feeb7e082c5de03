/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* survey.c: looks at a directory that was published: whose it is, its ledger's
 * beginning, and what is there.  Of the files only the index is read. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str_list.h"
#include "base/sys.h"
#include "store/fs_tree.h"
#include "store/store.h"

/* How a ledger of ours begins, and what it was called in earlier versions. */
#define LEDGER_BEFORE "capture.json"
#define MARK "{\"program\":\"tcpsession\""

#define FILE_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
#define READ_SIZE 16384

/* Nothing of that name, or nothing that we would have made, is there. */
static bool
is_absent(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP ||
	    errnum == ENXIO || errnum == ENAMETOOLONG;
}

/* Whether the directory has a ledger of ours with that name. */
static enum store_owner
owner_by(int dirfd, const char *name)
{
	char head[sizeof(MARK) - 1];
	struct stat st;
	ssize_t n = -1;
	int errnum, fd;

	fd = sys_openat(dirfd, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
	if (fd < 0)
		return is_absent(errno) ? STORE_FOREIGN : STORE_UNKNOWN;
	if (fstat(fd, &st) == 0)
		n = S_ISREG(st.st_mode) ? sys_pread(fd, head, sizeof(head), 0) :
					  0;
	errnum = errno;
	close(fd);
	errno = errnum;
	if (n < 0)
		return STORE_UNKNOWN;
	return n == sizeof(head) && memcmp(head, MARK, sizeof(head)) == 0 ?
	    STORE_OURS :
	    STORE_FOREIGN;
}

enum store_owner
store_dir_owner(int dirfd)
{
	enum store_owner owner = owner_by(dirfd, STORE_LEDGER_NAME);

	return owner == STORE_FOREIGN ? owner_by(dirfd, LEDGER_BEFORE) : owner;
}

static int
read_ledger(int dir, struct store_survey *s)
{
	int fd = sys_openat(dir, STORE_LEDGER_NAME, FILE_FLAGS, 0);
	ssize_t n = fd >= 0 ? sys_pread(fd, s->head, sizeof(s->head), 0) : -1;

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return -1;
	s->n_head = (size_t)n;
	return 0;
}

static int
digest_file(int dir, const char *name, char out[static DIGEST_SHA256_LEN])
{
	uint8_t part[READ_SIZE];
	struct digest_sha256 d;
	int fd = sys_openat(dir, name, FILE_FLAGS, 0);
	ssize_t n = -1;

	digest_sha256_init(&d);
	while (fd >= 0 && (n = read(fd, part, sizeof(part))) != 0) {
		if (n < 0 && errno != EINTR)
			break;
		if (n > 0)
			digest_sha256_update(&d,
			    (struct slice){ part, (size_t)n });
	}
	if (fd >= 0)
		close(fd);
	digest_sha256_text(&d, out);
	return n == 0 ? 0 : -1;
}

/* Hidden names are none of ours, and the ledger does not count itself. */
static int
count_files(int dir, struct store_outputs *o)
{
	struct str_list l = { 0 };
	struct stat st;
	int errnum = str_list_directory(&l, dir);

	for (size_t i = 0; i < l.n && errnum == 0; i++) {
		if (l.v[i][0] == '.' || strcmp(l.v[i], STORE_LEDGER_NAME) == 0)
			continue;
		if (fstatat(dir, l.v[i], &st, AT_SYMLINK_NOFOLLOW) != 0)
			errnum = errno;
		o->files++;
		if (S_ISREG(st.st_mode))
			o->bytes += (uint64_t)st.st_size;
	}
	str_list_free(&l);
	errno = errnum;
	return errnum == 0 ? 0 : -1;
}

int
store_look(int dirfd, const char *name, const char *index,
    struct store_survey *s)
{
	int dir = tree_open(dirfd, name);
	int rc, errnum;

	*s = (struct store_survey){ .n_head = 0 };
	if (dir < 0)
		return -1;
	rc = read_ledger(dir, s) == 0 && count_files(dir, &s->outputs) == 0 &&
		digest_file(dir, index, s->outputs.index_sha256) == 0 ?
	    0 :
	    -1;
	errnum = errno;
	close(dir);
	errno = errnum;
	return rc;
}
