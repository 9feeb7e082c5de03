/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * fault.c: for LD_PRELOAD: one call, or one allocation, of a run fails; its
 * libraries' are counted too.  The environment says which:
 *
 *	FAULT=CALL:N:ERRNO	the N-th call of that name fails so; `alloc'
 *				stands for malloc and its like
 *	FAULT=CALL:N+K:ERRNO	and so do the next K
 *	FAULT_SHORT=SEED	reads and writes are cut short, and every fifth
 *				call that may be is interrupted
 *	FAULT_LOG=FILE		gets a line for each call, with a number for
 *				where it came from, or one for what failed
 *
 * What libc calls for itself (fopen its open) does not come by here, but its
 * allocations do.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* glibc's own, which no library comes in between. */
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
extern void *__libc_memalign(size_t align, size_t n);

#define LOG_MAX ((size_t)1 << 20)
#define FRAMES 7
#define SHORT_MAX 4000

/* clang-format off */
#define CALLS(X) \
	X(alloc) X(open) X(openat) X(mkdir) X(mkdirat) X(rename) X(renameat) \
	X(renameat2) X(fsync) X(close) X(read) X(pread) X(write) X(pwrite) \
	X(pwritev) X(unlink) X(unlinkat) X(rmdir) X(futimens) X(ftruncate) \
	X(fallocate) X(flock) X(fstat) X(fstatat) X(lstat) X(stat) X(lseek) \
	X(fcntl) X(dup) X(pthread_create) X(getrandom) X(poll) X(readdir) \
	X(fdopendir) X(fopen) X(fdopen) X(fflush) X(fclose) X(fchown) \
	X(symlink) X(mkostemp) X(faccessat) X(access) X(mmap) X(wait4) \
	X(getdents64)
/* clang-format on */

enum call {
#define NAME(x) C_##x,
	CALLS(NAME)
#undef NAME
	    N_CALLS
};

static const char *const names[] = {
#define NAME(x) #x,
	CALLS(NAME)
#undef NAME
};

struct entry {
	uint32_t call;
	uint32_t number;
	uint64_t from;
};

static struct entry *entries;
static atomic_size_t n_entries;
static atomic_uint counts[N_CALLS];
static enum call wanted = N_CALLS;
static unsigned at;
static unsigned more;
static int error;
static atomic_uint seed;
static bool cuts;
static int log_fd = -1;
static atomic_bool told;
/* While the log is made, and in what it calls, nothing is counted. */
static _Thread_local bool inside;
static bool begun;

/* Before the program may open nothing any more, and where it has none. */
static void
open_log(const char *name)
{
	long fd = syscall(SYS_openat, AT_FDCWD, name,
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	log_fd = (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 500);
	syscall(SYS_close, fd);
}

static void
put(const char *text, size_t n)
{
	(void)!syscall(SYS_write, log_fd, text, n);
}

/* Where the call that fails came from: objects and offsets, for addr2line. */
static void
tell(enum call c, unsigned number)
{
	void *frames[FRAMES + 3];
	char text[2048];
	int n = backtrace(frames, FRAMES + 3);
	int len =
	    snprintf(text, sizeof(text), "failed %s %u", names[c], number);

	for (int i = 2; i < n && len < 1800; i++) {
		Dl_info d;

		if (dladdr(frames[i], &d) != 0)
			len += snprintf(text + len, sizeof(text) - (size_t)len,
			    " %.100s+0x%lx", d.dli_fname,
			    (unsigned long)((char *)frames[i] -
				(char *)d.dli_fbase));
	}
	text[len++] = '\n';
	put(text, (size_t)len);
}

static void
note(enum call c, unsigned number)
{
	void *frames[FRAMES];
	int n = backtrace(frames, FRAMES);
	uint64_t h = 1469598103934665603ULL + c;
	size_t i = atomic_fetch_add(&n_entries, 1);

	for (int k = 2; k < n; k++)
		h = (h ^ (uint64_t)(uintptr_t)frames[k]) * 1099511628211ULL;
	if (i < LOG_MAX)
		entries[i] = (struct entry){ (uint32_t)c, number, h };
}

/* Counts the call; true, with errno, when it is to fail. */
static __attribute__((noinline)) bool
fails(enum call c)
{
	unsigned number;
	bool hit;

	if (!begun || inside)
		return false;
	inside = true;
	number = atomic_fetch_add(&counts[c], 1) + 1;
	hit = c == wanted && number >= at && number - at <= more;
	if (entries != NULL)
		note(c, number);
	if (log_fd >= 0 && hit && !atomic_exchange(&told, true))
		tell(c, number);
	inside = false;
	if (hit)
		errno = error;
	return hit;
}

static unsigned
rnd(void)
{
	unsigned s = atomic_load(&seed);

	while (
	    !atomic_compare_exchange_weak(&seed, &s, s * 1103515245U + 12345U))
		continue;
	return (s >> 8) & 0xffff;
}

/* As fails, for calls that a signal may interrupt. */
static bool
breaks(enum call c)
{
	if (fails(c))
		return true;
	if (!cuts || inside || rnd() % 5 != 0)
		return false;
	errno = EINTR;
	return true;
}

static size_t
cut(size_t n)
{
	if (!cuts || inside || n < 2)
		return n;
	return 1 + rnd() % (n < SHORT_MAX ? n : SHORT_MAX);
}

static void
parse(const char *s)
{
	for (unsigned c = 0; c < N_CALLS; c++) {
		size_t n = strlen(names[c]);
		char *end;

		if (strncmp(s, names[c], n) != 0 || s[n] != ':')
			continue;
		at = (unsigned)strtoul(s + n + 1, &end, 10);
		more = *end == '+' ? (unsigned)strtoul(end + 1, &end, 10) : 0;
		error = atoi(end + 1);
		wanted = (enum call)c;
	}
}

static __attribute__((constructor)) void
begin(void)
{
	const char *s = getenv("FAULT_SHORT");
	void *frame;

	inside = true;
	/* The unwinder is loaded with the first one. */
	(void)backtrace(&frame, 1);
	if (getenv("FAULT_LOG") != NULL)
		open_log(getenv("FAULT_LOG"));
	if (s != NULL) {
		seed = (unsigned)atoi(s);
		cuts = true;
	}
	s = getenv("FAULT");
	if (s != NULL)
		parse(s);
	if (log_fd >= 0 && wanted == N_CALLS)
		entries = mmap(NULL, LOG_MAX * sizeof(*entries),
		    PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	begun = true;
	inside = false;
}

static __attribute__((destructor)) void
end(void)
{
	size_t n = n_entries < LOG_MAX ? n_entries : LOG_MAX;
	char text[4096];
	size_t len = 0;

	if (entries == NULL)
		return;
	inside = true;
	for (size_t i = 0; i < n; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%s %u %llx\n", names[entries[i].call], entries[i].number,
		    (unsigned long long)entries[i].from);
		if (len > sizeof(text) - 80 || i + 1 == n) {
			put(text, len);
			len = 0;
		}
	}
	inside = false;
}

/* ----------------------------------------------------------------- memory */

void *
malloc(size_t n)
{
	return fails(C_alloc) ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails(C_alloc) ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return n > 0 && fails(C_alloc) ? NULL : __libc_realloc(p, n);
}

void *
aligned_alloc(size_t align, size_t n)
{
	return fails(C_alloc) ? NULL : __libc_memalign(align, n);
}

int
posix_memalign(void **p, size_t align, size_t n)
{
	if (fails(C_alloc))
		return ENOMEM;
	*p = __libc_memalign(align, n);
	return *p != NULL ? 0 : ENOMEM;
}

/* ------------------------------------------------------------------- calls */

#define REAL(result, name, args)                                               \
	static result(*real) args;                                             \
	if (real == NULL) {                                                    \
		bool before = inside;                                          \
		inside = true;                                                 \
		*(void **)(&real) = dlsym(RTLD_NEXT, name);                    \
		inside = before;                                               \
	}

/* A call that fails without doing anything. */
#define PLAIN(result, name, args, pass, bad)                                   \
	result name args                                                       \
	{                                                                      \
		REAL(result, #name, args)                                      \
		if (fails(C_##name))                                           \
			return bad;                                            \
		return real pass;                                              \
	}

#define BREAKABLE(result, name, args, pass, bad)                               \
	result name args                                                       \
	{                                                                      \
		REAL(result, #name, args)                                      \
		if (breaks(C_##name))                                          \
			return bad;                                            \
		return real pass;                                              \
	}

/* One that has done its work all the same. */
#define AFTER(result, name, args, pass, bad)                                   \
	result name args                                                       \
	{                                                                      \
		REAL(result, #name, args)                                      \
		bool hit = fails(C_##name);                                    \
		int why = errno;                                               \
		result r = real pass;                                          \
		if (hit)                                                       \
			errno = why;                                           \
		return hit ? bad : r;                                          \
	}

PLAIN(int, mkdir, (const char *path, mode_t mode), (path, mode), -1)
PLAIN(int, mkdirat, (int d, const char *path, mode_t mode), (d, path, mode), -1)
PLAIN(int, rename, (const char *a, const char *b), (a, b), -1)
PLAIN(int, renameat, (int a, const char *s, int b, const char *t), (a, s, b, t),
    -1)
PLAIN(int, renameat2,
    (int a, const char *s, int b, const char *t, unsigned flags),
    (a, s, b, t, flags), -1)
BREAKABLE(int, fsync, (int fd), (fd), -1)
AFTER(int, close, (int fd), (fd), -1)
PLAIN(int, unlink, (const char *path), (path), -1)
PLAIN(int, unlinkat, (int d, const char *path, int flags), (d, path, flags), -1)
PLAIN(int, rmdir, (const char *path), (path), -1)
PLAIN(int, futimens, (int fd, const struct timespec t[2]), (fd, t), -1)
BREAKABLE(int, ftruncate, (int fd, off_t n), (fd, n), -1)
BREAKABLE(int, fallocate, (int fd, int mode, off_t off, off_t n),
    (fd, mode, off, n), -1)
BREAKABLE(int, flock, (int fd, int how), (fd, how), -1)
PLAIN(int, fstat, (int fd, struct stat *st), (fd, st), -1)
PLAIN(int, fstatat, (int d, const char *path, struct stat *st, int flags),
    (d, path, st, flags), -1)
PLAIN(int, lstat, (const char *path, struct stat *st), (path, st), -1)
PLAIN(int, stat, (const char *path, struct stat *st), (path, st), -1)
PLAIN(off_t, lseek, (int fd, off_t off, int whence), (fd, off, whence), -1)
PLAIN(int, dup, (int fd), (fd), -1)
BREAKABLE(ssize_t, getrandom, (void *p, size_t n, unsigned flags),
    (p, n, flags), -1)
BREAKABLE(int, poll, (struct pollfd * v, nfds_t n, int ms), (v, n, ms), -1)
PLAIN(struct dirent *, readdir, (DIR * d), (d), NULL)
PLAIN(ssize_t, getdents64, (int fd, void *p, size_t n), (fd, p, n), -1)
PLAIN(DIR *, fdopendir, (int fd), (fd), NULL)
PLAIN(FILE *, fopen, (const char *name, const char *mode), (name, mode), NULL)
PLAIN(FILE *, fdopen, (int fd, const char *mode), (fd, mode), NULL)
PLAIN(int, fflush, (FILE * f), (f), EOF)
AFTER(int, fclose, (FILE * f), (f), EOF)
PLAIN(int, fchown, (int fd, uid_t u, gid_t g), (fd, u, g), -1)
PLAIN(int, symlink, (const char *a, const char *b), (a, b), -1)
PLAIN(int, mkostemp, (char *path, int flags), (path, flags), -1)
PLAIN(int, faccessat, (int d, const char *path, int how, int flags),
    (d, path, how, flags), -1)
PLAIN(int, access, (const char *path, int how), (path, how), -1)
PLAIN(void *, mmap, (void *p, size_t n, int prot, int flags, int fd, off_t o),
    (p, n, prot, flags, fd, o), MAP_FAILED)
BREAKABLE(pid_t, wait4, (pid_t pid, int *how, int flags, struct rusage *u),
    (pid, how, flags, u), -1)
BREAKABLE(ssize_t, read, (int fd, void *p, size_t n), (fd, p, cut(n)), -1)
BREAKABLE(ssize_t, pread, (int fd, void *p, size_t n, off_t off),
    (fd, p, cut(n), off), -1)
BREAKABLE(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, cut(n)),
    -1)
BREAKABLE(ssize_t, pwrite, (int fd, const void *p, size_t n, off_t off),
    (fd, p, cut(n), off), -1)

ssize_t
pwritev(int fd, const struct iovec *v, int n, off_t off)
{
	REAL(ssize_t, "pwritev", (int, const struct iovec *, int, off_t))
	struct iovec first = v[0];

	if (breaks(C_pwritev))
		return -1;
	if (!cuts)
		return real(fd, v, n, off);
	first.iov_len = cut(first.iov_len);
	return real(fd, &first, 1, off);
}

int
open(const char *path, int flags, ...)
{
	REAL(int, "open", (const char *, int, mode_t))
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return breaks(C_open) ? -1 : real(path, flags, mode);
}

int
openat(int d, const char *path, int flags, ...)
{
	REAL(int, "openat", (int, const char *, int, mode_t))
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return breaks(C_openat) ? -1 : real(d, path, flags, mode);
}

int
fcntl(int fd, int command, ...)
{
	REAL(int, "fcntl", (int, int, void *))
	va_list ap;
	void *arg;

	va_start(ap, command);
	arg = va_arg(ap, void *);
	va_end(ap);
	return fails(C_fcntl) ? -1 : real(fd, command, arg);
}

int
pthread_create(pthread_t *t, const pthread_attr_t *attr, void *(*fn)(void *),
    void *arg)
{
	REAL(int, "pthread_create",
	    (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))

	return fails(C_pthread_create) ? error : real(t, attr, fn, arg);
}
