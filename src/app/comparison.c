/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* comparison.c: what a run does besides output: --verify and --compare. */
#include "app/comparison.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/input.h"
#include "app/signals.h"
#include "base/xalloc.h"
#include "verify/compare.h"

/* Packets between two looks at the signals. */
#define LOOK_INTERVAL 4096
/* Where a pcap file says how long its records may be. */
#define PCAP_SNAPLEN_AT 16
#define SNAPLEN_USUAL 65535

bool
comparison_programs(const struct config *cfg, struct messages *m,
    unsigned *found)
{
	const char *hint;

	*found = verify_installed(cfg->verify, &hint);
	if (cfg->verify != 0 && *found == 0)
		message_error(m, NULL, "--verify: %s", hint);
	return cfg->verify == 0 || *found != 0;
}

static bool
is_stopped(void)
{
	return signals_stop() != 0;
}

static void
say(void *arg, const char *shown, const char *text)
{
	message_warn(arg, shown, "%s", text);
}

/* A pcap file whose records are no longer than it says reads the same for
 * every program. */
static bool
is_read_alike(const struct input_file *s)
{
	uint8_t h[4];

	return strncmp(capture_format(s->capture), "pcap", 4) == 0 &&
	    strcmp(capture_format(s->capture), "pcapng") != 0 &&
	    pread(s->fd, h, sizeof(h), PCAP_SNAPLEN_AT) == sizeof(h) &&
	    get_le32(h) >= SNAPLEN_USUAL && get_be32(h) >= SNAPLEN_USUAL;
}

/* A capture or several as one; given_up: it cannot be read to its end. */
struct reading {
	const struct run *run;
	struct verify *verify;
	struct tally *tally;
	bool begun;
	bool given_up;
};

static bool
begin(struct reading *r, const struct input_file *s)
{
	const struct config *cfg = r->run->cfg;
	/* One that is held others cannot open. */
	bool same = S_ISREG(s->before.st_mode) && s->in->fd < 0 &&
	    r->run->filter == NULL && !cfg->continuous &&
	    strcmp(capture_compression(s->capture), "none") == 0;
	const struct verify_source source = {
		.shown =
		    cfg->continuous ? RUN_CONTINUOUS_NAME : input_shown(s->in),
		.path = same ? s->in->path : NULL,
		.plain = same && is_read_alike(s),
	};

	if (!r->begun)
		r->given_up = !verify_begin(r->verify, &source);
	r->begun = !r->given_up;
	return r->begun;
}

static bool
take_packet(struct reading *r, const struct input_file *s)
{
	struct filter *f = r->run->filter;

	switch (f != NULL ? filter_packet(f, &s->packet) : FILTER_MATCH) {
	case FILTER_MATCH:
		verify_packet(r->verify, &s->packet);
		return true;
	case FILTER_NO_MATCH:
		return true;
	case FILTER_BROKEN:
		break;
	}
	incomplete_add(&r->tally->incomplete, INCOMPLETE_FILTER);
	message_error(r->run->messages, input_shown(s->in),
	    "the filter does not suit its link type: %s", filter_message(f));
	return false;
}

static void
read_input(struct reading *r, const struct input *in)
{
	struct input_file s;
	enum input_state state =
	    input_file_open(&s, in, r->run->messages, NULL, NULL, false);

	if (state == INPUT_UNREADABLE) {
		r->tally->unreadable++;
		r->tally->left_out = true;
	}
	if (state == INPUT_OPEN && begin(r, &s)) {
		r->tally->read++;
		capture_on_secrets(s.capture, verify_secrets, r->verify);
		if (capture_may_have_secrets(s.capture))
			verify_expect_secrets(r->verify);
		for (uint64_t n = 0; s.status == CAPTURE_PACKET; n++) {
			r->given_up |= !take_packet(r, &s) ||
			    (n % LOOK_INTERVAL == 0 && is_stopped());
			if (r->given_up)
				break;
			s.status = capture_next(s.capture, &s.packet);
		}
		incomplete_join(&r->tally->incomplete,
		    input_file_say_ending(&s, r->run->messages));
	}
	input_file_close(&s);
}

static void
end(struct reading *r)
{
	if (r->begun)
		verify_end(r->verify, r->given_up);
	r->begun = r->given_up = false;
}

/* An input and the time of its first packet. */
struct dated_input {
	const struct input *in;
	int64_t first_ns;
};

static int
by_first_packet(const void *a, const void *b)
{
	const struct dated_input *x = a, *y = b;

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	return x->in < y->in ? -1 : x->in > y->in;
}

static int64_t
first_time(const struct run *r, const struct input *in)
{
	struct messages silent = *r->messages;
	int64_t first = INT64_MAX;
	struct input_file s;

	if (input_file_open(&s, in, &silent, NULL, NULL, false) == INPUT_OPEN &&
	    s.status == CAPTURE_PACKET)
		first = s.packet.ts_ns;
	input_file_close(&s);
	return first;
}

static void
read_all(struct reading *r, const struct inputs *in)
{
	bool one = r->run->cfg->continuous;
	struct dated_input *parts = xcalloc(in->n + 1, sizeof(*parts));

	for (size_t i = 0; i < in->n; i++)
		parts[i] = (struct dated_input){ &in->v[i],
			one ? first_time(r->run, &in->v[i]) : 0 };
	qsort(parts, in->n, sizeof(*parts), by_first_packet);
	for (size_t i = 0; i < in->n && !r->given_up && !is_stopped(); i++) {
		read_input(r, parts[i].in);
		if (!one)
			end(r);
	}
	end(r);
	free(parts);
}

/* What went wrong first counts; a difference more than a flawed capture. */
static enum status
verify_all(const struct verify_env *env, const struct run *r,
    const struct run_inputs *s, enum status status)
{
	struct tally t = { .left_out = s->tally.left_out };
	struct reading reading = { .run = r, .tally = &t };
	struct verify_outcome v;
	enum status mine;

	reading.verify = verify_new(env);
	read_all(&reading, &s->in);
	v = verify_finish(reading.verify);
	mine = status_of(&t);
	if (mine == STATUS_FLAWED || mine == STATUS_OK)
		mine = v.failed	  ? STATUS_INCOMPLETE :
		    v.unexplained ? STATUS_UNEXPLAINED :
				    mine;
	if (status == STATUS_INCOMPLETE || mine == STATUS_OK)
		return status;
	return status != STATUS_OK && mine == STATUS_FLAWED ? status : mine;
}

enum status
comparison_run(const struct run *r, const struct run_inputs *s,
    enum status status)
{
	const struct verify_env env = {
		.programs = s->programs,
		.rounds = r->cfg->compare,
		.secrets = keylogs_secrets(r->keylogs),
		.starter = s->starter,
		.cfg = &r->cfg->model,
		.out = stdout_out(r->standard_output),
		.stopped = is_stopped,
		.say = say,
		.arg = r->messages,
	};
	bool ok = true;

	if (s->programs != 0 && !is_stopped())
		return verify_all(&env, r, s, status);
	for (size_t i = 0; env.rounds > 0 && i < s->in.n && !is_stopped(); i++)
		ok &= compare_capture(&env, input_shown(&s->in.v[i]),
		    s->in.v[i].path, s->in.v[i].fd);
	return ok ? status : STATUS_INCOMPLETE;
}
