/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* spawn.c: asks the starter for a program, and reads two pipes to the end. */
#include "verify/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/xalloc.h"

#define READ_BYTES ((size_t)64 << 10)
/* Between two looks at whether a signal came. */
#define LOOK_MS 200

bool
spawn_has(const char *program)
{
	char *path = starter_find(program);
	bool found = path != NULL;

	free(path);
	return found;
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

/* The program is to end; what it still says is read. */
static void
stop(const struct spawn *s)
{
	const struct starter_head head = { .program = STARTER_STOP };

	(void)!starter_write(s->starter, &head, sizeof(head));
}

static void
read_pipes(const struct spawn *s, struct pollfd p[2], struct words *w)
{
	uint8_t *room = xmalloc(READ_BYTES);
	bool stopping = false;
	struct slice got;

	while (p[0].fd >= 0 || p[1].fd >= 0) {
		int ready = poll(p, 2, LOOK_MS);

		if (!stopping && s->stopped()) {
			stopping = true;
			stop(s);
		}
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

/* The head of a request, with the descriptors that the program writes to. */
static bool
send_head(const struct spawn *s, const struct starter_head *head,
    const int fds[2])
{
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(2 * sizeof(int))] = { 0 };
	struct iovec v = { (void *)(uintptr_t)head, sizeof(*head) };
	struct msghdr m = { .msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = CMSG_SPACE(head->n_fds * sizeof(int)) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	ssize_t n;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(head->n_fds * sizeof(int));
	memcpy(CMSG_DATA(c), fds, head->n_fds * sizeof(int));
	do
		n = sendmsg(s->starter, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*head);
}

static void
put_word(struct buf *b, const char *word)
{
	buf_put(b, word, strlen(word) + 1);
}

static bool
ask(const struct spawn *s, int err, int out)
{
	struct buf b = { 0 };
	const int fds[2] = { err, out };
	struct starter_head head = { .program = s->program,
		.n_fds = out >= 0 ? 2 : 1 };
	bool ok;

	put_word(&b, s->capture != NULL ? s->capture : "");
	put_word(&b, s->home);
	for (const char *const *word = s->argv; *word != NULL; word++)
		put_word(&b, *word);
	head.bytes = (uint32_t)b.n;
	ok = send_head(s, &head, fds) && starter_write(s->starter, b.p, b.n);
	buf_free(&b);
	return ok;
}

void
spawn_run(const struct spawn *s, struct spawn_result *r)
{
	int out[2] = { -1, -1 }, err[2] = { -1, -1 };
	struct spawn_result answer = { 0 };
	struct words w = { .text = r->words };
	bool ok;

	*r = (struct spawn_result){ 0 };
	ok = pipe2(err, O_CLOEXEC) == 0 &&
	    (s->output == NULL || pipe2(out, O_CLOEXEC) == 0) &&
	    ask(s, err[1], out[1]);
	if (out[1] >= 0)
		close(out[1]);
	if (err[1] >= 0)
		close(err[1]);
	struct pollfd p[2] = { { .fd = out[0], .events = POLLIN },
		{ .fd = err[0], .events = POLLIN } };
	if (ok) {
		read_pipes(s, p, &w);
		ok = starter_read(s->starter, &answer, sizeof(answer));
	}
	for (int i = 0; i < 2; i++)
		if (p[i].fd >= 0)
			close(p[i].fd);
	if (!ok)
		return;
	memcpy(answer.words, r->words, sizeof(answer.words));
	*r = answer;
}
