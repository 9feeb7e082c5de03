/*
 * t_stream.c: one direction, as pictures: what comes in, what has been
 * delivered so far, what is held.  Every script runs at several ISNs.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BEFORE(n) ((uint64_t)0 - (n))

static const uint32_t isns[] = { 0, 1, UINT32_MAX, UINT32_MAX - 10,
	INT32_MAX - 3 };

/*
 * op: s SYN, d data, w weak data, a ACK, f FIN, r the right edge of the
 * window, g the hole is given up, e the end, E the end of a connection that
 * closed.  `held` begins at offset 0, or at the lowest byte while there is no
 * base; NULL: as before.
 */
struct step {
	char op;
	uint64_t off;
	const char *bytes;
	const char *out;
	const char *held;
};

#define STEPS_MAX 14

struct script {
	const char *name;
	enum overlap overlap;
	bool strict;
	bool midstream;	    /* no SYN first */
	uint64_t max_gap;   /* 0: the default */
	uint64_t max_bytes; /* 0: all */
	const char *facts;
	struct step steps[STEPS_MAX];
};

static void
push_text(struct rig *r, uint64_t off, const char *text, bool weak)
{
	struct slice s = { (const uint8_t *)text, strcspn(text, "%") };

	rig_push(r, off, s, strlen(text), weak);
}

static void
perform(struct rig *r, const struct step *s)
{
	switch (s->op) {
	case 's':
		rig_syn(r);
		break;
	case 'd':
	case 'w':
		push_text(r, s->off, s->bytes, s->op == 'w');
		break;
	case 'a':
		rig_ack(r, s->off);
		break;
	case 'f':
		rig_fin(r, s->off);
		break;
	case 'r':
		r->s.window_end = r->s.base + s->off;
		break;
	case 'g':
		stream_give_up_hole(&r->s, &r->env);
		break;
	default:
		rig_end(r, s->op == 'E');
	}
}

static void
same(const struct script *sc, uint32_t isn, size_t step, const char *what,
    const char *want, const char *got)
{
	if (strcmp(want, got) == 0)
		return;
	fail_msg("%s, ISN %" PRIu32 ", step %zu: %s is \"%s\", not \"%s\"",
	    sc->name, isn, step + 1, what, got, want);
}

static void
run_script(const struct script *sc, uint32_t isn)
{
	struct model_config cfg = rig_default_config();
	const char *out = "", *held = "";
	struct buf got = { 0 };
	struct rig r;

	cfg.overlap = sc->overlap;
	cfg.strict = sc->strict;
	if (sc->max_gap > 0)
		cfg.max_gap = sc->max_gap;
	if (sc->max_bytes > 0)
		cfg.max_bytes = sc->max_bytes;
	rig_init(&r, isn, &cfg);
	if (!sc->midstream)
		rig_syn(&r);
	for (size_t i = 0; i < STEPS_MAX && sc->steps[i].op != '\0'; i++) {
		const struct step *s = &sc->steps[i];

		perform(&r, s);
		out = s->out != NULL ? s->out : out;
		held = s->held != NULL ? s->held : held;
		same(sc, isn, i, "delivered", out, buf_cstr(&r.out));
		buf_reset(&got);
		rig_held(&r, &got);
		same(sc, isn, i, "held", held, buf_cstr(&got));
	}
	buf_reset(&got);
	rig_facts(&r, &got);
	same(sc, isn, STEPS_MAX, "facts", sc->facts != NULL ? sc->facts : "",
	    buf_cstr(&got));
	buf_free(&got);
	rig_fini(&r);
}

static void
run_scripts(const struct script *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < COUNT(isns); j++)
			run_script(&v[i], isns[j]);
}

static void
order_of_arrival(void **state)
{
	static const struct script v[] = {
		{ .name = "in order",
		    .steps = { { 'd', 0, "abc", "abc", "" },
			{ 'd', 3, "de", "abcde", "" }, { 'a', 5, 0, 0, 0 },
			{ 'd', 5, "f", "abcdef", "" },
			{ 'e', 0, 0, "abcdef", "" } } },
		{ .name = "filled from the front and in the middle",
		    .facts = "retransmitted 2, out of order 2, "
			     "conflicting 2 at 1+1 4+1",
		    .steps = { { 'd', 4, "EF", "", "....EF" },
			{ 'd', 0, "AB", "AB", "....EF" },
			{ 'd', 1, "xCDx", "ABCDEF", "" },
			{ 'e', 0, 0, 0, 0 } } },
		{ .name = "backwards",
		    .facts = "out of order 4",
		    .steps = { { 'd', 8, "ij", "", "........ij" },
			{ 'd', 6, "gh", "", "......ghij" },
			{ 'd', 4, "ef", "", "....efghij" },
			{ 'd', 2, "cd", "", "..cdefghij" },
			{ 'd', 0, "ab", "abcdefghij", "" },
			{ 'e', 0, 0, 0, 0 } } },
		{ .name = "one octet each, backwards",
		    .facts = "out of order 3",
		    .steps = { { 'd', 3, "d", "", "...d" },
			{ 'd', 2, "c", "", "..cd" },
			{ 'd', 1, "b", "", ".bcd" },
			{ 'd', 0, "a", "abcd", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "two holes",
		    .facts = "out of order 2",
		    .steps = { { 'd', 0, "a", "a", "" },
			{ 'd', 2, "c", "a", "..c" },
			{ 'd', 4, "e", "a", "..c.e" },
			{ 'd', 3, "d", "a", "..cde" },
			{ 'd', 1, "b", "abcde", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "nothing at all",
		    .steps = { { 'd', 0, "", "", "" }, { 'd', 7, "", "", "" },
			{ 'e', 0, 0, "", "" }, { 'e', 0, 0, "", "" } } },
	};

	(void)state;
	run_scripts(v, COUNT(v));
}

static void
copies(void **state)
{
	static const struct script v[] = {
		{ .name = "the same again",
		    .facts = "retransmitted 4",
		    .steps = { { 'd', 0, "abcd", "abcd", "" },
			{ 'd', 0, "abcd", "abcd", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "the same again, held",
		    .facts = "retransmitted 2, out of order 1",
		    .steps = { { 'd', 2, "cd", "", "..cd" },
			{ 'd', 2, "cd", "", "..cd" },
			{ 'd', 0, "ab", "abcd", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "packed anew, over both edges",
		    .facts = "retransmitted 4",
		    .steps = { { 'd', 0, "ab", "ab", "" },
			{ 'd', 4, "ef", "ab", "....ef" },
			{ 'd', 0, "abcdefgh", "abcdefgh", "" },
			{ 'e', 0, 0, 0, 0 } } },
		{ .name = "over three islands",
		    .facts = "retransmitted 6, out of order 1, "
			     "conflicting 2 at 4+1 6+1",
		    .steps = { { 'd', 2, "c", "", "..c" },
			{ 'd', 4, "e", "", "..c.e" },
			{ 'd', 6, "g", "", "..c.e.g" },
			{ 'd', 1, "bcdXfYh", "", ".bcdefgh" },
			{ 'd', 0, "abcd", "abcdefgh", "" },
			{ 'e', 0, 0, 0, 0 } } },
		{ .name = "a conflict is the span that differs",
		    .facts = "retransmitted 9, out of order 1, "
			     "conflicting 5 at 3+4 1+1",
		    .steps = { { 'd', 2, "cdefgh", "", "..cdefgh" },
			{ 'd', 2, "cXefYh", "", "..cdefgh" },
			{ 'd', 0, "ab", "abcdefgh", "" },
			{ 'd', 0, "aXc", "abcdefgh", "" },
			{ 'e', 0, 0, 0, 0 } } },
	};

	(void)state;
	run_scripts(v, COUNT(v));
}

static void
octets_that_mean_nothing(void **state)
{
	static const struct script v[] = {
		{ .name = "keep-alive",
		    .steps = { { 'd', 0, "abc", "abc", "" },
			{ 'd', 2, "?", "abc", "" }, { 'd', 2, "?", "abc", "" },
			{ 'd', 3, "d", "abcd", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "keep-alive before any data",
		    .steps = { { 'd', BEFORE(1), "?", "", "" },
			{ 'd', 0, "ab", "ab", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "keep-alive behind a hole",
		    .facts = "out of order 1",
		    .steps = { { 'd', 2, "cd", "", "..cd" },
			{ 'd', 3, "?", "", "..cd" },
			{ 'd', 0, "ab", "abcd", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "keep-alive does not even overwrite with last",
		    .overlap = OVERLAP_LAST,
		    .steps = { { 'd', 0, "abc", "", "abc" },
			{ 'd', 2, "?", "", "abc" }, { 'a', 3, 0, "abc", "" },
			{ 'e', 0, 0, 0, 0 } } },
		{ .name = "a probe of a closed window is data",
		    .facts = "retransmitted 1",
		    .steps = { { 'd', 0, "ab", "ab", "" },
			{ 'd', 2, "c", "abc", "" }, { 'd', 2, "c", "abc", "" },
			{ 'd', 3, "d", "abcd", "" }, { 'e', 0, 0, 0, 0 } } },
	};

	(void)state;
	run_scripts(v, COUNT(v));
}

static void
holes(void **state)
{
	static const struct script v[] = {
		{ .name = "at the end",
		    .facts = "missing 2 at 2+2",
		    .steps = { { 'd', 0, "ab", "ab", "" },
			{ 'd', 4, "ef", "ab", "....ef" },
			{ 'e', 0, 0, "ab~~ef", "" } } },
		{ .name = "an ACK does not fill it",
		    .facts = "out of order 1",
		    .steps = { { 'd', 0, "ab", "ab", "" },
			{ 'd', 4, "ef", "ab", "....ef" },
			{ 'a', 6, 0, "ab", "....ef" },
			{ 'd', 2, "cd", "abcdef", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "acknowledged tail",
		    .facts = "missing 4 at 2+4",
		    .steps = { { 'd', 0, "ab", "ab", "" },
			{ 'a', 6, 0, "ab", "" },
			{ 'e', 0, 0, "ab~~~~", "" } } },
		{ .name = "nothing but what was acknowledged",
		    .facts = "missing 5 at 0+5",
		    .steps = { { 'a', 5, 0, "", "" },
			{ 'e', 0, 0, "~~~~~", "" } } },
		{ .name = "a last number more was the FIN",
		    .steps = { { 'd', 0, "ab", "ab", "" }, { 'a', 2, 0, 0, 0 },
			{ 'a', 3, 0, 0, 0 }, { 'E', 0, 0, "ab", "" } } },
		{ .name = "a last number more, never closed",
		    .facts = "missing 1 at 2+1",
		    .steps = { { 'd', 0, "ab", "ab", "" }, { 'a', 2, 0, 0, 0 },
			{ 'a', 3, 0, 0, 0 }, { 'e', 0, 0, "ab~", "" } } },
		{ .name = "given up, then captured after all",
		    .facts =
			"retransmitted 2, out of order 1, missing 2 at 2+2",
		    .steps = { { 'd', 0, "ab", "ab", "" },
			{ 'g', 0, 0, "ab", "" },
			{ 'd', 4, "ef", "ab", "....ef" },
			{ 'd', 8, "ij", "ab", "....ef..ij" },
			{ 'g', 0, 0, "ab~~ef", "........ij" },
			{ 'd', 2, "cd", "ab~~ef", "........ij" },
			{ 'd', 6, "gh", "ab~~efghij", "" },
			{ 'e', 0, 0, 0, 0 } } },
	};

	(void)state;
	run_scripts(v, COUNT(v));
}

static void
snap_length(void **state)
{
	static const struct script v[] = {
		{ .name = "cut in order",
		    .facts = "retransmitted 2, missing 2 at 2+2",
		    .steps = { { 'd', 0, "ab%%", "ab%%", "" },
			{ 'd', 4, "ef", "ab%%ef", "" },
			{ 'd', 2, "cd", "ab%%ef", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "cut, then a whole copy in time",
		    .facts = "retransmitted 2, out of order 2",
		    .steps = { { 'd', 2, "cd%%", "", "..cd%%" },
			{ 'd', 4, "ef", "", "..cdef" },
			{ 'd', 0, "ab", "abcdef", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "a cut copy takes nothing away",
		    .facts = "retransmitted 4, out of order 1",
		    .steps = { { 'd', 2, "cdef", "", "..cdef" },
			{ 'd', 2, "c%%%", "", "..cdef" },
			{ 'd', 0, "ab", "abcdef", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "nothing of it captured",
		    .facts = "missing 5 at 1+5",
		    .steps = { { 'd', 0, "a%", "a%", "" },
			{ 'd', 2, "%%", "a%%%", "" },
			{ 'd', 4, "%%", "a%%%%%", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "a cut beside a hole",
		    .facts = "missing 4 at 1+2 3+2",
		    .steps = { { 'd', 0, "a", "a", "" },
			{ 'd', 3, "%%", "a", "...%%" },
			{ 'e', 0, 0, "a~~%%", "" } } },
	};

	(void)state;
	run_scripts(v, COUNT(v));
}

static void
ends(void **state)
{
	static const struct script v[] = {
		{ .name = "FIN",
		    .steps = { { 'd', 0, "ab", "ab", "" },
			{ 'f', 2, 0, "ab", "" }, { 'a', 3, 0, "ab", "" },
			{ 'e', 0, 0, "ab", "" } } },
		{ .name = "FIN before the data",
		    .facts = "out of order 1",
		    .steps = { { 'f', 4, 0, "", "" },
			{ 'd', 2, "cd", "", "..cd" },
			{ 'd', 0, "ab", "abcd", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "FIN shows what is missing",
		    .facts = "missing 4 at 2+4",
		    .steps = { { 'd', 0, "ab", "ab", "" },
			{ 'f', 6, 0, "ab", "" },
			{ 'e', 0, 0, "ab~~~~", "" } } },
		{ .name = "data goes on behind the FIN",
		    .steps = { { 'd', 0, "ab", "ab", "" }, { 'f', 2, 0, 0, 0 },
			{ 'd', 3, "cd", "abcd", "" },
			{ 'd', 5, "e", "abcde", "" }, { 'f', 6, 0, 0, 0 },
			{ 'e', 0, 0, "abcde", "" } } },
		{ .name = "data in the place of the FIN",
		    .steps = { { 'd', 0, "ab", "ab", "" }, { 'f', 2, 0, 0, 0 },
			{ 'd', 2, "cd", "abcd", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "data behind a FIN that is behind a hole",
		    .facts = "out of order 1",
		    .steps = { { 'd', 0, "ab", "ab", "" }, { 'f', 4, 0, 0, 0 },
			{ 'd', 5, "ef", "ab", ".....ef" },
			{ 'd', 2, "cd", "abcdef", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "the FIN's number is no missing byte",
		    .facts = "missing 2 at 2+2",
		    .steps = { { 'd', 0, "ab", "ab", "" }, { 'f', 4, 0, 0, 0 },
			{ 'd', 5, "ef", "ab", ".....ef" },
			{ 'e', 0, 0, "ab~~ef", "" } } },
		{ .name = "nor when the hole is given up",
		    .facts = "missing 2 at 2+2",
		    .steps = { { 'd', 0, "ab", "ab", "" }, { 'f', 4, 0, 0, 0 },
			{ 'd', 5, "ef", "ab", ".....ef" },
			{ 'g', 0, 0, "ab~~ef", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "a copy that runs over the FIN's number",
		    .facts = "retransmitted 4",
		    .steps = { { 'd', 0, "ab", "ab", "" }, { 'f', 2, 0, 0, 0 },
			{ 'd', 3, "cd", "abcd", "" },
			{ 'd', 1, "b?cd", "abcd", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "two FINs: the later",
		    .facts = "missing 1 at 2+1",
		    .steps = { { 'f', 2, 0, 0, 0 }, { 'f', 3, 0, 0, 0 },
			{ 'd', 0, "ab", "ab", "" },
			{ 'e', 0, 0, "ab~", "" } } },
		{ .name = "a FIN before the base is none",
		    .facts = "missing 1 at 2+1",
		    .steps = { { 'd', 0, "ab", "ab", "" },
			{ 'f', BEFORE(9), 0, 0, 0 }, { 'a', 3, 0, 0, 0 },
			{ 'e', 0, 0, "ab~", "" } } },
	};

	(void)state;
	run_scripts(v, COUNT(v));
}

static void
max_bytes(void **state)
{
	static const struct script v[] = {
		{ .name = "cut in a segment",
		    .max_bytes = 4,
		    .facts = "missing 4 at 4+4",
		    .steps = { { 'd', 0, "abcdef", "abcd", "" },
			{ 'd', 6, "gh", "abcd", "" },
			{ 'e', 0, 0, "abcd^^^^", "" } } },
		{ .name = "exactly",
		    .max_bytes = 4,
		    .steps = { { 'd', 0, "abcd", "abcd", "" },
			{ 'e', 0, 0, "abcd", "" } } },
		{ .name = "a hole beyond",
		    .max_bytes = 4,
		    .facts = "missing 4 at 4+4",
		    .steps = { { 'd', 0, "abcd", "abcd", "" },
			{ 'd', 6, "gh", "abcd", "......gh" },
			{ 'e', 0, 0, "abcd^^^^", "" } } },
		{ .name = "a hole over the limit",
		    .max_bytes = 4,
		    .facts = "missing 6 at 2+2 4+4",
		    .steps = { { 'd', 0, "ab", "ab", "" },
			{ 'd', 6, "gh", "ab", "......gh" },
			{ 'e', 0, 0, "ab~~^^^^", "" } } },
		{ .name = "a tail over the limit",
		    .max_bytes = 4,
		    .facts = "missing 8 at 2+2 4+6",
		    .steps = { { 'd', 0, "ab", "ab", "" }, { 'a', 10, 0, 0, 0 },
			{ 'e', 0, 0, "ab~~^^^^^^", "" } } },
		{ .name = "snap length over the limit",
		    .max_bytes = 3,
		    .facts = "missing 5 at 2+1 3+4",
		    .steps = { { 'd', 0, "ab%%", "ab%", "" },
			{ 'd', 4, "efg", "ab%", "" },
			{ 'e', 0, 0, "ab%^^^^", "" } } },
	};

	(void)state;
	run_scripts(v, COUNT(v));
}

static void
doubts(void **state)
{
	static const struct script v[] = {
		{ .name = "as far as max-gap",
		    .max_gap = 100,
		    .facts = "missing 100 at 2+100",
		    .steps = { { 'd', 0, "ab", "ab", "" },
			{ 'd', 102, "X", "ab", ".(102)X" },
			{ 'e', 0, 0, "ab~(100)X", "" } } },
		{ .name = "farther",
		    .max_gap = 100,
		    .facts = "out of order 1, "
			     "out of window 1, missing 97 at 6+97",
		    .steps = { { 'd', 0, "ab", "ab", "" },
			{ 'd', 103, "X", "ab", "" },
			{ 'd', 2, "cd", "abcd", ".(103)X" },
			{ 'd', 400, "Y", "abcd", 0 },
			{ 'd', 4, "ef", "abcdef", 0 },
			{ 'e', 0, 0, "abcdef~(97)X", "" } } },
		{ .name = "believed by a neighbour",
		    .max_gap = 100,
		    .facts = "missing 198 at 2+198",
		    .steps = { { 'd', 0, "ab", "ab", "" },
			{ 'd', 200, "XY", "ab", "" },
			{ 'd', 202, "Z", "ab", ".(200)XYZ" },
			{ 'e', 0, 0, "ab~(198)XYZ", "" } } },
		{ .name = "believed by the neighbour before",
		    .max_gap = 100,
		    .facts = "out of order 1, missing 198 at 2+198",
		    .steps = { { 'd', 0, "ab", "ab", "" },
			{ 'd', 202, "Z", "ab", "" },
			{ 'd', 200, "XY", "ab", ".(200)XYZ" },
			{ 'e', 0, 0, "ab~(198)XYZ", "" } } },
		{ .name = "a mere copy does not confirm",
		    .max_gap = 100,
		    .facts = "out of window 2",
		    .steps = { { 'd', 0, "ab", "ab", "" },
			{ 'd', 200, "XY", "ab", "" },
			{ 'd', 200, "XY", "ab", "" },
			{ 'e', 0, 0, "ab", "" } } },
		{ .name = "believed by an ACK",
		    .max_gap = 100,
		    .facts = "missing 198 at 2+198",
		    .steps = { { 'd', 0, "ab", "ab", "" },
			{ 'd', 200, "XY", "ab", "" },
			{ 'a', 202, 0, "ab", ".(200)XY" },
			{ 'e', 0, 0, "ab~(198)XY", "" } } },
		{ .name = "believed by an ACK before",
		    .max_gap = 100,
		    .facts = "missing 198 at 2+198",
		    .steps = { { 'd', 0, "ab", "ab", "" },
			{ 'a', 200, 0, "ab", "" },
			{ 'd', 200, "XY", "ab", ".(200)XY" },
			{ 'e', 0, 0, "ab~(198)XY", "" } } },
		{ .name = "a far ACK alone",
		    .max_gap = 100,
		    .steps = { { 'd', 0, "ab", "ab", "" },
			{ 'a', 5000, 0, "ab", "" }, { 'd', 2, "c", "abc", "" },
			{ 'e', 0, 0, "abc", "" } } },
		{ .name = "a far ACK twice",
		    .max_gap = 100,
		    .steps = { { 'd', 0, "ab", "ab", "" },
			{ 'a', 5000, 0, "ab", "" }, { 'a', 5000, 0, "ab", "" },
			{ 'e', 0, 0, "ab", "" } } },
		{ .name = "two far ACKs that agree",
		    .max_gap = 100,
		    .facts = "missing 298 at 2+298",
		    .steps = { { 'd', 0, "ab", "ab", "" },
			{ 'a', 250, 0, "ab", "" }, { 'a', 300, 0, "ab", "" },
			{ 'e', 0, 0, "ab~(298)", "" } } },
		{ .name = "a doubt grows near",
		    .max_gap = 10,
		    .steps = { { 'd', 14, "Q", "", "" },
			{ 'd', 0, "0123456789", "0123456789",
			    "..............Q" },
			{ 'd', 10, "abcd", "0123456789abcdQ", "" },
			{ 'e', 0, 0, 0, 0 } },
		    .facts = "out of order 1" },
		/* A is forgotten, so that a is a doubt and pushes out B. */
		{ .name = "five doubts: the first goes",
		    .max_gap = 10,
		    .facts = "out of window 6",
		    .steps = { { 'd', 100, "A", "", "" },
			{ 'd', 200, "B", "", "" }, { 'd', 300, "C", "", "" },
			{ 'd', 400, "D", "", "" }, { 'd', 500, "E", "", "" },
			{ 'd', 101, "a", "", "" }, { 'e', 0, 0, "", "" } } },
	};

	(void)state;
	run_scripts(v, COUNT(v));
}

static void
no_handshake(void **state)
{
	static const struct script v[] = {
		{ .name = "lowest byte first seen or not",
		    .midstream = true,
		    .facts = "out of order 2",
		    .steps = { { 'd', 10, "kl", "", "kl" },
			{ 'd', 8, "ij", "", "ijkl" },
			{ 'd', 14, "op", "", "ijkl..op" },
			{ 'd', 12, "mn", "", "ijklmnop" },
			{ 'e', 0, 0, "ijklmnop", "" } } },
		{ .name = "SYN late",
		    .midstream = true,
		    .facts = "out of order 1",
		    .steps = { { 'd', 2, "cd", "", "cd" },
			{ 's', 0, 0, "", "..cd" }, { 'd', 0, "ab", "abcd", "" },
			{ 'e', 0, 0, 0, 0 } } },
		{ .name = "SYN late, data at once",
		    .midstream = true,
		    .steps = { { 'd', 0, "ab", "", "ab" },
			{ 's', 0, 0, "ab", "" }, { 'd', 2, "cd", "abcd", "" },
			{ 'e', 0, 0, 0, 0 } } },
		{ .name = "bytes before a late SYN",
		    .midstream = true,
		    .facts = "out of window 1",
		    .steps = { { 'd', BEFORE(2), "??ab", "", "??ab" },
			{ 's', 0, 0, "ab", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "bytes before the SYN",
		    .facts = "out of window 1",
		    .steps = { { 'd', BEFORE(4), "????", "", "" },
			{ 'd', BEFORE(2), "??ab", "ab", "" },
			{ 'e', 0, 0, 0, 0 } } },
		{ .name = "only what was acknowledged",
		    .midstream = true,
		    .facts = "missing 4 at 0+4",
		    .steps = { { 'a', 5, 0, "", "" }, { 'a', 9, 0, "", "" },
			{ 'e', 0, 0, "~~~~", "" } } },
		{ .name = "far before the lowest",
		    .midstream = true,
		    .max_gap = 100,
		    .facts = "out of order 1, out of window 1",
		    .steps = { { 'd', 500, "ab", "", "ab" },
			{ 'd', 10, "??", "", "ab" },
			{ 'd', 498, "AB", "", "ABab" },
			{ 'e', 0, 0, "ABab", "" } } },
		{ .name = "a hole in the middle",
		    .midstream = true,
		    .facts = "missing 2 at 2+2",
		    .steps = { { 'd', 10, "ab", "", "ab" },
			{ 'd', 14, "ef", "", "ab..ef" }, { 'f', 16, 0, 0, 0 },
			{ 'e', 0, 0, "ab~~ef", "" } } },
	};

	(void)state;
	run_scripts(v, COUNT(v));
}

static void
weak_copies(void **state)
{
	static const struct script v[] = {
		{ .name = "yields",
		    .facts = "retransmitted 2, conflicting 2 at 0+2",
		    .steps = { { 'w', 0, "xy", "", "xy" },
			{ 'd', 0, "ab", "ab", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "acknowledged",
		    .steps = { { 'w', 0, "xy", "", "xy" },
			{ 'a', 1, 0, "", "xy" }, { 'a', 2, 0, "xy", "" },
			{ 'd', 2, "c", "xyc", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "nothing better came",
		    .steps = { { 'w', 0, "xy", "", "xy" },
			{ 'd', 2, "c", "", "xyc" },
			{ 'e', 0, 0, "xyc", "" } } },
		{ .name = "yields in its middle",
		    .facts = "retransmitted 2, conflicting 2 at 1+2",
		    .steps = { { 'w', 0, "wxyz", "", "wxyz" },
			{ 'd', 1, "bc", "", "wbcz" }, { 'a', 4, 0, "wbcz", "" },
			{ 'e', 0, 0, 0, 0 } } },
		{ .name = "does not replace",
		    .overlap = OVERLAP_LAST,
		    .facts = "retransmitted 2, out of order 1, "
			     "conflicting 2 at 2+2",
		    .steps = { { 'd', 2, "cd", "", "..cd" },
			{ 'w', 0, "wxyz", "", "wxcd" },
			{ 'a', 4, 0, "wxcd", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "weak against weak: the policy",
		    .overlap = OVERLAP_LAST,
		    .facts = "retransmitted 2, conflicting 2 at 0+2",
		    .steps = { { 'w', 0, "vw", "", "vw" },
			{ 'w', 0, "xy", "", "xy" }, { 'a', 2, 0, "xy", "" },
			{ 'e', 0, 0, 0, 0 } } },
	};

	(void)state;
	run_scripts(v, COUNT(v));
}

static void
strict_window(void **state)
{
	static const struct script v[] = {
		{ .name = "beyond the window",
		    .strict = true,
		    .facts = "out of window 2",
		    .steps = { { 'd', 0, "ab", "ab", "" }, { 'r', 4, 0, 0, 0 },
			{ 'd', 2, "cdef", "abcd", "" },
			{ 'd', 4, "ef", "abcd", "" }, { 'r', 6, 0, 0, 0 },
			{ 'd', 4, "ef", "abcdef", "" }, { 'e', 0, 0, 0, 0 } } },
		{ .name = "not strict",
		    .steps = { { 'r', 1, 0, 0, 0 },
			{ 'd', 0, "abcd", "abcd", "" }, { 'e', 0, 0, 0, 0 } } },
	};

	(void)state;
	run_scripts(v, COUNT(v));
}

#define F (1U << OVERLAP_FIRST)
#define L (1U << OVERLAP_LAST)
#define B (1U << OVERLAP_BSD)
#define X (1U << OVERLAP_LINUX)
#define W (1U << OVERLAP_WINDOWS)
#define S (1U << OVERLAP_SOLARIS)

/* The old segment is [4, 8); for whom do the bytes of the new one win? */
static const struct {
	uint64_t from;
	uint64_t to;
	unsigned new_wins;
} overlaps[] = {
	{ 2, 6, L | B | X | W },
	{ 2, 8, L | B | X | W | S },
	{ 2, 10, L | B | X | W | S },
	{ 4, 6, L },
	{ 4, 8, L | S },
	{ 4, 10, L | X | S },
	{ 5, 7, L },
	{ 5, 8, L },
	{ 6, 10, L | S },
};

#undef F
#undef L
#undef B
#undef X
#undef W
#undef S

static void
overlap_case(enum overlap policy, size_t i, uint32_t isn)
{
	struct script sc = { .name = overlap_name(policy), .overlap = policy };
	uint64_t from = overlaps[i].from, to = overlaps[i].to;
	uint64_t end = to > 8 ? to : 8;
	bool wins = (overlaps[i].new_wins & 1U << policy) != 0;
	char want[16] = { 0 }, newer[16] = { 0 };
	struct buf facts = { 0 };

	for (uint64_t p = 0; p < end; p++) {
		bool is_old = p >= 4 && p < 8, is_new = p >= from && p < to;

		want[p] = is_new && (wins || !is_old) ? 'n' :
		    is_old			      ? 'O' :
							'.';
	}
	memset(newer, 'n', (size_t)(to - from));
	sc.steps[0] = (struct step){ 'd', 4, "OOOO", "", "....OOOO" };
	sc.steps[1] = (struct step){ 'd', from, newer, "", want };

	uint64_t lo = from > 4 ? from : 4, hi = to < 8 ? to : 8;

	buf_printf(&facts,
	    "retransmitted %" PRIu64 "%s, "
	    "conflicting %" PRIu64 " at %" PRIu64 "+%" PRIu64,
	    hi - lo, from < 4 && to <= 8 ? ", out of order 1" : "", hi - lo, lo,
	    hi - lo);
	/* Conflicts are positions until the end: so end, and see the rest. */
	char all[32];
	size_t hole = strspn(want, ".");

	snprintf(all, sizeof(all), "%.*s%s", (int)hole, "~~~~", want + hole);
	buf_printf(&facts, ", missing %zu at 0+%zu", hole, hole);
	sc.steps[2] = (struct step){ 'e', 0, 0, all, "" };
	sc.facts = buf_cstr(&facts);
	run_script(&sc, isn);
	buf_free(&facts);
}

static void
overlap_policies(void **state)
{
	(void)state;
	for (enum overlap p = OVERLAP_FIRST; p <= OVERLAP_SOLARIS; p++)
		for (size_t i = 0; i < COUNT(overlaps); i++)
			for (size_t j = 0; j < COUNT(isns); j++)
				overlap_case(p, i, isns[j]);
}

static void
overlap_names(void **state)
{
	static const char *const names[] = { "first", "last", "bsd", "linux",
		"windows", "solaris" };
	enum overlap p = OVERLAP_SOLARIS;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_true(overlap_parse(names[i], &p));
		assert_int_equal(p, i);
		assert_string_equal(overlap_name(p), names[i]);
	}
	assert_false(overlap_parse("", &p));
	assert_false(overlap_parse("firs", &p));
	assert_false(overlap_parse("FIRST", &p));
	assert_int_equal(p, OVERLAP_SOLARIS);
}

static void
policies_judge_whole_segments(void **state)
{
	static const struct script v[] = {
		{ .name = "what is left of a segment keeps its extent",
		    .overlap = OVERLAP_BSD,
		    .facts = "retransmitted 5, "
			     "conflicting 5 at 4+2 5+1 6+2, missing 4 at 0+4",
		    .steps = { { 'd', 4, "AA", "", "....AA" },
			{ 'd', 4, "BBBB", "", "....AABB" },
			{ 'd', 5, "nnnn", "", "....AABBn" },
			{ 'e', 0, 0, "~~~~AABBn", "" } } },
		{ .name = "in order, they wait for the ACK",
		    .overlap = OVERLAP_LAST,
		    .facts = "retransmitted 4, conflicting 4 at 1+2 1+2",
		    .steps = { { 'd', 0, "abcd", "", "abcd" },
			{ 'd', 1, "XY", "", "aXYd" },
			{ 'a', 3, 0, "aXY", "...d" },
			{ 'd', 1, "Zc", "aXY", "...d" },
			{ 'a', 4, 0, "aXYd", "" }, { 'e', 0, 0, 0, 0 } } },
	};

	(void)state;
	run_scripts(v, COUNT(v));
}

/* ---- what takes many bytes ---- */

static uint8_t
byte_at(uint64_t off)
{
	return (uint8_t)(off * 7 + (off >> 8));
}

/* Bytes [from, to) in segments of `size`. */
static void
push_many(struct rig *r, uint64_t from, uint64_t to, size_t size, bool weak)
{
	uint8_t bytes[2048];

	while (from < to) {
		size_t n = to - from < size ? (size_t)(to - from) : size;

		for (size_t i = 0; i < n; i++)
			bytes[i] = byte_at(from + i);
		rig_push(r, from, (struct slice){ bytes, n }, n, weak);
		from += n;
	}
}

static void
assert_bytes(const struct rig *r, size_t at, uint64_t off, size_t n)
{
	assert_true(at + n <= r->raw.n);
	for (size_t i = 0; i < n; i++)
		if (r->raw.p[at + i] != byte_at(off + i))
			fail_msg("byte %zu of the output is wrong", at + i);
}

static void
base_settles_at_64k(void **state)
{
	struct model_config cfg = rig_default_config();
	struct rig r;

	(void)state;
	for (size_t j = 0; j < COUNT(isns); j++) {
		rig_init(&r, isns[j], &cfg);
		push_many(&r, 10000, 40000, 1000, false);
		push_many(&r, 9000, 10000, 1000, false);
		assert_int_equal(r.settled, 0);
		assert_int_equal(r.raw.n, 0);
		push_many(&r, 40000, 9000 + 65536, 1000, false);
		assert_int_equal(r.settled, 1);
		assert_int_equal(r.raw.n, 65536);
		assert_bytes(&r, 0, 9000, 65536);
		/* Before the base, and over it. */
		push_many(&r, 8000, 9000, 1000, false);
		push_many(&r, 8900, 9200, 300, false);
		push_many(&r, 74536, 75000, 500, false);
		rig_end(&r, false);
		assert_int_equal(r.raw.n, 66000);
		assert_int_equal(r.s.rare->late, 1100);
		assert_int_equal(r.s.rare->retransmitted, 200);
		assert_int_equal(r.s.rare->counts[COUNT_OUT_OF_WINDOW], 0);
		rig_fini(&r);
	}
}

/* What waits for a better copy, or under another policy for the ACK, waits
 * for 64 KiB at most. */
static void
copies_wait_64k(void **state)
{
	struct model_config cfg = rig_default_config();
	struct rig r;

	(void)state;
	for (int weak = 0; weak < 2; weak++) {
		cfg.overlap = weak ? OVERLAP_FIRST : OVERLAP_LINUX;
		rig_init(&r, UINT32_MAX - 30000, &cfg);
		rig_syn(&r);
		push_many(&r, 0, 65535, 1500, weak);
		assert_int_equal(r.raw.n, 0);
		push_many(&r, 65535, 100000, 1500, weak);
		assert_in_range(r.raw.n, 100000 - 65536, 100000 - 64000);
		rig_ack(&r, 100000);
		assert_int_equal(r.raw.n, 100000);
		assert_bytes(&r, 0, 0, 100000);
		rig_end(&r, false);
		rig_fini(&r);
	}
}

/* A hole is one when the peer acknowledged past it and 1 MiB more has come,
 * in whichever order. */
static void
holes_become_certain(void **state)
{
	const uint64_t mib = 1 << 20;
	struct rig r;

	(void)state;
	for (int ack_first = 0; ack_first < 2; ack_first++) {
		rig_init(&r, UINT32_MAX - 5000, NULL);
		rig_syn(&r);
		push_many(&r, 0, 1000, 1000, false);
		if (ack_first)
			rig_ack(&r, 3000);
		push_many(&r, 3000, 3000 + mib - 1, 2000, false);
		assert_int_equal(r.raw.n, 1000);
		push_many(&r, 3000 + mib - 1, 4000 + mib, 2000, false);
		if (!ack_first) {
			assert_int_equal(r.raw.n, 1000);
			rig_ack(&r, 2999);
			assert_int_equal(r.raw.n, 1000);
			rig_ack(&r, 3000);
		}
		assert_int_equal(r.raw.n, 2000 + mib);
		assert_int_equal(r.gap_bytes, 2000);
		/* Too late. */
		push_many(&r, 1000, 3000, 1000, false);
		assert_int_equal(r.s.rare->retransmitted, 2000);
		rig_end(&r, false);
		assert_int_equal(r.s.rare->n_gaps, 1);
		rig_fini(&r);
	}
}

/* Hardly anything captured of 5 GB: the ACKs say where it lies. */
static void
anchored_by_acks(void **state)
{
	const uint64_t end = 5416666670;
	uint64_t off = 0, data = 0;
	struct rig r;

	(void)state;
	for (size_t j = 0; j < COUNT(isns); j++) {
		rig_init(&r, isns[j], NULL);
		rig_syn(&r);
		data = 0;
		for (off = 0; off < end - 1000; off += 1000000) {
			if (off % 900000000 == 0) {
				push_many(&r, off, off + 100, 100, false);
				data += 100;
			}
			rig_ack(&r, off + 1000);
		}
		push_many(&r, end - 10, end, 10, false);
		rig_fin(&r, end);
		rig_ack(&r, end + 1);
		rig_end(&r, true);
		assert_int_equal(r.raw.n, data + 10);
		assert_int_equal(r.told, end);
		assert_int_equal(r.s.rare->counts[COUNT_OUT_OF_WINDOW], 0);
		rig_fini(&r);
	}
}

/* Steps of nearly 2^31, two times round: data and ACK confirm each other. */
static void
holes_of_two_gigabytes(void **state)
{
	const uint64_t step = INT32_MAX - (uint64_t)100;
	struct rig r;

	(void)state;
	for (size_t j = 0; j < COUNT(isns); j++) {
		rig_init(&r, isns[j], NULL);
		rig_syn(&r);
		for (uint64_t i = 0; i <= 4; i++) {
			push_many(&r, i * step, i * step + 10, 10, false);
			rig_ack(&r, i * step + 10);
		}
		rig_end(&r, false);
		assert_int_equal(r.raw.n, 50);
		assert_int_equal(r.told, 4 * step + 10);
		rig_fini(&r);
	}
}

static void
lists_have_an_end(void **state)
{
	struct rig r;
	struct side side;

	(void)state;
	rig_init(&r, 77, NULL);
	rig_syn(&r);
	for (uint64_t i = 0; i < 1100; i++) {
		push_text(&r, 10 * i + 2, "abcd", false);
		push_text(&r, 10 * i + 2, "abXd", false);
	}
	assert_false(stream_side(&r.s, &side) && side.n_gaps > 0);
	rig_end(&r, false);
	assert_true(stream_side(&r.s, &side));
	assert_int_equal(side.n_gaps, SESSION_LIST_MAX);
	assert_int_equal(side.n_conflicts, SESSION_LIST_MAX);
	assert_int_equal(side.conflicting, 1100);
	assert_int_equal(side.missing, 2 + 1099 * 6);
	assert_int_equal(side.conflicts[999].off, 9994);
	assert_int_equal(side.gaps[999].off, 9986);
	rig_fini(&r);
}

/* Copies are compared with the last 4 KiB delivered. */
static void
copies_of_what_is_gone(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, UINT32_MAX - 9000, NULL);
	rig_syn(&r);
	push_many(&r, 0, 20000, 1460, false);
	push_text(&r, 20000 - RECENT_MAX - 4, "wxyz", false);
	assert_int_equal(r.s.rare->retransmitted, 4);
	assert_int_equal(r.s.rare->conflicting, 0);
	push_text(&r, 20000 - RECENT_MAX - 2, "wxyz", false);
	rig_end(&r, false);
	assert_int_equal(r.s.rare->retransmitted, 8);
	assert_int_equal(r.s.rare->conflicting, 2);
	assert_int_equal(r.s.rare->conflicts[0].off, 20000 - RECENT_MAX);
	rig_fini(&r);
}

static void
several_syn_acks(void **state)
{
	struct rig r;

	(void)state;
	for (size_t j = 0; j < COUNT(isns); j++) {
		rig_init(&r, isns[j], NULL);
		stream_syn(&r.s, &r.env, r.isn - 1000000000);
		rig_ack(&r, 0);
		stream_rebase(&r.s, r.isn);
		rig_ack(&r, 0);
		push_text(&r, 0, "abc", false);
		assert_string_equal(buf_cstr(&r.out), "abc");
		rig_end(&r, false);
		assert_int_equal(r.told, 3);
		rig_fini(&r);
	}
}

static void
plausible_places(void **state)
{
	struct model_config cfg = rig_default_config();
	struct rig r;

	(void)state;
	rig_init(&r, 1000, &cfg);
	assert_true(stream_plausible(&r.s, 123456, 10, &cfg));
	rig_syn(&r);
	push_many(&r, 0, 100, 100, false);
	assert_true(stream_plausible(&r.s, 1001, 10, &cfg));
	assert_true(stream_plausible(&r.s, 1000, 1, &cfg));
	assert_false(stream_plausible(&r.s, 900, 10, &cfg));
	assert_true(stream_plausible(&r.s, 1101 + (1 << 20), 10, &cfg));
	assert_false(stream_plausible(&r.s, 1102 + (1 << 20), 10, &cfg));
	assert_false(stream_plausible(&r.s, 1101 + (1U << 31), 10, &cfg));
	rig_end(&r, false);
	rig_fini(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_of_arrival),
		cmocka_unit_test(copies),
		cmocka_unit_test(octets_that_mean_nothing),
		cmocka_unit_test(holes),
		cmocka_unit_test(snap_length),
		cmocka_unit_test(ends),
		cmocka_unit_test(max_bytes),
		cmocka_unit_test(doubts),
		cmocka_unit_test(no_handshake),
		cmocka_unit_test(weak_copies),
		cmocka_unit_test(strict_window),
		cmocka_unit_test(overlap_policies),
		cmocka_unit_test(overlap_names),
		cmocka_unit_test(policies_judge_whole_segments),
		cmocka_unit_test(base_settles_at_64k),
		cmocka_unit_test(copies_wait_64k),
		cmocka_unit_test(holes_become_certain),
		cmocka_unit_test(anchored_by_acks),
		cmocka_unit_test(holes_of_two_gigabytes),
		cmocka_unit_test(lists_have_an_end),
		cmocka_unit_test(copies_of_what_is_gone),
		cmocka_unit_test(several_syn_acks),
		cmocka_unit_test(plausible_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
