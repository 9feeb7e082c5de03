/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * t_flow.c: segments in, sessions out: how connections begin and end, and
 * whose a segment is.
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

#include "lib/net.h"
#include "flow/conn.h"
#include "reassembly/stream_parts.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HELLO "> S; < SA; >; "

static const uint32_t isns[][2] = {
	{ 1000, 700000000 },
	{ UINT32_MAX, 0 },
	{ 1, UINT32_MAX - 10 },
	{ INT32_MAX, UINT32_MAX },
};

/* A script and record_story's words on it. */
struct script {
	const char *name;
	const char *packets;
	const char *story;
};

static void
run_script(const struct script *s, const struct model_config *cfg, size_t i,
    unsigned how)
{
	bool swap = how & 1;
	struct talk t = talk_of(40000, isns[i][0], isns[i][1], swap);
	struct net n;

	net_init(&n, cfg);
	if (how & 2)
		net_want_packets(&n);
	net_play(&n, &t, s->packets);
	net_end(&n);
	net_story(&n, s->name, s->story);
	net_free(&n);
}

static void
run_with(const struct script *v, size_t n, const struct model_config *cfg)
{
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < COUNT(isns); i++)
			for (unsigned how = 0; how < 4; how++)
				run_script(&v[k], cfg, i, how);
}

static void
run_all(const struct script *v, size_t n)
{
	run_with(v, n, NULL);
}

static const struct script handshakes_v[] = {
	{ "plain", HELLO "> 'GET'; <; < 'OK'; >; > F; < F; >",
	    "0 SF ShADadFf fin/both syn/full c:GET s:OK\n" },
	{ "SYN and SYN/ACK repeated",
	    "> S; > S; < SA; < SA; > S; >; > 'q'; < 'a'",
	    "0 S1 ShADd end/none syn/full c:q s:a\n" },
	{ "simultaneous", "> S; < S; > SA; < SA; > 'a'; < 'b'",
	    "0 S1 SsHhDd end/none syn/full c:a s:b +simultaneous\n" },
	{ "simultaneous, with data on the way",
	    "> S; < S; >; <; > 'a'; < 'b' a0; >",
	    "0 S1 SsAaDd end/none syn/full c:a s:b* +simultaneous\n" },
	{ "split", "> S; <; < S; > SA; <; > 'x'; < 'y'",
	    "0 S1 SasHDd end/none syn/full c:x s:y +split\n" },
	{ "SYN lost", "~> S; < SA; >; > 'GET'; < 'OK'; > F; < F; >",
	    "0 SF ^hADdFf fin/both synack/partial c:GET s:OK\n" },
	{ "SYN/ACK lost", "> S; ~< SA; >; > 'GET'; < 'OK'; > F; < F; >",
	    "0 SF SADdFf fin/both syn/partial c:GET s:OK\n" },
	{ "SYN/ACK first", "^> S; < SA; !; >; > 'GET'; < 'OK'; > F; < F; >",
	    "0 SF ^hSADdFf fin/both syn/full c:GET s:OK\n" },
	{ "SYN late", "^> S; ^< SA; >; > 'GET'; < 'OK'; !; > 'x'; > F; < F; >",
	    "0 SF ADdShFf fin/both syn/full c:GET s:OK c:x\n" },
	{ "SYN late, the server heard first",
	    "^> S; ^< SA; ^>; ^> 'GET'; < 'OK'; !; > F; < F; >",
	    "0 SF ^dShADFf fin/both syn/full c:GET s:OK\n" },
	{ "several SYN/ACKs: the last counts",
	    "> S; -< SA =777; < SA; >; > 'q'; < 'ok'",
	    "0 S1 ShhADd end/none syn/full c:q s:ok\n" },
	{ "several SYN/ACKs: the first counts",
	    "> S; < SA; -< SA =777; >; > 'q'; < 'ok'",
	    "0 S1 ShhADd end/none syn/full c:q s:ok\n" },
	{ "in the middle", "> 'GET'; < 'OK'; > 'more'",
	    "0 OTH Dd end/none guess/none c:GET s:OK c:more "
	    "+midstream\n" },
	{ "in the middle, earlier bytes late", "^> 'GET'; < 'OK'; > 'more'; !",
	    "0 OTH Dd end/none guess/none s:GET c:OK s:more "
	    "+midstream\n" },
	{ "accepted data on the SYN", "> S 'early'; < SA; >; < 'OK'",
	    "0 S1 SDhAd end/none syn/full c:early s:OK +syn_data\n" },
	{ "rejected data on the SYN",
	    "> S 'early'; < SA a0; > 'early' @0; < 'OK'",
	    "0 S1 SDhTd end/none syn/full c:early s:OK +syn_data "
	    "c again 5\n" },
	{ "data on the SYN and another with its ACK",
	    "> S 'early'; < SA a0; > 'other' @0; < 'OK'",
	    "0 S1 SDhTd end/none syn/full c:other s:OK +syn_data "
	    "c again 5 c differ 5\n" },
};

static void
handshakes(void **state)
{
	(void)state;
	run_all(handshakes_v, COUNT(handshakes_v));
}

static const struct script one_direction_v[] = {
	{ "the client alone", "> S; ~< SA; >; > 'GET'; ~< 'OK'; >",
	    "0 S0 SADg end/none syn/partial c:GET s!2 +one_sided "
	    "s~2\n" },
	{ "nothing but ACKs of the client", "> S; ~< SA; >; ~< 'OK'; >",
	    "0 S0 SAg end/none syn/partial s!2 +one_sided s~2\n" },
	{ "the server alone", "~> S; < SA; ~> 'GET'; < 'OK'; ~>; < F",
	    "0 SHR ^hdfG end/server synack/partial c!3 s:OK "
	    "+one_sided c~3\n" },
	{ "the server alone, closed",
	    "~> S; < SA; ~> 'GET'; < 'OK'; < F; ~> F; <",
	    "0 SHR ^hdfaG end/server synack/partial c!3 s:OK "
	    "+one_sided c~3\n" },
};

static void
one_direction(void **state)
{
	(void)state;
	run_all(one_direction_v, COUNT(one_direction_v));
}

static const struct script endings_v[] = {
	{ "never answered", "> S; > S; > S", "0 S0 S end/none syn/partial\n" },
	{ "refused", "> S; < R A =0", "0 REJ Sr rst/server syn/partial\n" },
	{ "refused, tried again", "> S; < R A =0; > S; < R A =0",
	    "0 REJ Sr rst/server syn/partial\n" },
	{ "established only", HELLO, "0 S1 ShA end/none syn/full\n" },
	{ "half closed by the client",
	    HELLO "> 'q'; > F; <; < 'long'; >; < 'er'; >",
	    "0 S2 ShADFad end/client syn/full c:q s:longer\n" },
	{ "half closed by the server", HELLO "< 'hi'; < F; >; > 'ok'; <",
	    "0 S3 ShAdfDa end/server syn/full s:hi c:ok\n" },
	{ "data on the FINs", HELLO "> 'q' F; < 'a' F; >",
	    "0 SF ShADFdf fin/both syn/full c:q s:a\n" },
	{ "reset by the client", HELLO "> 'q'; < 'a'; > R",
	    "0 RSTO ShADdR rst/client syn/full c:q s:a\n" },
	{ "reset by the server", HELLO "> 'q'; < R",
	    "0 RSTR ShADr rst/server syn/full c:q\n" },
	{ "reset before the answer", "> S; > R",
	    "0 RSTOS0 SR rst/client syn/partial +one_sided\n" },
	{ "reset by a server whose SYN is unknown", "~> S; < SA; < R",
	    "0 RSTRH ^hr rst/server synack/partial +one_sided\n" },
	{ "FIN before the answer", "> S; > F",
	    "0 SH SF end/client syn/partial +one_sided\n" },
	{ "FIN of a server whose client is unknown", "~> S; < SA; < F",
	    "0 SHR ^hf end/server synack/partial +one_sided\n" },
	{ "FIN before data", HELLO "^> 'GET'; > F; !; < F; >",
	    "0 SF ShAFDf fin/both syn/full c:GET\n" },
	{ "FIN whose data never came", HELLO "~> 'GET'; > F; < F; >",
	    "0 SF ShAFfG fin/both syn/full c!3 c~3\n" },
	{ "FIN lost, its ACK seen", HELLO "> 'q'; ~> F; <; < F; >",
	    "0 S3 ShADaf end/server syn/full c:q +acked_unseen\n" },
	{ "data after the FIN", HELLO "> 'q'; > F; > 'more'; < 'a'",
	    "0 S2 ShADFd end/client syn/full c:qmore s:a "
	    "+after_fin\n" },
	{ "data after RST", HELLO "> 'q'; < R; > 'more'; < 'a' a1",
	    "0 RSTR ShADrd rst/server syn/full c:qmore s:a* "
	    "+after_rst\n" },
	{ "data after RST, which the peer acknowledges",
	    HELLO "> 'q'; < R; > 'more'; <; > F; < F; >",
	    "0 SF ShADraFf fin/both syn/full c:qmore "
	    "+after_rst +rst_odd\n" },
	{ "RST with a text", HELLO "> 'q'; < R 'go away'",
	    "0 RSTR ShADr rst/server syn/full c:q +rst_text\n" },
	{ "RST out of place", HELLO "> 'q'; -< R @500000; < 'a'; > F; < F; >",
	    "0 SF ShADrdFf fin/both syn/full c:q s:a +rst_odd\n" },
	{ "RST before what was acknowledged",
	    HELLO "< 'hello'; >; -< R @0; < ' you'; > F; < F; >",
	    "0 SF ShAdrFf fin/both syn/full s:hello you "
	    "+rst_odd\n" },
	{ "RST that answers another SYN",
	    "> S; -< R A =0 a5000; < SA; >; > 'q'",
	    "0 S1 SrhAD end/none syn/full c:q +rst_odd\n" },
	{ "flags that contradict each other", HELLO "> 'q'; -> S F N; < 'a'",
	    "0 S1 ShADQd end/none syn/full c:q s:a\n" },
	{ "a lone RST", "< R",
	    "0 OTH R rst/client guess/none +midstream "
	    "+one_sided\n" },
};

static void
endings(void **state)
{
	(void)state;
	run_all(endings_v, COUNT(endings_v));
}

static const struct script copies_after_the_end_v[] = {
	{ "every packet twice",
	    "*> S; *< SA; *>; *> 'GET'; *< 'OK'; *> F; *< F; *>",
	    "0 SF ShADTdtFf fin/both syn/full c:GET s:OK "
	    "c again 3 s again 2\n" },
	{ "the server's answer captured first",
	    HELLO "^> 'GET'; < 'OK'; !; ^> 'PUT'; < 'NO'; !",
	    "0 S1 ShAdD end/none syn/full c:GET s:OK c:PUT s:NO\n" },
	{ "a retransmission captured before its original",
	    HELLO "< 'hi' a2; > 'xy' @0 a2; -> 'xy' @0 a0",
	    "0 S1 ShAdDT end/none syn/full c:xy s:hi c again 2\n" },
	{ "the same of one octet", HELLO "< 'hi' a1; > 'x' @0 a2; -> 'x' @0 a0",
	    "0 S1 ShAdDT end/none syn/full c:x s:hi\n" },
	{ "a hole in the request",
	    HELLO "~> 'GET'; < 'OK'; > 'PUT'; < 'NO'; > F; < F; >",
	    "0 SF ShAdDFfG fin/both syn/full c!3 s:OK c:PUT s:NO "
	    "c~3\n" },
	{ "lost, and known by its ACK", HELLO "> 'q'; <; ~> 'PUT'; <",
	    "0 S1 ShADaG end/none syn/full c:q c!3 +acked_unseen "
	    "c~3\n" },
	{ "cut by the snap length", HELLO "> 'GE'c3; < 'OK'",
	    "0 S1 ShADdG end/none syn/full c:GE c!3 s:OK c~3\n" },
	{ "keep-alive", HELLO "> 'q'; <; -> '?' @0; <; < 'a'; -< '?' @0; >",
	    "0 S1 ShADad end/none syn/full c:q s:a\n" },
};

static void
copies_after_the_end(void **state)
{
	(void)state;
	run_all(copies_after_the_end_v, COUNT(copies_after_the_end_v));
}

static void
checksums(void **state)
{
	static const struct script automatic[] = {
		{ "all bad: offload", "> S b; < SA; > b; > 'q'b; < 'a'; > 'r'b",
		    "0 S1 CShADd end/none syn/full c:q s:a c:r\n" },
		{ "one bad among good ones yields",
		    "> S g; < SA g; > g; > 'XX'b; > 'ok' @0 g; < 'a' g",
		    "0 S1 ShACDTd end/none syn/full c:ok s:a c again 2 "
		    "c differ 2\n" },
		{ "one bad, no copy",
		    "> S g; < SA g; > g; > 'XX'b; < g; < 'a' g",
		    "0 S1 ShACDad end/none syn/full c:XX s:a\n" },
	};
	static const struct script drop[] = {
		{ "bad ones are dropped",
		    "> S g; < SA g; > g; > 'XX'b; > 'ok' @0 g; < 'a' g",
		    "0 S1 ShACDd end/none syn/full c:ok s:a\n" },
		{ "and say nothing of a next connection",
		    HELLO "> 'q' g; > R b; < 'a' g; -> S =5 b",
		    "0 S1 ShADCd end/none syn/full c:q s:a\n" },
	};
	struct model_config cfg;

	(void)state;
	net_config(&cfg);
	run_with(automatic, COUNT(automatic), &cfg);
	cfg.checksum = CHECKSUMS_DROP;
	run_with(drop, COUNT(drop), &cfg);
	cfg.checksum = CHECKSUMS_IGNORE;

	static const struct script ignore = { "as if they were good",
		"> S g; < SA g; > g; > 'XX'b; > 'ok' @0 g; < 'a' g",
		"0 S1 ShACDTd end/none syn/full c:XX s:a c again 2 "
		"c differ 2\n" };

	run_with(&ignore, 1, &cfg);
}

static void
strict(void **state)
{
	static const struct script v[] = {
		{ "a full handshake", HELLO "> 'q'; < 'a'",
		    "0 S1 ShADd end/none syn/full c:q s:a\n" },
		{ "none", "> 'q'; < 'a'", "" },
		{ "half of one", "~> S; < SA; >; > 'q'; < 'a'", "" },
		{ "unanswered", "> S", "" },
		{ "beyond the window",
		    "> S; < SA w4; > ; < w4; > 'abcdef'; > 'x'; < w9; "
		    "> 'efg' @4",
		    "0 S1 ShAaD end/none syn/full c:abcdefg c beyond 2\n" },
		{ "a scaled window", "> S k2; < SA w1 k2; > ; < w1; > 'abcdef'",
		    "0 S1 ShAaD end/none syn/full c:abcd c beyond 1\n" },
	};
	struct model_config cfg;

	(void)state;
	net_config(&cfg);
	cfg.stream.strict = true;
	run_with(v, COUNT(v), &cfg);
}

/* ---- two connections on the same endpoints ---- */

static const struct {
	const char *name;
	const char *first;
	uint32_t more; /* the second ISN is so much higher */
	const char *second;
	const char *back; /* to the first connection, or NULL */
	const char *story;
} reuses[] = {
	{ "closed, higher", HELLO "> 'A'; > F; < F; >", 100000, HELLO "> 'B'",
	    NULL,
	    "0 SF ShADFf fin/both syn/full c:A\n"
	    "1 S1 ShAD end/none syn/full c:B\n" },
	{ "closed, lower", HELLO "> 'A'; > F; < F; >", (uint32_t)-100000,
	    HELLO "> 'B'", NULL,
	    "0 SF ShADFf fin/both syn/full c:A\n"
	    "1 S1 ShAD end/none syn/full c:B\n" },
	{ "reset, data on the SYN", HELLO "> 'A'; < R", 5, "> S 'B'; < SA; >",
	    NULL,
	    "0 RSTR ShADr rst/server syn/full c:A\n"
	    "1 S1 SDhA end/none syn/full c:B +syn_data\n" },
	{ "closed, the SYN lost", HELLO "> 'A'; > F; < F; >", 100000000,
	    "~> S; < SA; >; > 'B'", NULL,
	    "0 SF ShADFf fin/both syn/full c:A\n"
	    "1 S1 ^hAD end/none synack/partial c:B\n" },
	{ "closed, data far away", HELLO "> 'A'; > F; < F; >", 100000000,
	    "> 'B'; < 'C'", NULL,
	    "0 SF ShADFf fin/both syn/full c:A\n"
	    "1 OTH Dd end/none guess/none c:B s:C +midstream\n" },
	{ "open, higher, answered", HELLO "> 'A'", 100000, HELLO "> 'B'", NULL,
	    "0 S1 ShAD reuse/none syn/full c:A\n"
	    "1 S1 ShAD end/none syn/full c:B\n" },
	{ "open, lower, answered", HELLO "> 'A'", (uint32_t)-100000,
	    HELLO "> 'B'", NULL,
	    "0 S1 ShAD reuse/none syn/full c:A\n"
	    "1 S1 ShAD end/none syn/full c:B\n" },
	{ "open, the SYN twice", HELLO "> 'A'", 100000, "> S; " HELLO "> 'B'",
	    NULL,
	    "0 S1 ShAD reuse/none syn/full c:A\n"
	    "1 S1 ShAD end/none syn/full c:B\n" },
	{ "open, the SYN/ACK lost", HELLO "> 'A'", 100000,
	    "> S; ~< SA; >; > 'B'; < 'C'", NULL,
	    "0 S1 ShAD reuse/none syn/full c:A\n"
	    "1 OTH SADd end/none syn/partial c:B s:C\n" },
	{ "open, the SYN lost", HELLO "> 'A'; < 'a'; >", 100000000,
	    "~> S; < SA; >; > 'B'; < 'C'", NULL,
	    "0 S1 ShADd reuse/none syn/full c:A s:a\n"
	    "1 S1 ^hADd end/none synack/partial c:B s:C\n" },
	{ "open, challenged: the old one goes on", HELLO "> 'A'", 100000, "> S",
	    "<; > 'more'; < 'a'; > F; < F; >",
	    "0 SF ShADadFf fin/both syn/full c:Amore s:a c wild 1\n" },
	{ "open, challenged and reset", HELLO "> 'A'", 100000, "> S", "<; > R",
	    "0 RSTO ShADaR rst/client syn/full c:A\n"
	    "1 S0 S end/none syn/partial\n" },
	{ "unanswered, then another", "> S", 77, "> S; > S", NULL,
	    "0 S0 S reuse/none syn/partial\n"
	    "1 S0 S end/none syn/partial\n" },
	{ "unanswered, then one that is", "> S; > S", 77, HELLO "> 'B'", NULL,
	    "0 S0 S reuse/none syn/partial\n"
	    "1 S1 ShAD end/none syn/full c:B\n" },
	{ "refused, then not", "> S; < R A =0", 77, HELLO "> 'B'", NULL,
	    "0 REJ Sr rst/server syn/partial\n"
	    "1 S1 ShAD end/none syn/full c:B\n" },
};

static void
same_endpoints_again(void **state)
{
	(void)state;
	for (size_t k = 0; k < COUNT(reuses); k++) {
		for (size_t i = 0; i < 2 * COUNT(isns); i++) {
			const uint32_t *isn = isns[i / 2];
			struct talk a = talk_of(5, isn[0], isn[1], i & 1);
			struct talk b = talk_of(5, isn[0] + reuses[k].more,
			    isn[1] + 99000000, i & 1);
			struct net n;

			net_init(&n, NULL);
			net_play(&n, &a, reuses[k].first);
			net_play(&n, &b, reuses[k].second);
			if (reuses[k].back != NULL)
				net_play(&n, &a, reuses[k].back);
			net_end(&n);
			net_story(&n, reuses[k].name, reuses[k].story);
			net_free(&n);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handshakes),
		cmocka_unit_test(one_direction),
		cmocka_unit_test(endings),
		cmocka_unit_test(copies_after_the_end),
		cmocka_unit_test(checksums),
		cmocka_unit_test(strict),
		cmocka_unit_test(same_endpoints_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
