/* run.c: reads one capture, assembles its sessions, publishes them. */
#include "app/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/manifest.h"
#include "app/signals.h"
#include "base/keep.h"
#include "base/xalloc.h"
#include "decode/capture.h"
#include "decode/decode.h"
#include "model/flow.h"
#include "sinks/sinks.h"
#include "store/store.h"

/* Memory for what waits (the rest goes to a scratch file), and for product
 * files that are being written. */
#define KEEP_BYTES ((size_t)8 << 20)
#define WRITE_BYTES ((size_t)8 << 20)
/* Packets between two looks at the clock, the signals and the store. */
#define LOOK_INTERVAL 4096

#define MANIFEST_NAME "capture.json"

/* All that one capture needs; made by open_job, undone by close_job. */
struct job {
	const struct run *run;
	const struct input *in;
	int fd;
	struct stat before;
	struct capture *capture;
	struct store *store;
	struct keep *keep;
	struct sinks *sinks;
	struct sink_env env;
	struct events events;
	struct flows *flows;
	struct decoder *decoder;
	struct manifest manifest;
	struct progress progress;
	bool bad_filter;
};

static void
on_segment(void *arg, const struct segment *seg)
{
	struct job *j = arg;

	flows_segment(j->flows, seg);
}

static int
open_input(const struct input *in)
{
	if (strcmp(in->path, "-") == 0)
		return dup(STDIN_FILENO);
	if (in->named)
		return open(in->path, O_RDONLY | O_CLOEXEC);
	return open(in->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

static const char *
shown(const struct input *in)
{
	return strcmp(in->path, "-") == 0 ? "standard input" : in->path;
}

static bool
open_capture(struct job *j)
{
	j->fd = open_input(j->in);
	if (j->fd < 0 || fstat(j->fd, &j->before) < 0) {
		message_error(j->run->messages, shown(j->in),
		    "cannot be opened: %s", strerror(errno));
		return false;
	}
	if (S_ISDIR(j->before.st_mode)) {
		message_error(j->run->messages, shown(j->in),
		    "is a directory now");
		return false;
	}
	j->capture = capture_new_fd(j->fd);
	return true;
}

/* The output: a store and everything that leads to it. */
static bool
open_output(struct job *j)
{
	const struct config *cfg = j->run->cfg;
	struct store_options options = {
		.force = cfg->force,
		.sync = cfg->sync,
		.swept = true,
		.buffer = WRITE_BYTES,
		.max_open = j->run->max_open,
	};
	char *name = xasprintf("%s.sessions", j->in->name);
	char message[STORE_MESSAGE_LEN];

	j->store = store_dir_new(j->run->output_fd, name, &options, message);
	free(name);
	if (j->store == NULL) {
		message_error(j->run->messages, cfg->output_dir, "%s",
		    message);
		return false;
	}
	j->keep = keep_new(KEEP_BYTES);
	j->env = (struct sink_env){
		.out = store_out(j->store),
		.keep = j->keep,
		.capture = j->in->name,
		.gaps_skip = cfg->gaps_skip,
	};
	j->sinks = sinks_new(&j->env, cfg->emit);
	j->events = sinks_events(j->sinks);
	j->flows = flows_new(&cfg->model, j->keep, &j->events);
	j->decoder = decoder_new(on_segment, j);
	return true;
}

static void
close_job(struct job *j)
{
	decoder_free(j->decoder);
	sinks_free(j->sinks);
	flows_free(j->flows);
	store_free(j->store);
	keep_free(j->keep);
	capture_free(j->capture);
	if (j->fd >= 0)
		close(j->fd);
}

static void
look_around(struct job *j)
{
	j->progress.bytes = capture_bytes_in(j->capture);
	j->progress.packets = j->manifest.packets;
	j->progress.sessions = flows_stats(j->flows).sessions;
	message_progress(j->run->messages, &j->progress);
	if (signals_status())
		message_status(j->run->messages, &j->progress);
}

static bool
output_failed(const struct job *j)
{
	const char *what;

	return store_error(j->store, &what) != 0 || keep_error(j->keep) != 0;
}

/* False when the filter does not suit the packet's link type. */
static bool
take_packet(struct job *j, const struct packet *p)
{
	struct filter *f = j->run->filter;

	manifest_packet(&j->manifest, p);
	if (f != NULL) {
		switch (filter_packet(f, p)) {
		case FILTER_MATCH:
			break;
		case FILTER_NO_MATCH:
			j->manifest.filtered++;
			return true;
		case FILTER_BROKEN:
			return false;
		}
	}
	decode_packet(j->decoder, p);
	return true;
}

/* Reads from *p, the first packet, to the end. */
static enum capture_status
read_packets(struct job *j, struct packet *p)
{
	enum capture_status status = CAPTURE_PACKET;

	while (status == CAPTURE_PACKET) {
		if (!take_packet(j, p)) {
			j->bad_filter = true;
			break;
		}
		if (j->manifest.packets % LOOK_INTERVAL == 0) {
			look_around(j);
			if (signals_stop() != 0 || output_failed(j))
				break;
		}
		status = capture_next(j->capture, p);
	}
	return status;
}

static enum run_result
say_output_failed(const struct job *j)
{
	const char *what;
	int error = store_error(j->store, &what);

	if (error != 0)
		message_error(j->run->messages, j->run->cfg->output_dir,
		    "%s: %s; nothing of %s was published", what,
		    strerror(error), shown(j->in));
	else
		message_error(j->run->messages, NULL, "scratch file in TMPDIR:"
		    " %s; nothing of %s was published",
		    strerror(keep_error(j->keep)), shown(j->in));
	return RUN_OUTPUT_FAILED;
}

/* What a file's end says about it; true when the capture is flawed. */
static bool
say_ending(struct job *j, enum capture_status status)
{
	const char *why = capture_message(j->capture);
	struct stat after;
	bool flawed = status != CAPTURE_END;

	if (why[0] != '\0') {
		j->manifest.warning = why;
		message_warn(j->run->messages, shown(j->in), "%s", why);
	}
	if (S_ISREG(j->before.st_mode) && fstat(j->fd, &after) == 0 &&
	    (after.st_size != j->before.st_size ||
	    after.st_mtim.tv_sec != j->before.st_mtim.tv_sec ||
	    after.st_mtim.tv_nsec != j->before.st_mtim.tv_nsec)) {
		message_warn(j->run->messages, shown(j->in),
		    "changed while it was read");
		flawed = true;
	}
	return flawed;
}

static bool
say_given_up(struct job *j)
{
	const struct flows_stats *s = &j->manifest.flows;

	if (s->evicted + s->evicted_half_open == 0)
		return false;
	message_warn(j->run->messages, shown(j->in), "%llu sessions and %llu "
	    "unanswered ones were ended early for want of memory; raise "
	    "--max-memory", (unsigned long long)s->evicted,
	    (unsigned long long)s->evicted_half_open);
	return true;
}

static bool
say_linktypes(const struct job *j)
{
	uint64_t n = decoder_count(j->decoder, DECODE_LINKTYPE_UNKNOWN);

	if (n == 0)
		return false;
	message_warn(j->run->messages, shown(j->in),
	    "%llu packets of link types that are not supported were skipped",
	    (unsigned long long)n);
	return true;
}

static void
say_counts(const struct job *j)
{
	struct messages *m = j->run->messages;

	message_remark(m, shown(j->in), "%s, packets: %llu, sessions: %llu",
	    j->manifest.format, (unsigned long long)j->manifest.packets,
	    (unsigned long long)j->manifest.flows.sessions);
	for (int o = DECODE_TCP + 1; o < DECODE_OUTCOMES; o++) {
		uint64_t n = decoder_count(j->decoder, (enum outcome)o);

		if (n > 0)
			message_remark(m, shown(j->in), "skipped: %s: %llu",
			    outcome_name((enum outcome)o),
			    (unsigned long long)n);
	}
}

static void
write_manifest(struct job *j)
{
	struct buf b = { 0 };
	struct out_file *f = out_create(store_out(j->store), MANIFEST_NAME,
	    j->manifest.last_ns);

	manifest_write(&b, &j->manifest, j->decoder, j->run->cfg);
	out_write(f, b.p, b.n);
	out_close(f);
	buf_free(&b);
}

static enum run_result
finish_capture(struct job *j, enum capture_status status)
{
	bool flawed = say_ending(j, status);

	flows_end(j->flows);
	sinks_finish(j->sinks);
	j->manifest.flows = flows_stats(j->flows);
	flawed |= say_given_up(j);
	flawed |= say_linktypes(j);
	say_counts(j);
	write_manifest(j);
	if (output_failed(j) || store_publish(j->store) < 0)
		return say_output_failed(j);
	return flawed ? RUN_FLAWED : RUN_WHOLE;
}

static enum run_result
not_a_capture(const struct job *j)
{
	if (!j->in->named && !walk_is_capture_name(j->in->path))
		return RUN_PASSED_OVER;
	message_error(j->run->messages, shown(j->in), "%s",
	    capture_message(j->capture));
	return RUN_UNREADABLE;
}

static enum run_result
read_capture(struct job *j)
{
	enum capture_status status;
	struct packet p;

	status = capture_next(j->capture, &p);
	if (status == CAPTURE_NOT_ONE)
		return not_a_capture(j);
	if (!open_output(j))
		return RUN_OUTPUT_FAILED;
	j->manifest.name = j->in->name;
	j->manifest.size = S_ISREG(j->before.st_mode) ?
	    (uint64_t)j->before.st_size : 0;
	j->manifest.format = capture_format(j->capture);
	j->manifest.compression = capture_compression(j->capture);
	j->manifest.ts_digits = 6;
	j->manifest.warning = "";
	j->progress = (struct progress){ .name = shown(j->in),
		.total = j->manifest.size,
		.started_ms = message_clock_ms() };
	if (status == CAPTURE_PACKET)
		status = read_packets(j, &p);
	message_progress_end(j->run->messages);
	if (signals_stop() != 0)
		return RUN_STOPPED;
	if (j->bad_filter) {
		message_error(j->run->messages, shown(j->in),
		    "the filter does not suit its link type: %s",
		    filter_message(j->run->filter));
		return RUN_BAD_FILTER;
	}
	if (output_failed(j))
		return say_output_failed(j);
	return finish_capture(j, status);
}

enum run_result
run_capture(const struct run *r, const struct input *in)
{
	struct job j = { .run = r, .in = in, .fd = -1 };
	enum run_result result = RUN_UNREADABLE;

	if (open_capture(&j))
		result = read_capture(&j);
	close_job(&j);
	return result;
}
