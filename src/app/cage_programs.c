/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* cage_programs.c: the programs of --verify and --compare have a cage, too: each
 * reads one capture, libraries and its own configuration, writes to a directory
 * of its own, and executes nothing but itself. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "app/cage_parts.h"
#include "app/run_inputs.h"
#include "base/scratch.h"
#include "base/xalloc.h"
#include "verify/starter.h"

/* Libraries, what they read, and what the programs are set up with. */
static const char *const readable[] = {
	"/usr",
	"/lib",
	"/lib32",
	"/lib64",
	"/nix/store",
	"/gnu/store",
	"/etc/ld.so.cache",
	"/etc/ld.so.preload",
	"/etc/localtime",
	"/etc/nsswitch.conf",
	"/etc/passwd",
	"/etc/group",
	"/etc/protocols",
	"/etc/services",
	"/etc/wireshark",
	"/dev/urandom",
	"/proc/cpuinfo",
	"/sys/devices/system/cpu",
};

/* First line of a script. */
#define SCRIPT_LINE_MAX 256

/* The loader of this program, which loads others as well; or NULL. */
static const char *
loader(void)
{
	const ElfW(Phdr) *p = (const ElfW(Phdr) *)getauxval(AT_PHDR);
	unsigned long n = getauxval(AT_PHNUM);
	const char *base = NULL;

	for (unsigned long i = 0; p != NULL && i < n; i++)
		if (p[i].p_type == PT_PHDR)
			base = (const char *)p - p[i].p_vaddr;
	for (unsigned long i = 0; base != NULL && i < n; i++)
		if (p[i].p_type == PT_INTERP)
			return base + p[i].p_vaddr;
	return NULL;
}

/* What reads the program, if it is a script. */
static void
allow_interpreter(const struct cage_rules *rules, const char *program)
{
	char line[SCRIPT_LINE_MAX + 1] = { 0 };
	int fd = open(program, O_RDONLY | O_CLOEXEC);
	char *path = line + 2;

	if (fd >= 0 && read(fd, line, SCRIPT_LINE_MAX) > 2 && line[0] == '#' &&
	    line[1] == '!') {
		path += strspn(path, " \t");
		path[strcspn(path, " \t\n")] = '\0';
		cage_landlock_allow_path(rules, path, CAGE_RUN);
	}
	if (fd >= 0)
		close(fd);
}

/* Where the program was installed: its libraries may be there. */
static void
allow_prefix(const struct cage_rules *rules, const char *program)
{
	char *path = xstrdup(program);
	char *slash = strrchr(path, '/');
	size_t n = slash != NULL ? (size_t)(slash - path) : 0;

	if (n > 4 && strncmp(path + n - 4, "/bin", 4) == 0) {
		path[n - 4] = '\0';
		cage_landlock_allow_path(rules, path, CAGE_READ);
	}
	free(path);
}

static bool
is_known(const struct run_inputs *s, const char *path)
{
	for (size_t i = 0; i < s->in.n; i++)
		if (strcmp(s->in.v[i].path, path) == 0)
			return true;
	return false;
}

/* Whether it is below the scratch directory. */
static bool
is_home(const char *path)
{
	const char *top = scratch_path();
	size_t n = top != NULL ? strlen(top) : 0;

	return n > 0 && strncmp(path, top, n) == 0 && path[n] == '/' &&
	    strstr(path, "..") == NULL;
}

static void
confine_files(const struct run_inputs *s, const struct starter_job *job)
{
	struct cage_rules rules;

	if (!cage_landlock_new(&rules))
		return;
	for (size_t i = 0; i < sizeof(readable) / sizeof(readable[0]); i++)
		cage_landlock_allow_path(&rules, readable[i], CAGE_READ);
	allow_prefix(&rules, job->program);
	cage_landlock_allow_path(&rules, job->program, CAGE_RUN);
	if (loader() != NULL)
		cage_landlock_allow_path(&rules, loader(), CAGE_RUN);
	allow_interpreter(&rules, job->program);
	if (is_known(s, job->capture))
		cage_landlock_allow_path(&rules, job->capture, CAGE_READ);
	cage_landlock_allow_path(&rules, job->home, CAGE_READ | CAGE_WRITE);
	cage_landlock_allow_path(&rules, "/dev/null", CAGE_READ | CAGE_FILES);
	if (CAGE_INSTRUMENTED)
		cage_landlock_allow_path(&rules, "/",
		    CAGE_READ | CAGE_WRITE | CAGE_RUN);
	(void)cage_landlock_close(&rules);
}

/* In the process that becomes the program. */
static bool
confine(void *arg, const struct starter_job *job)
{
	if (!is_home(job->home))
		return false;
	confine_files(arg, job);
	(void)cage_seccomp_close(CAGE_PROGRAM, -1);
	return true;
}

/* In the starter. */
static void
settle_starter(void *arg)
{
	(void)arg;
	(void)cage_caps_keep(0);
	(void)cage_seccomp_close(CAGE_STARTER, -1);
}

int
cage_starter(const struct config *cfg, struct run_inputs *s)
{
	const struct starter_plan plan = {
		.programs = cfg->compare != 0 ?
		    (1U << STARTER_PROGRAMS) - 1 :
		    (s->programs & PEER_TSHARK ? 1U << STARTER_TSHARK : 0) |
			(s->programs & PEER_TCPFLOW ? 1U << STARTER_TCPFLOW :
						      0),
		.settle = settle_starter,
		.confine = confine,
		.arg = s,
	};

	return starter_fork(&plan);
}
