/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* file_buffer_limits.c: how many product files there may be, and how large. */
#include <errno.h>
#include <sys/resource.h>

#include "store/file_buffer_parts.h"

/* The size that no file may exceed (setrlimit(2)). */
uint64_t
file_size_max_of_process(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) != 0 ||
	    limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > INT64_MAX)
		return INT64_MAX;
	return limit.rlim_cur;
}

/* The backend is asked when it matters: what every one takes is known. */
static uint64_t
size_max(struct file_buffers *fs, uint64_t end)
{
	uint64_t (*ask)(const struct backend *m) = fs->backend->size_max;
	uint64_t most;

	if (end <= fs->size_max || fs->asked)
		return fs->size_max;
	fs->asked = true;
	most = ask != NULL ? ask(fs->backend) : INT64_MAX;
	fs->size_max = file_size_max_of_process();
	if (most < fs->size_max)
		fs->size_max = most;
	return fs->size_max;
}

/* How many of n bytes more, behind its hole, the file may have. */
uint64_t
file_room_for(struct file_buffer *f, uint64_t n)
{
	struct file_buffers *fs = files_of(f);
	const uint64_t *left = fs->limits.bytes;
	uint64_t end = f->off + f->n_buffered;
	uint64_t most = n < INT64_MAX - end ? end + n : INT64_MAX;

	most = size_max(fs, most) - end;
	if (!f->on_disk.exempt && left != NULL && *left < most)
		most = *left;
	return most < n ? most : n;
}

/* The file ends here. */
void
file_end_at_limit(struct file_buffer *f)
{
	f->hole = 0;
	if (f->on_disk.exempt) {
		backend_fail(files_of(f)->backend, EFBIG, "write", f->name);
		return;
	}
	f->base.limits |= OUT_LIMIT_BYTES;
	files_of(f)->n_cut++;
}

void
file_spend(const struct file_buffer *f, uint64_t n)
{
	uint64_t *left = files_of(f)->limits.bytes;

	if (left != NULL && !f->on_disk.exempt)
		*left -= n;
}

/* Whether one more file may be made; counts it. */
bool
file_may_create(struct file_buffers *fs, struct file_buffer *f)
{
	const struct store_limits *left = &fs->limits;

	if (left->bytes != NULL && *left->bytes == 0) {
		f->base.limits = OUT_LIMIT_BYTES;
		fs->n_cut++;
	} else if (left->files != NULL && *left->files == 0) {
		f->base.limits = OUT_LIMIT_FILES;
		fs->n_left_out++;
	} else if (left->files != NULL) {
		--*left->files;
	}
	f->base.absent = f->base.limits != 0;
	return !f->base.absent;
}
