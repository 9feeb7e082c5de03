/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_behind.c: a thread that writes files, and the other one that helps. */
#include "store_fixture.h"

#include "store/dir_backend.h"

#define FILES 3000
#define WINDOW 32

static uint8_t
byte_at(size_t number, size_t off)
{
	return (uint8_t)(number * 31 + off + off / 251);
}

static size_t
size_of(size_t number)
{
	return number % 97 == 0 ? 70000 + number : number * 37 % 3000;
}

static bool
is_discarded(size_t number)
{
	return number % 11 == 5;
}

static void
write_part(struct out_file *file, size_t number, size_t from, size_t to)
{
	size_t n = to - from;
	uint8_t *p = xmalloc(n);

	for (size_t i = 0; i < n; i++)
		p[i] = byte_at(number, from + i);
	out_write(file, p, n);
	free(p);
}

/* What is written last comes when the file has been closed on disk. */
static void
end_file(struct out_file *file, size_t number)
{
	size_t n = size_of(number);

	write_part(file, number, n / 3, n - n / 8);
	if (number % 2 == 0)
		out_settle(file);
	write_part(file, number, n - n / 8, n);
	if (number % 3 == 0)
		out_settle(file);
	if (is_discarded(number))
		out_discard(file);
	else
		out_close(file);
}

static void
check_content(size_t number)
{
	char path[64];
	uint8_t *p;
	size_t n;

	snprintf(path, sizeof(path), "x.sessions/f%zu", number);
	p = slurp(path, &n);
	if (is_discarded(number)) {
		assert_null(p);
		return;
	}
	assert_non_null(p);
	assert_int_equal(n, size_of(number));
	for (size_t i = 0; i < n; i++)
		assert_int_equal(p[i], byte_at(number, i));
	free(p);
}

static struct store *
write_many(struct fixture *f)
{
	struct store *s = new_store(f, "x.sessions");
	struct out_file *open[WINDOW];
	char name[64];

	for (size_t i = 0; i < FILES + WINDOW; i++) {
		if (i >= WINDOW)
			end_file(open[i % WINDOW], i - WINDOW);
		if (i >= FILES)
			continue;
		snprintf(name, sizeof(name), "f%zu", i);
		open[i % WINDOW] = out_create(store_out(s), name, 0);
		write_part(open[i % WINDOW], i, 0, size_of(i) / 3);
	}
	return s;
}

static void
check_all(void)
{
	for (size_t i = 0; i < FILES; i++)
		check_content(i);
}

static void
test_many(void **state)
{
	struct fixture *f = *state;

	f->options.behind = true;
	f->options.max_open = 4;
	f->options.buffer = 32 << 10;
	publish(write_many(f));
	check_all();
}

/* A call that fails, whichever thread makes it: all is published or nothing.
 * (A file that could not be made once may be made by the other thread.) */
static void
test_failure(void **state)
{
	struct fixture *f = *state;

	f->options.behind = true;
	f->options.force = true;
	for (long at = 200; at < 9000; at += 977) {
		struct store *s;
		bool failed;

		calls = 0;
		fault_at = at;
		s = write_many(f);
		failed = store_publish(s) != 0;
		fault_at = 0;
		store_free(s);
		assert_int_equal(count("."), failed ? 0 : 1);
		if (failed)
			continue;
		check_all();
		assert_int_equal(system("rm -r x.sessions"), 0);
	}
}

static struct file_job
job_of(struct product_file *file, struct file_chunk *c, enum file_after after)
{
	return (struct file_job){
		.file = file,
		.chunks = c,
		.n = c != NULL ? c->n : 0,
		.after = after,
	};
}

/* What leaves a descriptor, or needs one that is there, is not whole. */
static void
test_whole(void **state)
{
	struct fixture *f = *state;
	struct file_chunk *c = xcalloc(1, sizeof(*c) + 4);
	struct product_file file;
	struct dir_backend disk;
	struct file_job job;

	memcpy(c->bytes, "abcd", 4);
	c->n = c->cap = 4;
	dir_backend_init(&disk, f->fd, "x", &f->options);
	product_file_init(&file, "one", 0);
	job = job_of(&file, c, FILE_STAY);
	assert_false(backend_do_whole(&disk.backend, &job));
	job = job_of(&file, NULL, FILE_END);
	assert_false(backend_do_whole(&disk.backend, &job));
	assert_int_equal(count("."), 0);

	job = job_of(&file, c, FILE_SETTLE);
	assert_true(backend_do_whole(&disk.backend, &job));
	check_file("one", "abcd");
	assert_true(dir_backend_has_all(&file));
	assert_int_equal(disk.n_open, 0);

	job = job_of(&file, c, FILE_STAY);
	job.off = 4;
	backend_do(&disk.backend, &job);
	assert_false(dir_backend_has_all(&file));
	job.after = FILE_END;
	assert_false(backend_do_whole(&disk.backend, &job));
	backend_do(&disk.backend, &job);
	check_file("one", "abcdabcd");

	product_file_init(&file, "no/where", 0);
	job = job_of(&file, c, FILE_END);
	assert_false(backend_do_whole(&disk.backend, &job));
	assert_int_equal(disk.failure.error, 0);
	backend_do(&disk.backend, &job);
	assert_int_equal(disk.failure.error, ENOENT);
	dir_backend_fini(&disk);
	free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_many),
		TEST(test_failure),
		TEST(test_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
