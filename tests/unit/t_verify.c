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

#include "verify/explain.h"
#include "verify/order.h"
#include "verify/peer.h"
#include "verify/wire.h"

#define MAX 16

/* A direction: what is ours, and the segments that came. */
struct scene {
	struct evidence e;
	struct stretch ours[MAX];
	struct copy copies[MAX];
	struct gap gaps[MAX];
	uint32_t taken[MAX];
};

static struct slice
text(const char *s)
{
	return (struct slice){ (const uint8_t *)s, strlen(s) };
}

static void
begin(struct scene *s, enum peer_program peer)
{
	memset(s, 0, sizeof(*s));
	s->e.peer = peer;
	s->e.commits = true;
	s->e.ours = s->ours;
	s->e.copies = s->copies;
	s->e.gaps = s->gaps;
	s->e.acked = INT64_MAX;
	s->e.fin = INT64_MAX;
	s->e.opened = true;
}

static void
ours(struct scene *s, int64_t pos, const char *bytes)
{
	s->ours[s->e.n_ours++] = (struct stretch){ pos, text(bytes) };
}

static void
gap(struct scene *s, uint64_t off, uint64_t len, enum gap_reason reason)
{
	s->gaps[s->e.n_gaps++] = (struct gap){ off, len, reason };
}

/* Copies are to be added by position.  extra: of the bytes' end. */
static struct copy *
came(struct scene *s, int64_t pos, const char *bytes, uint32_t extra)
{
	size_t i = s->e.n_copies++;
	uint32_t n = (uint32_t)strlen(bytes) - extra;

	s->copies[i] = (struct copy){ .pos = pos,
		.n = n,
		.len = n,
		.extra = extra,
		.bytes = (const uint8_t *)bytes,
		.ack = INT64_MAX,
		.packet = i + 1,
		.taken = &s->taken[i] };
	if (n + extra > s->e.longest)
		s->e.longest = n + extra;
	return &s->copies[i];
}

static bool
compare(struct scene *s, const char *peer, size_t n, struct finding *f)
{
	struct peer_run run = { .bytes = { (const uint8_t *)peer, n } };

	*f = (struct finding){ 0 };
	run.missing = explain_marker(run.bytes);
	return explain_runs(&s->e, &run, n > 0, 0, f) &&
	    explain_missing(&s->e, f);
}

/* The one reason, at that position; UNKNOWN: no explanation. */
static void
expect(struct scene *s, const char *peer, size_t n, int64_t first,
    enum reason why)
{
	struct finding f;
	bool ok = compare(s, peer, n, &f);

	assert_int_equal(ok, why != REASON_UNKNOWN);
	assert_true(f.differs);
	assert_int_equal(f.first, first);
	assert_string_equal(reason_text(f.why), reason_text(why));
	if (ok)
		assert_int_equal(f.reasons, (uint64_t)1 << why);
	finding_fini(&f);
}

#define EXPECT(s, peer, first, why)                                            \
	expect(s, peer, sizeof(peer) - 1, first, why)

static void
same_is_no_difference(void **state)
{
	struct scene s;
	struct finding f;

	(void)state;
	begin(&s, PEER_TSHARK);
	ours(&s, 0, "abcdef");
	came(&s, 0, "abcdef", 0);
	assert_true(compare(&s, "abcdef", 6, &f));
	assert_false(f.differs);
	finding_fini(&f);
}

static void
wrong_bytes_of_the_peer(void **state)
{
	struct scene s;

	(void)state;
	for (enum peer_program p = PEER_TSHARK; p <= PEER_TCPFLOW; p++) {
		begin(&s, p);
		ours(&s, 0, "abcdef");
		came(&s, 0, "abcdef", 0);
		EXPECT(&s, "abXdef", 2, REASON_UNKNOWN);
		EXPECT(&s, "ab\0def", 2, REASON_UNKNOWN);
		EXPECT(&s, "abcdefX", 6, REASON_UNKNOWN);
		EXPECT(&s, "abcde", 5, REASON_UNKNOWN);
		EXPECT(&s, "abdef", 2, REASON_UNKNOWN);
		EXPECT(&s, "", 0, REASON_UNKNOWN);
	}
}

/* A byte that no segment brought is ours alone. */
static void
wrong_bytes_of_ours(void **state)
{
	struct scene s;

	(void)state;
	for (enum peer_program p = PEER_TSHARK; p <= PEER_TCPFLOW; p++) {
		begin(&s, p);
		ours(&s, 0, "abXdef");
		came(&s, 0, "abcdef", 0);
		EXPECT(&s, "abcdef", 2, REASON_UNKNOWN);
	}
}

/* Also what all peers leave out must have come. */
static void
made_up_bytes_of_ours(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, PEER_TCPFLOW);
	ours(&s, 0, "abX");
	came(&s, 0, "abc", 0)->marks = WIRE_TUNNEL;
	EXPECT(&s, "", 2, REASON_UNKNOWN);
}

static void
lost_by_us(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, PEER_TSHARK);
	ours(&s, 0, "ab");
	ours(&s, 4, "ef");
	gap(&s, 2, 2, GAP_NOT_CAPTURED);
	came(&s, 0, "abcdef", 0);
	EXPECT(&s, "abcdef", 2, REASON_UNKNOWN);
	s.gaps[0].reason = GAP_MAX_BYTES;
	EXPECT(&s, "abcdef", 2, REASON_LEFT_OUT);
}

static void
copies_that_differ(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, PEER_TCPFLOW);
	ours(&s, 0, "abcdef");
	came(&s, 0, "abcdef", 0);
	came(&s, 2, "XY", 0);
	EXPECT(&s, "abXYef", 2, REASON_CONFLICT);
	EXPECT(&s, "abXZef", 3, REASON_UNKNOWN);
	EXPECT(&s, "aXYdef", 1, REASON_UNKNOWN);
	s.copies[1].marks = WIRE_BAD_SUM;
	EXPECT(&s, "abXYef", 2, REASON_CHECKSUM);
}

static void
padding(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, PEER_TCPFLOW);
	ours(&s, 0, "abc");
	came(&s, 0, "abcPPP", 3);
	EXPECT(&s, "abcPPP", 3, REASON_PADDING);
	EXPECT(&s, "abcPPQ", 5, REASON_UNKNOWN);
}

static void
keep_alives_and_resets(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, PEER_TCPFLOW);
	ours(&s, 0, "abc");
	came(&s, 0, "abc", 0);
	came(&s, 2, "Z", 0);
	came(&s, 3, "why", 0)->flags = TCP_RST;
	EXPECT(&s, "abZ", 2, REASON_KEEP_ALIVE);
	EXPECT(&s, "abcwhy", 3, REASON_RESET_TEXT);
	EXPECT(&s, "abcwho", 5, REASON_UNKNOWN);
}

static void
holes(void **state)
{
	static const char marker[] = "[2 bytes missing in capture file]";
	struct scene s;
	struct peer_run runs[3] = { { .bytes = text("ab") },
		{ .bytes = { (const uint8_t *)marker, sizeof(marker) } },
		{ .bytes = text("ef") } };
	struct finding f = { 0 };

	(void)state;
	begin(&s, PEER_TCPFLOW);
	ours(&s, 0, "ab");
	ours(&s, 4, "ef");
	gap(&s, 2, 2, GAP_NOT_CAPTURED);
	came(&s, 0, "ab", 0);
	came(&s, 4, "ef", 0);
	EXPECT(&s, "ab\0\0ef", 2, REASON_HOLE_ZEROS);
	EXPECT(&s, "ab\0Xef", 3, REASON_UNKNOWN);
	EXPECT(&s, "abef", 2, REASON_UNKNOWN);
	s.e.peer = PEER_TSHARK;
	EXPECT(&s, "ab\0\0ef", 2, REASON_UNKNOWN);
	EXPECT(&s, "ab", 4, REASON_UNKNOWN);
	s.e.acked = 2;
	EXPECT(&s, "ab", 4, REASON_HOLE_WAITED);
	runs[1].missing = explain_marker(runs[1].bytes);
	assert_int_equal(runs[1].missing, 2);
	assert_true(explain_runs(&s.e, runs, 3, 0, &f));
	assert_true(explain_missing(&s.e, &f));
	assert_int_equal(f.reasons, (uint64_t)1 << REASON_HOLE_TEXT);
	assert_int_equal(runs[2].from, 4);
	finding_fini(&f);
	/* A wrong number puts what follows where it does not belong. */
	runs[1].missing = 1;
	assert_false(explain_runs(&s.e, runs, 3, 0, &f));
	finding_fini(&f);
}

static void
snap_lengths(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, PEER_TSHARK);
	ours(&s, 0, "ab");
	ours(&s, 4, "ef");
	gap(&s, 2, 2, GAP_SNAPLEN);
	came(&s, 0, "ab", 0)->len = 4;
	came(&s, 4, "ef", 0);
	s.e.longest = 4;
	EXPECT(&s, "abef", 2, REASON_HOLE_CLOSED);
	EXPECT(&s, "abf", 2, REASON_UNKNOWN);
}

static void
not_read_by_tcpflow(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, PEER_TCPFLOW);
	ours(&s, 0, "abcdef");
	came(&s, 0, "abc", 0);
	came(&s, 3, "def", 0)->marks = WIRE_TUNNEL;
	EXPECT(&s, "abc", 3, REASON_TUNNEL);
	s.copies[1].marks = WIRE_FRAGMENTS;
	EXPECT(&s, "abc\0\0\0", 3, REASON_FRAGMENTS);
	/* It did not stay unread in every copy. */
	came(&s, 3, "def", 0);
	EXPECT(&s, "abc", 3, REASON_UNKNOWN);
	/* tshark reads all of that. */
	s.e.peer = PEER_TSHARK;
	s.e.n_copies = 2;
	EXPECT(&s, "abc", 3, REASON_UNKNOWN);
	s.e.unseen = true;
	EXPECT(&s, "abc", 3, REASON_NO_TCP);
}

static void
late_bytes(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, PEER_TSHARK);
	ours(&s, 0, "abcdef");
	came(&s, 0, "abc", 0)->packet = 2;
	came(&s, 3, "def", 0)->packet = 1;
	s.e.opened = false;
	struct peer_run run = { .bytes = text("def") };
	struct finding f = { 0 };

	assert_true(explain_runs(&s.e, &run, 1, 3, &f));
	assert_true(explain_missing(&s.e, &f));
	assert_int_equal(f.reasons, (uint64_t)1 << REASON_LATE);
	assert_int_equal(f.first, 0);
	finding_fini(&f);
	/* Not when they came first. */
	s.copies[0].packet = 1;
	s.copies[1].packet = 2;
	assert_true(explain_runs(&s.e, &run, 1, 3, &f));
	assert_false(explain_missing(&s.e, &f));
	finding_fini(&f);
}

static void
where_it_may_begin(void **state)
{
	int64_t starts[8];
	struct scene s;

	(void)state;
	begin(&s, PEER_TSHARK);
	came(&s, -5, "a", 0);
	came(&s, 0, "a", 0);
	came(&s, 7, "b", 0);
	came(&s, 7, "b", 0);
	assert_int_equal(explain_starts(&s.e, starts, 8), 3);
	assert_int_equal(starts[0], 0);
	assert_int_equal(starts[1], -5);
	assert_int_equal(starts[2], 7);
	assert_int_equal(explain_starts(&s.e, starts, 2), 2);
}

/* -- order --------------------------------------------------------------- */

static void
order(const struct turn *x, const struct turn *y, int64_t ack,
    struct finding f[2])
{
	struct scene s[2];
	const struct evidence *e[2] = { &s[0].e, &s[1].e };
	const struct turns a = { x, 2 }, b = { y, 2 };

	for (int dir = 0; dir < 2; dir++) {
		begin(&s[dir], PEER_TSHARK);
		came(&s[dir], 0, "abc", 0)->ack = dir == 1 ? ack : 0;
		f[dir] = (struct finding){ 0 };
	}
	order_compare(&a, &b, e, f);
}

static void
orders(void **state)
{
	struct turn first[2] = { { 0, 3, 0, false }, { 0, 3, 1, false } };
	const struct turn second[2] = { first[1], first[0] };
	struct finding f[2];

	(void)state;
	order(first, first, 3, f);
	assert_false(f[0].differs || f[1].differs);
	/* The answer acknowledges the question. */
	order(first, second, 3, f);
	assert_false(f[0].differs);
	assert_int_equal(f[1].why, REASON_ORDER_CAUSE);
	assert_int_equal(f[1].first, 0);
	/* It does not: why do we have it so? */
	order(first, second, 0, f);
	assert_int_equal(f[1].why, REASON_UNKNOWN);
	first[0].concurrent = first[1].concurrent = true;
	order(first, second, 0, f);
	assert_int_equal(f[1].why, REASON_ORDER_CROSSED);
	/* Ours against the cause is not excused. */
	first[0].concurrent = first[1].concurrent = false;
	order(second, first, 3, f);
	assert_int_equal(f[0].why, REASON_UNKNOWN);
}

/* -- peers' names and texts ---------------------------------------------- */

static void
markers(void **state)
{
	static const char good[] = "[1440 bytes missing in capture file]";
	static const char bad[] = "[1440 bytes missing in capture file)";

	(void)state;
	assert_int_equal(explain_marker((struct slice){ (const uint8_t *)good,
			     sizeof(good) }),
	    1440);
	assert_int_equal(explain_marker(text(good)), 0);
	assert_int_equal(explain_marker((struct slice){ (const uint8_t *)bad,
			     sizeof(bad) }),
	    0);
	assert_int_equal(explain_marker(text("")), 0);
}

static void
names(void **state)
{
	struct endpoint a, b;

	(void)state;
	assert_true(peer_parse_node("192.0.2.1:80", &a));
	assert_int_equal(a.port, 80);
	assert_true(peer_parse_node("[2001:db8::1]:65535", &b));
	assert_int_equal(b.family, 6);
	assert_true(peer_parse_node("2001:db8::1:65535", &a));
	assert_memory_equal(a.addr, b.addr, 16);
	assert_false(peer_parse_node(":0", &a));
	assert_false(peer_parse_node("", &a));
	assert_false(peer_parse_node("192.0.2.1:65536", &a));
	assert_true(peer_parse_file(
	    "192.000.002.001.00080-010.000.000.100.50343--4093c1", &a, &b));
	assert_int_equal(a.addr[0], 192);
	assert_int_equal(a.addr[1], 0);
	assert_int_equal(b.addr[3], 100);
	assert_int_equal(b.port, 50343);
	assert_true(peer_parse_file("fd09::1.37522-fd09::c2.00080c12", &a, &b));
	assert_int_equal(b.family, 6);
	assert_int_equal(b.addr[15], 0xc2);
	assert_int_equal(b.port, 80);
	assert_false(peer_parse_file("report.xml", &a, &b));
	assert_false(peer_parse_file("-", &a, &b));
	assert_false(peer_parse_file("1.2.3.4.5-", &a, &b));
}

static void
streams_of_tshark(void **state)
{
	static const char output[] =
	    "1\t0\n2\t\n3\t0,1\n\n"
	    "==========\nFollow: tcp,raw\nFilter: tcp.stream eq 0\n"
	    "Node 0: 10.0.0.2:80\nNode 1: 10.0.0.1:4000\n"
	    "6162\n\t6364\n65\n"
	    "==========\n"
	    "\n==========\nFollow: tcp,raw\nFilter: tcp.stream eq 9\n"
	    "Node 0: :0\nNode 1: :0\n==========\n";
	struct spill *keep = spill_new(1 << 20);
	struct wire *w = wire_new(keep);
	struct peer p = { 0 };
	struct peer_job job = { .wire = w, .keep = keep };
	struct segment s = { .src = { { 10, 0, 0, 1 }, 4000, 4 },
		.dst = { { 10, 0, 0, 2 }, 80, 4 } };

	(void)state;
	wire_segment(w, &s);
	for (size_t step = 1; step < sizeof(output); step += 7) {
		struct follow f = { .peer = &p, .job = &job };

		for (size_t i = 0; i < sizeof(output) - 1; i += step) {
			size_t n = sizeof(output) - 1 - i;

			follow_take(&f,
			    (struct slice){ (const uint8_t *)output + i,
				n < step ? n : step });
		}
		follow_fini(&f);
		assert_int_equal(p.n_frames, 3);
		assert_int_equal(p.frames[2].packet, 3);
		assert_int_equal(p.frames[2].stream, 1);
		assert_int_equal(p.n, 1);
		assert_int_equal(p.v[0].pair, 0);
		assert_int_equal(p.v[0].n_parts, 3);
		assert_int_equal(p.v[0].parts[0].from, 1);
		assert_int_equal(p.v[0].parts[1].from, 0);
		assert_int_equal(p.v[0].size[0], 2);
		assert_int_equal(p.v[0].size[1], 3);
		peer_free(&p, keep);
	}
	wire_free(w);
	spill_free(keep);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_is_no_difference),
		cmocka_unit_test(wrong_bytes_of_the_peer),
		cmocka_unit_test(wrong_bytes_of_ours),
		cmocka_unit_test(made_up_bytes_of_ours),
		cmocka_unit_test(lost_by_us),
		cmocka_unit_test(copies_that_differ),
		cmocka_unit_test(padding),
		cmocka_unit_test(keep_alives_and_resets),
		cmocka_unit_test(holes),
		cmocka_unit_test(snap_lengths),
		cmocka_unit_test(not_read_by_tcpflow),
		cmocka_unit_test(late_bytes),
		cmocka_unit_test(where_it_may_begin),
		cmocka_unit_test(orders),
		cmocka_unit_test(markers),
		cmocka_unit_test(names),
		cmocka_unit_test(streams_of_tshark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
