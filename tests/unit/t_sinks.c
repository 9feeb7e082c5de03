/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_sinks.c: what is written of a session, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "memout.h"
#include "sinks/sinks.h"

#define SEC 1000000000
#define START (1537962662 * (int64_t)SEC)
#define STEM "192.0.2.1_57080-192.0.2.2_80-6-3"

/* A run of the sinks; the session is changed by tests as they like. */
struct run {
	struct memout out;
	struct spill *keep;
	struct sinks *sinks;
	struct events e;
	struct session s;
	void *handle;
	uint64_t off[2];
};

static void
begin_with(struct run *r, const char *emit, bool gaps_skip, size_t budget)
{
	struct sink_env env = {
		.out = memout_init(&r->out),
		.spill = spill_new(budget),
		.capture = "x\n.pcap",
		.gaps_skip = gaps_skip,
	};
	unsigned bits = 0;

	assert_true(sinks_parse_emit(emit, &bits));
	r->keep = env.spill;
	r->sinks = sinks_new(&env, bits);
	r->e = sinks_events(r->sinks);
	r->handle = NULL;
	r->off[0] = r->off[1] = 0;
	r->s = (struct session){
		.number = 3,
		.proto = PROTO_TCP,
		.client = { { 192, 0, 2, 1 }, 57080, 4 },
		.server = { { 192, 0, 2, 2 }, 80, 4 },
		.start_ns = START,
		.end_ns = START + 61440295000,
		.first_packet = 5,
		.last_packet = 9,
		.ts_digits = 6,
		.handshake = HANDSHAKE_FULL,
		.close = CLOSE_FIN,
		.closed_by = CLOSED_BY_BOTH,
		.state = CONN_STATE_SF,
		.history = "ShADadFf",
		.rtt_ns = 307242000,
		.wait_ns = { -1, -1 },
	};
}

static void
begin(struct run *r, const char *emit)
{
	begin_with(r, emit, false, 1 << 20);
	r->handle = r->e.open(r->e.ctx, &r->s);
}

static void
finish(struct run *r)
{
	r->e.close(r->e.ctx, r->handle, &r->s);
	sinks_finish(r->sinks);
}

static void
discard(struct run *r)
{
	sinks_free(r->sinks);
	assert_int_equal(spill_error(r->keep), 0);
	assert_int_equal(spill_memory(r->keep), 0);
	spill_free(r->keep);
	memout_free(&r->out);
}

/* Bytes that come as data and as a turn: ms after the start. */
static void
say(struct run *r, int dir, const char *text, uint64_t ordinal, int64_t ms,
    bool concurrent)
{
	struct chunk c = {
		.dir = dir,
		.concurrent = concurrent,
		.off = r->off[dir],
		.bytes = { (const uint8_t *)text, strlen(text) },
		.packet = 100 + ordinal,
		.ordinal = ordinal,
		.ts_ns = START + ms * 1000000,
	};

	r->e.data(r->e.ctx, r->handle, &c);
	r->e.turn(r->e.ctx, r->handle, &c);
	r->off[dir] += c.bytes.n;
}

static void
lose(struct run *r, int dir, uint64_t len, enum gap_reason reason)
{
	struct gap g = { r->off[dir], len, reason };

	r->e.gap(r->e.ctx, r->handle, dir, &g);
	r->e.turn_gap(r->e.ctx, r->handle, dir, &g);
	r->off[dir] += len;
}

static void
emit_lists(void **state)
{
	unsigned raw, text, hex, json, all, x = 0;
	struct emit_fault fault;

	(void)state;
	assert_true(sinks_parse_emit("raw", &raw));
	assert_true(sinks_parse_emit("text", &text));
	assert_true(sinks_parse_emit("hex", &hex));
	assert_true(sinks_parse_emit("json", &json));
	assert_true(raw && text && hex && json);
	assert_true(sinks_parse_emit("all", &all));
	assert_int_equal(all & (raw | text | hex | json),
	    raw | text | hex | json);
	assert_int_equal(raw & text, 0);
	assert_true(sinks_parse_emit("text,raw", &x));
	assert_int_equal(x, raw | text);
	assert_true(sinks_parse_emit("none", &x));
	assert_int_equal(x, 0);
	assert_false(sinks_emit_fault("raw,text", &fault));
	static const char *const bad[] = { "", "raw,", ",raw", "raw,,text",
		"Raw", "ra", "rawx", "raw text", "alll" };
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		x = 77;
		assert_false(sinks_parse_emit(bad[i], &x));
		assert_int_equal(x, 77);
		assert_true(sinks_emit_fault(bad[i], &fault));
	}
	assert_true(sinks_emit_fault("raw,bogus,text", &fault));
	assert_int_equal(fault.len, 5);
	assert_memory_equal(fault.word, "bogus", 5);
}

static void
turns_only_when_wanted(void **state)
{
	static const struct {
		const char *emit;
		bool turns;
	} rows[] = {
		{ "none", false },
		{ "raw", false },
		{ "text", true },
		{ "raw,json", true },
		{ "hex", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct run r;

		begin_with(&r, rows[i].emit, false, 0);
		assert_int_equal(r.e.wants_turns, rows[i].turns);
		discard(&r);
	}
}

/* The index exists without a session, and files are closed once. */
static void
empty_run(void **state)
{
	struct run r;

	(void)state;
	begin_with(&r, "all", false, 0);
	sinks_finish(r.sinks);
	assert_int_equal(r.out.n, 4);
	assert_string_equal(memout_text(&r.out, "sessions.jsonl"), "");
	assert_string_equal(memout_text(&r.out, "scripts.jsonl"), "");
	assert_string_equal(memout_text(&r.out, "http.jsonl"), "");
	assert_string_equal(memout_text(&r.out, "objects.jsonl"), "");
	discard(&r);
}

static const char packed_conn_side[] =
    "{\"packets\":0,\"bytes\":0,\"flags\":\"\",\"missing\":0,\"gaps\":[],"
    "\"retransmitted\":0,\"duplicates\":0,\"out_of_order\":0,\"conflicting\":0,"
    "\"conflicts\":[],\"bad_checksum\":0,\"zero_window\":0,"
    "\"refused\":{},\"late\":0,\"file\":null}";

/* A session that never opened has its line, and no file. */
static void
never_opened(void **state)
{
	char want[2048];
	struct run r;

	(void)state;
	begin_with(&r, "all", false, 0);
	r.s.handshake = HANDSHAKE_PARTIAL;
	r.s.rtt_ns = -1;
	r.s.closed_by = CLOSED_BY_NONE;
	r.s.close = CLOSE_END;
	finish(&r);
	snprintf(want, sizeof want,
	    "{\"session\":3,\"stem\":\"" STEM "\","
	    "\"capture\":\"x\\n.pcap\","
	    "\"community_id\":\"1:1iX1jE/Urib/bgKWhnJ8T3criWg=\","
	    "\"start\":\"2018-09-26T11:51:02.000000Z\","
	    "\"end\":\"2018-09-26T11:52:03.440295Z\","
	    "\"duration\":61.440295,\"first_packet\":5,\"last_packet\":9,"
	    "\"client\":{\"ip\":\"192.0.2.1\",\"port\":57080},"
	    "\"server\":{\"ip\":\"192.0.2.2\",\"port\":80},"
	    "\"roles\":\"syn\",\"handshake\":\"partial\",\"vlan\":[],"
	    "\"mac\":[null,null],\"state\":\"SF\","
	    "\"history\":\"ShADadFf\",\"close\":\"end\",\"closed_by\":null,"
	    "\"rtt\":null,\"wait\":{\"client\":null,\"server\":null},"
	    "\"service\":null,\"name\":null,"
	    "\"remarks\":[\"open at the "
	    "end\"],\"tls\":null,\"c2s\":%s,\"s2c\":%s,"
	    "\"files\":[],\"notes\":[]}\n",
	    packed_conn_side, packed_conn_side);
	assert_string_equal(memout_text(&r.out, "sessions.jsonl"), want);
	assert_int_equal(r.out.n, 4);
	assert_true(memout_find(&r.out, "sessions.jsonl")->mtime_ns == START);
	discard(&r);
}

static void
index_facts(void **state)
{
	static const struct gap gaps[] = { { 10, 5, GAP_NOT_CAPTURED },
		{ 20, 1, GAP_SNAPLEN }, { 30, 2, GAP_MAX_BYTES },
		{ 40, 3, GAP_MEMORY } };
	static const struct range conflicts[] = { { 1, 2 }, { 7, 1 } };
	const char *line;
	struct run r;

	(void)state;
	begin(&r, "raw");
	say(&r, 1, "x", 1, 0, false);
	r.s.ts_digits = 9;
	r.s.roles = ROLES_SYNACK;
	r.s.closed_by = CLOSED_BY_SERVER;
	r.s.notes = (NOTE_SPLIT_HANDSHAKE << 1) - 1;
	r.s.wait_ns[1] = 3200000000;
	r.s.hop[0] = (struct hop){ .vlan = UINT64_C(7) << 12 | 8,
		.src_mac = { 2, 0xab, 0, 0, 0, 1 },
		.dst_mac = { 2, 0, 0, 0, 0, 2 },
		.has_src = true,
		.has_dst = true };
	r.s.hop[1] = (struct hop){ .vlan = UINT64_C(9) << 12 | 8 };
	r.s.side[1] = (struct side){ .packets = 1,
		.bytes = 2,
		.flags = 0xff,
		.missing = 3,
		.gaps = gaps,
		.n_gaps = 4,
		.retransmitted = 4,
		.out_of_order = 5,
		.conflicting = 6,
		.conflicts = conflicts,
		.n_conflicts = 2,
		.bad_checksum = 7,
		.zero_window = 8,
		.refused = { [REFUSAL_PAWS] = 9, [REFUSAL_WILD] = 11 },
		.late = 10 };
	finish(&r);
	line = memout_text(&r.out, ".jsonl");
	assert_non_null(strstr(line,
	    "\"s2c\":{\"packets\":1,\"bytes\":2,"
	    "\"flags\":\"SAPFRUEC\",\"missing\":3,\"gaps\":"
	    "[[10,5,\"not captured\"],[20,1,\"snaplen\"],"
	    "[30,2,\"max-bytes\"],[40,3,\"memory\"]],"
	    "\"retransmitted\":4,\"duplicates\":0,\"out_of_order\":5,"
	    "\"conflicting\":6,"
	    "\"conflicts\":[[1,2],[7,1]],\"bad_checksum\":7,"
	    "\"zero_window\":8,"
	    "\"refused\":{\"paws\":9,\"wild\":11},\"late\":10,"
	    "\"file\":\"" STEM ".s2c\"},\"files\":[\"" STEM ".s2c\"],"
	    "\"notes\":[\"midstream\",\"one_sided\",\"continued\","
	    "\"copy_of\",\"jumped\",\"lists_cut\",\"data_after_fin\",\"data_"
	    "after_rst\","
	    "\"rst_payload\",\"rst_suspicious\",\"urgent\",\"syn_data\","
	    "\"acked_unseen\",\"filled_late\",\"simultaneous_open\","
	    "\"split_handshake\"]}\n"));
	assert_non_null(strstr(line, "\"duration\":61.440295000,"));
	assert_non_null(strstr(line,
	    "\"rtt\":0.307242000,"
	    "\"wait\":{\"client\":null,\"server\":3.200000000},"
	    "\"service\":null,\"name\":null,"
	    "\"remarks\":[\"server took 3.2 s\",\"3 bytes missing\","
	    "\"server repeats 66%\",\"zero window of server\"],\"tls\":null,"
	    "\"c2s\":"));
	assert_non_null(strstr(line,
	    "\"full\",\"vlan\":[7,8,9],"
	    "\"mac\":[\"02:ab:00:00:00:01\",\"02:00:00:00:00:02\"],"
	    "\"state\":"));
	assert_non_null(strstr(line,
	    "\"roles\":\"synack\",\"handshake\":"
	    "\"full\","));
	assert_non_null(strstr(line, "\"closed_by\":\"server\""));
	discard(&r);
}

static void
raw_files(void **state)
{
	struct memfile *f;
	struct run r;

	(void)state;
	begin(&r, "raw");
	say(&r, 0, "one", 1, 0, false);
	say(&r, 0, "two", 2, 0, false);
	r.e.settle(r.e.ctx, r.handle);
	finish(&r);
	assert_null(memout_find(&r.out, ".s2c"));
	f = memout_find(&r.out, ".c2s");
	assert_non_null(f);
	assert_string_equal(f->name, STEM ".c2s");
	assert_string_equal(memout_text(&r.out, ".c2s"), "onetwo");
	assert_true(f->mtime_ns == START);
	assert_int_equal(f->settled, 1);
	discard(&r);
}

/* Holes before and between bytes are holes; behind them they are nothing. */
static void
raw_holes(void **state)
{
	for (int skip = 0; skip < 2; skip++) {
		static const char zeros[] = "\0\0ab\0\0\0\0\0cd";
		struct memfile *f;
		struct run r;

		(void)state;
		begin_with(&r, "raw", skip == 1, 0);
		r.handle = r.e.open(r.e.ctx, &r.s);
		lose(&r, 1, 2, GAP_NOT_CAPTURED);
		say(&r, 1, "ab", 1, 0, false);
		lose(&r, 1, 3, GAP_NOT_CAPTURED);
		lose(&r, 1, 2, GAP_SNAPLEN);
		say(&r, 1, "cd", 2, 0, false);
		lose(&r, 1, 9, GAP_MAX_BYTES);
		lose(&r, 0, 4, GAP_NOT_CAPTURED);
		finish(&r);
		assert_null(memout_find(&r.out, ".c2s"));
		f = memout_find(&r.out, ".s2c");
		if (skip) {
			assert_string_equal(memout_text(&r.out, ".s2c"),
			    "abcd");
		} else {
			assert_int_equal(f->data.n, sizeof zeros - 1);
			assert_memory_equal(f->data.p, zeros, f->data.n);
		}
		assert_int_equal(f->hole, 0);
		discard(&r);
	}
}

#define HEADER                                                                 \
	"# capture x\\n.pcap\n"                                                \
	"# session 3\n"                                                        \
	"# client 192.0.2.1:57080\n"                                           \
	"# server 192.0.2.2:80\n"                                              \
	"# start 2018-09-26T11:51:02.000000Z\n"

static void
converse(struct run *r)
{
	lose(r, 1, 2, GAP_SNAPLEN);
	say(r, 0, "GET / HTTP/1.1\r\nHost: \xe2\x82", 1, 307, false);
	say(r, 0, "\xac\r\n", 2, 1307, true);
	say(r, 1, "HTTP/1.1 200 OK\r\n", 3, 1400, true);
	say(r, 1, "tail", 4, 1400, false);
	lose(r, 1, 2880, GAP_NOT_CAPTURED);
	say(r, 1, "more\n", 4, 1400, false);
	say(r, 1, "late", 5, 2401, false);
	say(r, 1, "\xe2\x82", 6, -250, false);
	lose(r, 0, 1, GAP_MEMORY);
}

static void
text_file(void **state)
{
	struct run r;

	(void)state;
	begin(&r, "text");
	converse(&r);
	finish(&r);
	assert_string_equal(memout_text(&r.out, "txt"),
	    HEADER "! < @0 +2 snaplen\n"
		   "> 0.307000 #101 @0\n"
		   "|GET / HTTP/1.1\\r\n"
		   "|Host: \xe2\x82\xac\\r\n"
		   "< 1.400000 #103 @2 concurrent\n"
		   "|HTTP/1.1 200 OK\\r\n"
		   "|tail\\\n"
		   "! < @23 +2880 not captured\n"
		   "< 1.400000 #104 @2903\n"
		   "|more\n"
		   "< 2.401000 #105 @2908\n"
		   "|late\\xe2\\x82\\\n"
		   "! > @27 +1 memory\n"
		   "= fin both 61.440295\n");
	discard(&r);
}

static void
hex_file(void **state)
{
	struct run r;

	(void)state;
	begin(&r, "hex");
	converse(&r);
	r.s.closed_by = CLOSED_BY_NONE;
	r.s.close = CLOSE_IDLE;
	finish(&r);
	assert_string_equal(memout_text(&r.out, ".hex"),
	    HEADER
	    "! < @0 +2 snaplen\n"
	    "> 0.307000 #101 @0\n"
	    "|00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  "
	    "|GET / HTTP/1.1..|\n"
	    "|00000010  48 6f 73 74 3a 20 e2 82  ac 0d 0a                 "
	    "|Host: .....|\n"
	    "< 1.400000 #103 @2 concurrent\n"
	    "|00000002  48 54 54 50 2f 31 2e 31  20 32 30 30 20 4f 4b 0d  "
	    "|HTTP/1.1 200 OK.|\n"
	    "|00000012  0a 74 61 69 6c                                    "
	    "|.tail|\n"
	    "! < @23 +2880 not captured\n"
	    "< 1.400000 #104 @2903\n"
	    "|00000b57  6d 6f 72 65 0a                                    "
	    "|more.|\n"
	    "< 2.401000 #105 @2908\n"
	    "|00000b5c  6c 61 74 65 e2 82                                 "
	    "|late..|\n"
	    "! > @27 +1 memory\n"
	    "= idle none 61.440295\n");
	discard(&r);
}

/* However the bytes of a record come, its lines are the same. */
static void
hex_pieces(void **state)
{
	static const char alphabet[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ+-";
	struct buf want = { 0 };

	(void)state;
	for (size_t piece = 64; piece > 0; piece--) {
		const char *text;
		struct run r;

		begin(&r, "hex");
		for (size_t i = 0; i < 64; i += piece) {
			char part[65];

			snprintf(part, sizeof part, "%.*s", (int)piece,
			    alphabet + i);
			say(&r, 0, part, 1, 0, false);
		}
		finish(&r);
		text = memout_text(&r.out, ".hex");
		if (want.n == 0)
			buf_str(&want, text);
		assert_string_equal(text, buf_cstr(&want));
		discard(&r);
	}
	assert_non_null(strstr(buf_cstr(&want), "|00000030  "));
	buf_free(&want);
}

/* Offsets beyond 32 bits take the digits that they need. */
static void
hex_far(void **state)
{
	struct run r;

	(void)state;
	begin(&r, "hex");
	lose(&r, 0, 0x123456789a, GAP_NOT_CAPTURED);
	say(&r, 0, "x", 1, 0, false);
	finish(&r);
	assert_non_null(
	    strstr(memout_text(&r.out, ".hex"), "\n|123456789a  78 "));
	discard(&r);
}

/* Holes alone are no payload: no raw, text, hex, nor json without a full
 * handshake. */
static void
holes_alone(void **state)
{
	struct run r;

	(void)state;
	begin(&r, "all");
	r.s.handshake = HANDSHAKE_NONE;
	lose(&r, 0, 5, GAP_NOT_CAPTURED);
	lose(&r, 1, 5, GAP_NOT_CAPTURED);
	finish(&r);
	assert_int_equal(r.out.n, 4);
	discard(&r);
	begin(&r, "all");
	lose(&r, 0, 5, GAP_NOT_CAPTURED);
	finish(&r);
	assert_int_equal(r.out.n, 5);
	assert_non_null(strstr(memout_text(&r.out, ".json"),
	    "\"gaps\":[[\"c2s\",0,0,5,\"not captured\"]]}\n"));
	discard(&r);
}

/* What the document has beside the index object. */
static void
split(const char *text, struct buf *b)
{
	const char *from = strstr(text, ",\"session\":{");
	const char *to = strstr(text, ",\"times\":[");

	assert_non_null(from);
	assert_non_null(to);
	buf_put(b, text, (size_t)(from - text));
	buf_str(b, to);
}

#define EMPTY_MD5 "\"d41d8cd98f00b204e9800998ecf8427e\""

static void
json_without_payload(void **state)
{
	struct buf b = { 0 };
	struct run r;

	(void)state;
	begin_with(&r, "all", false, 0);
	finish(&r);
	assert_int_equal(r.out.n, 5);
	split(memout_text(&r.out, ".json"), &b);
	assert_string_equal(buf_cstr(&b),
	    "{\"sip\":\"192.0.2.1\",\"dip\":\"192.0.2.2\",\"sport\":57080,"
	    "\"dport\":80,\"proto\":6,\"tcp_payload_hex\":[],"
	    "\"tcp_ordered_hex_payload_md5sum\":" EMPTY_MD5 ","
	    "\"tcp_payload_ascii\":[],"
	    "\"tcp_ordered_payload_md5sum\":" EMPTY_MD5 ","
	    "\"combined_src_payload\":\"\","
	    "\"combined_src_payload_md5sum\":" EMPTY_MD5 ","
	    "\"combined_dst_payload\":\"\","
	    "\"combined_dst_payload_md5sum\":" EMPTY_MD5 ","
	    "\"times\":[],\"directions\":[],\"concurrent\":[],\"gaps\":[]}\n");
	assert_non_null(strstr(memout_text(&r.out, ".jsonl"),
	    "\"files\":[\"" STEM ".json\"],"));
	buf_free(&b);
	discard(&r);
}

static void
json_file(void **state)
{
	struct buf b = { 0 };
	struct run r;

	(void)state;
	begin(&r, "json");
	lose(&r, 1, 7, GAP_SNAPLEN);
	say(&r, 0, "a\"\xe2", 1, 1, false);
	say(&r, 0, "\x82", 1, 1, true);
	say(&r, 0, "\xac", 2, 2, true);
	say(&r, 1, "b\xe2\x80", 3, 3, true);
	lose(&r, 1, 1, GAP_NOT_CAPTURED);
	say(&r, 1, "\xa8\n", 3, -3, false);
	say(&r, 0, "c", 2, 2, false);
	say(&r, 1, "d", 3, 3, false);
	finish(&r);
	split(memout_text(&r.out, ".json"), &b);
	assert_string_equal(buf_cstr(&b),
	    "{\"sip\":\"192.0.2.1\",\"dip\":\"192.0.2.2\",\"sport\":57080,"
	    "\"dport\":80,\"proto\":6,\"tcp_payload_hex\":["
	    "[\"192.0.2.1\",1,\"6122e282\"],"
	    "[\"192.0.2.1\",2,\"ac\"],"
	    "[\"192.0.2.2\",3,\"62e280\"],"
	    "[\"192.0.2.2\",3,\"a80a\"],"
	    "[\"192.0.2.1\",2,\"63\"],"
	    "[\"192.0.2.2\",3,\"64\"]],"
	    "\"tcp_ordered_hex_payload_md5sum\":"
	    "\"70627dd2b2f10f37b720c226e7315b22\","
	    "\"tcp_payload_ascii\":["
	    "[\"192.0.2.1\",1,\"a\\\"\\\\xe2\\\\x82\"],"
	    "[\"192.0.2.1\",2,\"\\\\xac\"],"
	    "[\"192.0.2.2\",3,\"b\\\\xe2\\\\x80\"],"
	    "[\"192.0.2.2\",3,\"\\\\xa8\\n\"],"
	    "[\"192.0.2.1\",2,\"c\"],"
	    "[\"192.0.2.2\",3,\"d\"]],"
	    "\"tcp_ordered_payload_md5sum\":"
	    "\"db2de28851cb78edea7bab46e656b8bf\","
	    "\"combined_src_payload\":\"a\\\"\xe2\x82\xac"
	    "c\","
	    "\"combined_src_payload_md5sum\":"
	    "\"dfe9e131c6ad8cc4c5d4f74a7e67eeb6\","
	    "\"combined_dst_payload\":\"b\\u2028\\nd\","
	    "\"combined_dst_payload_md5sum\":"
	    "\"e8930f728cd3f34c9195d2c9bfec9f1f\","
	    "\"times\":[0.001000,0.002000,0.003000,-0.003000,0.002000,"
	    "0.003000],\"directions\":[0,0,1,1,0,1],\"concurrent\":[1,2],"
	    "\"gaps\":["
	    "[\"s2c\",0,0,7,\"snaplen\"],"
	    "[\"s2c\",3,10,1,\"not captured\"]]}\n");
	buf_free(&b);
	discard(&r);
}

/* The object in the document is the line of the index. */
static void
json_has_index(void **state)
{
	const char *text, *line;
	struct run r;

	(void)state;
	begin(&r, "all");
	say(&r, 0, "x", 1, 0, false);
	finish(&r);
	text = strstr(memout_text(&r.out, ".json"), "\"session\":{") + 10;
	line = memout_text(&r.out, ".jsonl");
	assert_memory_equal(text, line, strlen(line) - 1);
	assert_non_null(strstr(line,
	    "\"files\":[\"" STEM ".c2s\",\"" STEM ".txt\",\"" STEM
	    ".hex\",\"" STEM ".json\"]"));
	discard(&r);
}

/* What does not fit the budget comes back from the scratch file, and no
 * write is as large as the session. */
static void
json_large(void **state)
{
	size_t n = 300000;
	char *text = xmalloc(n + 1);
	char md5[DIGEST_MD5_LEN];
	struct digest_md5 d;
	struct memfile *f;
	struct run r;

	(void)state;
	for (size_t i = 0; i < n; i++)
		text[i] = (char)('!' + i * 7 % 93);
	text[n] = '\0';
	digest_md5_init(&d);
	begin_with(&r, "json", false, 0);
	r.handle = r.e.open(r.e.ctx, &r.s);
	for (uint64_t i = 1; i <= 4; i++) {
		say(&r, 0, text, i, 0, false);
		digest_md5_update(&d, (struct slice){ (uint8_t *)text, n });
	}
	finish(&r);
	digest_md5_text(&d, md5);
	f = memout_find(&r.out, ".json");
	assert_non_null(strstr(buf_cstr(&f->data), md5));
	assert_true(f->data.n > 4 * 4 * n);
	assert_true(f->writes > f->data.n / (1 << 18));
	free(text);
	discard(&r);
}

/* Two sessions at once do not mix. */
static void
interleaved(void **state)
{
	struct run r;
	void *first, *second;

	(void)state;
	begin(&r, "text,json");
	first = r.handle;
	r.s.number = 4;
	second = r.e.open(r.e.ctx, &r.s);
	for (int i = 0; i < 3; i++) {
		r.off[0] = (uint64_t)i * 2;
		r.handle = first;
		say(&r, 0, "\xe2\x82", 1, 0, false);
		r.off[0] = (uint64_t)i * 2;
		r.handle = second;
		say(&r, 0, "\xac\n", 1, 0, false);
	}
	r.e.close(r.e.ctx, second, &r.s);
	r.s.number = 3;
	r.e.close(r.e.ctx, first, &r.s);
	sinks_finish(r.sinks);
	assert_non_null(strstr(memout_text(&r.out, "6-3.txt"),
	    "\n|\\xe2\\x82\\xe2\\x82\\xe2\\x82\\\n"));
	assert_non_null(strstr(memout_text(&r.out, "6-4.txt"),
	    "\n|\\xac\n|\\xac\n|\\xac\n="));
	assert_non_null(
	    strstr(memout_text(&r.out, "6-4.json"), "\"ac0aac0aac0a\""));
	assert_memory_equal(memout_text(&r.out, ".jsonl"), "{\"session\":4,",
	    13);
	discard(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(emit_lists),
		cmocka_unit_test(turns_only_when_wanted),
		cmocka_unit_test(empty_run),
		cmocka_unit_test(never_opened),
		cmocka_unit_test(index_facts),
		cmocka_unit_test(raw_files),
		cmocka_unit_test(raw_holes),
		cmocka_unit_test(text_file),
		cmocka_unit_test(hex_file),
		cmocka_unit_test(hex_pieces),
		cmocka_unit_test(hex_far),
		cmocka_unit_test(holes_alone),
		cmocka_unit_test(json_without_payload),
		cmocka_unit_test(json_file),
		cmocka_unit_test(json_has_index),
		cmocka_unit_test(json_large),
		cmocka_unit_test(interleaved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
