/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_ledger.c: a ledger and a list of what was seen, any bytes, as --resume and
 * -c find them.  The first byte says how much of the input is the ledger.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/seen.h"
#include "lib/require.h"
#include "store/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char top[] = "/tmp/f_ledger.XXXXXX";

static void
clean_up(void)
{
	int dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	unlinkat(dir, "x.sessions/" STORE_LEDGER_NAME, 0);
	unlinkat(dir, "x.sessions", AT_REMOVEDIR);
	unlinkat(dir, SEEN_NAME, 0);
	close(dir);
	rmdir(top);
}

static int
open_top(void)
{
	static int dir = -1;

	if (dir < 0) {
		REQUIRE(mkdtemp(top) != NULL);
		dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		REQUIRE(dir >= 0 && mkdirat(dir, "x.sessions", 0700) == 0);
		atexit(clean_up);
	}
	return dir;
}

static void
put_file(int dir, const char *name, const uint8_t *p, size_t n)
{
	int fd =
	    openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	REQUIRE(fd >= 0 && write(fd, p, n) == (ssize_t)n);
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int dir = open_top();
	size_t n = size > 0 ? (size - 1) * data[0] / 255 : 0;
	struct store_survey s;
	struct seen *seen;
	struct stat st;

	if (size == 0)
		return 0;
	put_file(dir, "x.sessions/" STORE_LEDGER_NAME, data + 1, n);
	put_file(dir, SEEN_NAME, data + 1 + n, size - 1 - n);
	if (store_look(dir, "x.sessions", "sessions.jsonl", &s) == 0)
		REQUIRE(s.n_head <= sizeof(s.head));
	seen = seen_load(dir);
	REQUIRE(fstat(dir, &st) == 0);
	(void)seen_has(seen, "x.pcap", dir, &st);
	(void)seen_has(seen, "x.pcap", dir, &st);
	REQUIRE(seen_save(seen, false) == 0);
	seen_free(seen);
	return 0;
}
