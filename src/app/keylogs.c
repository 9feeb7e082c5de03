/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* keylogs.c: opens and reads the files of --keylog. */
#include "app/keylogs.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/signals.h"
#include "base/limit.h"
#include "base/sys.h"
#include "base/xalloc.h"
#include "proto/tls_keylog.h"

#define PIECE ((size_t)64 << 10)
/* Between two looks at signals. */
#define WAIT_MS 200

struct keylog_file {
	const char *path;
	int fd;
	bool is_fifo;
	struct tls_keylog text;
	struct digest_sha256 digest;
};

struct keylogs {
	struct messages *messages;
	bool live;
	bool said_full;
	struct tls_secrets *secrets;
	char digest[DIGEST_SHA256_LEN];
	size_t n;
	struct keylog_file files[];
};

/* Nothing is waited for: a FIFO may have no writer yet. */
static bool
open_keylog(struct keylogs *k, struct keylog_file *f)
{
	struct stat st;
	const char *why = NULL;

	f->fd = sys_open(f->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (f->fd < 0 || fstat(f->fd, &st) != 0)
		why = strerror(errno);
	else if (S_ISDIR(st.st_mode))
		why = "is a directory";
	else
		f->is_fifo = S_ISFIFO(st.st_mode);
	if (why != NULL)
		message_error(k->messages, f->path, "%s", why);
	return why == NULL;
}

/* Until there is something in a FIFO, or its writers are gone; false when the
 * run is to stop. */
static bool
wait_for_writer(const struct keylog_file *f)
{
	struct pollfd wait = { .fd = f->fd, .events = POLLIN };

	while (signals_stop() == 0)
		if (poll(&wait, 1, WAIT_MS) > 0)
			return true;
	return false;
}

/* One piece of what is there now; false behind its end. */
static bool
read_piece(struct keylogs *k, struct keylog_file *f, uint8_t *piece)
{
	ssize_t n;

	if (f->is_fifo && !k->live && !wait_for_writer(f))
		return false;
	do
		n = read(f->fd, piece, PIECE);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno != EAGAIN)
		message_warn(k->messages, f->path, "cannot be read: %s",
		    strerror(errno));
	if (n <= 0)
		return n < 0 && errno == EAGAIN && f->is_fifo && !k->live;
	tls_keylog_put(&f->text, (struct slice){ piece, (size_t)n });
	digest_sha256_update(&f->digest, (struct slice){ piece, (size_t)n });
	return true;
}

static void
read_keylog(struct keylogs *k, struct keylog_file *f)
{
	uint8_t *piece = xmalloc(PIECE);

	while (read_piece(k, f, piece))
		continue;
	explicit_bzero(piece, PIECE);
	free(piece);
}

static void
say_full(struct keylogs *k, const struct tls_secrets *t)
{
	if (k->said_full || !tls_secrets_is_full(t))
		return;
	k->said_full = true;
	message_warn(k->messages, "--keylog", KEYLOGS_FULL,
	    (unsigned long long)LIMIT_TLS_SECRETS);
}

static void
close_keylog(struct keylog_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	tls_keylog_end(&f->text);
}

/* Reads each to its end, and takes it into the digest. */
static void
read_keylogs(struct keylogs *k)
{
	struct digest_sha256 all;
	uint8_t one[DIGEST_SHA256_BYTES];

	digest_sha256_init(&all);
	for (size_t i = 0; i < k->n; i++) {
		struct keylog_file *f = &k->files[i];

		read_keylog(k, f);
		if (!k->live)
			close_keylog(f);
		digest_sha256_end(&f->digest, one);
		digest_sha256_update(&all, (struct slice){ one, sizeof one });
	}
	digest_sha256_text(&all, k->digest);
	say_full(k, k->secrets);
}

void
keylogs_say_empty(const struct keylogs *k)
{
	for (size_t i = 0; k != NULL && i < k->n; i++)
		if (k->files[i].text.good == 0)
			message_warn(k->messages, k->files[i].path,
			    "holds no TLS secret");
}

enum status
keylogs_open(const struct config *cfg, struct messages *m, struct keylogs **out)
{
	size_t n = cfg->keylog.n;
	struct keylogs *k;
	bool ok = true;

	*out = NULL;
	if (n == 0)
		return STATUS_OK;
	k = xcalloc(1, sizeof *k + n * sizeof k->files[0]);
	*out = k;
	k->messages = m;
	k->live = cfg->interface != NULL;
	k->secrets = tls_secrets_new(NULL);
	for (; k->n < n; k->n++) {
		struct keylog_file *f = &k->files[k->n];

		f->path = cfg->keylog.v[k->n];
		tls_keylog_begin(&f->text, k->secrets);
		digest_sha256_init(&f->digest);
		ok &= open_keylog(k, f);
	}
	if (!ok)
		return STATUS_USAGE;
	read_keylogs(k);
	if (!k->live && signals_stop() == 0)
		keylogs_say_empty(k);
	return STATUS_OK;
}

void
keylogs_close(struct keylogs *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < k->n; i++)
		close_keylog(&k->files[i]);
	tls_secrets_free(k->secrets);
	free(k);
}

const struct tls_secrets *
keylogs_secrets(const struct keylogs *k)
{
	return k != NULL ? k->secrets : NULL;
}

const char *
keylogs_digest(const struct keylogs *k)
{
	return k != NULL ? k->digest : "";
}

void
keylogs_read_more(struct keylogs *k, struct tls_secrets *table)
{
	for (size_t i = 0; k != NULL && i < k->n; i++) {
		k->files[i].text.table = table;
		read_keylog(k, &k->files[i]);
	}
	if (k != NULL)
		say_full(k, table);
}
