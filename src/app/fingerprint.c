/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* fingerprint.c: computes what --resume compares; see fingerprint.h. */
#include "app/fingerprint.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/input.h"
#include "app/manifest.h"
#include "base/buf.h"
#include "base/sys.h"

/* Bytes at each end of a capture. */
#define END_BYTES 4096

static void
add_text(struct fingerprint *f, struct buf *b)
{
	digest_sha256_update(&f->digest,
	    (struct slice){ (const uint8_t *)b->p, b->n });
	buf_reset(b);
}

void
fingerprint_init(struct fingerprint *f, const struct config *cfg,
    const char *keys)
{
	struct buf b = { 0 };

	*f = (struct fingerprint){ .cfg = cfg };
	digest_sha256_init(&f->digest);
	buf_str(&b, PACKAGE_VERSION "\n");
	manifest_options(&b, cfg, false);
	buf_printf(&b, "\n%s\n", keys);
	add_text(f, &b);
	buf_free(&b);
}

/* Up to END_BYTES at off; false when they cannot be read. */
static bool
add_bytes(struct fingerprint *f, int fd, off_t off)
{
	uint8_t bytes[END_BYTES];
	ssize_t n = sys_pread(fd, bytes, sizeof(bytes), off);

	if (n < 0)
		return false;
	digest_sha256_update(&f->digest, (struct slice){ bytes, (size_t)n });
	return true;
}

/* The capture, when it is a regular file, and what it is like; or -1, with 0
 * in errno when it is another. */
static int
open_regular(const struct input *in, struct stat *st)
{
	int errnum;
	int fd;

	errno = 0;
	/* Opening a FIFO would take its writer away. */
	if (!input_stat(in, st) || !S_ISREG(st->st_mode))
		return -1;
	fd = input_open(in);
	if (fd < 0)
		return -1;
	errno = 0;
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	errnum = errno;
	close(fd);
	errno = errnum;
	return -1;
}

/* Without it there is no fingerprint; errno says why, if that is a reason. */
static void
add_lack(struct fingerprint *f, const struct input *in)
{
	f->none = true;
	if (errno != 0 && f->error == 0) {
		f->error = errno;
		f->lacks = in;
	}
}

static bool
add_ends(struct fingerprint *f, int fd, const struct stat *st)
{
	return add_bytes(f, fd, 0) &&
	    add_bytes(f, fd,
		st->st_size > END_BYTES ? st->st_size - END_BYTES : 0);
}

void
fingerprint_add(struct fingerprint *f, const struct input *in)
{
	struct buf b = { 0 };
	struct stat st;
	int fd = open_regular(in, &st);

	if (fd < 0) {
		add_lack(f, in);
		return;
	}
	buf_printf(&b, "%lld %lld.%09ld\n", (long long)st.st_size,
	    (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	add_text(f, &b);
	if (!add_ends(f, fd, &st))
		add_lack(f, in);
	close(fd);
	buf_free(&b);
}

bool
fingerprint_content(const struct input *in,
    uint8_t out[static DIGEST_SHA256_BYTES])
{
	struct fingerprint f = { .none = false };
	struct buf b = { 0 };
	struct stat st;
	int fd = open_regular(in, &st);

	if (fd < 0)
		return false;
	digest_sha256_init(&f.digest);
	buf_printf(&b, "%lld\n", (long long)st.st_size);
	add_text(&f, &b);
	f.none = !add_ends(&f, fd, &st);
	close(fd);
	buf_free(&b);
	digest_sha256_end(&f.digest, out);
	return !f.none;
}

void
fingerprint_end(struct fingerprint *f, struct fingerprints *out)
{
	struct buf b = { 0 };

	digest_sha256_text(&f->digest, out->plain);
	buf_printf(&b, "%s\n", out->plain);
	manifest_options(&b, f->cfg, true);
	add_text(f, &b);
	digest_sha256_text(&f->digest, out->of_memory);
	buf_free(&b);
	if (f->none)
		*out = (struct fingerprints){ .plain = "" };
	out->lacks = f->lacks;
	out->error = f->error;
}
