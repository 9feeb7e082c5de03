/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* compare.c: whole processes in turn, and what they took. */
#include "verify/compare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verify/spawn.h"
#include "verify/tempdir.h"
#include "base/escape.h"
#include "base/fmt.h"
#include "base/sys.h"
#include "base/scratch.h"
#include "base/xalloc.h"

#define NS_PER_MS 1e6
#define WORDS_MAX 12

/* In argv, instead of a word. */
#define WORD_CAPTURE "@capture"
#define WORD_OUTPUT "@output"

/* clang-format off */
static const struct contender {
	const char *name;
	const char *program; /* to be found in PATH; NULL: this one */
	enum starter_program which;
	const char *argv[WORDS_MAX];
} contenders[] = {
	{ "tcpsession -e raw", NULL, STARTER_SELF,
	    { "/proc/self/exe", "-q", "-e", "raw", "-o", WORD_OUTPUT,
	      WORD_CAPTURE } },
	{ "tcpsession", NULL, STARTER_SELF,
	    { "/proc/self/exe", "-q", "-o", WORD_OUTPUT, WORD_CAPTURE } },
	{ "tcpflow", "tcpflow", STARTER_TCPFLOW,
	    { "tcpflow", "-q", "-S", "enable_report=NO", "-o", WORD_OUTPUT,
	      "-r", WORD_CAPTURE } },
	{ "tshark -z conv,tcp", "tshark", STARTER_TSHARK,
	    { "tshark", "-n", "-q", "-z", "conv,tcp", "-r", WORD_CAPTURE } },
};
/* clang-format on */

enum { OURS_RAW = 0, TCPFLOW = 2 };

#define CONTENDERS (sizeof(contenders) / sizeof(contenders[0]))

struct times {
	bool runs;
	bool failed;
	uint64_t *wall; /* by round */
	uint64_t *cpu;
	uint64_t memory; /* the most of any round */
	struct tempdir_size written;
};

struct contest {
	const struct verify_env *env;
	const char *shown;
	const char *source; /* the capture's file */
	char *home;
	char *capture;
	char *output;
	struct times times[CONTENDERS];
};

/* Round 0 warms up and does not count. */
static bool
run_round(struct contest *c, size_t i, unsigned round)
{
	const char *argv[WORDS_MAX + 1] = { NULL };
	const struct spawn s = { .starter = c->env->starter,
		.program = contenders[i].which,
		.capture = c->source,
		.argv = argv,
		.home = c->home,
		.stopped = c->env->stopped };
	struct times *t = &c->times[i];
	struct spawn_result r;

	for (size_t k = 0; k < WORDS_MAX && contenders[i].argv[k]; k++) {
		const char *word = contenders[i].argv[k];

		argv[k] = strcmp(word, WORD_CAPTURE) == 0 ? c->capture :
		    strcmp(word, WORD_OUTPUT) == 0	  ? c->output :
							    word;
	}
	if (mkdir(c->output, 0700) < 0 && errno != EEXIST)
		return false;
	spawn_run(&s, &r);
	t->failed |= r.code != 0;
	if (r.code != 0 && round == 0)
		spawn_say(c->env, c->shown, contenders[i].name, &r);
	if (round > 0) {
		t->wall[round - 1] = r.wall_ns;
		t->cpu[round - 1] = r.cpu_ns;
	}
	if (r.memory > t->memory)
		t->memory = r.memory;
	t->written = tempdir_size(c->output, ".json");
	scratch_empty(c->output);
	return r.started && r.signum == 0;
}

static int
by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static double
median(uint64_t *v, unsigned n)
{
	size_t middle = n / 2;

	qsort(v, n, sizeof(*v), by_size);
	if (n % 2 == 1)
		return (double)v[middle];
	return ((double)v[middle - 1] + (double)v[middle]) / 2;
}

static double
ratio(double a, double b)
{
	return b > 0 ? a / b : 0;
}

static void
put_row(struct buf *b, const struct contest *c, size_t i)
{
	const struct times *t = &c->times[i], *ours = &c->times[OURS_RAW];
	double wall = median(t->wall, c->env->rounds);
	double cpu = median(t->cpu, c->env->rounds);
	char memory[16];

	fmt_human(memory, t->memory);
	buf_printf(b, "%-18s %9.1f %9.1f %6.2f %9.1f %6.2f %9s %8llu %12llu\n",
	    contenders[i].name, wall / NS_PER_MS,
	    (double)t->wall[0] / NS_PER_MS,
	    ratio(wall, median(ours->wall, c->env->rounds)), cpu / NS_PER_MS,
	    ratio(cpu, median(ours->cpu, c->env->rounds)), memory,
	    (unsigned long long)t->written.files,
	    (unsigned long long)t->written.bytes);
}

/* Figures are to be compared only when the same was done. */
static void
put_amounts(struct buf *b, const struct contest *c)
{
	const struct times *ours = &c->times[OURS_RAW];
	const struct times *theirs = &c->times[TCPFLOW];

	if (theirs->runs && theirs->written.bytes != ours->written.bytes)
		buf_printf(b,
		    "tcpsession -e raw and tcpflow did not write the same: "
		    "%llu and %llu bytes;\n--verify tells why.\n",
		    (unsigned long long)ours->written.bytes,
		    (unsigned long long)theirs->written.bytes);
}

static void
put_table(struct buf *b, const struct contest *c)
{
	escape_name(b, c->shown);
	buf_printf(b, ": rounds: %u; times in milliseconds\n", c->env->rounds);
	buf_printf(b, "%-18s %9s %9s %6s %9s %6s %9s %8s %12s\n", "program",
	    "wall", "least", "ratio", "CPU", "ratio", "memory", "files",
	    "bytes");
	for (size_t i = 0; i < CONTENDERS; i++)
		if (c->times[i].runs)
			put_row(b, c, i);
	for (size_t i = 0; i < CONTENDERS; i++)
		if (!c->times[i].runs)
			buf_printf(b, "%s is not installed and left out\n",
			    contenders[i].program);
	buf_str(b,
	    "A ratio is to tcpsession -e raw; above 1 is slower.  Index and "
	    "capture.jsonl are\nnot among the files.  tshark dissects every "
	    "packet, prints a table and writes no\nfiles: it has no way to "
	    "write all sessions in one run.\n");
	put_amounts(b, c);
	for (size_t i = 1; i < CONTENDERS; i++)
		if (c->times[i].runs && c->times[i].failed)
			buf_printf(b, "%s failed: its figures say nothing\n",
			    contenders[i].name);
}

/* 0, or -1 with errno. */
static int
copy_file(int from, const char *path)
{
	char piece[8192];
	int to = sys_open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC);
	bool ok = to >= 0;
	off_t at = 0;
	ssize_t n = 0;

	while (ok && (n = pread(from, piece, sizeof(piece), at)) > 0) {
		ok = starter_write(to, piece, (size_t)n);
		at += n;
	}
	if (to >= 0 && close(to) != 0)
		ok = false;
	return ok && n == 0 ? 0 : -1;
}

static bool
contest_open(struct contest *c, const char *path, int fd)
{
	char *whole = fd >= 0 ? xstrdup(path) : realpath(path, NULL);
	struct buf text = { 0 };

	c->home = tempdir_new();
	if (c->home != NULL && whole != NULL) {
		c->capture = xasprintf("%s/capture.pcap", c->home);
		c->output = xasprintf("%s/output", c->home);
		if ((fd >= 0 ? copy_file(fd, c->capture) :
			       symlink(whole, c->capture)) < 0) {
			free(c->capture);
			c->capture = NULL;
		}
	}
	if (c->capture == NULL) {
		buf_printf(&text, "temporary directory in TMPDIR: %s",
		    strerror(errno));
		c->env->say(c->env->arg, c->shown, buf_cstr(&text));
	}
	buf_free(&text);
	free(whole);
	for (size_t i = 0; i < CONTENDERS; i++) {
		struct times *t = &c->times[i];

		t->runs = contenders[i].program == NULL ||
		    spawn_has(contenders[i].program);
		t->wall = xcalloc(c->env->rounds, sizeof(*t->wall));
		t->cpu = xcalloc(c->env->rounds, sizeof(*t->cpu));
	}
	return c->capture != NULL;
}

bool
compare_capture(const struct verify_env *env, const char *shown,
    const char *path, int fd)
{
	struct contest c = { .env = env, .shown = shown, .source = path };
	bool ok = contest_open(&c, path, fd);
	struct buf b = { 0 };

	for (unsigned round = 0; ok && round <= env->rounds; round++)
		for (size_t i = 0; ok && i < CONTENDERS; i++)
			ok = !c.times[i].runs ||
			    ((run_round(&c, i, round) ||
				 contenders[i].program != NULL) &&
				!env->stopped());
	if (ok) {
		put_table(&b, &c);
		out_write(env->out, b.p, b.n);
		out_settle(env->out);
	}
	buf_free(&b);
	for (size_t i = 0; i < CONTENDERS; i++) {
		free(c.times[i].wall);
		free(c.times[i].cpu);
	}
	free(c.capture);
	free(c.output);
	tempdir_free(c.home);
	return ok;
}
