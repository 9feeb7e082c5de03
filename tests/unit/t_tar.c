/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_tar.c: archives read back with libarchive, and their failures. */
#include "store_fixture.h"

#include <archive.h>
#include <archive_entry.h>

#include "base/buf.h"
#include "store/tar.h"

#define SECOND 1000000000LL

static struct tar_options
plain(const struct fixture *f)
{
	return (struct tar_options){ .compress = TAR_NONE,
		.behind = f->options.behind,
		.memory = 1 << 20,
		.max_open = 8 };
}

/* With a thread that writes. */
static int
setup_behind(void **state)
{
	int rc = setup(state);
	struct fixture *f = *state;

	f->options.behind = true;
	return rc;
}

#define TEST_BEHIND(fn)                                                        \
	{                                                                      \
#fn " behind", fn, setup_behind, teardown, NULL                \
	}

static struct tar *
new_tar(struct fixture *f, const struct tar_options *options)
{
	struct tar *t = tar_new(f->fd, "x.tar", options, f->message);

	if (t == NULL)
		fail_msg("%s", f->message);
	return t;
}

static void
publish_tar(struct tar *t)
{
	const char *what;

	if (tar_publish(t) != 0) {
		tar_error(t, &what);
		fail_msg("%s", what);
	}
	tar_free(t);
}

static void
end_store(struct store *s)
{
	assert_int_equal(store_publish(s), 0);
	store_free(s);
}

static struct archive *
open_tar(const char *path)
{
	struct archive *a = archive_read_new();

	archive_read_support_filter_all(a);
	archive_read_support_format_tar(a);
	if (archive_read_open_filename(a, path, 65536) != ARCHIVE_OK)
		fail_msg("%s", archive_error_string(a));
	return a;
}

/* One line a member; every member's owner and links are looked at. */
static void
list(struct buf *b, const char *path)
{
	struct archive *a = open_tar(path);
	struct archive_entry *e;
	int rc;

	buf_reset(b);
	while ((rc = archive_read_next_header(a, &e)) == ARCHIVE_OK) {
		assert_int_equal(archive_entry_uid(e), 0);
		assert_int_equal(archive_entry_gid(e), 0);
		assert_int_equal(archive_entry_mtime_nsec(e), 0);
		assert_null(archive_entry_hardlink(e));
		buf_printf(b, "%o %lld %lld %s\n",
		    (unsigned)archive_entry_mode(e),
		    (long long)archive_entry_size(e),
		    (long long)archive_entry_mtime(e),
		    archive_entry_pathname(e));
	}
	assert_int_equal(rc, ARCHIVE_EOF);
	archive_read_free(a);
}

/* The bytes of one member; holes are given as off+len in `holes`. */
static uint8_t *
member(const char *tar, const char *name, size_t *n, struct buf *holes)
{
	struct archive *a = open_tar(tar);
	struct archive_entry *e;
	const void *p;
	la_int64_t off;
	size_t len, at = 0;
	uint8_t *bytes;

	do
		assert_int_equal(archive_read_next_header(a, &e), ARCHIVE_OK);
	while (strcmp(archive_entry_pathname(e), name) != 0);
	*n = (size_t)archive_entry_size(e);
	bytes = xcalloc(*n + 1, 1);
	while (archive_read_data_block(a, &p, &len, &off) == ARCHIVE_OK) {
		if (len == 0)
			continue;
		if ((size_t)off > at && holes != NULL)
			buf_printf(holes, "%zu+%zu ", at, (size_t)off - at);
		memcpy(bytes + off, p, len);
		at = (size_t)off + len;
	}
	archive_read_free(a);
	return bytes;
}

static void
check_member(const char *tar, const char *name, const char *want)
{
	size_t n;
	uint8_t *p = member(tar, name, &n, NULL);

	assert_string_equal((char *)p, want);
	assert_int_equal(n, strlen(want));
	free(p);
}

static void
put_at(struct store *s, const char *name, const char *bytes, int64_t mtime)
{
	struct out_file *f = out_create(store_out(s), name, mtime);

	out_write(f, bytes, strlen(bytes));
	out_close(f);
}

/* Small and at rest, large and in a scratch file of its own, with holes. */
static void
nothing_of_what_is_discarded(void **state)
{
	static uint8_t bytes[100000];
	struct fixture *f = *state;
	struct tar_options options = plain(f);
	struct tar *t = new_tar(f, &options);
	struct store *s = store_tar_new(t, "x.sessions", NULL);
	struct out_file *gone[3];
	struct buf b = { 0 };

	for (int i = 0; i < 3; i++) {
		char name[2] = { (char)('0' + i), '\0' };

		gone[i] = out_create(store_out(s), name, 3 * SECOND);
		for (int k = 0; k < (i == 1 ? 30 : 1); k++)
			out_write(gone[i], bytes, sizeof bytes / 2);
	}
	out_settle(gone[0]);
	out_hole(gone[2], 1 << 20);
	put_at(s, "a", "bytes", 7 * SECOND);
	for (int i = 0; i < 3; i++)
		out_discard(gone[i]);
	put_at(s, "1", "another", 7 * SECOND);
	end_store(s);
	publish_tar(t);
	list(&b, "x.tar");
	assert_string_equal(buf_cstr(&b),
	    "40700 0 7 x.sessions/\n"
	    "100600 5 7 x.sessions/a\n"
	    "100600 7 7 x.sessions/1\n");
	buf_free(&b);
}

static void
members_directories_and_order(void **state)
{
	struct fixture *f = *state;
	struct tar_options options = plain(f);
	struct tar *t = new_tar(f, &options);
	struct store *s = store_tar_new(t, "2026/11/x.sessions", NULL);
	struct out_file *late = out_create(store_out(s), "late", 7 * SECOND);
	struct buf b = { 0 };

	out_write(late, "la", 2);
	put_at(s, "b", "bytes", 1537962662883718124);
	out_write(late, "te", 2);
	put_at(s, "a", "", -5 * SECOND);
	(void)out_create(store_out(s), "open", 9 * SECOND);
	end_store(s);
	s = store_tar_new(t, "2026/y.sessions", NULL);
	put_at(s, "b", "other", INT64_MAX);
	end_store(s);
	s = store_tar_new(t, "none.sessions", NULL);
	end_store(s);
	assert_int_equal(access("x.tar", F_OK), -1);
	publish_tar(t);

	list(&b, "x.tar");
	assert_string_equal(buf_cstr(&b),
	    "40700 0 1537962662 2026/\n"
	    "40700 0 1537962662 2026/11/\n"
	    "40700 0 1537962662 2026/11/x.sessions/\n"
	    "100600 5 1537962662 2026/11/x.sessions/b\n"
	    "100600 0 0 2026/11/x.sessions/a\n"
	    "100600 4 7 2026/11/x.sessions/late\n"
	    "100600 0 9 2026/11/x.sessions/open\n"
	    "40700 0 9223372036 2026/y.sessions/\n"
	    "100600 5 9223372036 2026/y.sessions/b\n");
	check_member("x.tar", "2026/11/x.sessions/b", "bytes");
	check_member("x.tar", "2026/11/x.sessions/late", "late");
	check_mode("x.tar", 0600);
	assert_int_equal(count("."), 1);
	buf_free(&b);
}

static void
long_and_odd_names(void **state)
{
	static const size_t lens[] = { 90, 97, 98, 99, 100, 101, 155, 200 };
	struct fixture *f = *state;
	struct tar_options options = plain(f);
	struct tar *t = new_tar(f, &options);
	struct buf want = { 0 }, b = { 0 };

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
		for (int deep = 0; deep < 2; deep++) {
			char *dir = xasprintf("%s\xc3\xa9%zu", deep ? "d/" : "",
			    lens[i]);
			struct store *s;
			char name[256];

			memset(name, 'n', lens[i]);
			strcpy(name + lens[i], "\xff~ z");
			s = store_tar_new(t, dir, NULL);
			put_at(s, name, "name", 0);
			end_store(s);
			if (deep && i == 0)
				buf_str(&want, "40700 0 0 d/\n");
			buf_printf(&want,
			    "40700 0 0 %s/\n"
			    "100600 4 0 %s/%s\n",
			    dir, dir, name);
			free(dir);
		}
	publish_tar(t);
	list(&b, "x.tar");
	assert_string_equal(buf_cstr(&b), buf_cstr(&want));
	buf_free(&b);
	buf_free(&want);
}

static void
holes(void **state)
{
	struct fixture *f = *state;
	struct tar_options options = plain(f);
	struct tar *t = new_tar(f, &options);
	struct store *s = store_tar_new(t, "x", NULL);
	struct out_file *a = out_create(store_out(s), "a", 0);
	struct out_file *c = out_create(store_out(s), "c", 0);
	struct out_file *d = out_create(store_out(s), "d", 0);
	struct buf b = { 0 };
	struct stat st;
	uint8_t *p;
	size_t n;

	out_write(a, "begin", 5);
	out_hole(a, 3);
	out_write(a, "middle", 6);
	out_hole(a, 100000000);
	out_settle(a);
	out_write(a, "end", 3);
	out_hole(a, 50);
	out_hole(c, 8192);
	out_write(c, "x", 1);
	out_hole(d, 77);
	end_store(s);
	publish_tar(t);

	p = member("x.tar", "x/a", &n, &b);
	assert_int_equal(n, 100000017);
	assert_memory_equal(p, "begin\0\0\0middle\0", 15);
	assert_memory_equal(p + n - 5, "\0\0end", 5);
	assert_string_equal(buf_cstr(&b), "4096+99995648 ");
	free(p);
	buf_reset(&b);
	p = member("x.tar", "x/c", &n, &b);
	assert_int_equal(n, 8193);
	assert_int_equal(p[8192], 'x');
	assert_string_equal(buf_cstr(&b), "0+8192 ");
	free(p);
	check_member("x.tar", "x/d", "");
	assert_int_equal(stat("x.tar", &st), 0);
	assert_in_range(st.st_size, 1, 30000);
	list(&b, "x.tar");
	assert_string_equal(buf_cstr(&b),
	    "40700 0 0 x/\n100600 100000017 0 x/a\n"
	    "100600 8193 0 x/c\n100600 0 0 x/d\n");
	buf_free(&b);
}

/* Bytes that come late: of a small file, of one with a descriptor of its own,
 * and of one whose beginning was spilled before it had that. */
static void
filled(void **state)
{
	static uint8_t big[(size_t)3 << 19];
	struct fixture *f = *state;
	struct tar_options options = plain(f);
	struct tar *t = new_tar(f, &options);
	struct store *s = store_tar_new(t, "x", NULL);
	struct out_file *v[3];
	struct buf b = { 0 };
	uint8_t *p;
	size_t n;

	memset(big, 'q', sizeof(big));
	v[0] = out_create(store_out(s), "a", 0);
	v[1] = out_create(store_out(s), "b", 0);
	v[2] = out_create(store_out(s), "c", 0);
	out_write(v[0], "begin", 5);
	out_hole(v[0], 20000);
	out_write(v[0], "end", 3);
	out_fill(v[0], 5000, "late", 4);
	out_hole(v[1], 9000);
	out_write(v[1], big, sizeof(big));
	out_fill(v[1], 1, "late", 4);
	out_write(v[1], "end", 3);
	out_hole(v[2], 9000);
	out_write(v[2], "x", 1);
	out_fill(v[2], 8999, "w", 1);
	out_write(v[2], big, sizeof(big));
	out_hole(v[2], 5000000);
	out_write(v[2], "end", 3);
	out_fill(v[2], 8900, "late", 4);
	end_store(s);
	publish_tar(t);

	p = member("x.tar", "x/a", &n, &b);
	assert_int_equal(n, 20008);
	assert_memory_equal(p, "begin\0", 6);
	assert_memory_equal(p + 4999, "\0late\0", 6);
	assert_memory_equal(p + n - 4, "\0end", 4);
	assert_string_equal(buf_cstr(&b), "8192+8192 ");
	free(p);
	buf_reset(&b);
	p = member("x.tar", "x/b", &n, &b);
	assert_int_equal(n, 9003 + sizeof(big));
	assert_memory_equal(p, "\0late\0", 6);
	assert_memory_equal(p + 9000, big, sizeof(big));
	assert_memory_equal(p + n - 3, "end", 3);
	assert_string_equal(buf_cstr(&b), "4096+4096 ");
	free(p);
	buf_reset(&b);
	p = member("x.tar", "x/c", &n, &b);
	assert_int_equal(n, 5009004 + sizeof(big));
	assert_memory_equal(p + 8899, "\0late\0", 6);
	assert_memory_equal(p + 8999, "wxq", 3);
	assert_memory_equal(p + n - 4, "\0end", 4);
	free(p);
	buf_free(&b);
}

static void
impossible_hole(void **state)
{
	struct fixture *f = *state;
	struct tar_options options = plain(f);

	for (int i = 0; i < 2; i++) {
		struct tar *t = new_tar(f, &options);
		struct store *s = store_tar_new(t, "x", NULL);
		struct out_file *a = out_create(store_out(s), "a", 0);

		out_write(a, "a", 1);
		out_hole(a, i == 0 ? UINT64_MAX - 5 : (uint64_t)1 << 63);
		if (i == 0)
			out_hole(a, 6);
		out_write(a, "x", 1);
		assert_int_equal(a->limits, OUT_LIMIT_BYTES);
		out_close(a);
		put_at(s, "b", "b", 0);
		assert_int_equal(store_publish(s), 0);
		store_free(s);
		assert_int_equal(tar_publish(t), 0);
		tar_free(t);
		check_member("x.tar", "x/a", "a");
		check_member("x.tar", "x/b", "b");
	}
}

/* A file with more holes than a map has room for is whole all the same: those
 * that are too many are zeros. */
static void
many_holes(void **state)
{
	static uint8_t block[4096];
	const size_t most = 65535, n_holes = most + 20;
	struct fixture *f = *state;
	struct tar_options options = plain(f);
	struct tar *t = new_tar(f, &options);
	struct store *s = store_tar_new(t, "x", NULL);
	struct out_file *a = out_create(store_out(s), "a", 0);
	struct buf holes = { 0 };
	size_t n, found = 0, large = 0;
	uint8_t *p;

	memset(block, 'x', sizeof(block));
	for (size_t i = 0; i < n_holes; i++) {
		out_hole(a, i % 1000 == 999 ? 8192 : 4096);
		out_write(a, block, i % 10 == 0 ? sizeof(block) : 4096);
	}
	out_close(a);
	assert_int_equal(store_publish(s), 0);
	store_free(s);
	assert_int_equal(tar_publish(t), 0);
	tar_free(t);
	p = member("x.tar", "x/a", &n, &holes);
	assert_int_equal(n, (2 * n_holes + n_holes / 1000) * 4096);
	assert_int_equal(p[0], 0);
	assert_int_equal(p[n - 1], 'x');
	assert_int_equal(p[n - 4096 - 1], 0);
	for (const char *h = buf_cstr(&holes); (h = strchr(h, '+')) != NULL;
	     h++) {
		found++;
		large += strtoul(h, NULL, 10) == 8192;
	}
	assert_int_equal(found, most);
	assert_int_equal(large, n_holes / 1000);
	free(p);
	buf_free(&holes);
}

#define N_FILES 30

static uint8_t
byte_at(int file, size_t i)
{
	/* Stretches of zeros, some longer than a block. */
	if ((i / 5000 + (size_t)file) % 5 == 0)
		return 0;
	return (uint8_t)(i * 31 + i / 251 + (size_t)file * 7);
}

static uint32_t
next_random(uint32_t *state)
{
	*state = *state * 1664525U + 1013904223U;
	return *state >> 8;
}

/* Writes files piece by piece in turn; size[] is what came of it. */
static void
interleave(struct store *s, size_t size[N_FILES], size_t piece_max, int steps)
{
	struct out_file *file[N_FILES];
	uint8_t *buf = xmalloc(piece_max);
	uint32_t seed = 11;
	char name[16];

	for (int i = 0; i < N_FILES; i++) {
		snprintf(name, sizeof(name), "f%02d", i);
		file[i] = out_create(store_out(s), name, i * SECOND);
		size[i] = 0;
	}
	for (int step = 0; step < steps; step++) {
		/* The first ones become large. */
		uint32_t r = next_random(&seed) % (N_FILES * 3);
		int i = r < N_FILES ? (int)r : (int)(r % 3);
		size_t n = 1 + next_random(&seed) % piece_max;

		for (size_t j = 0; j < n; j++)
			buf[j] = byte_at(i, size[i] + j);
		out_write(file[i], buf, n);
		size[i] += n;
		if (step % 7 == 0)
			out_settle(file[next_random(&seed) % N_FILES]);
	}
	for (int i = 0; i < N_FILES; i++) {
		out_write(file[i], "!", 1);
		size[i]++;
		out_close(file[i]);
	}
	free(buf);
}

static void
check_interleaved(const char *tar, const size_t size[N_FILES])
{
	struct archive *a = open_tar(tar);
	struct archive_entry *e;
	uint8_t *p = NULL;

	assert_int_equal(archive_read_next_header(a, &e), ARCHIVE_OK);
	for (int i = 0; i < N_FILES; i++) {
		assert_int_equal(archive_read_next_header(a, &e), ARCHIVE_OK);
		assert_int_equal(archive_entry_size(e), size[i]);
		assert_int_equal(archive_entry_mtime(e), i);
		p = xreallocarray(p, size[i], 1);
		assert_int_equal(archive_read_data(a, p, size[i]), size[i]);
		for (size_t j = 0; j + 1 < size[i]; j++)
			if (p[j] != byte_at(i, j))
				fail_msg("file %d differs at %zu", i, j);
		assert_int_equal(p[size[i] - 1], '!');
	}
	assert_int_equal(archive_read_next_header(a, &e), ARCHIVE_EOF);
	free(p);
	archive_read_free(a);
}

static void
check_same(const char *one, const char *other)
{
	size_t n, m;
	uint8_t *p = slurp(one, &n), *q = slurp(other, &m);

	assert_int_equal(n, m);
	assert_memory_equal(p, q, n);
	free(p);
	free(q);
}

/* Whatever memory and descriptors there are, the archive is the same. */
static void
little_memory_and_few_descriptors(void **state)
{
	static const size_t memory[] = { 64 << 20, 0, 30000, 300000 };
	static const unsigned max_open[] = { 100, 0, 1 };
	struct fixture *f = *state;
	size_t size[N_FILES];

	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 3; j++) {
			struct tar_options options = plain(f);
			struct tar *t;
			struct store *s;

			options.memory = memory[i];
			options.max_open = max_open[j];
			t = new_tar(f, &options);
			s = store_tar_new(t, "x", NULL);
			interleave(s, size, 30000, 900);
			end_store(s);
			publish_tar(t);
			if (i + j == 0) {
				check_interleaved("x.tar", size);
				assert_int_equal(rename("x.tar", "first"), 0);
			} else {
				check_same("x.tar", "first");
			}
		}
	assert_true(size[0] > 2 << 20);
}

static void
compressions(void **state)
{
	static const char *const words[] = { "none", "gzip", "xz", "zstd" };
	static const char *const names[] = { "p-sessions.tar",
		"p-sessions.tar.gz", "p-sessions.tar.xz",
		"p-sessions.tar.zst" };
	struct fixture *f = *state;
	struct tar_options options = plain(f);

	for (int i = 0; i < 4; i++) {
		size_t size[N_FILES];
		char *name;

		assert_true(tar_parse_compress(words[i], &options.compress));
		name = tar_name("p-", options.compress);
		assert_string_equal(name, names[i]);
		for (int again = 0; again < 2; again++) {
			struct tar *t =
			    tar_new(f->fd, name, &options, f->message);
			struct store *s;

			assert_non_null(t);
			s = store_tar_new(t, "x", NULL);
			interleave(s, size, 3000, 300);
			end_store(s);
			publish_tar(t);
			check_interleaved(name, size);
			if (again == 0)
				assert_int_equal(rename(name, "first"), 0);
		}
		check_same("first", name);
		free(name);
	}
	assert_false(tar_parse_compress("lzma", &options.compress));
	assert_false(tar_parse_compress("", &options.compress));
}

#define N_MANY 100000

static void
many_open_members_in_bounded_memory(void **state)
{
	struct fixture *f = *state;
	struct out_file **file = xcalloc(N_MANY, sizeof(*file));
	struct tar_options options = plain(f);
	struct tar *t = new_tar(f, &options);
	struct store *s = store_tar_new(t, "x", NULL);
	char name[32], bytes[901];

	memset(bytes, 'b', sizeof(bytes) - 1);
	bytes[sizeof(bytes) - 1] = '\0';
	for (int i = 0; i < N_MANY; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		file[i] = out_create(store_out(s), name, 0);
		out_write(file[i], bytes, sizeof(bytes) - 1);
	}
	/* Of 90 MB; a member's blocks, and the list of them, cost the rest.
	 * The spill is the thread's when there is one. */
	if (!options.behind)
		assert_in_range(spill_memory(tar_spill(t)), 0,
		    2 * options.memory + N_MANY * 72);
	end_store(s);
	publish_tar(t);
	check_member("x.tar", "x/f77777", bytes);
	free(file);
}

static void
pack(struct fixture *f, const char *const *names, size_t n)
{
	struct tar_options options = plain(f);
	struct tar *t = new_tar(f, &options);
	struct tar_place places[16] = { 0 };
	const char *what;

	assert_true(n <= sizeof(places) / sizeof(places[0]));
	for (size_t i = 0; i < n; i++)
		places[i].name = names[i];
	if (tar_pack(t, f->fd, places, n) != 0) {
		tar_error(t, &what);
		fail_msg("%s", what);
	}
	publish_tar(t);
}

/* What was ours is packed, or the archive fails. */
static void
packs_what_is_expected(void **state)
{
	static const char *const names[] = { "missing", "foreign", "file",
		"link", "ours" };
	struct fixture *f = *state;
	struct tar_options options = plain(f);
	struct store *s = new_store(f, "ours");

	put_file(s, "capture.jsonl", MARK);
	publish(s);
	assert_int_equal(mkdir("foreign", 0700), 0);
	put("foreign/capture.jsonl", "{}");
	put("file", "file");
	assert_int_equal(symlink("ours", "link"), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct tar_place place = { names[i], true };
		struct tar *t = new_tar(f, &options);
		const char *what;

		assert_int_equal(tar_pack(t, f->fd, &place, 1),
		    strcmp(names[i], "ours") == 0 ? 0 : -1);
		if (tar_error(t, &what) != 0)
			assert_non_null(strstr(what, names[i]));
		tar_free(t);
	}
}

/* Loose files give the same members as those that were streamed. */
static void
packed_and_streamed(void **state)
{
	static const char *const names[] = { "x.sessions" };
	struct fixture *f = *state;
	struct tar_options options = plain(f);
	size_t size[N_FILES];
	struct buf streamed = { 0 }, packed = { 0 };
	struct store *s;
	struct tar *t;

	for (int big = 0; big < 2; big++) {
		s = new_store(f, "x.sessions");
		interleave(s, size, big ? 30000 : 300, 900);
		put_at(s, "capture.jsonl", MARK, 5);
		publish(s);
		pack(f, names, 1);
		assert_int_equal(rename("x.tar", "packed.tar"), 0);
		t = new_tar(f, &options);
		s = store_tar_new(t, "x.sessions", NULL);
		put_at(s, "capture.jsonl", MARK, 5);
		interleave(s, size, big ? 30000 : 300, 900);
		end_store(s);
		publish_tar(t);
		check_same("packed.tar", "x.tar");
	}
	buf_free(&streamed);
	buf_free(&packed);
}

static void
packs_what_is_ours(void **state)
{
	static const char *const names[] = { "b/y.sessions", "foreign",
		"a.sessions", "missing", "a/z/missing", "link", "../out",
		"a.sessions", "file", "empty" };
	struct fixture *f = *state;
	struct buf b = { 0 };
	struct store *s;

	s = new_store(f, "b/y.sessions");
	put_file(s, "z", "z");
	put_file(s, "a", "a");
	put_file(s, "capture.jsonl", MARK);
	publish(s);
	s = new_store(f, "a.sessions");
	put_file(s, "capture.jsonl", MARK);
	publish(s);
	assert_int_equal(mkdir("foreign", 0700), 0);
	put("foreign/capture.jsonl", "{}");
	assert_int_equal(mkdir("empty", 0700), 0);
	put("file", "file");
	assert_int_equal(symlink("a.sessions", "link"), 0);
	assert_int_equal(symlink("/etc/passwd", "a.sessions/passwd"), 0);
	assert_int_equal(mkfifo("a.sessions/fifo", 0600), 0);
	assert_int_equal(mkdir("a.sessions/sub", 0700), 0);
	put("a.sessions/.hidden", "hidden");

	pack(f, names, sizeof(names) / sizeof(names[0]));
	list(&b, "x.tar");
	assert_string_equal(buf_cstr(&b),
	    "40700 0 0 a.sessions/\n"
	    "100600 31 0 a.sessions/capture.jsonl\n"
	    "40700 0 0 b/\n"
	    "40700 0 0 b/y.sessions/\n"
	    "100600 1 0 b/y.sessions/a\n"
	    "100600 31 0 b/y.sessions/capture.jsonl\n"
	    "100600 1 0 b/y.sessions/z\n");
	buf_free(&b);
}

static void
sweeps_and_replaces(void **state)
{
	struct fixture *f = *state;
	struct tar_options options = plain(f);
	struct tar *t;

	put(".p-sessions.tar.gz.abc123", "left");
	put(".p-sessions.tar.AB_d-9", "left");
	put(".q-sessions.tar.abc123", "another's");
	put(".p-sessions.tar.gz.abc1234", "another's");
	assert_int_equal(mkdir(".p-sessions.tar.zst.abc123", 0700), 0);
	tar_sweep(f->fd, "p-");
	assert_int_equal(count("."), 3);
	assert_int_equal(access(".p-sessions.tar.gz.abc123", F_OK), -1);

	put("x.tar", "old");
	t = new_tar(f, &options);
	assert_int_equal(count("."), 5);
	tar_free(t);
	check_file("x.tar", "old");
	assert_int_equal(count("."), 4);
	publish_tar(new_tar(f, &options));
	assert_int_equal(count("."), 4);
	assert_int_equal(unlink("x.tar"), 0);
	assert_int_equal(mkdir("x.tar", 0700), 0);
	assert_null(tar_new(f->fd, "x.tar", &options, f->message));
	assert_string_equal(f->message, "x.tar: Is a directory");
	assert_int_equal(count("."), 4);
}

/* What is written in a store that was given up must not get its name. */
static void
store_given_up(void **state)
{
	struct fixture *f = *state;
	struct tar_options options = plain(f);
	struct tar *t = new_tar(f, &options);
	struct store *s = store_tar_new(t, "x", NULL);

	put_file(s, "a", "a");
	(void)out_create(store_out(s), "open", 0);
	store_free(s);
	assert_int_equal(tar_publish(t), -1);
	tar_free(t);
	assert_int_equal(count("."), 0);
}

static void
full_disk(void **state)
{
	static const char big[3 << 20] = "not zeros alone";
	struct fixture *f = *state;
	struct tar_options options = plain(f);
	struct tar *t = new_tar(f, &options);
	struct store *s = store_tar_new(t, "x", NULL);
	struct rlimit old, low;
	struct out_file *a;
	const char *what;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	low = old;
	low.rlim_cur = 50000;
	a = out_create(store_out(s), "a", 0);
	for (size_t i = 0; i < 100; i++)
		out_write(a, "0123456789abcde", 15);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	for (size_t i = 0; i < 100; i++) {
		out_write(a, big, 4096);
		out_write(a, "x", 1);
	}
	out_close(a);
	a = out_create(store_out(s), "b", 0);
	for (size_t i = 0; i < 100000; i++)
		out_write(a, "0123456789abcde", 15);
	out_close(a);
	put_file(s, "c", "c");
	(void)out_create(store_out(s), "left open", 0);
	assert_int_equal(store_publish(s), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(store_error(s, &what), EFBIG);
	store_free(s);
	assert_int_equal(tar_publish(t), -1);
	tar_free(t);
	assert_int_equal(count("."), 0);
}

/* Each call into the system fails in turn: no tar then, and no left-over. */
static void
every_call_fails(void **state)
{
	struct tar_place place = { .name = "x.sessions" };
	struct fixture *f = *state;
	struct tar_options options = plain(f);
	struct store *s = new_store(f, "x.sessions");
	struct buf b = { 0 };
	bool done = false;

	options.sync = true;
	put_file(s, "capture.jsonl", MARK);
	publish(s);
	for (long at = 1; !done; at++) {
		struct tar *t;
		const char *what;
		bool ok = false, ended = false;

		calls = 0;
		fault_at = at;
		t = tar_new(f->fd, "x.tar", &options, f->message);
		if (t != NULL)
			ok = tar_pack(t, f->fd, &place, 1) == 0 &&
			    (ended = true, tar_publish(t) == 0);
		if (t != NULL && !ok)
			assert_int_equal(tar_error(t, &what), EIO);
		tar_free(t);
		done = calls < at;
		fault_at = 0;
		if (ok) {
			/* What cannot be looked at is not left out. */
			buf_reset(&b);
			list(&b, "x.tar");
			assert_non_null(strstr(buf_cstr(&b), "capture.jsonl"));
			assert_int_equal(unlink("x.tar"), 0);
		}
		/* The last step flushes the directory, the tar is whole. */
		if (!ok && ended && access("x.tar", F_OK) == 0)
			assert_int_equal(unlink("x.tar"), 0);
		assert_int_equal(count("."), 1);
		assert_true(at < 100);
	}
	buf_free(&b);
}

static void
reader_goes_away(void **state)
{
	struct fixture *f = *state;
	struct tar_options options = plain(f);
	struct tar *t;
	struct store *s;
	const char *what;
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(close(ends[0]), 0);
	t = tar_new_fd(ends[1], &options, f->message);
	assert_non_null(t);
	s = store_tar_new(t, "x", NULL);
	for (int i = 0; i < 3000; i++)
		put_file(s, "a", "a");
	assert_int_equal(store_publish(s), -1);
	assert_int_equal(store_error(s, &what), EPIPE);
	assert_string_equal(what, "write standard output");
	store_free(s);
	assert_int_equal(tar_publish(t), -1);
	tar_free(t);
	assert_int_equal(close(ends[1]), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(members_directories_and_order),
		TEST(nothing_of_what_is_discarded),
		TEST(long_and_odd_names),
		TEST(holes),
		TEST(filled),
		TEST(impossible_hole),
		TEST(many_holes),
		TEST(little_memory_and_few_descriptors),
		TEST(compressions),
		TEST(many_open_members_in_bounded_memory),
		TEST(packed_and_streamed),
		TEST(packs_what_is_ours),
		TEST(packs_what_is_expected),
		TEST(sweeps_and_replaces),
		TEST(store_given_up),
		TEST(full_disk),
		TEST(every_call_fails),
		TEST(reader_goes_away),
		TEST_BEHIND(members_directories_and_order),
		TEST_BEHIND(nothing_of_what_is_discarded),
		TEST_BEHIND(holes),
		TEST_BEHIND(filled),
		TEST_BEHIND(impossible_hole),
		TEST_BEHIND(little_memory_and_few_descriptors),
		TEST_BEHIND(compressions),
		TEST_BEHIND(many_open_members_in_bounded_memory),
		TEST_BEHIND(packed_and_streamed),
		TEST_BEHIND(store_given_up),
		TEST_BEHIND(full_disk),
		TEST_BEHIND(reader_goes_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
