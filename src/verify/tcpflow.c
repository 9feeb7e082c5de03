/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* tcpflow.c: tcpflow's files, one for each direction and more. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/signals.h"
#include "verify/peer.h"
#include "base/xalloc.h"

static void
take_file(struct peer *p, const struct peer_job *job, const char *dir,
    const char *name)
{
	struct endpoint src, dst;
	struct peer_stream *s;
	struct stat st;
	char *path;

	if (!peer_parse_file(name, &src, &dst))
		return;
	path = xasprintf("%s/%s", dir, name);
	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode)) {
		free(path);
		return;
	}
	s = peer_add(p);
	s->number = p->n - 1;
	s->pair = wire_find(job->wire, &src, &dst);
	s->path = path;
	if (s->pair != WIRE_NO_PAIR) {
		const struct wire_pair *w = wire_pair(job->wire, s->pair);

		s->size[!endpoint_equal(&src, &w->ep[0])] =
		    (uint64_t)st.st_size;
	}
}

static void
take_files(struct peer *p, const struct peer_job *job, const char *dir)
{
	struct dirent **names;
	int n = scandir(dir, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		take_file(p, job, dir, names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

void
peer_run_tcpflow(struct peer *p, const struct peer_job *job)
{
	struct spawn_result r;

	for (size_t i = 0; job->captures[i] != NULL; i++) {
		char *dir = xasprintf("%s/tcpflow-%zu", job->home, i);
		const char *const argv[] = { "tcpflow", "-q", "-S",
			"enable_report=NO", "-o", dir, "-r", job->captures[i],
			NULL };
		const struct spawn s = { .argv = argv, .home = job->home };

		if (mkdir(dir, 0700) == 0 && signals_stop() == 0) {
			spawn_run(&s, &r);
			p->failed |= r.code != 0;
			p->code = r.code;
			memcpy(p->words, r.words, sizeof(p->words));
			take_files(p, job, dir);
		}
		free(dir);
	}
}
