/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_store.c: product files: bytes, holes, times, modes, descriptors. */
#include "store_fixture.h"

static void
publishes_files_modes_and_times(void **state)
{
	struct fixture *f = *state;
	struct store *s = new_store(f, "2026/11/x.pcap.sessions");
	struct out_file *a =
	    out_create(store_out(s), "a.c2s", 1537962662883718124);
	struct stat st;

	out_write(a, "hello ", 6);
	put_file(s, "b", "");
	out_write(a, "world", 5);
	put_file(s, "capture.jsonl", MARK);
	assert_int_equal(access("2026/11/x.pcap.sessions", F_OK), -1);
	publish(s); /* ends a too */

	check_file("2026/11/x.pcap.sessions/a.c2s", "hello world");
	check_file("2026/11/x.pcap.sessions/b", "");
	check_file("2026/11/x.pcap.sessions/capture.jsonl", MARK);
	assert_int_equal(count("2026/11/x.pcap.sessions"), 3);
	assert_int_equal(count("2026/11"), 1);
	check_mode("2026", 0700);
	check_mode("2026/11", 0700);
	check_mode("2026/11/x.pcap.sessions", 0700);
	check_mode("2026/11/x.pcap.sessions/a.c2s", 0600);
	assert_int_equal(stat("2026/11/x.pcap.sessions/a.c2s", &st), 0);
	assert_int_equal(st.st_mtim.tv_sec, 1537962662);
	assert_int_equal(st.st_mtim.tv_nsec, 883718124);
}

static void
times_before_1970_and_far_away(void **state)
{
	static const int64_t times[] = { INT64_MIN, -1, 0, 1, INT64_MAX };
	struct fixture *f = *state;
	struct store *s = new_store(f, "x");
	struct stat st;

	for (int i = 0; i < 5; i++) {
		char name[2] = { (char)('0' + i), '\0' };

		out_close(out_create(store_out(s), name, times[i]));
	}
	publish(s);
	assert_int_equal(stat("x/0", &st), 0);
	assert_int_equal(st.st_mtim.tv_sec, 0);
	assert_int_equal(stat("x/1", &st), 0);
	assert_int_equal(st.st_mtim.tv_sec, 0);
	assert_int_equal(stat("x/3", &st), 0);
	assert_int_equal(st.st_mtim.tv_nsec, 1);
}

/* Discarded before anything went to disk, after it did, after it was settled,
 * and while others have taken its descriptor. */
static void
nothing_remains_of_what_is_discarded(void **state)
{
	struct fixture *f = *state;
	struct out_file *gone[4], *kept;
	static uint8_t large[200000];
	struct store *s;

	f->options.max_open = 1;
	s = new_store(f, "x");
	for (int i = 0; i < 4; i++) {
		char name[2] = { (char)('0' + i), '\0' };

		gone[i] = out_create(store_out(s), name, 0);
		out_hole(gone[i], 5000);
		out_write(gone[i], large, i == 0 ? 10 : sizeof large);
	}
	out_settle(gone[2]);
	out_hole(gone[3], 7);
	kept = out_create(store_out(s), "kept", 0);
	for (int i = 0; i < 4; i++) {
		out_write(kept, large, sizeof large);
		out_discard(gone[i]);
	}
	/* The name is free again. */
	put_file(s, "1", "another");
	out_close(kept);
	publish(s);
	assert_int_equal(count("x"), 2);
	check_file("x/1", "another");
}

#define N_FILES 40

static uint8_t
byte_at(int file, size_t i)
{
	return (uint8_t)(i * 31 + i / 251 + (size_t)file * 7);
}

static uint32_t
next_random(uint32_t *state)
{
	*state = *state * 1664525U + 1013904223U;
	return *state >> 8;
}

/* Files written piece by piece in turn, with settling in between, are what
 * they would be if written at once. */
static void
interleave(struct fixture *f, size_t piece_max, int steps, bool settle)
{
	struct store *s = new_store(f, "x");
	struct out_file *file[N_FILES];
	size_t size[N_FILES] = { 0 };
	uint8_t *buf = xmalloc(piece_max);
	uint32_t seed = 5;
	char name[16];

	for (int i = 0; i < N_FILES; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		file[i] = out_create(store_out(s), name, i * 1000000000LL);
	}
	for (int step = 0; step < steps; step++) {
		int i = (int)(next_random(&seed) % N_FILES);
		size_t n = next_random(&seed) % piece_max;

		for (size_t j = 0; j < n; j++)
			buf[j] = byte_at(i, size[i] + j);
		out_write(file[i], buf, n);
		size[i] += n;
		if (settle && step % 7 == 0)
			out_settle(file[next_random(&seed) % N_FILES]);
	}
	for (int i = 0; i < N_FILES; i += 2)
		out_close(file[i]);
	put_file(s, "capture.jsonl", MARK);
	publish(s);
	for (int i = 0; i < N_FILES; i++) {
		struct stat st;
		size_t n;
		uint8_t *p;

		snprintf(name, sizeof(name), "x/f%d", i);
		p = slurp(name, &n);
		assert_non_null(p);
		assert_int_equal(n, size[i]);
		for (size_t j = 0; j < n; j++)
			if (p[j] != byte_at(i, j))
				fail_msg("%s differs at %zu", name, j);
		free(p);
		assert_int_equal(stat(name, &st), 0);
		assert_int_equal(st.st_mtim.tv_sec, i);
	}
	free(buf);
}

static void
few_descriptors_and_little_memory(void **state)
{
	static const unsigned max_open[] = { 1, 3, 64 };
	static const size_t buffer[] = { 0, 6000, 100000, 64 << 20 };
	struct fixture *f = *state;

	for (int i = 0; i < 3; i++)
		for (int j = 0; j < 4; j++) {
			f->options.max_open = max_open[i];
			f->options.buffer = buffer[j];
			interleave(f, 3000, 600, j % 2 == 0);
			interleave(f, 90000, 100, j % 2 == 1);
		}
}

static void
descriptors_run_out(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, low;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = old;
	low.rlim_cur = 16;
	f->options.max_open = 1000;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	interleave(f, 90000, 200, false);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
}

static size_t
resident(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	size_t total = 0, pages = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%zu %zu", &total, &pages), 2);
	fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

#define N_MANY 20000

static void
many_open_files_in_bounded_memory(void **state)
{
	struct fixture *f = *state;
	struct out_file **file = xcalloc(N_MANY, sizeof(struct out_file *));
	struct store *s;
	size_t before = resident();
	char name[32];
	struct stat st;

	f->options.buffer = 1 << 20;
	s = new_store(f, "x");
	for (int i = 0; i < N_MANY; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		file[i] = out_create(store_out(s), name, 0);
	}
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < N_MANY; i++)
			out_write(file[i], "0123456789", 10);
	/* 400 bytes a file for the file itself, with a sanitizer's share. */
	assert_in_range(resident() - before, 0, (6 << 20) + N_MANY * 400);
	publish(s);
	assert_int_equal(stat("x/f19999", &st), 0);
	assert_int_equal(st.st_size, 20);
	check_file("x/f7", "01234567890123456789");
	free(file);
}

static void
holes(void **state)
{
	struct fixture *f = *state;
	struct store *s = new_store(f, "x");
	struct out_file *a = out_create(store_out(s), "a", 0);
	struct out_file *b = out_create(store_out(s), "b", 0);
	struct out_file *c = out_create(store_out(s), "c", 0);
	struct stat st;
	size_t n;
	uint8_t *p;

	out_write(a, "begin", 5);
	out_hole(a, 3);
	out_hole(a, 2);
	out_write(a, "middle", 6);
	out_hole(a, 100000000);
	out_settle(a);
	out_write(a, "end", 3);
	out_hole(a, 50);
	out_hole(b, 5000);
	out_write(b, "x", 1);
	out_hole(c, 77);
	publish(s);

	p = slurp("x/a", &n);
	assert_int_equal(n, 100000019);
	assert_memory_equal(p, "begin\0\0\0\0\0middle\0\0", 18);
	assert_memory_equal(p + n - 5, "\0\0end", 5);
	free(p);
	assert_int_equal(stat("x/a", &st), 0);
	assert_in_range(st.st_blocks, 0, 1000);
	p = slurp("x/b", &n);
	assert_int_equal(n, 5001);
	assert_int_equal(p[5000], 'x');
	free(p);
	check_file("x/c", "");
}

/* Bytes that come late take the place of zeros, wherever those are by then. */
static void
filled(void **state)
{
	struct fixture *f = *state;
	struct store *s = new_store(f, "x");
	struct out_file *a = out_create(store_out(s), "a", 0);
	struct out_file *b = out_create(store_out(s), "b", 0);
	uint8_t *p;
	size_t n;

	out_write(a, "begin", 5);
	out_hole(a, 5);
	out_write(a, "end", 3);
	out_fill(a, 6, "abc", 3);
	out_hole(a, 100000);
	out_write(a, "x", 1);
	out_settle(a);
	out_fill(a, 100009, "late", 4);
	out_write(a, "y", 1);
	out_hole(b, 3);
	out_write(b, "d", 1);
	out_settle(b);
	out_fill(b, 0, "abc", 3);
	publish(s);
	p = slurp("x/a", &n);
	assert_int_equal(n, 100015);
	assert_memory_equal(p, "begin\0abc\0end\0", 14);
	assert_memory_equal(p + n - 7, "\0latexy", 7);
	free(p);
	check_file("x/b", "abcd");
}

static void
impossible_hole(void **state)
{
	struct fixture *f = *state;
	struct store *s = new_store(f, "x");
	struct out_file *a = out_create(store_out(s), "a", 0);
	struct store_outputs o;

	put_file(s, "capture.jsonl", MARK);
	out_write(a, "a", 1);
	out_hole(a, UINT64_MAX - 5);
	out_hole(a, 4);
	out_write(a, "x", 1);
	out_hole(a, 7);
	out_write(a, "x", 1);
	assert_int_equal(a->limits, OUT_LIMIT_BYTES);
	out_close(a);
	a = out_create(store_out(s), "index", 0);
	out_write(a, "b", 1);
	out_close(a);
	store_outputs(s, &o);
	assert_int_equal(o.files, 3);
	assert_int_equal(o.bytes, strlen(MARK) + 2);
	assert_int_equal(o.cut, 1);
	assert_int_equal(store_publish(s), 0);
	store_free(s);
	check_file("x/a", "a");
	check_file("x/index", "b");
}

/* A file ends where the system has no more for one, and no other does; but for
 * an index that is a failure. */
static void
too_large(void **state)
{
	static const char big[100000];
	struct fixture *f = *state;
	struct rlimit old, low;
	struct store *s;
	struct out_file *a;
	struct stat st;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	low = old;
	low.rlim_cur = 50000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	s = new_store(f, "x");
	put_file(s, "capture.jsonl", MARK);
	a = out_create(store_out(s), "a", 0);
	for (int i = 0; i < 3; i++)
		out_write(a, big, sizeof(big) / 3);
	out_fill(a, 60000, big, 10);
	out_fill(a, 49990, "0123456789abcdef", 16);
	assert_int_equal(a->limits, OUT_LIMIT_BYTES);
	out_close(a);
	a = out_create(store_out(s), "b", 0);
	out_hole(a, 49999);
	out_write(a, "xy", 2);
	assert_int_equal(a->limits, OUT_LIMIT_BYTES);
	out_close(a);
	a = out_create(store_out(s), "c", 0);
	out_hole(a, 50000);
	out_write(a, "x", 1);
	assert_int_equal(a->limits, OUT_LIMIT_BYTES);
	out_close(a);
	assert_int_equal(store_publish(s), 0);
	store_free(s);
	assert_int_equal(stat("x/a", &st), 0);
	assert_int_equal(st.st_size, 50000);
	assert_int_equal(stat("x/b", &st), 0);
	assert_int_equal(st.st_size, 50000);
	assert_int_equal(stat("x/c", &st), 0);
	assert_int_equal(st.st_size, 0);

	s = new_store(f, "y");
	a = out_create(store_out(s), "a", 0);
	out_exempt(a);
	out_write(a, big, sizeof(big));
	out_close(a);
	assert_int_equal(store_publish(s), -1);
	store_free(s);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
}

/* So many bytes and files of all, what is exempt aside; what is discarded has
 * not been. */
static void
limits_of_all(void **state)
{
	uint64_t bytes = 20, files = 3;
	struct fixture *f = *state;
	struct store *s;
	struct out_file *a, *b, *c;
	struct store_outputs o;

	f->options.limits = (struct store_limits){ &bytes, &files };
	s = new_store(f, "x");
	a = out_create(store_out(s), "capture.jsonl", 0);
	out_exempt(a);
	out_write(a, MARK MARK, 2 * strlen(MARK));
	out_close(a);
	assert_int_equal(bytes, 20);
	assert_int_equal(files, 3);
	a = out_create(store_out(s), "a", 0);
	out_write(a, "0123456789", 10);
	out_discard(a);
	assert_int_equal(bytes, 20);
	assert_int_equal(files, 3);
	a = out_create(store_out(s), "a", 0);
	b = out_create(store_out(s), "b", 0);
	out_write(a, "0123456789", 10);
	out_hole(b, 5);
	out_write(b, "x", 1);
	out_write(a, "abcdef", 6);
	out_write(a, "ghi", 3);
	assert_int_equal(bytes, 0);
	assert_int_equal(a->limits, OUT_LIMIT_BYTES);
	assert_int_equal(b->limits, 0);
	c = out_create(store_out(s), "c", 0);
	assert_int_equal(c->limits, OUT_LIMIT_BYTES);
	assert_true(c->absent);
	out_write(c, "x", 1);
	out_settle(c);
	out_discard(c);
	bytes = 5;
	out_close(a);
	out_close(b);
	put_file(s, "c", "c");
	c = out_create(store_out(s), "d", 0);
	assert_int_equal(c->limits, OUT_LIMIT_FILES);
	assert_true(c->absent);
	out_close(c);
	c = out_create(store_out(s), "index", 0);
	out_exempt(c);
	out_write(c, "0123456789", 10);
	out_close(c);
	store_outputs(s, &o);
	assert_int_equal(o.cut, 2);
	assert_int_equal(o.left_out, 1);
	assert_int_equal(o.files, 5);
	assert_int_equal(o.bytes, 2 * strlen(MARK) + 14 + 6 + 1 + 10);
	assert_int_equal(store_publish(s), 0);
	store_free(s);
	check_file("x/a", "0123456789abcd");
	check_file("x/index", "0123456789");
	assert_int_equal(count("x"), 5);
}

static void
full_disk(void **state)
{
	static const char big[100000];
	struct fixture *f = *state;
	struct rlimit old, low;
	struct store *s = new_store(f, "x");
	struct out_file *a = out_create(store_out(s), "a", 0);
	const char *what;

	put_file(s, "capture.jsonl", MARK);
	/* For want of a full disk: what is exempt may not end early. */
	out_exempt(a);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	low = old;
	low.rlim_cur = 50000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	out_write(a, big, sizeof(big));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(store_error(s, &what), EFBIG);
	assert_string_equal(what, "write x/a");
	/* Later calls do nothing and harm nothing. */
	out_write(a, "x", 1);
	out_hole(a, 7);
	out_settle(a);
	put_file(s, "b", "b");
	out_close(a);
	(void)out_create(store_out(s), "left open", 0);
	assert_int_equal(store_publish(s), -1);
	assert_int_equal(store_error(s, &what), EFBIG);
	store_free(s);
	assert_int_equal(count("."), 0);
}

static void
close_that_fails(void **state)
{
	struct fixture *f = *state;
	struct store *s = new_store(f, "x");
	const char *what;

	close_fails = true;
	put_file(s, "a", "a");
	close_fails = false;
	assert_int_equal(store_error(s, &what), EIO);
	assert_string_equal(what, "close x/a");
	assert_int_equal(store_publish(s), -1);
	store_free(s);
	assert_int_equal(count("."), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(publishes_files_modes_and_times),
		TEST(times_before_1970_and_far_away),
		TEST(nothing_remains_of_what_is_discarded),
		TEST(few_descriptors_and_little_memory),
		TEST(descriptors_run_out),
		TEST(many_open_files_in_bounded_memory),
		TEST(holes),
		TEST(filled),
		TEST(impossible_hole),
		TEST(too_large),
		TEST(limits_of_all),
		TEST(full_disk),
		TEST(close_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
