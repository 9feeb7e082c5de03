/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_state.c: the open world of a state file, any bytes: what is taken in goes
 * on, is saved, and is taken in again from that.
 *
 * The digest around it is not tried: a file with a wrong one is not read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/state_fragments.h"
#include "app/state_taken.h"
#include "flow/flow_save.h"
#include "lib/net.h"
#include "lib/require.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const uint8_t *p;
	size_t left;
};

static bool
read_some(void *arg, void *p, size_t n)
{
	struct bytes *b = arg;

	if (n > b->left)
		return false;
	memcpy(p, b->p, n);
	b->p += n;
	b->left -= n;
	return true;
}

static void
write_some(void *arg, const void *p, size_t n)
{
	buf_put(arg, p, n);
}

static void
on_segment(void *arg, const struct segment *seg)
{
	flows_segment(arg, seg);
}

/* One run: takes the world in, hears one connection more, leaves it. */
static bool
run(struct bytes *b, struct buf *left)
{
	struct state_taken taken = { 0 };
	struct talk t = talk_of(40000, 1000, 90000, false);
	struct decoder *d;
	struct net n;
	bool ok;

	net_init(&n, NULL);
	flows_defer(n.flows);
	n.rec.partly_told = true;
	d = decoder_new(on_segment, n.flows);
	decoder_keep_frames(d);
	ok = state_taken_read(&taken, read_some, b) &&
	    flow_save_load(n.flows, read_some, b) &&
	    state_fragments_read(d, read_some, b);
	if (ok) {
		net_play(&n, &t, "> S; < S A; >; > 'hello'; < 'world'; > F");
		state_taken_write(&taken, write_some, left);
		flow_save_save(n.flows, write_some, left);
		state_fragments_write(d, write_some, left);
	}
	net_end(&n);
	decoder_free(d);
	state_taken_free(&taken);
	net_free(&n);
	return ok;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = { data, size };
	struct buf first = { 0 }, second = { 0 };

	if (run(&b, &first)) {
		b = (struct bytes){ first.p, first.n };
		REQUIRE(run(&b, &second));
		REQUIRE(b.left == 0);
	}
	buf_free(&first);
	buf_free(&second);
	return 0;
}
