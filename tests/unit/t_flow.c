/*
 * t_flow.c: segments in, sessions out: how connections begin and end, whose
 * a segment is, what is given up and when.
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
#include "model/conn.h"

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
same_story(struct net *n, const char *name, const char *want)
{
	struct buf got = { 0 };

	record_story(&n->rec, &got);
	if (strcmp(buf_cstr(&got), want) != 0)
		fail_msg("%s:\n%snot:\n%s", name, buf_cstr(&got), want);
	buf_free(&got);
}

static void
run_script(const struct script *s, const struct model_config *cfg, size_t i,
    bool swap)
{
	struct talk t = talk_of(40000, isns[i][0], isns[i][1], swap);
	struct net n;

	net_init(&n, cfg);
	net_play(&n, &t, s->packets);
	net_end(&n);
	same_story(&n, s->name, s->story);
	net_free(&n);
}

static void
run_with(const struct script *v, size_t n, const struct model_config *cfg)
{
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < COUNT(isns); i++)
			for (int swap = 0; swap < 2; swap++)
				run_script(&v[k], cfg, i, swap);
}

static void
run_all(const struct script *v, size_t n)
{
	run_with(v, n, NULL);
}

static void
handshakes(void **state)
{
	static const struct script v[] = {
		{ "plain",
		    HELLO "> 'GET'; <; < 'OK'; >; > F; < F; >",
		    "0 SF ShADadFf fin/both syn/full c:GET s:OK\n" },
		{ "SYN and SYN/ACK repeated",
		    "> S; > S; < SA; < SA; > S; >; > 'q'; < 'a'",
		    "0 S1 ShADd end/none syn/full c:q s:a\n" },
		{ "simultaneous",
		    "> S; < S; > SA; < SA; > 'a'; < 'b'",
		    "0 S1 SsHhDd end/none syn/full c:a s:b +simultaneous\n" },
		{ "simultaneous, with data on the way",
		    "> S; < S; >; <; > 'a'; < 'b' a0; >",
		    "0 S1 SsAaDd end/none syn/full c:a s:b* +simultaneous\n" },
		{ "split",
		    "> S; <; < S; > SA; <; > 'x'; < 'y'",
		    "0 S1 SasHDd end/none syn/full c:x s:y +split\n" },
		{ "SYN lost",
		    "~> S; < SA; >; > 'GET'; < 'OK'; > F; < F; >",
		    "0 SF ^hADdFf fin/both synack/partial c:GET s:OK\n" },
		{ "SYN/ACK lost",
		    "> S; ~< SA; >; > 'GET'; < 'OK'; > F; < F; >",
		    "0 SF SADdFf fin/both syn/partial c:GET s:OK\n" },
		{ "SYN/ACK first",
		    "^> S; < SA; !; >; > 'GET'; < 'OK'; > F; < F; >",
		    "0 SF ^hSADdFf fin/both syn/full c:GET s:OK\n" },
		{ "SYN late",
		    "^> S; ^< SA; >; > 'GET'; < 'OK'; !; > 'x'; > F; < F; >",
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
		{ "in the middle",
		    "> 'GET'; < 'OK'; > 'more'",
		    "0 OTH Dd end/none guess/none c:GET s:OK c:more "
		    "+midstream\n" },
		{ "in the middle, earlier bytes late",
		    "^> 'GET'; < 'OK'; > 'more'; !",
		    "0 OTH Dd end/none guess/none s:GET c:OK s:more "
		    "+midstream\n" },
		{ "accepted data on the SYN",
		    "> S 'early'; < SA; >; < 'OK'",
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

	(void)state;
	run_all(v, COUNT(v));
}

static void
one_direction(void **state)
{
	static const struct script v[] = {
		{ "the client alone",
		    "> S; ~< SA; >; > 'GET'; ~< 'OK'; >",
		    "0 S0 SADg end/none syn/partial c:GET s!2 +one_sided s~2\n"
		    },
		{ "nothing but ACKs of the client",
		    "> S; ~< SA; >; ~< 'OK'; >",
		    "0 S0 SAg end/none syn/partial s!2 +one_sided s~2\n" },
		{ "the server alone",
		    "~> S; < SA; ~> 'GET'; < 'OK'; ~>; < F",
		    "0 SHR ^hdfG end/server synack/partial c!3 s:OK "
		    "+one_sided c~3\n" },
		{ "the server alone, closed",
		    "~> S; < SA; ~> 'GET'; < 'OK'; < F; ~> F; <",
		    "0 SHR ^hdfaG end/server synack/partial c!3 s:OK "
		    "+one_sided c~3\n" },
	};

	(void)state;
	run_all(v, COUNT(v));
}

static void
endings(void **state)
{
	static const struct script v[] = {
		{ "never answered", "> S; > S; > S",
		    "0 S0 S end/none syn/partial\n" },
		{ "refused", "> S; < R A =0",
		    "0 REJ Sr rst/server syn/partial\n" },
		{ "refused, tried again", "> S; < R A =0; > S; < R A =0",
		    "0 REJ Sr rst/server syn/partial\n" },
		{ "established only", HELLO,
		    "0 S1 ShA end/none syn/full\n" },
		{ "half closed by the client",
		    HELLO "> 'q'; > F; <; < 'long'; >; < 'er'; >",
		    "0 S2 ShADFad end/client syn/full c:q s:longer\n" },
		{ "half closed by the server",
		    HELLO "< 'hi'; < F; >; > 'ok'; <",
		    "0 S3 ShAdfDa end/server syn/full s:hi c:ok\n" },
		{ "data on the FINs",
		    HELLO "> 'q' F; < 'a' F; >",
		    "0 SF ShADFdf fin/both syn/full c:q s:a\n" },
		{ "reset by the client", HELLO "> 'q'; < 'a'; > R",
		    "0 RSTO ShADdR rst/client syn/full c:q s:a\n" },
		{ "reset by the server", HELLO "> 'q'; < R",
		    "0 RSTR ShADr rst/server syn/full c:q\n" },
		{ "reset before the answer", "> S; > R",
		    "0 RSTOS0 SR rst/client syn/partial +one_sided\n" },
		{ "reset by a server whose SYN is unknown",
		    "~> S; < SA; < R",
		    "0 RSTRH ^hr rst/server synack/partial +one_sided\n" },
		{ "FIN before the answer", "> S; > F",
		    "0 SH SF end/client syn/partial +one_sided\n" },
		{ "FIN of a server whose client is unknown",
		    "~> S; < SA; < F",
		    "0 SHR ^hf end/server synack/partial +one_sided\n" },
		{ "FIN before data",
		    HELLO "^> 'GET'; > F; !; < F; >",
		    "0 SF ShAFDf fin/both syn/full c:GET\n" },
		{ "FIN whose data never came",
		    HELLO "~> 'GET'; > F; < F; >",
		    "0 SF ShAFfG fin/both syn/full c!3 c~3\n" },
		{ "FIN lost, its ACK seen",
		    HELLO "> 'q'; ~> F; <; < F; >",
		    "0 S3 ShADaf end/server syn/full c:q\n" },
		{ "data after the FIN",
		    HELLO "> 'q'; > F; > 'more'; < 'a'",
		    "0 S2 ShADFd end/client syn/full c:qmore s:a "
		    "+after_fin\n" },
		{ "data after RST",
		    HELLO "> 'q'; < R; > 'more'; < 'a'",
		    "0 RSTR ShADrd rst/server syn/full c:qmore s:a "
		    "+after_rst\n" },
		{ "RST with a text",
		    HELLO "> 'q'; < R 'go away'",
		    "0 RSTR ShADr rst/server syn/full c:q +rst_text\n" },
		{ "RST out of place",
		    HELLO "> 'q'; -< R @500000; < 'a'; > F; < F; >",
		    "0 SF ShADrdFf fin/both syn/full c:q s:a +rst_odd\n" },
		{ "RST before what was acknowledged",
		    HELLO "< 'hello'; >; -< R @0; < ' you'; > F; < F; >",
		    "0 SF ShAdrFf fin/both syn/full s:hello you "
		    "+rst_odd\n" },
		{ "RST that answers another SYN",
		    "> S; -< R A =0 a5000; < SA; >; > 'q'",
		    "0 S1 SrhAD end/none syn/full c:q +rst_odd\n" },
		{ "flags that contradict each other",
		    HELLO "> 'q'; -> S F N; < 'a'",
		    "0 S1 ShADQd end/none syn/full c:q s:a\n" },
		{ "a lone RST", "< R",
		    "0 RSTOS0 R rst/client guess/none +midstream "
		    "+one_sided\n" },
	};

	(void)state;
	run_all(v, COUNT(v));
}

static void
copies_after_the_end(void **state)
{
	static const struct script v[] = {
		{ "every packet twice",
		    "*> S; *< SA; *>; *> 'GET'; *< 'OK'; *> F; *< F; *>",
		    "0 SF ShADTdtFf fin/both syn/full c:GET s:OK "
		    "c again 3 s again 2\n" },
		{ "the server's answer captured first",
		    HELLO "^> 'GET'; < 'OK'; !; ^> 'PUT'; < 'NO'; !",
		    "0 S1 ShAdD end/none syn/full c:GET s:OK c:PUT s:NO\n" },
		{ "a hole in the request",
		    HELLO "~> 'GET'; < 'OK'; > 'PUT'; < 'NO'; > F; < F; >",
		    "0 SF ShAdDFfG fin/both syn/full c!3 s:OK c:PUT s:NO c~3\n"
		    },
		{ "lost, and known by its ACK",
		    HELLO "> 'q'; <; ~> 'PUT'; <",
		    "0 S1 ShADaG end/none syn/full c:q c!3 +acked_unseen "
		    "c~3\n" },
		{ "cut by the snap length",
		    HELLO "> 'GE'c3; < 'OK'",
		    "0 S1 ShADGd end/none syn/full c:GE c!3 s:OK c~3\n" },
		{ "keep-alive",
		    HELLO "> 'q'; <; -> '?' @0; <; < 'a'; -< '?' @0; >",
		    "0 S1 ShADad end/none syn/full c:q s:a\n" },
	};

	(void)state;
	run_all(v, COUNT(v));
}

static void
checksums(void **state)
{
	static const struct script automatic[] = {
		{ "all bad: offload",
		    "> S b; < SA; > b; > 'q'b; < 'a'; > 'r'b",
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
		    "0 S1 ShAaD end/none syn/full c:abcdefg c wild 2\n" },
		{ "a scaled window",
		    "> S k2; < SA w1 k2; > ; < w1; > 'abcdef'",
		    "0 S1 ShAaD end/none syn/full c:abcd c wild 1\n" },
	};
	struct model_config cfg;

	(void)state;
	net_config(&cfg);
	cfg.strict = true;
	run_with(v, COUNT(v), &cfg);
}

/* ---- two connections on the same endpoints ---- */

static const struct {
	const char *name;
	const char *first;
	uint32_t more;		/* the second ISN is so much higher */
	const char *second;
	const char *back;	/* to the first connection, or NULL */
	const char *story;
} reuses[] = {
	{ "closed, higher", HELLO "> 'A'; > F; < F; >", 100000,
	    HELLO "> 'B'", NULL,
	    "0 SF ShADFf fin/both syn/full c:A\n"
	    "1 S1 ShAD end/none syn/full c:B\n" },
	{ "closed, lower", HELLO "> 'A'; > F; < F; >", (uint32_t)-100000,
	    HELLO "> 'B'", NULL,
	    "0 SF ShADFf fin/both syn/full c:A\n"
	    "1 S1 ShAD end/none syn/full c:B\n" },
	{ "reset, data on the SYN", HELLO "> 'A'; < R", 5,
	    "> S 'B'; < SA; >", NULL,
	    "0 RSTR ShADr rst/server syn/full c:A\n"
	    "1 S1 SDhA end/none syn/full c:B +syn_data\n" },
	{ "closed, the SYN lost", HELLO "> 'A'; > F; < F; >", 100000000,
	    "~> S; < SA; >; > 'B'", NULL,
	    "0 SF ShADFf fin/both syn/full c:A\n"
	    "1 OTH ^hAD end/none synack/partial c:B\n" },
	{ "closed, data far away", HELLO "> 'A'; > F; < F; >", 100000000,
	    "> 'B'; < 'C'", NULL,
	    "0 SF ShADFf fin/both syn/full c:A\n"
	    "1 OTH Dd end/none guess/none c:B s:C +midstream\n" },
	{ "open, higher, answered", HELLO "> 'A'", 100000,
	    HELLO "> 'B'", NULL,
	    "0 S1 ShAD reuse/none syn/full c:A\n"
	    "1 S1 ShAD end/none syn/full c:B\n" },
	{ "open, lower, answered", HELLO "> 'A'", (uint32_t)-100000,
	    HELLO "> 'B'", NULL,
	    "0 S1 ShAD reuse/none syn/full c:A\n"
	    "1 S1 ShAD end/none syn/full c:B\n" },
	{ "open, the SYN twice", HELLO "> 'A'", 100000,
	    "> S; " HELLO "> 'B'", NULL,
	    "0 S1 ShAD reuse/none syn/full c:A\n"
	    "1 S1 ShAD end/none syn/full c:B\n" },
	{ "open, the SYN/ACK lost", HELLO "> 'A'", 100000,
	    "> S; ~< SA; >; > 'B'; < 'C'", NULL,
	    "0 S1 ShAD reuse/none syn/full c:A\n"
	    "1 OTH SADd end/none syn/partial c:B s:C\n" },
	{ "open, the SYN lost", HELLO "> 'A'; < 'a'; >", 100000000,
	    "~> S; < SA; >; > 'B'; < 'C'", NULL,
	    "0 S1 ShADd reuse/none syn/full c:A s:a\n"
	    "1 OTH ^hADd end/none synack/partial c:B s:C\n" },
	{ "open, challenged: the old one goes on", HELLO "> 'A'", 100000,
	    "> S", "<; > 'more'; < 'a'; > F; < F; >",
	    "0 SF ShADadFf fin/both syn/full c:Amore s:a c wild 1\n" },
	{ "open, challenged and reset", HELLO "> 'A'", 100000,
	    "> S", "<; > R",
	    "0 RSTO ShADaR rst/client syn/full c:A\n"
	    "1 S0 S end/none syn/partial\n" },
	{ "unanswered, then another", "> S", 77, "> S; > S", NULL,
	    "0 S0 S reuse/none syn/partial\n"
	    "1 S0 S end/none syn/partial\n" },
	{ "unanswered, then one that is", "> S; > S", 77,
	    HELLO "> 'B'", NULL,
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
			struct talk b = talk_of(5,
			    isn[0] + reuses[k].more, isn[1] + 99000000,
			    i & 1);
			struct net n;

			net_init(&n, NULL);
			net_play(&n, &a, reuses[k].first);
			net_play(&n, &b, reuses[k].second);
			if (reuses[k].back != NULL)
				net_play(&n, &a, reuses[k].back);
			net_end(&n);
			same_story(&n, reuses[k].name, reuses[k].story);
			net_free(&n);
		}
	}
}

static void
vlans(void **state)
{
	struct model_config cfg;

	(void)state;
	net_config(&cfg);
	for (int split = 0; split < 2; split++) {
		struct segment s = { .window = 1, .flags = TCP_SYN,
			.wscale = SEGMENT_NO_WSCALE };
		struct talk t = talk_of(5, 1, 2, false);
		struct net n;

		cfg.split_vlan = split;
		net_init(&n, &cfg);
		s.src = t.ep[0];
		s.dst = t.ep[1];
		for (uint32_t i = 0; i < 6; i++) {
			s.vlan = i % 3;
			net_give(&n, &s);
		}
		net_end(&n);
		assert_int_equal(n.rec.n, split ? 3 : 1);
		net_free(&n);
	}
}

/* ---- time ---- */

static void
round_trip_time(void **state)
{
	static const struct {
		const char *packets;
		int64_t ms;	/* -1: not known */
	} v[] = {
		{ HELLO "> 'q'", 2 },
		{ "> S; < SA; > 'q'", 2 },
		{ "> S; > S; < SA; > S; >", 3 },
		{ "> S; < SA; < SA; >", 3 },
		{ "^> S; < SA; !; >", 1 },
		{ "> S; < SA", -1 },
		{ "~> S; < SA; >; > 'q'", -1 },
		{ "> S; < S; > SA; < SA", 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(v); i++) {
		struct talk t = talk_of(5, 1000, 2000, false);
		struct net n;

		net_init(&n, NULL);
		net_play(&n, &t, v[i].packets);
		net_end(&n);
		if (n.rec.v[0]->s.rtt_ns != (v[i].ms < 0 ? -1 :
		    v[i].ms * 1000000))
			fail_msg("%s: %" PRId64 " ns", v[i].packets,
			    n.rec.v[0]->s.rtt_ns);
		net_free(&n);
	}
}

static void
closed_ones_linger(void **state)
{
	struct talk a = talk_of(5, 1000, 2000, false);
	struct talk b = talk_of(6, 1000, 2000, false);
	struct net n;

	(void)state;
	net_init(&n, NULL);
	net_play(&n, &a, HELLO "> 'abc'; > F; < F; >; +100; -> 'abc' @0");
	net_play(&n, &b, "+19; > S");
	assert_int_equal(n.rec.n_closed, 0);
	assert_int_equal(n.rec.v[0]->settled, 1);
	net_play(&n, &b, "+2; > S");
	assert_int_equal(n.rec.n_closed, 1);
	assert_int_equal(flows_stats(n.flows).live, 1);
	net_play(&n, &a, "-> 'again' @0");
	net_end(&n);
	same_story(&n, "linger",
	    "0 SF ShADFfT fin/both syn/full c:abc c again 3\n"
	    "1 S0 S end/none syn/partial\n"
	    "2 OTH D end/none guess/none c:again +midstream +one_sided\n");
	net_free(&n);
}

/* Backscatter: what is closed by its first packet goes like the others. */
static void
closed_at_once(void **state)
{
	struct talk b = talk_of(6, 1000, 2000, false);
	struct net n;

	(void)state;
	net_init(&n, NULL);
	for (unsigned port = 100; port < 110; port++) {
		struct talk a = talk_of(port, 1000, 2000, false);

		net_play(&n, &a, "< R");
	}
	net_play(&n, &b, "+121; > S");
	assert_int_equal(n.rec.n_closed, 10);
	net_end(&n);
	net_free(&n);
}

static void
idle_ones_end(void **state)
{
	struct model_config cfg;
	struct talk a = talk_of(5, 1000, 2000, false);
	struct talk b = talk_of(6, 1000, 2000, false);
	struct talk c = talk_of(7, 1000, 2000, false);
	struct net n;

	(void)state;
	net_config(&cfg);
	cfg.idle_ns = 60 * (int64_t)1000000000;
	net_init(&n, &cfg);
	net_play(&n, &a, HELLO "> 'q'; +50; < 'a'");
	net_play(&n, &b, "> S; +50; > S; +20");
	net_play(&n, &c, "> S");
	assert_int_equal(n.rec.n_closed, 1);
	net_play(&n, &c, "+50; > S");
	net_play(&n, &a, "> 'b'");
	net_end(&n);
	same_story(&n, "idle",
	    "0 S1 ShADd idle/none syn/full c:q s:a\n"
	    "1 S0 S idle/none syn/partial\n"
	    "2 S0 S end/none syn/partial\n"
	    "3 OTH D end/none guess/none c:b +midstream +one_sided\n");
	net_free(&n);
}

/* A clock that goes back, or far beyond anything, ends nothing too early. */
static void
odd_clocks(void **state)
{
	struct model_config cfg;
	struct talk a = talk_of(5, 1000, 2000, false);
	struct net n;

	(void)state;
	net_config(&cfg);
	cfg.idle_ns = INT64_MAX / 16;
	net_init(&n, &cfg);
	n.now_ns = INT64_MIN;
	net_play(&n, &a, "> S; < SA");
	n.now_ns = 0;
	net_play(&n, &a, ">; > 'q'");
	n.now_ns = -1000;
	net_play(&n, &a, "< 'a'; > F; < F; >");
	n.now_ns = INT64_MAX - 100000000;
	a = talk_of(6, 1000, 2000, false);
	net_play(&n, &a, "> S");
	n.now_ns = INT64_MIN + 5;
	net_play(&n, &a, "< SA");
	net_end(&n);
	assert_int_equal(n.rec.n, 3);
	net_free(&n);
}

/* ---- many ---- */

/* Numbers go by the first packet, lines by the last. */
static void
numbers(void **state)
{
	struct talk t[6];
	struct net n;

	(void)state;
	net_init(&n, NULL);
	for (unsigned i = 0; i < 6; i++) {
		t[i] = talk_of(100 + i, 1000, 2000, i & 1);
		net_play(&n, &t[i], "> S");
	}
	for (unsigned i = 6; i-- > 0;)
		if (i != 2 && i != 5)
			net_play(&n, &t[i], "< SA; >; > 'x'");
	net_play(&n, &t[3], "> F; < F; >");
	net_play(&n, &t[1], "> R");
	assert_int_equal(n.rec.n_closed, 0);
	net_end(&n);

	static const uint64_t order[] = { 3, 1, 0, 2, 4, 5 };

	assert_int_equal(n.rec.n_closed, 6);
	for (size_t i = 0; i < 6; i++) {
		struct rec_session *rs = record_find(&n.rec, i);

		assert_int_equal(n.rec.closed[i], order[i]);
		assert_int_equal(rs->s.first_packet, i + 1);
		assert_int_equal(rs->s.client.port, 100 + i);
	}
	assert_int_equal(flows_stats(n.flows).sessions, 6);
	net_free(&n);
}

static void
sides(void **state)
{
	struct talk t = talk_of(5, 1000, 2000, false);
	struct net n;
	const struct session *s;

	(void)state;
	net_init(&n, NULL);
	net_play(&n, &t, HELLO "> 'abc'; < w0; -> 'abc' @0; < 'de'; > R");
	net_end(&n);
	s = &n.rec.v[0]->s;
	assert_int_equal(s->side[0].packets, 5);
	assert_int_equal(s->side[1].packets, 3);
	assert_int_equal(s->side[0].bytes, 3);
	assert_int_equal(s->side[1].bytes, 2);
	assert_int_equal(s->side[0].flags, TCP_SYN | TCP_ACK | TCP_RST);
	assert_int_equal(s->side[1].flags, TCP_SYN | TCP_ACK);
	assert_int_equal(s->side[0].retransmitted, 3);
	assert_int_equal(s->side[1].zero_window, 1);
	assert_int_equal(s->first_packet, 1);
	assert_int_equal(s->last_packet, 8);
	assert_int_equal(s->end_ns - s->start_ns, 7000000);
	net_free(&n);
}

static void
give_syn(struct net *n, uint32_t i)
{
	struct segment s = {
		.src = { { 11, (uint8_t)(i >> 16), (uint8_t)(i >> 8),
		    (uint8_t)i }, 1024, 4 },
		.dst = { { 10, 0, 0, 5 }, 80, 4 },
		.flags = TCP_SYN,
		.seq = i,
		.window = 1000,
		.wscale = SEGMENT_NO_WSCALE,
	};

	net_give(n, &s);
}

/* Every session that was begun is told of exactly once (record.c aborts on a
 * second time). */
static void
all_told_once(struct net *n)
{
	uint64_t begun = flows_stats(n->flows).sessions;

	net_end(n);
	assert_int_equal(n->rec.n, begun);
	for (size_t i = 0; i < n->rec.n; i++)
		assert_true(n->rec.v[i]->closed);
}

static void
half_open_ones_are_evicted_first(void **state)
{
	struct model_config cfg;
	struct talk t = talk_of(5, 1000, 2000, false);
	struct flows_stats st;
	struct net n;

	(void)state;
	net_config(&cfg);
	cfg.max_memory = (size_t)200 << 10;
	net_init(&n, &cfg);
	net_play(&n, &t, HELLO "> 'q'; < 'a'");
	for (uint32_t i = 0; i < 5000; i++) {
		give_syn(&n, i);
		st = flows_stats(n.flows);
		assert_true(st.live * 64 <= cfg.max_memory);
	}
	assert_true(st.evicted_half_open > 3000);
	assert_int_equal(st.evicted, 0);
	/* The one with data lives. */
	net_play(&n, &t, "> 'more'; > F; < F; >");
	all_told_once(&n);

	const struct rec_session *first = record_find(&n.rec, 0);

	assert_string_equal(first->state, "SF");
	assert_int_equal(first->data[0].n, 5);
	assert_int_equal(record_find(&n.rec, 1)->s.close, CLOSE_EVICTED);
	assert_int_equal(record_find(&n.rec, 5000)->s.close, CLOSE_END);
	net_free(&n);
}

static void
the_silent_are_evicted(void **state)
{
	struct model_config cfg;
	struct net n;
	static struct talk t[300];

	(void)state;
	net_config(&cfg);
	cfg.max_memory = (size_t)100 << 10;
	net_init(&n, &cfg);
	for (unsigned i = 0; i < COUNT(t); i++) {
		t[i] = talk_of(1000 + i, i, 2 * i, i & 1);
		net_play(&n, &t[i], HELLO "> 'hello'; ~> 'hole'; > 'held'");
		assert_true(flows_stats(n.flows).live *
		    sizeof(struct conn) <= cfg.max_memory);
	}
	assert_true(flows_stats(n.flows).evicted > 200);
	assert_int_equal(n.rec.closed[0], 0);
	net_play(&n, &t[0], "> 'back'; < 'yes'; > F; < F; >");
	all_told_once(&n);

	struct rec_session *rs = record_find(&n.rec, 0);

	assert_int_equal(rs->s.close, CLOSE_EVICTED);
	assert_string_equal(buf_cstr(&rs->turns), "c:hello c!4 c:held");
	rs = record_find(&n.rec, COUNT(t));
	assert_int_equal(rs->s.notes & (NOTE_CONTINUED | NOTE_MIDSTREAM),
	    NOTE_CONTINUED | NOTE_MIDSTREAM);
	assert_string_equal(buf_cstr(&rs->turns), "c:back s:yes");
	net_free(&n);
}

/* A single connection must keep to the limit as well. */
static void
one_that_holds_too_much(void **state)
{
	struct model_config cfg;
	struct talk t = talk_of(5, 1000, 2000, false);
	struct net n;

	(void)state;
	net_config(&cfg);
	cfg.max_memory = (size_t)100 << 10;
	net_init(&n, &cfg);
	net_play(&n, &t, HELLO "> 'q'");
	for (unsigned i = 0; i < 5000; i++) {
		char packet[32];

		snprintf(packet, sizeof(packet), "> 'x' @%u", 3 + 2 * i);
		net_play(&n, &t, packet);
	}
	assert_true(flows_stats(n.flows).evicted >= 1);
	all_told_once(&n);

	size_t bytes = 0;

	for (size_t i = 0; i < n.rec.n; i++)
		bytes += n.rec.v[i]->data[0].n;
	assert_int_equal(bytes, 5001);
	net_free(&n);
}

/* Random beginnings of many connections, with little memory. */
static void
few_at_a_time(void **state)
{
	static const char *const says[] = { "> S", "< SA", ">", "> 'abc'",
		"< 'de'", "~> 'xy'; > 'z'", "> F", "< F", "< R", "^> 'o'; !" };
	static struct talk t[40];
	struct model_config cfg;
	uint32_t x = 12345;

	(void)state;
	net_config(&cfg);
	for (size_t limit = 1; limit <= (size_t)1 << 17; limit *= 8) {
		struct net n;

		cfg.max_memory = limit;
		net_init(&n, &cfg);
		for (unsigned i = 0; i < COUNT(t); i++)
			t[i] = talk_of(1000 + i, i, 2 * i, i & 1);
		for (unsigned i = 0; i < 4000; i++) {
			x = x * 1664525 + 1013904223;
			net_play(&n, &t[(x >> 24) % COUNT(t)],
			    says[(x >> 16) % COUNT(says)]);
			assert_true(flows_stats(n.flows).live <=
			    1 + limit / 64);
		}
		all_told_once(&n);
		net_free(&n);
	}
}

/* What is open is dropped without a word. */
static void
thrown_away(void **state)
{
	struct talk t = talk_of(5, 1000, 2000, false);
	struct net n;

	(void)state;
	net_init(&n, NULL);
	net_end(&n);
	net_play(&n, &t, "> S; > S");
	net_free(&n);
	flows_free(NULL);
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
		cmocka_unit_test(vlans),
		cmocka_unit_test(round_trip_time),
		cmocka_unit_test(closed_ones_linger),
		cmocka_unit_test(closed_at_once),
		cmocka_unit_test(idle_ones_end),
		cmocka_unit_test(odd_clocks),
		cmocka_unit_test(numbers),
		cmocka_unit_test(sides),
		cmocka_unit_test(half_open_ones_are_evicted_first),
		cmocka_unit_test(the_silent_are_evicted),
		cmocka_unit_test(one_that_holds_too_much),
		cmocka_unit_test(few_at_a_time),
		cmocka_unit_test(thrown_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
