/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* spawn.c: fork, exec, two pipes, and the end. */
#include "verify/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/xalloc.h"

#define READ_BYTES ((size_t)64 << 10)
#define CODE_NOT_STARTED 127
#define NS_PER_S ((uint64_t)1000000000)
/* Between two looks at whether a signal came. */
#define LOOK_MS 200

bool
spawn_has(const char *program)
{
	const char *path = getenv("PATH");
	bool found = false;

	while (path != NULL && !found) {
		size_t n = strcspn(path, ":");
		char *file = n == 0 ?
		    xasprintf("./%s", program) :
		    xasprintf("%.*s/%s", (int)n, path, program);

		found = access(file, X_OK) == 0;
		free(file);
		path = path[n] == ':' ? path + n + 1 : NULL;
	}
	return found;
}

static void
reset_signals(void)
{
	static const int ours[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGPIPE,
		SIGXFSZ };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		signal(ours[i], SIG_DFL);
}

static void
set_home(const char *home)
{
	static const char *const names[] = { "HOME", "XDG_CONFIG_HOME",
		"XDG_DATA_HOME", "WIRESHARK_CONFIG_DIR" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		setenv(names[i], home, 1);
	setenv("LC_ALL", "C", 1);
	setenv("TMPDIR", home, 1);
}

/* In the child, which does not come back. */
static void
become(const struct spawn *s, int out, int err, pid_t parent)
{
	int nothing = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (nothing < 0 || getppid() != parent)
		_exit(CODE_NOT_STARTED);
	dup2(nothing, STDIN_FILENO);
	dup2(out >= 0 ? out : nothing, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	reset_signals();
	set_home(s->home);
	/* execvp promises not to change the words. */
	execvp(s->argv[0], (char *const *)(uintptr_t)s->argv);
	_exit(CODE_NOT_STARTED);
}

/* Keeps the last line with something in it. */
struct words {
	char *text; /* SPAWN_WORDS_LEN */
	size_t n;
	bool ended;
};

static void
take_words(struct words *w, struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\n') {
			w->ended = true;
			continue;
		}
		if (w->ended)
			w->n = 0;
		w->ended = false;
		if (w->n < SPAWN_WORDS_LEN - 1)
			w->text[w->n++] = (char)s.p[i];
		w->text[w->n] = '\0';
	}
}

/* Reads what is there; false at the end. */
static bool
take_some(int fd, uint8_t *room, struct slice *got)
{
	ssize_t n = read(fd, room, READ_BYTES);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		n = 0;
	else if (n <= 0)
		return false;
	*got = (struct slice){ room, (size_t)n };
	return true;
}

static void
read_pipes(const struct spawn *s, struct pollfd p[2], struct words *w,
    pid_t child)
{
	uint8_t *room = xmalloc(READ_BYTES);
	struct slice got;

	while (p[0].fd >= 0 || p[1].fd >= 0) {
		int ready = poll(p, 2, LOOK_MS);

		if (s->stopped())
			kill(child, SIGKILL);
		for (int i = 0; i < 2 && ready > 0; i++) {
			if (p[i].fd < 0 || p[i].revents == 0)
				continue;
			if (!take_some(p[i].fd, room, &got)) {
				close(p[i].fd);
				p[i].fd = -1;
			} else if (i == 1) {
				take_words(w, got);
			} else if (got.n > 0 && s->output != NULL) {
				s->output(s->arg, got);
			}
		}
	}
	free(room);
}

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static uint64_t
timeval_ns(struct timeval t)
{
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_usec * 1000;
}

static void
reap(pid_t child, struct spawn_result *r)
{
	struct rusage used;
	int status = 0;

	while (wait4(child, &status, 0, &used) < 0)
		if (errno != EINTR)
			return;
	r->signum = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	r->code = r->signum != 0 ? 128 + r->signum : WEXITSTATUS(status);
	r->started = r->code != CODE_NOT_STARTED;
	r->cpu_ns = timeval_ns(used.ru_utime) + timeval_ns(used.ru_stime);
	r->memory = (uint64_t)used.ru_maxrss * 1024;
}

void
spawn_run(const struct spawn *s, struct spawn_result *r)
{
	int out[2] = { -1, -1 }, err[2] = { -1, -1 };
	pid_t parent = getpid(), child = -1;
	uint64_t began = now_ns();

	*r = (struct spawn_result){ 0 };

	struct words w = { .text = r->words };

	if (pipe2(err, O_CLOEXEC) == 0 &&
	    (s->output == NULL || pipe2(out, O_CLOEXEC) == 0))
		child = fork();
	if (child == 0)
		become(s, out[1], err[1], parent);
	if (out[1] >= 0)
		close(out[1]);
	if (err[1] >= 0)
		close(err[1]);
	struct pollfd p[2] = { { .fd = out[0], .events = POLLIN },
		{ .fd = err[0], .events = POLLIN } };
	if (child > 0) {
		read_pipes(s, p, &w, child);
		reap(child, r);
	} else {
		for (int i = 0; i < 2; i++)
			if (p[i].fd >= 0)
				close(p[i].fd);
	}
	r->wall_ns = now_ns() - began;
}
