/* main.c: the story: parse, find the captures, lock, read each, tell how it
 * went. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/archive.h"
#include "app/compare.h"
#include "app/config.h"
#include "app/input.h"
#include "app/interface.h"
#include "app/message.h"
#include "app/plan.h"
#include "app/pool.h"
#include "app/rights.h"
#include "app/run.h"
#include "app/services.h"
#include "app/signals.h"
#include "app/terminal.h"
#include "app/verify.h"
#include "base/xalloc.h"
#include "decode/walk.h"
#include "sinks/sink.h"
#include "store/store.h"
#include "store/tar.h"

enum status {
	STATUS_OK = 0,
	STATUS_FLAWED = 1,
	STATUS_USAGE = 2,
	STATUS_NO_INPUT = 3,
	STATUS_INCOMPLETE = 4,
	STATUS_UNEXPLAINED = 5,
	STATUS_LOCKED = 75,
};

/* What is to be read, for whom, and how that went. */
struct sources {
	struct inputs in;
	struct live *live; /* or NULL */
	struct user user;  /* with --relinquish-privileges */
	struct tally tally;
};

/* Descriptors that are no product files: the standard three, the directories,
 * the capture, the scratch file, and some that libraries take. */
#define OTHER_DESCRIPTORS 10
#define MAX_OPEN 1000

static bool
is_filter_like(const char *path)
{
	static const char *const words[] = { "port", "host", "net", "tcp",
		"udp", "ip", "ip6", "src", "dst", "not", "vlan", NULL };

	for (size_t i = 0; words[i] != NULL; i++) {
		size_t n = strlen(words[i]);

		if (strncmp(path, words[i], n) == 0 &&
		    (path[n] == ' ' || path[n] == '\0'))
			return true;
	}
	return false;
}

static void
say_missing(struct messages *m, const char *path, int error)
{
	if (is_filter_like(path))
		message_error(m, path, "%s; to filter packets use -f '%s'",
		    strerror(error), path);
	else if (if_nametoindex(path) != 0)
		message_error(m, path,
		    "is a network interface: use --interface %s", path);
	else
		message_error(m, path, "%s", strerror(error));
}

/* Every PATH must exist before any work begins. */
static bool
check_paths(const struct config *cfg, struct messages *m)
{
	struct stat st;

	for (size_t i = 0; i < cfg->n_paths; i++) {
		if (strcmp(cfg->paths[i], "-") == 0)
			continue;
		if (stat(cfg->paths[i], &st) < 0) {
			say_missing(m, cfg->paths[i], errno);
			return false;
		}
	}
	return true;
}

struct walk_trouble {
	struct messages *messages;
	bool any;
};

static void
on_walk_trouble(void *arg, const char *path, int error)
{
	struct walk_trouble *t = arg;

	t->any = true;
	message_warn(t->messages, path, "cannot be read: %s", strerror(error));
}

/* False when one of the PATHs went away meanwhile. */
static bool
find_inputs(const struct config *cfg, struct messages *m, struct inputs *in,
    bool *trouble)
{
	struct walk_trouble t = { .messages = m };

	for (size_t i = 0; i < cfg->n_paths; i++) {
		if (walk_add(in, cfg->paths[i], cfg->recursive, on_walk_trouble,
			&t) < 0) {
			say_missing(m, cfg->paths[i], errno);
			return false;
		}
	}
	*trouble = t.any;
	return true;
}

static unsigned
max_open_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 1;
	if (limit.rlim_cur < limit.rlim_max &&
	    limit.rlim_cur < MAX_OPEN + OTHER_DESCRIPTORS) {
		limit.rlim_cur = limit.rlim_max < MAX_OPEN + OTHER_DESCRIPTORS ?
		    limit.rlim_max :
		    MAX_OPEN + OTHER_DESCRIPTORS;
		setrlimit(RLIMIT_NOFILE, &limit);
		getrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur <= OTHER_DESCRIPTORS)
		return 1;
	return limit.rlim_cur - OTHER_DESCRIPTORS < MAX_OPEN ?
	    (unsigned)(limit.rlim_cur - OTHER_DESCRIPTORS) :
	    MAX_OPEN;
}

/* The output directory, locked for as long as the process lives; -1 after a
 * message, with *status set. */
static int
open_output_dir(const char *path, struct messages *m, bool *made,
    enum status *status)
{
	int fd = store_open_dir(path, made);

	if (fd < 0) {
		message_error(m, path, "cannot be used for output: %s",
		    strerror(errno));
		*status = STATUS_INCOMPLETE;
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (errno == EWOULDBLOCK) {
		message_error(m, path,
		    "another run is writing here; wait for "
		    "it or name another directory with -o");
		*status = STATUS_LOCKED;
	} else {
		message_error(m, path, "cannot be locked: %s", strerror(errno));
		*status = STATUS_INCOMPLETE;
	}
	close(fd);
	return -1;
}

/* Removes what killed runs left of these captures' output. */
static void
sweep(int output_fd, const struct inputs *in, const char *prefix)
{
	char **names = xcalloc(in->n + 1, sizeof(*names));

	for (size_t i = 0; i < in->n; i++)
		names[i] = xasprintf("%s.sessions", in->v[i].name);
	names[in->n] = xstrdup(RUN_CONTINUOUS_NAME ".sessions");
	store_sweep(output_fd, (const char *const *)names, in->n + 1);
	for (size_t i = 0; i <= in->n; i++)
		free(names[i]);
	free(names);
	tar_sweep(output_fd, prefix);
}

static enum status
status_of(const struct tally *t)
{
	if (t->bad_filter || t->bad_state)
		return STATUS_USAGE;
	if (t->output_failed)
		return STATUS_INCOMPLETE;
	if (t->read + t->skipped == 0 && t->flawed)
		return STATUS_NO_INPUT;
	return t->flawed ? STATUS_FLAWED : STATUS_OK;
}

/* False, after a message, when the expression is none. */
static bool
make_filter(const struct config *cfg, struct messages *m, struct filter **f)
{
	char message[FILTER_MESSAGE_LEN];

	if (cfg->filter == NULL)
		return true;
	*f = filter_new(cfg->filter, message);
	if (*f == NULL)
		message_error(m, NULL, "filter '%s': %s", cfg->filter, message);
	return *f != NULL;
}

static void
read_inputs(struct run *r, const struct inputs *in, struct tally *t)
{
	struct progress_sum sum = { .started_ms = message_clock_ms() };
	struct progress progress = { .sum = &sum };
	struct plan plan;

	plan_make(&plan, r, in);
	sum.files = plan.to_read;
	sum.total = plan.bytes;
	r->progress = &progress;
	t->skipped = plan.done;
	if (r->cfg->continuous)
		run_continuous(r, in, &plan, t);
	else
		run_each(r, in, &plan, t);
	plan_free(&plan);
	r->progress = NULL;
}

/* Writes what comes from the inputs, to directories or to the tar. */
static enum status
write_output(struct run *r, struct sources *s)
{
	struct tally *t = &s->tally;

	if (r->cfg->tar == TAR_ALONE) {
		r->tar = archive_open(r);
		if (r->tar == NULL)
			return STATUS_INCOMPLETE;
	}
	if (s->live != NULL)
		run_interface(r, s->live, t);
	else
		read_inputs(r, &s->in, t);
	archive_finish(r, &s->in, t);
	free(t->name);
	return status_of(t);
}

/* What else is done with the inputs, after output of status. */
static enum status
compare_others(struct run *r, const struct sources *s, unsigned programs,
    enum status status)
{
	struct tally t = { .flawed = s->tally.flawed };
	struct verify_outcome v;
	enum status mine;

	if (r->cfg->compare != 0)
		return compare_run(r, &s->in) ? status : STATUS_INCOMPLETE;
	if (programs == 0 || signals_stop() != 0)
		return status;
	v = verify_run(r, &s->in, programs, &t);
	mine = status_of(&t);
	if (mine == STATUS_FLAWED || mine == STATUS_OK)
		mine = v.failed	  ? STATUS_INCOMPLETE :
		    v.unexplained ? STATUS_UNEXPLAINED :
				    mine;
	if (status == STATUS_INCOMPLETE || mine == STATUS_OK)
		return status;
	return status != STATUS_OK && mine == STATUS_FLAWED ? status : mine;
}

/* Finds or opens what is to be read. */
static enum status
open_sources(struct run *r, struct sources *s)
{
	const struct config *cfg = r->cfg;

	if (!check_paths(cfg, r->messages) ||
	    !make_filter(cfg, r->messages, &r->filter) ||
	    !find_inputs(cfg, r->messages, &s->in, &s->tally.flawed))
		return STATUS_USAGE;
	if (cfg->interface == NULL)
		return STATUS_OK;
	s->live = interface_open(r, &s->tally);
	return status_of(&s->tally);
}

/* Opens what needs the rights that this process has now, and gives them up
 * if that was asked for. */
static enum status
settle_rights(struct run *r, struct sources *s)
{
	const struct config *cfg = r->cfg;
	enum status status = STATUS_OK;
	bool made = false;
	int held = 0;

	if (cfg->user != NULL)
		held = inputs_hold(&s->in, r->messages);
	if (held < 0)
		return STATUS_USAGE;
	r->max_open =
	    (unsigned)held < r->max_open ? r->max_open - (unsigned)held : 1;
	if (cfg->files && !archive_is_stream(cfg)) {
		r->output_fd = open_output_dir(cfg->output_dir, r->messages,
		    &made, &status);
		if (r->output_fd < 0)
			return status;
	}
	if (cfg->user != NULL && !rights_give_up(r, &s->user, made))
		return STATUS_INCOMPLETE;
	if (cfg->user == NULL && s->live != NULL && geteuid() == 0)
		message_remark(r->messages, NULL,
		    "runs as root; --relinquish-privileges gives that up");
	if (r->output_fd >= 0)
		sweep(r->output_fd, &s->in, cfg->tar_prefix);
	rights_confine(r);
	return STATUS_OK;
}

/* More than one capture may be told of. */
static bool
is_many(const struct config *cfg, const struct inputs *in)
{
	struct stat st;

	if (cfg->continuous)
		return false;
	for (size_t i = 0; i < cfg->n_paths; i++)
		if (stat(cfg->paths[i], &st) == 0 && S_ISDIR(st.st_mode))
			return true;
	return in->n > 1;
}

/* No session can come between the parts of another. */
static bool
is_alone(const struct config *cfg)
{
	const struct selection *s = &cfg->model.selection;

	return s->n_numbers == 1 && s->numbers[0].first == s->numbers[0].last &&
	    !match_is_set(&cfg->match);
}

static void
open_console(struct run *r, const struct inputs *in)
{
	r->standard_output = stdout_new(STDOUT_FILENO);
	r->console = r->cfg->console;
	terminal_look(&r->console, r->cfg->color);
	r->console.many = is_many(r->cfg, in);
	r->console.at_once = is_alone(r->cfg);
	r->console.file = stdout_out(r->standard_output);
	r->console.begun = &r->console_begun;
}

/* What was asked for on standard output must have arrived, unless its reader
 * has gone. */
static enum status
close_console(struct run *r, enum status status)
{
	int error;

	if (r->standard_output == NULL)
		return status;
	out_settle(stdout_out(r->standard_output));
	error = stdout_error(r->standard_output);
	stdout_free(r->standard_output);
	if (error == 0 || error == EPIPE)
		return status;
	message_error(r->messages, NULL, "standard output: %s",
	    strerror(error));
	return status == STATUS_USAGE ? status : STATUS_INCOMPLETE;
}

static bool
wants_services(const struct config *cfg)
{
	return cfg->console.product == CONSOLE_SUMMARY ||
	    match_is_set(&cfg->match);
}

static enum status
run(const struct config *cfg)
{
	struct messages m = messages_new(cfg);
	struct sources s = { 0 };
	struct run r = {
		.cfg = cfg,
		.messages = &m,
		.output_fd = -1,
		.jobs = pool_jobs(cfg),
		.share = 1,
	};
	enum status status = STATUS_USAGE;
	struct service_table *table = NULL;
	struct services services;
	unsigned programs = 0;

	if (!rights_find_user(cfg, &m, &s.user) ||
	    !verify_programs(cfg, &m, &programs))
		return STATUS_USAGE;
	status = open_sources(&r, &s);
	if (status != STATUS_OK)
		goto out;
	r.max_open = max_open_files();
	open_console(&r, &s.in);
	if (wants_services(cfg)) {
		table = services_load();
		services = services_of(table);
		r.services = &services;
	}
	summary_preamble(&r.console);
	status = settle_rights(&r, &s);
	if (status != STATUS_OK)
		goto out;
	if (s.in.n == 0 && s.live == NULL)
		message_warn(&m, NULL, "no capture found");
	if (cfg->files || cfg->console.product != CONSOLE_NONE)
		status = write_output(&r, &s);
	status = compare_others(&r, &s, programs, status);
out:
	if (r.output_fd >= 0)
		close(r.output_fd);
	status = close_console(&r, status);
	services_free(table);
	filter_free(r.filter);
	live_close(s.live);
	inputs_free(&s.in);
	return status;
}

/* Payload is nobody else's: no core dumps, nothing readable by others, no
 * looking into this process; and no rights to be had from programs. */
static void
guard_process(void)
{
	const struct rlimit none = { 0 };

	umask(077);
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	signal(SIGXFSZ, SIG_IGN);
	signals_init();
}

/* What was asked for on standard output must have arrived. */
static int
flush_stdout(enum status status)
{
	if (fflush(stdout) == 0 || errno == EPIPE)
		return (int)status;
	fprintf(stderr, "tcpsession: standard output: %s\n", strerror(errno));
	return STATUS_INCOMPLETE;
}

int
main(int argc, char **argv)
{
	char message[CONFIG_MESSAGE_LEN];
	enum status status = STATUS_OK;
	struct config cfg;

	guard_process();
	if (!config_parse(&cfg, argc, argv, message)) {
		struct messages m = messages_new(&cfg);

		message_error(&m, NULL, "%s", message);
		config_free(&cfg);
		return STATUS_USAGE;
	}
	if (cfg.action == ACTION_HELP)
		config_help();
	else if (cfg.action == ACTION_VERSION)
		puts("tcpsession " PACKAGE_VERSION);
	else
		status = run(&cfg);
	config_free(&cfg);
	if (signals_stop() != 0)
		signals_raise(signals_stop());
	return flush_stdout(status);
}
