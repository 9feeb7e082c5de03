/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* starter.c: takes requests, forks, execs, waits, answers. */
#include "verify/starter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "verify/spawn.h"

#define CODE_NOT_STARTED 127
#define NS_PER_S ((uint64_t)1000000000)
/* What a request may hold: thousands of words. */
#define BYTES_MAX ((uint32_t)4 << 20)
#define FDS_MAX 2
/* The same on all architectures. */
#define NR_CLOSE_RANGE 436

static const char *const names[STARTER_PROGRAMS] = { "tshark", "tcpflow",
	NULL };

struct starter {
	const struct starter_plan *plan;
	char *paths[STARTER_PROGRAMS]; /* NULL: not to be started */
	int socket;
	sigset_t before; /* signals that were blocked */
};

/* One request.  words has capture, home and argv, then NULL. */
struct request {
	struct starter_head head;
	int fds[FDS_MAX];
	char *text;
	char **words;
	size_t n_words;
};

char *
starter_find(const char *name)
{
	const char *path = getenv("PATH");

	while (path != NULL) {
		size_t n = strcspn(path, ":");
		char *file = n == 0 ? xasprintf("./%s", name) :
				      xasprintf("%.*s/%s", (int)n, path, name);

		if (access(file, X_OK) == 0)
			return file;
		free(file);
		path = path[n] == ':' ? path + n + 1 : NULL;
	}
	return NULL;
}

bool
starter_read(int fd, void *p, size_t n)
{
	char *at = p;

	while (n > 0) {
		ssize_t r = read(fd, at, n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return false;
		at += r;
		n -= (size_t)r;
	}
	return true;
}

bool
starter_write(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t w = write(fd, at, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return false;
		at += w;
		n -= (size_t)w;
	}
	return true;
}

/* -- requests ------------------------------------------------------------ */

/* The descriptors that came with a head. */
static void
take_fds(struct request *q, struct msghdr *m)
{
	size_t n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL;
	     c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t off = 0;
		     CMSG_LEN(off + sizeof(int)) <= c->cmsg_len && n < FDS_MAX;
		     off += sizeof(int))
			memcpy(&q->fds[n++], CMSG_DATA(c) + off, sizeof(int));
	}
}

static bool
receive_head(struct starter *s, struct request *q)
{
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(FDS_MAX * sizeof(int))];
	struct iovec v = { &q->head, sizeof(q->head) };
	struct msghdr m = { .msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room) };
	ssize_t n;

	*q = (struct request){ .fds = { -1, -1 } };
	do
		n = recvmsg(s->socket, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return false;
	take_fds(q, &m);
	return starter_read(s->socket, (char *)&q->head + n,
	    sizeof(q->head) - (size_t)n);
}

/* False when there is no sense in it. */
static bool
take_request(struct starter *s, struct request *q)
{
	size_t n = q->head.bytes;

	if (n == 0 || n > BYTES_MAX)
		return false;
	q->text = xmalloc(n);
	q->words = xcalloc(n + 1, sizeof(*q->words));
	if (!starter_read(s->socket, q->text, n) || q->text[n - 1] != '\0')
		return false;
	for (char *word = q->text; word < q->text + n; word += strlen(word) + 1)
		q->words[q->n_words++] = word;
	return q->n_words > 2 && q->fds[0] >= 0;
}

static void
request_free(struct request *q)
{
	for (int i = 0; i < FDS_MAX; i++)
		if (q->fds[i] >= 0)
			close(q->fds[i]);
	free(q->text);
	free(q->words);
}

/* -- the program --------------------------------------------------------- */

static void
reset_signals(const struct starter *s)
{
	static const int ours[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGPIPE,
		SIGXFSZ, SIGCHLD };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		signal(ours[i], SIG_DFL);
	sigprocmask(SIG_SETMASK, &s->before, NULL);
}

static void
set_home(const char *home)
{
	static const char *const variables[] = { "HOME", "XDG_CONFIG_HOME",
		"XDG_DATA_HOME", "WIRESHARK_CONFIG_DIR" };

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		setenv(variables[i], home, 1);
	setenv("LC_ALL", "C", 1);
	setenv("TMPDIR", home, 1);
}

/* In the child, which does not come back. */
static void
become(const struct starter *s, const struct request *q, pid_t parent)
{
	const struct starter_job job = { .program = s->paths[q->head.program],
		.capture = q->words[0],
		.home = q->words[1] };
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (nothing < 0 || getppid() != parent)
		_exit(CODE_NOT_STARTED);
	dup2(nothing, STDIN_FILENO);
	dup2(q->fds[1] >= 0 ? q->fds[1] : nothing, STDOUT_FILENO);
	dup2(q->fds[0], STDERR_FILENO);
	reset_signals(s);
	set_home(job.home);
	if (s->plan->confine(s->plan->arg, &job))
		execv(job.program, q->words + 2);
	_exit(CODE_NOT_STARTED);
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

/* Waits for a signal (SIGCHLD is one), or for a word that the program is to be
 * stopped, or for the end of who asked. */
static void
wait_for_change(struct starter *s, pid_t child)
{
	struct pollfd p = { .fd = s->socket, .events = POLLIN };
	struct request q;

	if (ppoll(&p, 1, NULL, &s->before) <= 0)
		return;
	kill(child, SIGKILL);
	if (!receive_head(s, &q))
		return;
	request_free(&q);
}

static void
reap(struct starter *s, pid_t child, struct spawn_result *r)
{
	struct rusage used;
	int status = 0;
	pid_t ended;

	while ((ended = wait4(child, &status, WNOHANG, &used)) == 0)
		wait_for_change(s, child);
	if (ended < 0)
		return;
	r->signum = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	r->code = r->signum != 0 ? 128 + r->signum : WEXITSTATUS(status);
	r->started = r->code != CODE_NOT_STARTED;
	r->cpu_ns = timeval_ns(used.ru_utime) + timeval_ns(used.ru_stime);
	r->memory = (uint64_t)used.ru_maxrss * 1024;
}

static void
run(struct starter *s, struct request *q, struct spawn_result *r)
{
	uint64_t began = now_ns();
	pid_t parent = getpid(), child = -1;

	if (q->head.program < STARTER_PROGRAMS &&
	    s->paths[q->head.program] != NULL)
		child = fork();
	if (child == 0)
		become(s, q, parent);
	/* Whoever reads them sees their end. */
	for (int i = 0; i < FDS_MAX; i++) {
		if (q->fds[i] >= 0)
			close(q->fds[i]);
		q->fds[i] = -1;
	}
	if (child > 0)
		reap(s, child, r);
	r->wall_ns = now_ns() - began;
}

/* -- the starter --------------------------------------------------------- */

static void
on_child(int signum)
{
	(void)signum;
}

/* The one that asks says when it is over, not the terminal. */
static void
settle_signals(struct starter *s)
{
	static const int others[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1 };
	struct sigaction sa = { .sa_handler = on_child };
	sigset_t child;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		signal(others[i], SIG_IGN);
	sigaction(SIGCHLD, &sa, NULL);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &s->before);
}

/* Locks of the output directory and the like are not the starter's. */
static void
close_others(int socket)
{
	int keep = dup2(socket, STDERR_FILENO + 1);

	if (keep != socket)
		close(socket);
	if (syscall(NR_CLOSE_RANGE, (unsigned)keep + 1, ~0U, 0) == 0)
		return;
	for (int fd = keep + 1; fd < (int)sysconf(_SC_OPEN_MAX); fd++)
		close(fd);
}

static void
serve(struct starter *s, pid_t parent)
{
	struct request q;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	settle_signals(s);
	s->plan->settle(s->plan->arg);
	while (receive_head(s, &q)) {
		struct spawn_result r = { 0 };
		bool ok = true;

		if (q.head.program != STARTER_STOP) {
			ok = take_request(s, &q);
			if (ok)
				run(s, &q, &r);
			ok = ok && starter_write(s->socket, &r, sizeof(r));
		}
		request_free(&q);
		if (!ok)
			break;
	}
	_exit(0);
}

int
starter_fork(const struct starter_plan *plan)
{
	struct starter s = { .plan = plan };
	int pair[2];
	pid_t parent = getpid(), child;

	for (int i = 0; i < STARTER_PROGRAMS; i++)
		if (plan->programs & 1U << i)
			s.paths[i] = names[i] != NULL ?
			    starter_find(names[i]) :
			    xstrdup("/proc/self/exe");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	child = fork();
	if (child == 0) {
		close(pair[0]);
		close_others(pair[1]);
		s.socket = STDERR_FILENO + 1;
		fcntl(s.socket, F_SETFD, FD_CLOEXEC);
		serve(&s, parent);
	}
	close(pair[1]);
	for (int i = 0; i < STARTER_PROGRAMS; i++)
		free(s.paths[i]);
	if (child > 0)
		return pair[0];
	close(pair[0]);
	return -1;
}
