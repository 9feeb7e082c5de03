/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * ledger.c: the facts of a capture that a list of captures shows.
 *
 * A capture that --resume passes over is known by its capture.jsonl alone.  So
 * this is the one place where a file of ours is read; it takes as many members
 * as it finds and goes through nothing twice.
 */
#include "app/ledger.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rfc3339.h"
#include "base/sys.h"
#include "base/xalloc.h"
#include "store/fs_tree.h"
#include "store/store.h"

/* Longer ones, with expressions of megabytes, are none of ours. */
#define LEDGER_MAX ((off_t)8 << 20)
/* "2026-12-01T02:57:28.123456789Z" fits. */
#define TIME_LEN 40

void
ledger_of_manifest(struct ledger_facts *out, const struct manifest *m)
{
	*out = (struct ledger_facts){
		.size = m->size,
		.packets = m->packets,
		.sessions = m->flows.told,
		.bytes = m->said.bytes,
		.missing = m->said.missing,
		.warnings = m->warnings.n,
		.first_ns = m->first_ns,
		.last_ns = m->last_ns,
		.words = m->incomplete,
	};
	for (int i = 0; i < LOSSES; i++)
		out->warnings += m->losses->n[i] > 0;
}

/* -------------------------------------------------------------------- values */

static bool
begins_with(const struct cur *c, char what)
{
	return c->pos < c->end && *c->pos == (uint8_t)what;
}

static bool
take_char(struct cur *c, char what)
{
	struct slice s;

	return begins_with(c, what) && cur_take(c, 1, &s);
}

/* What stands between the quotes, as it stands there. */
static bool
take_string(struct cur *c, struct slice *out)
{
	const uint8_t *p;

	if (!take_char(c, '"'))
		return false;
	for (p = c->pos; p < c->end && *p != '"'; p++)
		if (*p == '\\' && ++p == c->end)
			return false;
	return cur_take(c, (size_t)(p - c->pos), out) && take_char(c, '"');
}

/* A number or a word. */
static bool
take_plain(struct cur *c, struct slice *out)
{
	const uint8_t *p = c->pos;

	while (p < c->end && strchr(",]}\n", *p) == NULL)
		p++;
	return p > c->pos && cur_take(c, (size_t)(p - c->pos), out);
}

/* A list or an object, with all that is in it. */
static bool
take_nested(struct cur *c, struct slice *out)
{
	const uint8_t *begin = c->pos;
	struct slice s;
	size_t depth = 0;

	do {
		if (begins_with(c, '"')) {
			if (!take_string(c, &s))
				return false;
			continue;
		}
		depth += begins_with(c, '{') || begins_with(c, '[');
		depth -= begins_with(c, '}') || begins_with(c, ']');
		if (!cur_take(c, 1, &s))
			return false;
	} while (depth > 0);
	*out = (struct slice){ begin, (size_t)(c->pos - begin) };
	return true;
}

static bool
take_value(struct cur *c, struct slice *out)
{
	if (begins_with(c, '"'))
		return take_string(c, out);
	if (begins_with(c, '{') || begins_with(c, '['))
		return take_nested(c, out);
	return take_plain(c, out);
}

static bool
is_text(struct slice s, const char *text)
{
	return s.n == strlen(text) && memcmp(s.p, text, s.n) == 0;
}

static void
read_u64(struct slice s, uint64_t *n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned)s.p[i] - '0';

		if (digit > 9 || v > (UINT64_MAX - digit) / 10)
			return;
		v = v * 10 + digit;
	}
	*n = v;
}

static void
read_time(struct slice s, int64_t *ns)
{
	char text[TIME_LEN] = { 0 };
	int64_t found;

	if (s.n >= sizeof text)
		return;
	memcpy(text, s.p, s.n);
	if (rfc3339_parse(text, &found))
		*ns = found;
}

/* ------------------------------------------------------------------- members */

/* Calls fn for each member of the object, or element of the list, whose key is
 * empty then; false when it is neither. */
static bool
each(struct slice whole,
    void (*fn)(struct ledger_facts *f, struct slice key, struct slice value),
    struct ledger_facts *f)
{
	struct cur c = cur_of(whole.p, whole.n);
	bool keys = begins_with(&c, '{');
	struct slice key = { 0 }, value;

	if (!take_char(&c, '{') && !take_char(&c, '['))
		return false;
	if (take_char(&c, keys ? '}' : ']'))
		return true;
	do {
		if (keys && (!take_string(&c, &key) || !take_char(&c, ':')))
			return false;
		if (!take_value(&c, &value))
			return false;
		fn(f, key, value);
	} while (take_char(&c, ','));
	return take_char(&c, keys ? '}' : ']');
}

static void
on_word(struct ledger_facts *f, struct slice key, struct slice value)
{
	(void)key;
	for (int w = 0; w < INCOMPLETE_WORDS; w++)
		if (is_text(value, incomplete_word((enum incomplete)w)))
			incomplete_add(&f->words, (enum incomplete)w);
}

static void
on_warning(struct ledger_facts *f, struct slice key, struct slice value)
{
	(void)key;
	(void)value;
	f->warnings++;
}

static void
on_total(struct ledger_facts *f, struct slice key, struct slice value)
{
	if (is_text(key, "selected"))
		read_u64(value, &f->sessions);
	else if (is_text(key, "bytes"))
		read_u64(value, &f->bytes);
	else if (is_text(key, "missing"))
		read_u64(value, &f->missing);
}

static void
on_member(struct ledger_facts *f, struct slice key, struct slice value)
{
	if (is_text(key, "size"))
		read_u64(value, &f->size);
	else if (is_text(key, "packets"))
		read_u64(value, &f->packets);
	else if (is_text(key, "first"))
		read_time(value, &f->first_ns);
	else if (is_text(key, "last"))
		read_time(value, &f->last_ns);
	else if (is_text(key, "incomplete"))
		(void)each(value, on_word, f);
	else if (is_text(key, "warnings") || is_text(key, "lost"))
		(void)each(value, on_warning, f);
	else if (is_text(key, "totals"))
		(void)each(value, on_total, f);
}

bool
ledger_parse(struct slice text, struct ledger_facts *out)
{
	*out = (struct ledger_facts){ 0 };
	if (each(text, on_member, out))
		return true;
	*out = (struct ledger_facts){ 0 };
	return false;
}

/* ---------------------------------------------------------------------- file */

/* All of it; false when it is none of ours. */
static bool
read_text(int dir, struct buf *b)
{
	int fd = sys_openat(dir, STORE_LEDGER_NAME,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size <= LEDGER_MAX) {
		n = sys_pread(fd, buf_room(b, (size_t)st.st_size + 1),
		    (size_t)st.st_size, 0);
		b->n = n > 0 ? (size_t)n : 0;
	}
	close(fd);
	return n > 0;
}

bool
ledger_read(int dirfd, const char *path, struct ledger_facts *out)
{
	int dir = tree_open(dirfd, path);
	struct buf b = { 0 };
	bool found = false;

	*out = (struct ledger_facts){ 0 };
	if (dir >= 0 && store_dir_owner(dir) == STORE_OURS)
		found = read_text(dir, &b) &&
		    ledger_parse((struct slice){ b.p, b.n }, out);
	if (dir >= 0)
		close(dir);
	buf_free(&b);
	return found;
}
