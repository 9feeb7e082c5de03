/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_stream.c: one direction, as pictures, at several ISNs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/picture.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BEFORE(n) ((uint64_t)0 - (n))

static const struct script order_of_arrival_v[] = {
	{ .name = "in order",
	    .steps = { { 'd', 0, "abc", "abc", "" },
		{ 'd', 3, "de", "abcde", "" }, { 'a', 5, 0, 0, 0 },
		{ 'd', 5, "f", "abcdef", "" }, { 'e', 0, 0, "abcdef", "" } } },
	{ .name = "filled from the front and in the middle",
	    .facts = "retransmitted 2, out of order 2, "
		     "conflicting 2 at 1+1 4+1",
	    .steps = { { 'd', 4, "EF", "", "....EF" },
		{ 'd', 0, "AB", "AB", "....EF" },
		{ 'd', 1, "xCDx", "ABCDEF", "" }, { 'e', 0, 0, 0, 0 } } },
	{ .name = "backwards",
	    .facts = "out of order 4",
	    .steps = { { 'd', 8, "ij", "", "........ij" },
		{ 'd', 6, "gh", "", "......ghij" },
		{ 'd', 4, "ef", "", "....efghij" },
		{ 'd', 2, "cd", "", "..cdefghij" },
		{ 'd', 0, "ab", "abcdefghij", "" }, { 'e', 0, 0, 0, 0 } } },
	{ .name = "one octet each, backwards",
	    .facts = "out of order 3",
	    .steps = { { 'd', 3, "d", "", "...d" }, { 'd', 2, "c", "", "..cd" },
		{ 'd', 1, "b", "", ".bcd" }, { 'd', 0, "a", "abcd", "" },
		{ 'e', 0, 0, 0, 0 } } },
	{ .name = "two holes",
	    .facts = "out of order 2",
	    .steps = { { 'd', 0, "a", "a", "" }, { 'd', 2, "c", "a", "..c" },
		{ 'd', 4, "e", "a", "..c.e" }, { 'd', 3, "d", "a", "..cde" },
		{ 'd', 1, "b", "abcde", "" }, { 'e', 0, 0, 0, 0 } } },
	{ .name = "nothing at all",
	    .steps = { { 'd', 0, "", "", "" }, { 'd', 7, "", "", "" },
		{ 'e', 0, 0, "", "" }, { 'e', 0, 0, "", "" } } },
};

static void
order_of_arrival(void **state)
{
	(void)state;
	picture_run(order_of_arrival_v, COUNT(order_of_arrival_v));
}

static const struct script copies_v[] = {
	{ .name = "the same again",
	    .facts = "retransmitted 4",
	    .steps = { { 'd', 0, "abcd", "abcd", "" },
		{ 'd', 0, "abcd", "abcd", "" }, { 'e', 0, 0, 0, 0 } } },
	{ .name = "the same again, held",
	    .facts = "retransmitted 2, out of order 1",
	    .steps = { { 'd', 2, "cd", "", "..cd" },
		{ 'd', 2, "cd", "", "..cd" }, { 'd', 0, "ab", "abcd", "" },
		{ 'e', 0, 0, 0, 0 } } },
	{ .name = "packed anew, over both edges",
	    .facts = "retransmitted 4",
	    .steps = { { 'd', 0, "ab", "ab", "" },
		{ 'd', 4, "ef", "ab", "....ef" },
		{ 'd', 0, "abcdefgh", "abcdefgh", "" }, { 'e', 0, 0, 0, 0 } } },
	{ .name = "over three islands",
	    .facts = "retransmitted 6, out of order 1, "
		     "conflicting 2 at 4+1 6+1",
	    .steps = { { 'd', 2, "c", "", "..c" }, { 'd', 4, "e", "", "..c.e" },
		{ 'd', 6, "g", "", "..c.e.g" },
		{ 'd', 1, "bcdXfYh", "", ".bcdefgh" },
		{ 'd', 0, "abcd", "abcdefgh", "" }, { 'e', 0, 0, 0, 0 } } },
	{ .name = "a conflict is the span that differs",
	    .facts = "retransmitted 9, out of order 1, "
		     "conflicting 5 at 3+4 1+1",
	    .steps = { { 'd', 2, "cdefgh", "", "..cdefgh" },
		{ 'd', 2, "cXefYh", "", "..cdefgh" },
		{ 'd', 0, "ab", "abcdefgh", "" },
		{ 'd', 0, "aXc", "abcdefgh", "" }, { 'e', 0, 0, 0, 0 } } },
};

static void
copies(void **state)
{
	(void)state;
	picture_run(copies_v, COUNT(copies_v));
}

static const struct script octets_that_mean_nothing_v[] = {
	{ .name = "keep-alive",
	    .steps = { { 'd', 0, "abc", "abc", "" }, { 'd', 2, "?", "abc", "" },
		{ 'd', 2, "?", "abc", "" }, { 'd', 3, "d", "abcd", "" },
		{ 'e', 0, 0, 0, 0 } } },
	{ .name = "keep-alive before any data",
	    .steps = { { 'd', BEFORE(1), "?", "", "" },
		{ 'd', 0, "ab", "ab", "" }, { 'e', 0, 0, 0, 0 } } },
	{ .name = "keep-alive behind a hole",
	    .facts = "out of order 1",
	    .steps = { { 'd', 2, "cd", "", "..cd" },
		{ 'd', 3, "?", "", "..cd" }, { 'd', 0, "ab", "abcd", "" },
		{ 'e', 0, 0, 0, 0 } } },
	{ .name = "keep-alive does not even overwrite with last",
	    .overlap = OVERLAP_LAST,
	    .steps = { { 'd', 0, "abc", "", "abc" }, { 'd', 2, "?", "", "abc" },
		{ 'a', 3, 0, "abc", "" }, { 'e', 0, 0, 0, 0 } } },
	{ .name = "a probe of a closed window is data",
	    .facts = "retransmitted 1",
	    .steps = { { 'd', 0, "ab", "ab", "" }, { 'd', 2, "c", "abc", "" },
		{ 'd', 2, "c", "abc", "" }, { 'd', 3, "d", "abcd", "" },
		{ 'e', 0, 0, 0, 0 } } },
};

static void
octets_that_mean_nothing(void **state)
{
	(void)state;
	picture_run(octets_that_mean_nothing_v,
	    COUNT(octets_that_mean_nothing_v));
}

static const struct script holes_v[] = {
	{ .name = "at the end",
	    .facts = "missing 2 at 2+2",
	    .steps = { { 'd', 0, "ab", "ab", "" },
		{ 'd', 4, "ef", "ab", "....ef" },
		{ 'e', 0, 0, "ab~~ef", "" } } },
	{ .name = "an ACK does not fill it",
	    .facts = "out of order 1",
	    .steps = { { 'd', 0, "ab", "ab", "" },
		{ 'd', 4, "ef", "ab", "....ef" }, { 'a', 6, 0, "ab", "....ef" },
		{ 'd', 2, "cd", "abcdef", "" }, { 'e', 0, 0, 0, 0 } } },
	{ .name = "acknowledged tail",
	    .facts = "missing 4 at 2+4",
	    .steps = { { 'd', 0, "ab", "ab", "" }, { 'a', 6, 0, "ab", "" },
		{ 'e', 0, 0, "ab~~~~", "" } } },
	{ .name = "nothing but what was acknowledged",
	    .facts = "missing 5 at 0+5",
	    .steps = { { 'a', 5, 0, "", "" }, { 'e', 0, 0, "~~~~~", "" } } },
	{ .name = "a last number more was the FIN",
	    .steps = { { 'd', 0, "ab", "ab", "" }, { 'a', 2, 0, 0, 0 },
		{ 'a', 3, 0, 0, 0 }, { 'E', 0, 0, "ab", "" } } },
	{ .name = "a last number more, never closed",
	    .facts = "missing 1 at 2+1",
	    .steps = { { 'd', 0, "ab", "ab", "" }, { 'a', 2, 0, 0, 0 },
		{ 'a', 3, 0, 0, 0 }, { 'e', 0, 0, "ab~", "" } } },
	{ .name = "given up, then captured after all",
	    .facts = "out of order 2, late 2, missing 2 at 2+2",
	    .steps = { { 'd', 0, "ab", "ab", "" }, { 'g', 0, 0, "ab", "" },
		{ 'd', 4, "ef", "ab", "....ef" },
		{ 'd', 8, "ij", "ab", "....ef..ij" },
		{ 'g', 0, 0, "ab~~ef", "........ij" },
		{ 'd', 2, "cd", "ab~~ef", "........ij" },
		{ 'd', 6, "gh", "ab~~efghij", "" }, { 'e', 0, 0, 0, 0 } } },
};

static void
holes(void **state)
{
	(void)state;
	picture_run(holes_v, COUNT(holes_v));
}

static const struct script snap_length_v[] = {
	{ .name = "cut in order",
	    .facts = "missing 2 at 2+2",
	    .steps = { { 'd', 0, "ab%%", "ab", "..%%" },
		{ 'd', 4, "ef", "ab", "..%%ef" }, { 'a', 6, 0, 0, 0 },
		{ 'e', 0, 0, "ab%%ef", "" } } },
	{ .name = "cut in order, then a whole copy",
	    .facts = "retransmitted 2, out of order 1",
	    .steps = { { 'd', 0, "ab%%", "ab", "..%%" },
		{ 'd', 4, "ef", "ab", "..%%ef" },
		{ 'd', 0, "abcd", "abcdef", "" }, { 'e', 0, 0, 0, 0 } } },
	{ .name = "cut, then small copies",
	    .facts = "out of order 2",
	    .steps = { { 'd', 0, "a%%", "a", ".%%" },
		{ 'd', 1, "b", "ab", "..%" }, { 'd', 2, "c", "ab", "..c" },
		{ 'a', 3, 0, "abc", "" }, { 'e', 0, 0, 0, 0 } } },
	{ .name = "cut, given up, then a copy",
	    .facts = "out of order 1, late 2, missing 2 at 1+2",
	    .steps = { { 'd', 0, "a%%", "a", ".%%" },
		{ 'd', 3, "d", "a", ".%%d" }, { 'g', 0, 0, "a%%d", "" },
		{ 'd', 1, "bc", "a%%d", "" }, { 'e', 0, 0, 0, 0 } } },
	{ .name = "cut, then a whole copy in time",
	    .facts = "out of order 2",
	    .steps = { { 'd', 2, "cd%%", "", "..cd%%" },
		{ 'd', 4, "ef", "", "..cdef" }, { 'd', 0, "ab", "abcdef", "" },
		{ 'e', 0, 0, 0, 0 } } },
	{ .name = "a cut copy takes nothing away",
	    .facts = "retransmitted 4, out of order 1",
	    .steps = { { 'd', 2, "cdef", "", "..cdef" },
		{ 'd', 2, "c%%%", "", "..cdef" },
		{ 'd', 0, "ab", "abcdef", "" }, { 'e', 0, 0, 0, 0 } } },
	{ .name = "nothing of it captured",
	    .facts = "missing 5 at 1+5",
	    .steps = { { 'd', 0, "a%", "a", ".%" },
		{ 'd', 2, "%%", "a", ".%%%" }, { 'd', 4, "%%", "a", ".%%%%%" },
		{ 'e', 0, 0, "a%%%%%", "" } } },
	{ .name = "a cut beside a hole",
	    .facts = "missing 4 at 1+2 3+2",
	    .steps = { { 'd', 0, "a", "a", "" }, { 'd', 3, "%%", "a", "...%%" },
		{ 'e', 0, 0, "a~~%%", "" } } },
};

static void
snap_length(void **state)
{
	(void)state;
	picture_run(snap_length_v, COUNT(snap_length_v));
}

static const struct script ends_v[] = {
	{ .name = "FIN",
	    .steps = { { 'd', 0, "ab", "ab", "" }, { 'f', 2, 0, "ab", "" },
		{ 'a', 3, 0, "ab", "" }, { 'e', 0, 0, "ab", "" } } },
	{ .name = "FIN before the data",
	    .facts = "out of order 1",
	    .steps = { { 'f', 4, 0, "", "" }, { 'd', 2, "cd", "", "..cd" },
		{ 'd', 0, "ab", "abcd", "" }, { 'e', 0, 0, 0, 0 } } },
	{ .name = "FIN shows what is missing",
	    .facts = "missing 4 at 2+4",
	    .steps = { { 'd', 0, "ab", "ab", "" }, { 'f', 6, 0, "ab", "" },
		{ 'e', 0, 0, "ab~~~~", "" } } },
	{ .name = "data goes on behind the FIN",
	    .steps = { { 'd', 0, "ab", "ab", "" }, { 'f', 2, 0, 0, 0 },
		{ 'd', 3, "cd", "abcd", "" }, { 'd', 5, "e", "abcde", "" },
		{ 'f', 6, 0, 0, 0 }, { 'e', 0, 0, "abcde", "" } } },
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
		{ 'd', 5, "ef", "ab", ".....ef" }, { 'g', 0, 0, "ab~~ef", "" },
		{ 'e', 0, 0, 0, 0 } } },
	{ .name = "a copy that runs over the FIN's number",
	    .facts = "retransmitted 4",
	    .steps = { { 'd', 0, "ab", "ab", "" }, { 'f', 2, 0, 0, 0 },
		{ 'd', 3, "cd", "abcd", "" }, { 'd', 1, "b?cd", "abcd", "" },
		{ 'e', 0, 0, 0, 0 } } },
	{ .name = "two FINs: the later",
	    .facts = "missing 1 at 2+1",
	    .steps = { { 'f', 2, 0, 0, 0 }, { 'f', 3, 0, 0, 0 },
		{ 'd', 0, "ab", "ab", "" }, { 'e', 0, 0, "ab~", "" } } },
	{ .name = "a FIN before the base is none",
	    .facts = "missing 1 at 2+1",
	    .steps = { { 'd', 0, "ab", "ab", "" }, { 'f', BEFORE(9), 0, 0, 0 },
		{ 'a', 3, 0, 0, 0 }, { 'e', 0, 0, "ab~", "" } } },
};

static void
ends(void **state)
{
	(void)state;
	picture_run(ends_v, COUNT(ends_v));
}

static const struct script max_bytes_v[] = {
	{ .name = "cut in a segment",
	    .max_bytes = 4,
	    .facts = "missing 4 at 4+4",
	    .steps = { { 'd', 0, "abcdef", "abcd", "" },
		{ 'd', 6, "gh", "abcd", "" }, { 'e', 0, 0, "abcd^^^^", "" } } },
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
	    .steps = { { 'd', 0, "ab%%", "ab", "..%%" },
		{ 'd', 4, "efg", "ab", "..%%efg" },
		{ 'e', 0, 0, "ab%^^^^", "" } } },
};

static void
max_bytes(void **state)
{
	(void)state;
	picture_run(max_bytes_v, COUNT(max_bytes_v));
}

static const struct script far_ahead_v[] = {
	{ .name = "as far as max-gap",
	    .max_gap = 100,
	    .facts = "missing 100 at 2+100",
	    .steps = { { 'd', 0, "ab", "ab", "" },
		{ 'd', 102, "X", "ab", ".(102)X" },
		{ 'e', 0, 0, "ab~(100)X", "" } } },
	{ .name = "farther",
	    .max_gap = 100,
	    .facts = "refused 1",
	    .steps = { { 'd', 0, "ab", "ab", "" }, { 'd', 103, "X", "ab", "" },
		{ 'd', 2, "cd", "abcd", "" }, { 'e', 0, 0, "abcd", "" } } },
};

static void
far_ahead(void **state)
{
	(void)state;
	picture_run(far_ahead_v, COUNT(far_ahead_v));
}

static const struct script no_handshake_v[] = {
	{ .name = "lowest byte first seen or not",
	    .midstream = true,
	    .facts = "out of order 2",
	    .steps = { { 'd', 10, "kl", "", "kl" },
		{ 'd', 8, "ij", "", "ijkl" }, { 'd', 14, "op", "", "ijkl..op" },
		{ 'd', 12, "mn", "", "ijklmnop" },
		{ 'e', 0, 0, "ijklmnop", "" } } },
	{ .name = "SYN late",
	    .midstream = true,
	    .facts = "out of order 1",
	    .steps = { { 'd', 2, "cd", "", "cd" }, { 's', 0, 0, "", "..cd" },
		{ 'd', 0, "ab", "abcd", "" }, { 'e', 0, 0, 0, 0 } } },
	{ .name = "SYN late, data at once",
	    .midstream = true,
	    .steps = { { 'd', 0, "ab", "", "ab" }, { 's', 0, 0, "ab", "" },
		{ 'd', 2, "cd", "abcd", "" }, { 'e', 0, 0, 0, 0 } } },
	{ .name = "bytes before a late SYN",
	    .midstream = true,
	    .facts = "refused 1",
	    .steps = { { 'd', BEFORE(2), "??ab", "", "??ab" },
		{ 's', 0, 0, "ab", "" }, { 'e', 0, 0, 0, 0 } } },
	{ .name = "bytes before the SYN",
	    .facts = "refused 1",
	    .steps = { { 'd', BEFORE(4), "????", "", "" },
		{ 'd', BEFORE(2), "??ab", "ab", "" }, { 'e', 0, 0, 0, 0 } } },
	{ .name = "only what was acknowledged",
	    .midstream = true,
	    .facts = "missing 4 at 0+4",
	    .steps = { { 'a', 5, 0, "", "" }, { 'a', 9, 0, "", "" },
		{ 'e', 0, 0, "~~~~", "" } } },
	{ .name = "far before the lowest",
	    .midstream = true,
	    .max_gap = 100,
	    .facts = "out of order 1, refused 1",
	    .steps = { { 'd', 500, "ab", "", "ab" },
		{ 'd', 10, "??", "", "ab" }, { 'd', 498, "AB", "", "ABab" },
		{ 'e', 0, 0, "ABab", "" } } },
	{ .name = "a hole in the middle",
	    .midstream = true,
	    .facts = "missing 2 at 2+2",
	    .steps = { { 'd', 10, "ab", "", "ab" },
		{ 'd', 14, "ef", "", "ab..ef" }, { 'f', 16, 0, 0, 0 },
		{ 'e', 0, 0, "ab~~ef", "" } } },
};

static void
no_handshake(void **state)
{
	(void)state;
	picture_run(no_handshake_v, COUNT(no_handshake_v));
}

static const struct script strict_window_v[] = {
	{ .name = "beyond the window",
	    .strict = true,
	    .facts = "refused 2",
	    .steps = { { 'd', 0, "ab", "ab", "" }, { 'r', 4, 0, 0, 0 },
		{ 'd', 2, "cdef", "abcd", "" }, { 'd', 4, "ef", "abcd", "" },
		{ 'r', 6, 0, 0, 0 }, { 'd', 4, "ef", "abcdef", "" },
		{ 'e', 0, 0, 0, 0 } } },
	{ .name = "not strict",
	    .steps = { { 'r', 1, 0, 0, 0 }, { 'd', 0, "abcd", "abcd", "" },
		{ 'e', 0, 0, 0, 0 } } },
};

static void
strict_window(void **state)
{
	(void)state;
	picture_run(strict_window_v, COUNT(strict_window_v));
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
		cmocka_unit_test(far_ahead),
		cmocka_unit_test(no_handshake),
		cmocka_unit_test(strict_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
