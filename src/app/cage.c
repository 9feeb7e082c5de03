/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* cage.c: closes the cage, layer by layer, and says which of them hold. */
#include "app/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cage_parts.h"
#include "app/input.h"
#include "app/message.h"
#include "app/state.h"
#include "base/scratch.h"
#include "base/xalloc.h"

/* Inputs of others that are opened beforehand, so that no right to open more
 * need be kept. */
#define HOLD_MAX 100

/* What became of each layer: 0 or an errno, but for the version. */
struct cage_layers {
	int capabilities;
	int bounding;
	int landlock; /* version, or -errno */
	int seccomp;
};

void
cage_guard_process(void)
{
	const struct rlimit none = { 0 };

	umask(077);
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)cage_caps_bound();
}

/* ---------------------------------------------------------- what it is told */

static void
put_missing(struct buf *b, const char *layer, int error)
{
	if (error != 0)
		buf_printf(b, "; no %s: %s", layer,
		    error == ENOTSUP ? "not on this processor" :
				       strerror(error));
}

static void
put_layers(struct buf *b, const struct cage_layers *c)
{
	const char *before = " ";

	buf_str(b, "cage:");
	if (c->capabilities == 0) {
		buf_printf(b, "%scapabilities", before);
		before = ", ";
	}
	if (c->landlock > 0) {
		buf_printf(b, "%slandlock ABI %d", before, c->landlock);
		before = ", ";
	}
	if (c->seccomp == 0)
		buf_printf(b, "%sseccomp", before);
	put_missing(b, "capability is given up", c->capabilities);
	put_missing(b, "empty bounding set", c->bounding);
	put_missing(b, "landlock", c->landlock < 0 ? -c->landlock : 0);
	put_missing(b, "seccomp", c->seccomp);
	if (CAGE_INSTRUMENTED)
		buf_str(b,
		    "; with holes: a build for tests (sanitizers or "
		    "coverage)");
}

void
cage_describe(struct buf *b)
{
	const struct cage_layers c = {
		.landlock = cage_landlock_version(),
		.seccomp = cage_seccomp_possible(),
	};

	put_layers(b, &c);
}

/* Programs write below the scratch directory. */
static bool
runs_programs(const struct config *cfg)
{
	return cfg->verify != 0 || cfg->compare != 0;
}

/* ------------------------------------------------------------- capabilities */

/* Whether the process may write there without any capability. */
static bool
is_writable(int dir, const char *path)
{
	return faccessat(dir, path, W_OK | X_OK, AT_EACCESS) == 0;
}

/* Whether it is a directory of this user. */
static bool
is_own(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_uid == geteuid();
}

/* Opens those inputs that could not be opened without capabilities; what may
 * be needed is in effect.  Those that are too many are left. */
static uint64_t
hold(struct run *r, struct inputs *in, const bool *foreign)
{
	unsigned n = 0;

	for (size_t i = 0; i < in->n; i++) {
		if (!foreign[i])
			continue;
		if (n == HOLD_MAX || r->max_open == 1)
			return CAGE_DAC_READ_SEARCH;
		in->v[i].fd = input_open(&in->v[i]);
		if (in->v[i].fd >= 0) {
			n++;
			r->max_open--;
		}
	}
	return 0;
}

/* What must be kept, of what the process has. */
static uint64_t
needed(struct run *r, struct inputs *in)
{
	const char *state = r->cfg->state;
	bool *foreign = xcalloc(in->n + 1, sizeof(*foreign));
	uint64_t keep = 0;
	char *parent;
	struct stat st;

	cage_caps_effective(0);
	for (size_t i = 0; i < in->n; i++)
		foreign[i] = in->v[i].fd < 0 &&
		    faccessat(AT_FDCWD, in->v[i].path, R_OK, AT_EACCESS) != 0 &&
		    errno == EACCES;
	if (r->output_fd >= 0 &&
	    (fstat(r->output_fd, &st) != 0 || st.st_uid != geteuid() ||
		!is_writable(r->output_fd, ".")))
		keep = CAGE_DAC_OVERRIDE;
	parent = state != NULL ? state_parent(state) : NULL;
	if (parent != NULL &&
	    (!is_own(parent) || !is_writable(AT_FDCWD, parent)))
		keep = CAGE_DAC_OVERRIDE;
	if (scratch_path() != NULL && !is_writable(AT_FDCWD, scratch_top()))
		keep = CAGE_DAC_OVERRIDE;
	cage_caps_effective(UINT64_MAX);
	keep |= hold(r, in, foreign);
	free(parent);
	free(foreign);
	return keep;
}

/* ----------------------------------------------------------------- landlock */

/* Counts of an interface, which libpcap reads when it is asked for drops. */
static void
allow_interface(const struct cage_rules *rules, const char *name)
{
	char *path = xasprintf("/sys/class/net/%s/statistics", name);

	if (strchr(name, '/') == NULL)
		cage_landlock_allow_path(rules, path, CAGE_READ);
	free(path);
}

static void
allow_output(const struct cage_rules *rules, const struct run *r)
{
	const struct config *cfg = r->cfg;
	/* With --force anything may stand where output belongs. */
	unsigned odd = cfg->force ? CAGE_ODD : 0;
	char *parent;

	cage_landlock_allow(rules, r->output_fd, CAGE_READ | CAGE_WRITE | odd);
	cage_landlock_allow(rules, scratch_dir(),
	    CAGE_READ |
		(runs_programs(cfg) ? CAGE_WRITE | CAGE_ODD : CAGE_FILES));
	if (scratch_path() != NULL)
		cage_landlock_allow_path(rules, scratch_top(), CAGE_RMDIR);
	if (cfg->state == NULL)
		return;
	parent = state_parent(cfg->state);
	cage_landlock_allow_path(rules, parent, CAGE_READ | CAGE_FILES);
	free(parent);
}

/* The version that holds, or -errno. */
static int
close_landlock(const struct run *r)
{
	const struct config *cfg = r->cfg;
	struct cage_rules rules;
	int error;

	if (!cage_landlock_new(&rules))
		return -errno;
	for (size_t i = 0; i < cfg->n_paths; i++)
		cage_landlock_allow_path(&rules, cfg->paths[i], CAGE_READ);
	allow_output(&rules, r);
	if (cfg->interface != NULL && !config_reads_stdin_live(cfg))
		allow_interface(&rules, cfg->interface);
	if (CAGE_INSTRUMENTED)
		cage_landlock_allow_path(&rules, "/",
		    CAGE_READ | CAGE_WRITE | CAGE_RUN);
	error = cage_landlock_close(&rules);
	return error != 0 ? -error : rules.version;
}

/* -------------------------------------------------------------------- order */

/* Where there is one thread there need be no second. */
static void
forbid_threads(const struct run *r)
{
	const struct rlimit none = { 0 };

	if (r->cfg->interface != NULL || r->jobs == 1)
		setrlimit(RLIMIT_NPROC, &none);
}

static void
say_root(const struct run *r)
{
	static const char text[] =
	    "runs as root; --relinquish-privileges gives that up";

	if (geteuid() != 0)
		return;
	if (r->messages->terminal)
		message_warn(r->messages, NULL, "%s", text);
	else
		message_remark(r->messages, NULL, "%s", text);
}

void
cage_close(struct run *r, struct run_inputs *s)
{
	bool captures = s->live != NULL && !live_is_stream(s->live);
	unsigned who = CAGE_RUN_SELF | (captures ? CAGE_LIVE : 0);
	struct cage_layers c = { 0 };
	struct buf text = { 0 };

	say_root(r);
	cage_load_early(r->filter);
	scratch_open();
	c.bounding = cage_caps_bound();
	c.capabilities = cage_caps_keep(needed(r, &s->in));
	if (runs_programs(r->cfg)) {
		s->starter = cage_starter(r->cfg, s);
		who |= CAGE_PEERS;
	}
	c.landlock = close_landlock(r);
	forbid_threads(r);
	/* What captures frames could send some. */
	c.seccomp =
	    cage_seccomp_close(who, captures ? live_descriptor(s->live) : -1);
	put_layers(&text, &c);
	message_remark(r->messages, NULL, "%s", buf_cstr(&text));
	buf_free(&text);
}
