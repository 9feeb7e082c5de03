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
	    .steps = { { DATA, 0, "abc", "abc", "" },
		{ DATA, 3, "de", "abcde", "" }, { ACK, 5, 0, 0, 0 },
		{ DATA, 5, "f", "abcdef", "" }, { END, 0, 0, "abcdef", "" } } },
	{ .name = "filled from the front and in the middle",
	    .facts = "retransmitted 2, out of order 2, "
		     "conflicting 2 at 1+1 4+1",
	    .steps = { { DATA, 4, "EF", "", "....EF" },
		{ DATA, 0, "AB", "AB", "....EF" },
		{ DATA, 1, "xCDx", "ABCDEF", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "backwards",
	    .facts = "out of order 4",
	    .steps = { { DATA, 8, "ij", "", "........ij" },
		{ DATA, 6, "gh", "", "......ghij" },
		{ DATA, 4, "ef", "", "....efghij" },
		{ DATA, 2, "cd", "", "..cdefghij" },
		{ DATA, 0, "ab", "abcdefghij", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "one octet each, backwards",
	    .facts = "out of order 3",
	    .steps = { { DATA, 3, "d", "", "...d" },
		{ DATA, 2, "c", "", "..cd" }, { DATA, 1, "b", "", ".bcd" },
		{ DATA, 0, "a", "abcd", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "two holes",
	    .facts = "out of order 2",
	    .steps = { { DATA, 0, "a", "a", "" }, { DATA, 2, "c", "a", "..c" },
		{ DATA, 4, "e", "a", "..c.e" }, { DATA, 3, "d", "a", "..cde" },
		{ DATA, 1, "b", "abcde", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "nothing at all",
	    .steps = { { DATA, 0, "", "", "" }, { DATA, 7, "", "", "" },
		{ END, 0, 0, "", "" }, { END, 0, 0, "", "" } } },
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
	    .steps = { { DATA, 0, "abcd", "abcd", "" },
		{ DATA, 0, "abcd", "abcd", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "the same again, held",
	    .facts = "retransmitted 2, out of order 1",
	    .steps = { { DATA, 2, "cd", "", "..cd" },
		{ DATA, 2, "cd", "", "..cd" }, { DATA, 0, "ab", "abcd", "" },
		{ END, 0, 0, 0, 0 } } },
	{ .name = "packed anew, over both edges",
	    .facts = "retransmitted 4",
	    .steps = { { DATA, 0, "ab", "ab", "" },
		{ DATA, 4, "ef", "ab", "....ef" },
		{ DATA, 0, "abcdefgh", "abcdefgh", "" },
		{ END, 0, 0, 0, 0 } } },
	{ .name = "over three islands",
	    .facts = "retransmitted 6, out of order 1, "
		     "conflicting 2 at 4+1 6+1",
	    .steps = { { DATA, 2, "c", "", "..c" },
		{ DATA, 4, "e", "", "..c.e" }, { DATA, 6, "g", "", "..c.e.g" },
		{ DATA, 1, "bcdXfYh", "", ".bcdefgh" },
		{ DATA, 0, "abcd", "abcdefgh", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "a conflict is the span that differs",
	    .facts = "retransmitted 9, out of order 1, "
		     "conflicting 5 at 3+4 1+1",
	    .steps = { { DATA, 2, "cdefgh", "", "..cdefgh" },
		{ DATA, 2, "cXefYh", "", "..cdefgh" },
		{ DATA, 0, "ab", "abcdefgh", "" },
		{ DATA, 0, "aXc", "abcdefgh", "" }, { END, 0, 0, 0, 0 } } },
};

static void
copies(void **state)
{
	(void)state;
	picture_run(copies_v, COUNT(copies_v));
}

static const struct script octets_that_mean_nothing_v[] = {
	{ .name = "keep-alive",
	    .steps = { { DATA, 0, "abc", "abc", "" },
		{ DATA, 2, "?", "abc", "" }, { DATA, 2, "?", "abc", "" },
		{ DATA, 3, "d", "abcd", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "keep-alive before any data",
	    .steps = { { DATA, BEFORE(1), "?", "", "" },
		{ DATA, 0, "ab", "ab", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "keep-alive behind a hole",
	    .facts = "out of order 1",
	    .steps = { { DATA, 2, "cd", "", "..cd" },
		{ DATA, 3, "?", "", "..cd" }, { DATA, 0, "ab", "abcd", "" },
		{ END, 0, 0, 0, 0 } } },
	{ .name = "keep-alive does not even overwrite with last",
	    .overlap = OVERLAP_LAST,
	    .steps = { { DATA, 0, "abc", "", "abc" },
		{ DATA, 2, "?", "", "abc" }, { ACK, 3, 0, "abc", "" },
		{ END, 0, 0, 0, 0 } } },
	{ .name = "a probe of a closed window is data",
	    .facts = "retransmitted 1",
	    .steps = { { DATA, 0, "ab", "ab", "" }, { DATA, 2, "c", "abc", "" },
		{ DATA, 2, "c", "abc", "" }, { DATA, 3, "d", "abcd", "" },
		{ END, 0, 0, 0, 0 } } },
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
	    .steps = { { DATA, 0, "ab", "ab", "" },
		{ DATA, 4, "ef", "ab", "....ef" },
		{ END, 0, 0, "ab~~ef", "" } } },
	{ .name = "an ACK does not fill it",
	    .facts = "out of order 1",
	    .steps = { { DATA, 0, "ab", "ab", "" },
		{ DATA, 4, "ef", "ab", "....ef" },
		{ ACK, 6, 0, "ab", "....ef" }, { DATA, 2, "cd", "abcdef", "" },
		{ END, 0, 0, 0, 0 } } },
	{ .name = "acknowledged tail",
	    .facts = "missing 4 at 2+4",
	    .steps = { { DATA, 0, "ab", "ab", "" }, { ACK, 6, 0, "ab", "" },
		{ END, 0, 0, "ab~~~~", "" } } },
	{ .name = "nothing but what was acknowledged",
	    .facts = "missing 5 at 0+5",
	    .steps = { { ACK, 5, 0, "", "" }, { END, 0, 0, "~~~~~", "" } } },
	{ .name = "a last number more was the FIN",
	    .steps = { { DATA, 0, "ab", "ab", "" }, { ACK, 2, 0, 0, 0 },
		{ ACK, 3, 0, 0, 0 }, { CLOSE, 0, 0, "ab", "" } } },
	{ .name = "a last number more, never closed",
	    .facts = "missing 1 at 2+1",
	    .steps = { { DATA, 0, "ab", "ab", "" }, { ACK, 2, 0, 0, 0 },
		{ ACK, 3, 0, 0, 0 }, { END, 0, 0, "ab~", "" } } },
	{ .name = "given up, then captured after all",
	    .facts = "out of order 2, late 2, missing 2 at 2+2",
	    .steps = { { DATA, 0, "ab", "ab", "" }, { GIVE_UP, 0, 0, "ab", "" },
		{ DATA, 4, "ef", "ab", "....ef" },
		{ DATA, 8, "ij", "ab", "....ef..ij" },
		{ GIVE_UP, 0, 0, "ab~~ef", "........ij" },
		{ DATA, 2, "cd", "ab~~ef", "........ij" },
		{ DATA, 6, "gh", "ab~~efghij", "" }, { END, 0, 0, 0, 0 } } },
};

static void
holes(void **state)
{
	(void)state;
	picture_run(holes_v, COUNT(holes_v));
}

static const struct script late_v[] = {
	{ .name = "a whole gap",
	    .late = true,
	    .facts = "out of order 1, filled 2:cd ",
	    .steps = { { DATA, 0, "ab", "ab", "" },
		{ DATA, 4, "ef", "ab", "....ef" },
		{ GIVE_UP, 0, 0, "ab~~ef", "" }, { DATA, 2, "cd", 0, 0 },
		{ END, 0, 0, 0, 0 } } },
	{ .name = "its middle, its ends, and copies around them",
	    .late = true,
	    .facts = "retransmitted 6, out of order 3, filled 4:e 2:cd 5:fg ",
	    .steps = { { DATA, 0, "ab", "ab", "" },
		{ DATA, 7, "hi", "ab", ".......hi" },
		{ GIVE_UP, 0, 0, "ab~~~~~hi", "" }, { DATA, 4, "e", 0, 0 },
		{ DATA, 0, "abcde", 0, 0 }, { DATA, 5, "fghi", 0, 0 },
		{ DATA, 4, "e", 0, 0 }, { END, 0, 0, 0, 0 } } },
	{ .name = "of two gaps",
	    .late = true,
	    .facts = "retransmitted 1, out of order 1, missing 1 at 5+1, "
		     "filled 1:b 3:d ",
	    .steps = { { DATA, 0, "a", "a", "" }, { DATA, 2, "c", "a", "..c" },
		{ DATA, 4, "e", "a", "..c.e" },
		{ DATA, 6, "g", "a", "..c.e.g" },
		{ GIVE_UP, 0, 0, "a~c", "....e.g" },
		{ GIVE_UP, 0, 0, "a~c~e", "......g" },
		{ GIVE_UP, 0, 0, "a~c~e~g", "" }, { DATA, 1, "bcd", 0, 0 },
		{ END, 0, 0, 0, 0 } } },
	{ .name = "not what is not kept",
	    .late = true,
	    .max_bytes = 2,
	    .facts = "retransmitted 1, out of order 1, missing 2 at 2+2, "
		     "filled 1:b ",
	    .steps = { { DATA, 0, "a", "a", "" }, { DATA, 3, "d", "a", "...d" },
		{ GIVE_UP, 0, 0, "a~", "" }, { DATA, 1, "bc", 0, 0 },
		{ END, 0, 0, "a~^^", "" } } },
};

static void
late(void **state)
{
	(void)state;
	picture_run(late_v, COUNT(late_v));
}

static const struct script refused_v[] = {
	{ .name = "a true copy wins",
	    .facts = "refused 1",
	    .steps = { { REFUSED, 0, "XXXX", "", "" },
		{ DATA, 0, "abcd", "abcd", "" }, { ACK, 4, 0, 0, 0 },
		{ END, 0, 0, 0, 0 } } },
	{ .name = "acknowledged, and nothing else came",
	    .steps = { { DATA, 0, "ab", "ab", "" },
		{ REFUSED, 2, "cd", "ab", "" },
		{ DATA, 4, "ef", "ab", "....ef" },
		{ ACK, 6, 0, "ab", "....ef" }, { END, 0, 0, "abcdef", "" } } },
	{ .name = "not acknowledged",
	    .facts = "refused 1",
	    .steps = { { DATA, 0, "ab", "ab", "" },
		{ REFUSED, 2, "cd", "ab", "" }, { SPEAK, 0, 0, 0, 0 },
		{ END, 0, 0, "ab", "" } } },
	{ .name = "the peer was not heard again",
	    .steps = { { ACK, 0, 0, 0, 0 }, { DATA, 0, "ab", "ab", "" },
		{ REFUSED, 2, "cd", "ab", "" }, { END, 0, 0, "abcd", "" } } },
	{ .name = "only what is missing",
	    .facts = "refused 1, missing 1 at 6+1",
	    .steps = { { REFUSED, 1, "xcdex", "", "" },
		{ DATA, 0, "ab", "ab", "" }, { DATA, 4, "Ef", "ab", "....Ef" },
		{ DATA, 7, "h", "ab", "....Ef.h" }, { ACK, 8, 0, 0, 0 },
		{ END, 0, 0, "abcdEf~h", "" } } },
	{ .name = "on both sides of what came",
	    .steps = { { REFUSED, 0, "abcdef", "", "" },
		{ DATA, 2, "CD", "", "..CD" }, { ACK, 6, 0, 0, 0 },
		{ END, 0, 0, "abCDef", "" } } },
	{ .name = "the first of two",
	    .facts = "refused 1",
	    .steps = { { REFUSED, 0, "abc", "", "" },
		{ REFUSED, 0, "XYZd", "", "" }, { ACK, 4, 0, 0, 0 },
		{ END, 0, 0, "abcd", "" } } },
	{ .name = "in what the snap length cut",
	    .steps = { { DATA, 0, "a%%d", "a", ".%%%" },
		{ REFUSED, 1, "bc", "a", 0 }, { ACK, 4, 0, 0, 0 },
		{ END, 0, 0, "abc%", "" } },
	    .facts = "missing 1 at 3+1" },
	{ .name = "given up and acknowledged",
	    .steps = { { REFUSED, 0, "ab", "", "" },
		{ DATA, 2, "cd", "", "..cd" }, { ACK, 4, 0, 0, 0 },
		{ GIVE_UP, 0, 0, "abcd", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "where no base is known",
	    .midstream = true,
	    .steps = { { DATA, 4, "ef", "", "ef" },
		{ REFUSED, 2, "cd", "", "ef" }, { ACK, 6, 0, 0, 0 },
		{ END, 0, 0, "cdef", "" } } },
	{ .name = "behind an acknowledged FIN",
	    .facts = "refused 1",
	    .steps = { { DATA, 0, "ab", "ab", "" },
		{ DATA, 9, "XY", "ab", ".........XY" }, { FIN, 2, 0, 0, 0 },
		{ ACK, 3, 0, "ab", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "behind a FIN that was not the end",
	    .steps = { { DATA, 0, "ab", "ab", "" }, { FIN, 2, 0, 0, 0 },
		{ ACK, 3, 0, 0, 0 }, { REFUSED, 3, "cd", "ab", "" },
		{ ACK, 5, 0, 0, 0 }, { END, 0, 0, "abcd", "" } } },
};

static void
refused(void **state)
{
	(void)state;
	picture_run(refused_v, COUNT(refused_v));
}

static const struct script next_v[] = {
	{ .name = "an empty segment tells what is next",
	    .midstream = true,
	    .steps = { { EMPTY, 5, 0, "", "" }, { DATA, 4, "?", "", "" },
		{ DATA, 5, "ab", "", "ab" }, { END, 0, 0, "ab", "" } } },
	{ .name = "the peer's first ACK does",
	    .midstream = true,
	    .steps = { { ACK, 5, 0, "", "" }, { DATA, 4, "?", "", "" },
		{ DATA, 5, "ab", "", "ab" }, { END, 0, 0, "ab", "" } } },
	{ .name = "a late SYN says otherwise",
	    .midstream = true,
	    .steps = { { ACK, 1, 0, "", "" }, { DATA, 0, "a", "", "" },
		{ DATA, 1, "bc", "", "bc" }, { SYN, 0, 0, "", ".bc" },
		{ END, 0, 0, "abc", "" } } },
	{ .name = "the octet that was sent, behind the empty segment",
	    .steps = { { DATA, 0, "ab", "ab", "" }, { EMPTY, 3, 0, 0, 0 },
		{ DATA, 2, "c", "ab", "..c" }, { ACK, 3, 0, "abc", "" },
		{ DATA, 2, "?", "abc", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "a direction begins at the first ACK",
	    .midstream = true,
	    .facts = "missing 3 at 0+3",
	    .steps = { { ACK, 2, 0, "", "" }, { DATA, 5, "fg", "", "fg" },
		{ ACK, 7, 0, "", "fg" }, { END, 0, 0, "~~~fg", "" } } },
	{ .name = "or before it",
	    .midstream = true,
	    .steps = { { ACK, 2, 0, "", "" }, { DATA, 1, "bc", "", "bc" },
		{ END, 0, 0, "bc", "" } } },
};

static void
what_is_next(void **state)
{
	(void)state;
	picture_run(next_v, COUNT(next_v));
}

static const struct script snap_length_v[] = {
	{ .name = "cut in order",
	    .facts = "missing 2 at 2+2",
	    .steps = { { DATA, 0, "ab%%", "ab", "..%%" },
		{ DATA, 4, "ef", "ab", "..%%ef" }, { ACK, 6, 0, 0, 0 },
		{ END, 0, 0, "ab%%ef", "" } } },
	{ .name = "cut in order, then a whole copy",
	    .facts = "retransmitted 2, out of order 1",
	    .steps = { { DATA, 0, "ab%%", "ab", "..%%" },
		{ DATA, 4, "ef", "ab", "..%%ef" },
		{ DATA, 0, "abcd", "abcdef", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "cut, then small copies",
	    .facts = "out of order 2",
	    .steps = { { DATA, 0, "a%%", "a", ".%%" },
		{ DATA, 1, "b", "ab", "..%" }, { DATA, 2, "c", "ab", "..c" },
		{ ACK, 3, 0, "abc", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "cut, given up, then a copy",
	    .facts = "out of order 1, late 2, missing 2 at 1+2",
	    .steps = { { DATA, 0, "a%%", "a", ".%%" },
		{ DATA, 3, "d", "a", ".%%d" }, { GIVE_UP, 0, 0, "a%%d", "" },
		{ DATA, 1, "bc", "a%%d", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "cut, then a whole copy in time",
	    .facts = "out of order 2",
	    .steps = { { DATA, 2, "cd%%", "", "..cd%%" },
		{ DATA, 4, "ef", "", "..cdef" },
		{ DATA, 0, "ab", "abcdef", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "a cut copy takes nothing away",
	    .facts = "retransmitted 4, out of order 1",
	    .steps = { { DATA, 2, "cdef", "", "..cdef" },
		{ DATA, 2, "c%%%", "", "..cdef" },
		{ DATA, 0, "ab", "abcdef", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "nothing of it captured",
	    .facts = "missing 5 at 1+5",
	    .steps = { { DATA, 0, "a%", "a", ".%" },
		{ DATA, 2, "%%", "a", ".%%%" },
		{ DATA, 4, "%%", "a", ".%%%%%" },
		{ END, 0, 0, "a%%%%%", "" } } },
	{ .name = "a cut beside a hole",
	    .facts = "missing 4 at 1+2 3+2",
	    .steps = { { DATA, 0, "a", "a", "" },
		{ DATA, 3, "%%", "a", "...%%" }, { END, 0, 0, "a~~%%", "" } } },
};

static void
snap_length(void **state)
{
	(void)state;
	picture_run(snap_length_v, COUNT(snap_length_v));
}

static const struct script ends_v[] = {
	{ .name = "FIN",
	    .steps = { { DATA, 0, "ab", "ab", "" }, { FIN, 2, 0, "ab", "" },
		{ ACK, 3, 0, "ab", "" }, { END, 0, 0, "ab", "" } } },
	{ .name = "FIN before the data",
	    .facts = "out of order 1",
	    .steps = { { FIN, 4, 0, "", "" }, { DATA, 2, "cd", "", "..cd" },
		{ DATA, 0, "ab", "abcd", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "FIN shows what is missing",
	    .facts = "missing 4 at 2+4",
	    .steps = { { DATA, 0, "ab", "ab", "" }, { FIN, 6, 0, "ab", "" },
		{ END, 0, 0, "ab~~~~", "" } } },
	{ .name = "data goes on behind the FIN",
	    .steps = { { DATA, 0, "ab", "ab", "" }, { FIN, 2, 0, 0, 0 },
		{ DATA, 3, "cd", "abcd", "" }, { DATA, 5, "e", "abcde", "" },
		{ FIN, 6, 0, 0, 0 }, { END, 0, 0, "abcde", "" } } },
	{ .name = "data in the place of the FIN",
	    .steps = { { DATA, 0, "ab", "ab", "" }, { FIN, 2, 0, 0, 0 },
		{ DATA, 2, "cd", "abcd", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "data behind a FIN that is behind a hole",
	    .facts = "out of order 1",
	    .steps = { { DATA, 0, "ab", "ab", "" }, { FIN, 4, 0, 0, 0 },
		{ DATA, 5, "ef", "ab", ".....ef" },
		{ DATA, 2, "cd", "abcdef", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "the FIN's number is no missing byte",
	    .facts = "missing 2 at 2+2",
	    .steps = { { DATA, 0, "ab", "ab", "" }, { FIN, 4, 0, 0, 0 },
		{ DATA, 5, "ef", "ab", ".....ef" },
		{ END, 0, 0, "ab~~ef", "" } } },
	{ .name = "nor when the hole is given up",
	    .facts = "missing 2 at 2+2",
	    .steps = { { DATA, 0, "ab", "ab", "" }, { FIN, 4, 0, 0, 0 },
		{ DATA, 5, "ef", "ab", ".....ef" },
		{ GIVE_UP, 0, 0, "ab~~ef", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "a copy that runs over the FIN's number",
	    .facts = "retransmitted 4",
	    .steps = { { DATA, 0, "ab", "ab", "" }, { FIN, 2, 0, 0, 0 },
		{ DATA, 3, "cd", "abcd", "" }, { DATA, 1, "b?cd", "abcd", "" },
		{ END, 0, 0, 0, 0 } } },
	{ .name = "two FINs: the one that the bytes reach",
	    .facts = "",
	    .steps = { { FIN, 2, 0, 0, 0 }, { FIN, 3, 0, 0, 0 },
		{ DATA, 0, "ab", "ab", "" }, { END, 0, 0, "ab", "" } } },
	{ .name = "two FINs: the one that is acknowledged",
	    .facts = "missing 1 at 2+1",
	    .steps = { { FIN, 2, 0, 0, 0 }, { FIN, 3, 0, 0, 0 },
		{ DATA, 0, "ab", "ab", "" }, { ACK, 4, 0, 0, 0 },
		{ END, 0, 0, "ab~", "" } } },
	{ .name = "a FIN before the base is none",
	    .facts = "missing 1 at 2+1",
	    .steps = { { DATA, 0, "ab", "ab", "" }, { FIN, BEFORE(9), 0, 0, 0 },
		{ ACK, 3, 0, 0, 0 }, { END, 0, 0, "ab~", "" } } },
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
	    .steps = { { DATA, 0, "abcdef", "abcd", "" },
		{ DATA, 6, "gh", "abcd", "" },
		{ END, 0, 0, "abcd^^^^", "" } } },
	{ .name = "exactly",
	    .max_bytes = 4,
	    .steps = { { DATA, 0, "abcd", "abcd", "" },
		{ END, 0, 0, "abcd", "" } } },
	{ .name = "a hole beyond",
	    .max_bytes = 4,
	    .facts = "missing 4 at 4+4",
	    .steps = { { DATA, 0, "abcd", "abcd", "" },
		{ DATA, 6, "gh", "abcd", "......gh" },
		{ END, 0, 0, "abcd^^^^", "" } } },
	{ .name = "a hole over the limit",
	    .max_bytes = 4,
	    .facts = "missing 6 at 2+2 4+4",
	    .steps = { { DATA, 0, "ab", "ab", "" },
		{ DATA, 6, "gh", "ab", "......gh" },
		{ END, 0, 0, "ab~~^^^^", "" } } },
	{ .name = "a tail over the limit",
	    .max_bytes = 4,
	    .facts = "missing 8 at 2+2 4+6",
	    .steps = { { DATA, 0, "ab", "ab", "" }, { ACK, 10, 0, 0, 0 },
		{ END, 0, 0, "ab~~^^^^^^", "" } } },
	{ .name = "snap length over the limit",
	    .max_bytes = 3,
	    .facts = "missing 5 at 2+1 3+4",
	    .steps = { { DATA, 0, "ab%%", "ab", "..%%" },
		{ DATA, 4, "efg", "ab", "..%%efg" },
		{ END, 0, 0, "ab%^^^^", "" } } },
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
	    .steps = { { DATA, 0, "ab", "ab", "" },
		{ DATA, 102, "X", "ab", ".(102)X" },
		{ END, 0, 0, "ab~(100)X", "" } } },
	{ .name = "farther",
	    .max_gap = 100,
	    .facts = "refused 1",
	    .steps = { { DATA, 0, "ab", "ab", "" },
		{ DATA, 103, "X", "ab", "" }, { DATA, 2, "cd", "abcd", "" },
		{ END, 0, 0, "abcd", "" } } },
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
	    .steps = { { DATA, 10, "kl", "", "kl" },
		{ DATA, 8, "ij", "", "ijkl" },
		{ DATA, 14, "op", "", "ijkl..op" },
		{ DATA, 12, "mn", "", "ijklmnop" },
		{ END, 0, 0, "ijklmnop", "" } } },
	{ .name = "SYN late",
	    .midstream = true,
	    .facts = "out of order 1",
	    .steps = { { DATA, 2, "cd", "", "cd" }, { SYN, 0, 0, "", "..cd" },
		{ DATA, 0, "ab", "abcd", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "SYN late, data at once",
	    .midstream = true,
	    .steps = { { DATA, 0, "ab", "", "ab" }, { SYN, 0, 0, "ab", "" },
		{ DATA, 2, "cd", "abcd", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "bytes before a late SYN",
	    .midstream = true,
	    .facts = "refused 1",
	    .steps = { { DATA, BEFORE(2), "??ab", "", "??ab" },
		{ SYN, 0, 0, "ab", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "bytes before the SYN",
	    .facts = "refused 1",
	    .steps = { { DATA, BEFORE(4), "????", "", "" },
		{ DATA, BEFORE(2), "??ab", "ab", "" }, { END, 0, 0, 0, 0 } } },
	{ .name = "only what was acknowledged",
	    .midstream = true,
	    .facts = "missing 4 at 0+4",
	    .steps = { { ACK, 5, 0, "", "" }, { ACK, 9, 0, "", "" },
		{ END, 0, 0, "~~~~", "" } } },
	{ .name = "far before the lowest",
	    .midstream = true,
	    .max_gap = 100,
	    .facts = "out of order 1, refused 1",
	    .steps = { { DATA, 500, "ab", "", "ab" },
		{ DATA, 10, "??", "", "ab" }, { DATA, 498, "AB", "", "ABab" },
		{ END, 0, 0, "ABab", "" } } },
	{ .name = "a hole in the middle",
	    .midstream = true,
	    .facts = "missing 2 at 2+2",
	    .steps = { { DATA, 10, "ab", "", "ab" },
		{ DATA, 14, "ef", "", "ab..ef" }, { FIN, 16, 0, 0, 0 },
		{ END, 0, 0, "ab~~ef", "" } } },
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
	    .steps = { { DATA, 0, "ab", "ab", "" }, { WINDOW, 4, 0, 0, 0 },
		{ DATA, 2, "cdef", "abcd", "" }, { DATA, 4, "ef", "abcd", "" },
		{ WINDOW, 6, 0, 0, 0 }, { DATA, 4, "ef", "abcdef", "" },
		{ END, 0, 0, 0, 0 } } },
	{ .name = "not strict",
	    .steps = { { WINDOW, 1, 0, 0, 0 }, { DATA, 0, "abcd", "abcd", "" },
		{ END, 0, 0, 0, 0 } } },
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
		cmocka_unit_test(late),
		cmocka_unit_test(refused),
		cmocka_unit_test(what_is_next),
		cmocka_unit_test(snap_length),
		cmocka_unit_test(ends),
		cmocka_unit_test(max_bytes),
		cmocka_unit_test(far_ahead),
		cmocka_unit_test(no_handshake),
		cmocka_unit_test(strict_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
