/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_verify.c: differences are explained by what the frames bear out, and by
 * nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/tls_seal.h"
#include "verify/verdict.h"

#define C 0 /* the client, 10.0.0.1:1000, side 0 of the pair */
#define S 1 /* the server, 10.0.0.2:80 */
#define SESSIONS_MAX 4

/* A pair: frames, sessions of ours, streams of a peer's. */
struct scene {
	struct spill *spill;
	struct evidence frames;
	struct ours_list list;
	struct events events;
	struct model_config cfg;
	struct peer_result peer;
	struct verdict v[SESSIONS_MAX];
	void *session; /* that is open */
	uint64_t sessions;
	uint64_t packets;
	uint32_t tsval; /* of what comes next; 0: none */
	int64_t ts_ns;
};

static struct endpoint
end_of(int side)
{
	return (struct endpoint){ .addr = { 10, 0, 0, (uint8_t)(1 + side) },
		.port = side == C ? 1000 : 80,
		.family = 4 };
}

static void
begin(struct scene *s, enum peer_program program)
{
	memset(s, 0, sizeof(*s));
	s->spill = spill_new(1 << 20);
	frames_init(&s->frames, s->spill);
	s->list.frames = &s->frames;
	s->events = ours_events(&s->list);
	s->cfg.stream.max_gap = 1 << 20;
	s->cfg.stream.max_bytes = UINT64_MAX;
	s->peer.program = program;
}

static void
end(struct scene *s)
{
	peer_free(&s->peer);
	ours_free(&s->list);
	frames_fini(&s->frames);
	spill_free(s->spill);
}

/* A segment whose checksums are right, unless flaw says otherwise. */
static void
flawed(struct scene *s, int from, uint32_t seq, uint32_t ack, uint8_t flags,
    const char *text, enum frame_mark flaw)
{
	struct segment g = {
		.src = end_of(from),
		.dst = end_of(!from),
		.seq = seq,
		.ack = ack,
		.flags = flags,
		.checksum = flaw & FRAME_BAD_SUM ? CHECKSUM_BAD : CHECKSUM_GOOD,
		.ip_checksum =
		    flaw & FRAME_BAD_IP ? CHECKSUM_BAD : CHECKSUM_GOOD,
		.flaws = flaw & FRAME_REFUSED ? SEGMENT_SHORT_FRAME : 0,
		.payload = { (const uint8_t *)text, strlen(text) },
		.payload_len = (uint32_t)strlen(text),
		.has_tsopt = s->tsval != 0,
		.tsval = s->tsval,
		.packet = ++s->packets,
		.ts_ns = s->ts_ns,
	};

	frames_segment(&s->frames, &g);
}

static void
frame(struct scene *s, int from, uint32_t seq, uint32_t ack, uint8_t flags,
    const char *text)
{
	flawed(s, from, seq, ack, flags, text, 0);
}

/* Packets 1 to 3: numbers begin at 100 and 500. */
static void
handshake(struct scene *s)
{
	frame(s, C, 99, 0, TCP_SYN, "");
	frame(s, S, 499, 100, TCP_SYN | TCP_ACK, "");
	frame(s, C, 100, 500, TCP_ACK, "");
}

static void
ours_close(struct scene *s)
{
	struct session x = { .number = s->sessions,
		.client = end_of(C),
		.server = end_of(S),
		.first_packet = 1,
		.last_packet = s->packets };

	if (s->session != NULL)
		s->events.close(&s->list, s->session, &x);
	s->sessions += s->session != NULL;
	s->session = NULL;
}

static void
ours(struct scene *s, int dir, uint64_t off, const char *text, uint64_t packet)
{
	const struct session x = { .client = end_of(C), .server = end_of(S) };
	const struct chunk c = { .dir = dir,
		.off = off,
		.bytes = { (const uint8_t *)text, strlen(text) },
		.packet = packet };

	if (s->session == NULL)
		s->session = s->events.open(&s->list, &x);
	s->events.data(&s->list, s->session, &c);
	s->events.turn(&s->list, s->session, &c);
}

/* The next stream of the peer's begins, and is a piece of it. */
static void
stream(struct scene *s)
{
	peer_add(&s->peer, 0);
}

/* All bytes of that packet. */
static void
theirs(struct scene *s, uint64_t packet)
{
	const struct frame *g = &s->frames.v[0].v[packet - 1];
	const struct peer_part x = { g->pos, g->n, packet - 1, 0, PART_BYTES,
		g->from };

	peer_stream_add(&s->peer.v[s->peer.n - 1], &x);
}

static void
compare(struct scene *s)
{
	ours_close(s);

	const struct pair_job job = { &s->frames, s->frames.v, &s->peer,
		s->list.v, s->list.n, s->peer.v, s->peer.n, &s->cfg };

	verdict_of_pair(&job, s->v);
}

/* What is found in a direction is that one reason, at that offset; ends. */
static void
expect(struct scene *s, const struct finding *f, int64_t first, enum reason why)
{
	compare(s);
	assert_string_equal(reason_text(f->why), reason_text(why));
	assert_int_equal(f->reasons, (uint64_t)1 << why);
	assert_int_equal(f->first, first);
	end(s);
}

static void
same_is_no_difference(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, PEER_TSHARK);
	handshake(&s);
	frame(&s, C, 100, 500, TCP_ACK, "ask");
	frame(&s, S, 500, 103, TCP_ACK, "answer");
	ours(&s, 0, 0, "ask", 4);
	ours(&s, 1, 0, "answer", 5);
	stream(&s);
	theirs(&s, 4);
	theirs(&s, 5);
	compare(&s);
	assert_int_equal(verdict_reasons(&s.v[0]), 0);
	assert_true(s.v[0].some);
	end(&s);
}

/* -- bytes of the peer's that are not ours ------------------------------- */

/* "one" is packet 4, both have it; packet 5 is the peer's only. */
static void
more(struct scene *s, enum peer_program program, uint32_t seq, uint32_t ack,
    uint8_t flags, const char *text, enum frame_mark flaw)
{
	begin(s, program);
	handshake(s);
	frame(s, C, 100, 500, TCP_ACK, "one");
	frame(s, S, 500, 103, TCP_ACK, "");
	flawed(s, C, seq, ack, flags, text, flaw);
	ours(s, 0, 0, "one", 4);
	stream(s);
	theirs(s, 4);
	theirs(s, 6);
}

static void
what_a_frame_has_is_never_explained(void **state)
{
	struct scene s;

	(void)state;
	more(&s, PEER_TSHARK, 103, 500, TCP_ACK, "two", 0);
	expect(&s, &s.v[0].bytes[0], 3, REASON_UNKNOWN);
	/* Nor when a hole lies before it. */
	more(&s, PEER_TCPFLOW, 203, 500, TCP_ACK, "two", 0);
	frame(&s, S, 500, 206, TCP_ACK, "");
	expect(&s, &s.v[0].bytes[0], 103, REASON_UNKNOWN);
	/* A checksum that is bad on all frames is the sender's card's. */
	begin(&s, PEER_TSHARK);
	flawed(&s, C, 100, 500, TCP_ACK, "one", FRAME_BAD_SUM);
	flawed(&s, C, 103, 500, TCP_ACK, "two", FRAME_BAD_SUM);
	ours(&s, 0, 0, "one", 1);
	stream(&s);
	theirs(&s, 1);
	theirs(&s, 2);
	expect(&s, &s.v[0].bytes[0], 3, REASON_UNKNOWN);
}

static void
what_no_receiver_takes_is(void **state)
{
	struct scene s;

	(void)state;
	more(&s, PEER_TSHARK, 103, 500, TCP_RST, "text", 0);
	expect(&s, &s.v[0].bytes[0], 3, REASON_RESET_TEXT);
	more(&s, PEER_TSHARK, 103, 500, TCP_ACK, "two", FRAME_BAD_SUM);
	frame(&s, S, 500, 103, TCP_ACK, "");
	expect(&s, &s.v[0].bytes[0], 3, REASON_CHECKSUM);
	more(&s, PEER_TSHARK, 103, 500, TCP_ACK, "two", FRAME_REFUSED);
	expect(&s, &s.v[0].bytes[0], 3, REASON_REFUSED);
	more(&s, PEER_TSHARK, 103, 500, TCP_PSH, "two", 0);
	expect(&s, &s.v[0].bytes[0], 3, REASON_REFUSED);
	more(&s, PEER_TSHARK, 103, 1U << 30, TCP_ACK, "two", 0);
	expect(&s, &s.v[0].bytes[0], 3, REASON_REFUSED);
	more(&s, PEER_TSHARK, 1U << 30, 500, TCP_ACK, "two", 0);
	expect(&s, &s.v[0].bytes[0], (1 << 30) - 100, REASON_REFUSED);
	/* Nothing better came, and the server acknowledged it. */
	more(&s, PEER_TSHARK, 103, 500, TCP_ACK, "two", FRAME_BAD_SUM);
	frame(&s, S, 500, 106, TCP_ACK, "");
	expect(&s, &s.v[0].bytes[0], 3, REASON_UNKNOWN);
}

static void
data_of_a_syn_that_is_not_accepted(void **state)
{
	struct scene s;

	(void)state;
	for (int accepted = 0; accepted < 2; accepted++) {
		begin(&s, PEER_TSHARK);
		frame(&s, C, 99, 0, TCP_SYN, "early");
		frame(&s, S, 499, accepted ? 105 : 100, TCP_SYN | TCP_ACK, "");
		frame(&s, S, 500, accepted ? 105 : 100, TCP_ACK, "hello");
		ours(&s, 1, 0, "hello", 3);
		stream(&s);
		theirs(&s, 1);
		theirs(&s, 3);
		expect(&s, &s.v[0].bytes[0], 0,
		    accepted ? REASON_UNKNOWN : REASON_SYN_DATA);
	}
}

static void
an_octet_below_what_was_sent(void **state)
{
	struct scene s;

	(void)state;
	/* An empty segment told that 103 is next, and 102 is not captured. */
	begin(&s, PEER_TSHARK);
	frame(&s, C, 103, 500, TCP_ACK, "");
	frame(&s, C, 102, 500, TCP_ACK, "x");
	frame(&s, C, 103, 500, TCP_ACK, "one");
	ours(&s, 0, 0, "one", 3);
	stream(&s);
	theirs(&s, 2);
	theirs(&s, 3);
	expect(&s, &s.v[0].bytes[0], -1, REASON_KEEP_ALIVE);
	/* The same octet with us, and not with the peer, is a fault. */
	begin(&s, PEER_TSHARK);
	frame(&s, C, 103, 500, TCP_ACK, "");
	frame(&s, C, 102, 500, TCP_ACK, "x");
	frame(&s, C, 103, 500, TCP_ACK, "one");
	ours(&s, 0, 0, "x", 2);
	ours(&s, 0, 1, "one", 3);
	stream(&s);
	theirs(&s, 3);
	expect(&s, &s.v[0].bytes[0], 0, REASON_UNKNOWN);
}

/* -- bytes of ours that the peer lacks ----------------------------------- */

static void
what_the_peer_lacks(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, PEER_TSHARK);
	handshake(&s);
	frame(&s, C, 100, 500, TCP_ACK, "onetwo");
	ours(&s, 0, 0, "one", 4);
	ours(&s, 0, 3, "two", 4);
	stream(&s);
	expect(&s, &s.v[0].bytes[0], 0, REASON_LOST);
	/* Beyond a FIN that is acknowledged there is no byte. */
	begin(&s, PEER_TSHARK);
	handshake(&s);
	frame(&s, C, 100, 500, TCP_ACK, "one");
	frame(&s, C, 203, 500, TCP_ACK, "x");
	frame(&s, C, 103, 500, TCP_ACK | TCP_FIN, "");
	frame(&s, S, 500, 104, TCP_ACK, "");
	ours(&s, 0, 0, "one", 4);
	ours(&s, 0, 103, "x", 5);
	stream(&s);
	theirs(&s, 4);
	expect(&s, &s.v[0].bytes[0], 103, REASON_UNKNOWN);
	/* A program that fails has agreed to nothing. */
	begin(&s, PEER_TSHARK);
	handshake(&s);
	frame(&s, C, 100, 500, TCP_ACK, "one");
	ours(&s, 0, 0, "one", 4);
	s.peer.result.code = 1;
	expect(&s, &s.v[0].bytes[0], 0, REASON_UNKNOWN);
}

static void
what_no_frame_has_is_a_fault(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, PEER_TSHARK);
	handshake(&s);
	frame(&s, C, 100, 500, TCP_ACK, "one");
	ours(&s, 0, 0, "two", 4);
	expect(&s, &s.v[0].bytes[0], 0, REASON_UNKNOWN);
	/* A hole that is closed up without a word. */
	begin(&s, PEER_TSHARK);
	handshake(&s);
	frame(&s, C, 100, 500, TCP_ACK, "one");
	frame(&s, C, 110, 500, TCP_ACK, "two");
	ours(&s, 0, 0, "one", 4);
	ours(&s, 0, 3, "two", 5);
	stream(&s);
	theirs(&s, 4);
	theirs(&s, 5);
	expect(&s, &s.v[0].bytes[0], 3, REASON_UNKNOWN);
}

/* -- copies that differ -------------------------------------------------- */

static void
conflict(struct scene *s, uint32_t first_ack, uint32_t second_ack, bool first)
{
	begin(s, PEER_TSHARK);
	handshake(s);
	frame(s, C, 100, first_ack, TCP_ACK, "aaa");
	frame(s, C, 100, second_ack, TCP_ACK, "bbb");
	frame(s, S, 500, 103, TCP_ACK, "");
	ours(s, 0, 0, first ? "aaa" : "bbb", first ? 4 : 5);
	stream(s);
	theirs(s, first ? 5 : 4);
}

static void
the_copy_that_is_taken_wins(void **state)
{
	const uint32_t wild = 1U << 30;
	struct scene s;

	(void)state;
	conflict(&s, 500, 500, true);
	expect(&s, &s.v[0].bytes[0], 0, REASON_CONFLICT);
	conflict(&s, 500, 500, false);
	expect(&s, &s.v[0].bytes[0], 0, REASON_UNKNOWN);
	conflict(&s, 500, 500, false);
	s.cfg.stream.overlap = OVERLAP_LAST;
	expect(&s, &s.v[0].bytes[0], 0, REASON_CONFLICT);
	conflict(&s, wild, 500, false);
	expect(&s, &s.v[0].bytes[0], 0, REASON_REFUSED);
	conflict(&s, wild, 500, true);
	expect(&s, &s.v[0].bytes[0], 0, REASON_UNKNOWN);
}

static void
an_old_timestamp_is_refused(void **state)
{
	struct scene s;

	(void)state;
	for (int old = 0; old < 2; old++) {
		begin(&s, PEER_TSHARK);
		s.tsval = 1000;
		handshake(&s);
		s.tsval = old ? 10 : 1001;
		frame(&s, C, 100, 500, TCP_ACK, "aaa");
		s.tsval = 1002;
		frame(&s, C, 100, 500, TCP_ACK, "bbb");
		frame(&s, S, 500, 103, TCP_ACK, "");
		ours(&s, 0, 0, "bbb", 5);
		stream(&s);
		theirs(&s, 4);
		expect(&s, &s.v[0].bytes[0], 0,
		    old ? REASON_REFUSED : REASON_UNKNOWN);
	}
}

/* -- sessions and streams ------------------------------------------------ */

/* Packets 4 and 8 hold "one" and "two"; a SYN is between, or a FIN. */
static void
two(struct scene *s, bool syn)
{
	begin(s, PEER_TSHARK);
	handshake(s);
	frame(s, C, 100, 500, TCP_ACK, "one");
	frame(s, C, 103, 500, TCP_ACK | TCP_FIN, "");
	frame(s, C, syn ? 50000 : 104, syn ? 0 : 500, syn ? TCP_SYN : TCP_ACK,
	    "");
	frame(s, S, syn ? 70000 : 500, syn ? 50001 : 104,
	    syn ? TCP_SYN | TCP_ACK : TCP_ACK, "");
	frame(s, C, syn ? 50001 : 104, syn ? 70001 : 500, TCP_ACK, "two");
	frame(s, S, syn ? 70001 : 500, syn ? 50004 : 107, TCP_ACK, "");
}

static void
one_of_theirs_in_two_of_ours(void **state)
{
	struct scene s;

	(void)state;
	for (int syn = 0; syn < 2; syn++) {
		two(&s, syn);
		ours(&s, 0, 0, "one", 4);
		ours_close(&s);
		ours(&s, 0, 0, "two", 8);
		stream(&s);
		theirs(&s, 4);
		theirs(&s, 8);
		expect(&s, &s.v[1].bytes[0], 0,
		    syn ? REASON_JOINED : REASON_UNKNOWN);
	}
}

static void
one_of_ours_in_two_of_theirs(void **state)
{
	struct scene s;

	(void)state;
	for (int syn = 0; syn < 2; syn++) {
		two(&s, syn);
		ours(&s, 0, 0, "one", 4);
		ours(&s, 0, syn ? 49901 : 4, "two", 8);
		stream(&s);
		theirs(&s, 4);
		stream(&s);
		theirs(&s, 8);
		expect(&s, &s.v[0].bytes[0], syn ? 49901 : 4,
		    syn ? REASON_UNKNOWN : REASON_CUT);
	}
}

static void
numbers_that_nothing_links(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, PEER_TCPFLOW);
	handshake(&s);
	frame(&s, C, 100, 500, TCP_ACK, "one");
	frame(&s, S, 500, 103, TCP_ACK, "");
	frame(&s, C, 1U << 30, 7U << 28, TCP_ACK, "two");
	frame(&s, S, 7U << 28, (1U << 30) + 3, TCP_ACK, "");
	ours(&s, 0, 0, "one", 4);
	ours(&s, 0, (1U << 30) - 100, "two", 6);
	stream(&s);
	theirs(&s, 4);
	stream(&s);
	theirs(&s, 6);
	expect(&s, &s.v[0].bytes[0], (1 << 30) - 100, REASON_UNKNOWN);
}

/* Two segments far ahead whose ACK number fits nothing: part of the session
 * they are a fault; as a record of their own they are what was captured. */
static void
a_record_of_one_side_alone(void **state)
{
	struct scene s;

	(void)state;
	for (int alone = 0; alone < 2; alone++) {
		begin(&s, PEER_TSHARK);
		handshake(&s);
		frame(&s, S, 500, 100, TCP_ACK, "hello");
		s.ts_ns = INT64_C(1000000000);
		frame(&s, S, 1U << 30, 77, TCP_ACK, "xy");
		frame(&s, C, 100, 505, TCP_ACK, "");
		ours(&s, 1, 0, "hello", 4);
		if (alone)
			ours_close(&s);
		ours(&s, 1, alone ? 0 : (1U << 30) - 500, "xy", 5);
		stream(&s);
		theirs(&s, 4);
		expect(&s, &s.v[alone].bytes[1], alone ? 0 : (1 << 30) - 500,
		    alone ? REASON_LOST : REASON_UNKNOWN);
	}
}

static void
more_than_the_time_between_lets_through(void **state)
{
	struct scene s;

	(void)state;
	for (int s_between = 0; s_between < 2; s_between++) {
		begin(&s, PEER_TSHARK);
		handshake(&s);
		frame(&s, C, 100, 500, TCP_ACK, "one");
		frame(&s, S, 500, 1U << 30, TCP_ACK, "");
		s.ts_ns = s_between * INT64_C(1000000000);
		frame(&s, C, 1U << 30, 500, TCP_ACK, "two");
		frame(&s, S, 500, (1U << 30) + 3, TCP_ACK, "");
		ours(&s, 0, 0, "one", 4);
		ours_close(&s);
		ours(&s, 0, 0, "two", 6);
		stream(&s);
		theirs(&s, 4);
		theirs(&s, 6);
		expect(&s, &s.v[1].bytes[0], 0,
		    s_between ? REASON_UNKNOWN : REASON_JOINED);
	}
}

/* -- order --------------------------------------------------------------- */

static void
ordered(struct scene *s, uint32_t answer_ack, bool answer_first)
{
	begin(s, PEER_TSHARK);
	handshake(s);
	frame(s, C, 100, 500, TCP_ACK, "ask");
	frame(s, S, 500, answer_ack, TCP_ACK, "answer");
	ours(s, answer_first, 0, answer_first ? "answer" : "ask",
	    answer_first ? 5 : 4);
	ours(s, !answer_first, 0, answer_first ? "ask" : "answer",
	    answer_first ? 4 : 5);
	stream(s);
	theirs(s, answer_first ? 4 : 5);
	theirs(s, answer_first ? 5 : 4);
}

static void
order_is_that_of_acknowledgements(void **state)
{
	struct scene s;

	(void)state;
	ordered(&s, 103, false);
	expect(&s, &s.v[0].order[1], 0, REASON_ORDER_CAUSE);
	ordered(&s, 103, true);
	expect(&s, &s.v[0].order[1], 0, REASON_UNKNOWN);
	ordered(&s, 100, true);
	expect(&s, &s.v[0].order[1], 0, REASON_ORDER_CROSSED);
}

/* -- what the programs say ----------------------------------------------- */

static void
locate(struct scene *s, const char *file, size_t n)
{
	peer_add(&s->peer, 0);
	peer_locate(&s->peer.v[0], &s->frames, C,
	    (struct slice){ (const uint8_t *)file, n });
}

static void
files_are_laid_over_frames(void **state)
{
	static const enum part_kind kinds[] = { PART_BYTES, PART_HOLE,
		PART_BYTES, PART_ALIEN };
	static const int lens[] = { 3, 2, 3, 2 };
	struct scene s;

	(void)state;
	begin(&s, PEER_TCPFLOW);
	handshake(&s);
	frame(&s, C, 100, 500, TCP_ACK, "one");
	frame(&s, C, 105, 500, TCP_ACK, "two");
	locate(&s, "one\0\0two\0x", 10);
	assert_int_equal(s.peer.v[0].n, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(s.peer.v[0].v[i].kind, kinds[i]);
		assert_int_equal(s.peer.v[0].v[i].len, lens[i]);
	}
	ours(&s, 0, 0, "one", 4);
	ours(&s, 0, 5, "two", 5);
	compare(&s);
	assert_int_equal(s.v[0].bytes[0].reasons,
	    1 << REASON_HOLE_ZEROS | 1 << REASON_UNKNOWN);
	assert_int_equal(s.v[0].bytes[0].first, 8);
	end(&s);
}

/* Feeds text in pieces of n bytes. */
static void
feed(struct follow *f, const char *text, size_t n)
{
	for (size_t at = 0; at < strlen(text); at += n) {
		size_t left = strlen(text) - at;

		follow_take(f,
		    (struct slice){ (const uint8_t *)text + at,
			left < n ? left : n });
	}
}

static void
follow_is_read_in_any_pieces(void **state)
{
	static const char text[] =
	    "4\t0\n5\t\n6\t0,2\n"
	    "peers:\n  - peer: 0\n    host: 10.0.0.1\n    port: 1000\n"
	    "  - peer: 1\n    host: 10.0.0.2\n    port: 80\n"
	    "packets:\n  - packet: 4\n    peer: 0\n    timestamp: 1\n"
	    "    data: !!binary |\n      b25l\n"
	    "  - packet: 6\n    peer: 0\n    data: !!binary |\n"
	    "      WzIgYnl0ZXMgbWlzc2luZyBpbiBjYXB0dXJlIGZpbGVd\n"
	    "  - packet: 6\n    peer: 0\n    data: !!binary |\n"
	    "      dHdv\n";
	struct scene s;

	(void)state;
	for (size_t n = 1; n < sizeof(text); n += 7) {
		begin(&s, PEER_TSHARK);
		handshake(&s);
		frame(&s, C, 100, 500, TCP_ACK, "one");
		frame(&s, S, 500, 103, TCP_ACK, "");
		frame(&s, C, 105, 500, TCP_ACK, "two");
		struct follow f = { .peer = &s.peer, .frames = &s.frames };

		feed(&f, text, n);
		follow_fini(&f);
		assert_int_equal(f.top, 3);
		assert_int_equal(s.peer.listed[0], 1 << 4 | 1 << 6);
		assert_int_equal(s.peer.n, 1);
		assert_int_equal(s.peer.v[0].n, 3);
		assert_int_equal(s.peer.v[0].v[0].frame, 3);
		assert_int_equal(s.peer.v[0].v[1].kind, PART_HOLE);
		assert_int_equal(s.peer.v[0].v[1].len, 2);
		assert_int_equal(s.peer.v[0].v[2].frame, 5);
		ours(&s, 0, 0, "one", 4);
		ours(&s, 0, 5, "two", 6);
		expect(&s, &s.v[0].bytes[0], 3, REASON_HOLE_TEXT);
	}
}

static struct slice
text_of(const char *text)
{
	return (struct slice){ (const uint8_t *)text, strlen(text) };
}

/* What the wire has from before on. */
static void
say_wire(struct spoken *s, int dir, const struct buf *wire, size_t before)
{
	static uint64_t packet;
	const struct chunk c = { .dir = dir,
		.off = before,
		.bytes = { wire[dir].p + before, wire[dir].n - before },
		.packet = ++packet };

	spoken_turn(s, &c);
}

/* A session whose server refuses what came early; "answer" follows. */
static struct spoken *
early_refused(struct spill *spill, struct tls_secrets *secrets)
{
	static const uint8_t zeros[32] = { 0 };
	struct buf wire[2] = { { 0 }, { 0 } }, finished = { 0 };
	struct spoken *s;
	struct seal seal;
	size_t before;

	seal_init(&seal, SEAL_GCM_1_3, 7);
	seal_tell_secrets(&seal, secrets);
	s = spoken_new(secrets, false, false, spill);
	seal_client_hello(&seal, &wire[C], true);
	seal_begin(&seal, C, TLS_LABEL_CLIENT_EARLY);
	seal_record(&seal, &wire[C], C, 23, text_of("early"), 0);
	say_wire(s, C, wire, 0);
	seal_server_hello(&seal, &wire[S], true);
	seal_begin(&seal, S, TLS_LABEL_SERVER_HANDSHAKE);
	seal_message(&finished, 8, zeros, 2);
	seal_message(&finished, 20, zeros, sizeof(zeros));
	seal_record(&seal, &wire[S], S, 22,
	    (struct slice){ finished.p, finished.n }, 0);
	say_wire(s, S, wire, 0);
	before = wire[C].n;
	buf_reset(&finished);
	seal_message(&finished, 20, zeros, sizeof(zeros));
	seal_begin(&seal, C, TLS_LABEL_CLIENT_HANDSHAKE);
	seal_record(&seal, &wire[C], C, 22,
	    (struct slice){ finished.p, finished.n }, 0);
	seal_begin(&seal, C, TLS_LABEL_CLIENT_TRAFFIC);
	seal_record(&seal, &wire[C], C, 23, text_of("again"), 0);
	say_wire(s, C, wire, before);
	spoken_close(s);
	buf_free(&wire[C]);
	buf_free(&wire[S]);
	buf_free(&finished);
	return s;
}

static void
early_data_that_was_refused(void **state)
{
	struct spill *spill = spill_new(1 << 20);

	(void)state;
	for (int late = 0; late < 2; late++) {
		struct tls_secrets *secrets = tls_secrets_new(NULL);
		struct spoken *s = early_refused(spill, secrets);
		struct finding f[2];

		for (int i = 0; i < 2; i++)
			if (i == late)
				assert_true(
				    spoken_has(s, C, 3, text_of("again")));
			else
				spoken_add_more(s, C);
		assert_true(spoken_verdict(s, false, f));
		assert_int_equal(f[C].reasons,
		    1 << (late ? REASON_EARLY : REASON_UNKNOWN));
		assert_int_equal(f[S].reasons, 0);
		spoken_free(s);
		tls_secrets_free(secrets);
	}
	spill_free(spill);
}

static void
names_of_files(void **state)
{
	struct endpoint a, b;

	(void)state;
	assert_true(
	    peer_parse_file("010.000.000.001.01000-010.000.000.002.00080", &a,
		&b));
	assert_true(
	    endpoint_equal(&a, &(struct endpoint){ { 10, 0, 0, 1 }, 1000, 4 }));
	assert_int_equal(b.port, 80);
	assert_true(
	    peer_parse_file("010.000.000.001.01000-010.000.000.002.00080c12",
		&a, &b));
	assert_int_equal(b.port, 80);
	assert_true(
	    peer_parse_file("010.000.000.001.01000-010.000.000.002.00080--7",
		&a, &b));
	assert_int_equal(b.port, 80);
	assert_true(peer_parse_file("fe80::c.00022-fd00::2c.00080c1", &a, &b));
	assert_int_equal(a.family, 6);
	assert_int_equal(b.port, 80);
	assert_int_equal(b.addr[15], 0x2c);
	assert_false(peer_parse_file("report.xml", &a, &b));
	assert_false(peer_parse_file("alerts-x", &a, &b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_is_no_difference),
		cmocka_unit_test(what_a_frame_has_is_never_explained),
		cmocka_unit_test(what_no_receiver_takes_is),
		cmocka_unit_test(data_of_a_syn_that_is_not_accepted),
		cmocka_unit_test(an_octet_below_what_was_sent),
		cmocka_unit_test(what_the_peer_lacks),
		cmocka_unit_test(what_no_frame_has_is_a_fault),
		cmocka_unit_test(the_copy_that_is_taken_wins),
		cmocka_unit_test(an_old_timestamp_is_refused),
		cmocka_unit_test(one_of_theirs_in_two_of_ours),
		cmocka_unit_test(one_of_ours_in_two_of_theirs),
		cmocka_unit_test(numbers_that_nothing_links),
		cmocka_unit_test(a_record_of_one_side_alone),
		cmocka_unit_test(more_than_the_time_between_lets_through),
		cmocka_unit_test(order_is_that_of_acknowledgements),
		cmocka_unit_test(files_are_laid_over_frames),
		cmocka_unit_test(follow_is_read_in_any_pieces),
		cmocka_unit_test(early_data_that_was_refused),
		cmocka_unit_test(names_of_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
