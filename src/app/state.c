/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* state.c: reads and writes the file of --state as a whole. */
#include "app/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/xalloc.h"
#include "flow/flow_save.h"

/* The last two digits are the version. */
static const char heading[16] = "tcpsession st 03";

struct state_file {
	char *path;
	char *temporary;
	FILE *file;
	struct digest_sha256 sha;
	bool published;
};

/* ---- reading ---- */

/* Whether the file is a heading, anything, and the digest of both. */
static bool
is_sound(FILE *file, uint64_t *size)
{
	uint8_t piece[8192], last[DIGEST_SHA256_BYTES],
	    sum[DIGEST_SHA256_BYTES];
	struct digest_sha256 sha;
	off_t end;
	uint64_t left;

	if (fseeko(file, 0, SEEK_END) != 0 || (end = ftello(file)) < 0 ||
	    (uint64_t)end < sizeof(heading) + sizeof(last))
		return false;
	rewind(file);
	*size = (uint64_t)end - sizeof(last);
	digest_sha256_init(&sha);
	for (left = *size; left > 0;) {
		size_t n = left < sizeof(piece) ? (size_t)left : sizeof(piece);

		if (fread(piece, 1, n, file) != n)
			return false;
		if (left == *size &&
		    memcmp(piece, heading, sizeof(heading)) != 0)
			return false;
		digest_sha256_update(&sha, (struct slice){ piece, n });
		left -= n;
	}
	digest_sha256_end(&sha, sum);
	return fread(last, 1, sizeof(last), file) == sizeof(last) &&
	    memcmp(last, sum, sizeof(sum)) == 0;
}

/* The body of a state file, as far as it goes. */
struct body {
	FILE *file;
	uint64_t left;
};

static bool
read_body(void *arg, void *p, size_t n)
{
	struct body *b = arg;

	if (n > b->left || fread(p, 1, n, b->file) != n)
		return false;
	b->left -= n;
	return true;
}

bool
state_load(const char *path, struct flows *f, uint64_t *packets,
    struct messages *m)
{
	struct flow_save st = { 0 };
	struct body b = { .file = fopen(path, "re") };
	bool ok;

	*packets = 0;
	if (b.file == NULL && errno == ENOENT)
		return true;
	if (b.file == NULL) {
		message_error(m, path, "cannot be opened: %s", strerror(errno));
		return false;
	}
	ok = is_sound(b.file, &b.left);
	if (ok) {
		b.left -= sizeof(heading);
		ok = fseeko(b.file, sizeof(heading), SEEK_SET) == 0 &&
		    flow_save_load(f, &st, read_body, &b) && b.left == 0;
	}
	fclose(b.file);
	if (!ok)
		message_error(m, path,
		    "is no state of this version, or "
		    "damaged; remove it to begin anew: what was open in it "
		    "is lost then");
	*packets = st.packets;
	return ok;
}

/* ---- writing ---- */

static void
write_body(void *arg, const void *p, size_t n)
{
	struct state_file *s = arg;

	digest_sha256_update(&s->sha, (struct slice){ p, n });
	/* A failure shows in ferror. */
	(void)!fwrite(p, 1, n, s->file);
}

void
state_discard(struct state_file *s)
{
	if (s == NULL)
		return;
	if (s->file != NULL) {
		fclose(s->file);
		if (!s->published)
			unlink(s->temporary);
	}
	free(s->path);
	free(s->temporary);
	free(s);
}

static struct state_file *
state_create(const char *path)
{
	struct state_file *s = xcalloc(1, sizeof(*s));
	int fd;

	s->path = xstrdup(path);
	s->temporary = xasprintf("%s.XXXXXX", path);
	fd = mkostemp(s->temporary, O_CLOEXEC);
	if (fd >= 0)
		s->file = fdopen(fd, "w");
	digest_sha256_init(&s->sha);
	return s;
}

struct state_file *
state_write(const char *path, struct flows *f, uint64_t packets,
    struct messages *m)
{
	struct flow_save st = { .packets = packets };
	struct state_file *s = state_create(path);
	uint8_t sum[DIGEST_SHA256_BYTES];

	if (s->file != NULL) {
		write_body(s, heading, sizeof(heading));
		flow_save_save(f, &st, write_body, s);
		digest_sha256_end(&s->sha, sum);
		(void)!fwrite(sum, 1, sizeof(sum), s->file);
		if (fflush(s->file) == 0 && !ferror(s->file) &&
		    fsync(fileno(s->file)) == 0)
			return s;
	}
	message_error(m, path, "cannot be written: %s", strerror(errno));
	state_discard(s);
	return NULL;
}

bool
state_publish(struct state_file *s, struct messages *m)
{
	bool ok = rename(s->temporary, s->path) == 0;

	if (!ok)
		message_error(m, s->path, "cannot be replaced: %s",
		    strerror(errno));
	s->published = ok;
	state_discard(s);
	return ok;
}
