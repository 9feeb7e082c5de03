/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_summary.c: the summary of a capture, in each of its formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memout.h"
#include "inspect/special_addr.h"
#include "sinks/sinks.h"
#include "sinks/summary_run.h"

#define MS ((int64_t)1000000)
#define START (1537962662000 * MS)

/* A run of the sinks with standard output in memory. */
struct run {
	struct memout out;
	struct console console;
	struct out_file *screen;
	struct summary_run *summary;
	struct spill *keep;
	struct sinks *sinks;
	struct events e;
	bool finished;
};

static void
begin_capture(struct run *r, const char *name)
{
	struct sink_env env = { .capture = name };

	env.console = &r->console;
	/* So little that all must wait in the scratch file. */
	env.spill = r->keep = spill_new(64);
	r->sinks = sinks_new(&env, 0);
	r->e = sinks_events(r->sinks);
}

static void
end_capture(struct run *r)
{
	sinks_finish(r->sinks);
	sinks_free(r->sinks);
	assert_int_equal(spill_error(r->keep), 0);
	assert_int_equal(spill_memory(r->keep), 0);
	spill_free(r->keep);
}

/* c says what there is beyond that. */
static void
begin_like(struct run *r, const struct console *c)
{
	struct out *out = memout_init(&r->out);

	r->screen = out_create(out, "standard output", 0);
	r->console = *c;
	r->console.product = CONSOLE_SUMMARY;
	r->console.file = r->screen;
	r->summary = summary_run_new(&r->console);
	r->console.file = summary_run_file(r->summary);
	begin_capture(r, "=x\n,.pcap");
	r->finished = false;
}

static void
begin(struct run *r, enum console_format format, enum console_sort sort,
    unsigned width)
{
	struct console c = { .format = format, .sort = sort, .width = width };

	begin_like(r, &c);
}

static const char *
text(struct run *r)
{
	if (!r->finished) {
		sinks_finish(r->sinks);
		assert_int_equal(summary_run_end(r->summary), 0);
	}
	r->finished = true;
	return buf_cstr(&r->out.files[0]->data);
}

static void
discard(struct run *r)
{
	text(r);
	end_capture(r);
	summary_run_free(r->summary);
	out_close(r->screen);
	memout_free(&r->out);
}

static struct session
a_session(uint64_t number)
{
	return (struct session){
		.number = number,
		.proto = PROTO_TCP,
		.client = { { 192, 0, 2, 1 }, (uint16_t)(40000 + number), 4 },
		.server = { { 8, 8, 8, 8 }, 80, 4 },
		.start_ns = START + (int64_t)number * MS,
		.end_ns = START + (int64_t)number * MS + 100 * MS,
		.first_packet = 1 + number,
		.last_packet = 100 + number,
		.ts_digits = 6,
		.handshake = HANDSHAKE_FULL,
		.close = CLOSE_FIN,
		.closed_by = CLOSED_BY_BOTH,
		.state = CONN_STATE_SF,
		.history = "ShADadFf",
		.rtt_ns = 20 * MS,
		.wait_ns = { 10 * MS, 30 * MS },
		.side = { { .packets = 5,
			      .ip_bytes = 300,
			      .bytes = 100,
			      .flags = TCP_SYN | TCP_ACK | TCP_FIN },
		    { .packets = 4,
			.ip_bytes = 2200,
			.bytes = 2000,
			.flags = TCP_SYN | TCP_ACK | TCP_FIN } },
	};
}

static struct session
a_flow(void)
{
	struct session s = a_session(7);

	s.number = SESSION_NO_NUMBER;
	s.proto = PROTO_UDP;
	s.server.port = 53;
	s.roles = ROLES_GUESS;
	s.handshake = HANDSHAKE_NONE;
	s.history = "Dd";
	s.close = CLOSE_END;
	s.closed_by = CLOSED_BY_NONE;
	s.rtt_ns = s.wait_ns[0] = s.wait_ns[1] = -1;
	s.side[0].flags = s.side[1].flags = 0;
	return s;
}

/* One that has said something. */
static void
tell(struct run *r, const struct session *s, const char *first)
{
	struct chunk c = {
		.bytes = { (const uint8_t *)first, strlen(first) },
		.packet = s->first_packet,
		.ordinal = 1,
		.ts_ns = s->start_ns,
	};
	void *handle = r->e.open(r->e.ctx, s);

	r->e.data(r->e.ctx, handle, &c);
	r->e.close(r->e.ctx, handle, s);
}

static void
tell_flow(struct run *r, const struct session *s)
{
	static const uint8_t question[] = { 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0,
		0, 0, 3, 'w', 'w', 'w' };
	const struct slice first[2] = { { question, sizeof question } };

	r->e.datagrams(r->e.ctx, s, first);
}

static void
table(void **state)
{
	struct run r;
	struct session s = a_session(1), refused = a_session(0);
	struct session flow = a_flow();

	(void)state;
	begin(&r, FORMAT_TABLE, SORT_NONE, 0);
	assert_true(r.e.wants_datagrams);
	tell_flow(&r, &flow);
	tell(&r, &s, "GET / HTTP/1.0\r\nHost: a b.x\r\n\r\n");
	refused.state = CONN_STATE_REJ;
	refused.rtt_ns = refused.wait_ns[1] = -1;
	r.e.close(r.e.ctx, NULL, &refused);
	assert_string_equal(text(&r),
	    "#  proto  client           server      service  >flags  <flags"
	    "  >pkts  <pkts  >bytes  <bytes  start                        "
	    "duration       rtt      wait  state  name      remark\n"
	    "0  tcp    192.0.2.1:40000  8.8.8.8:80  -        SAF     SAF   "
	    "      5      4     100    2000  2018-09-26T11:51:02.000000Z  "
	    "0.100000         -         -  REJ    -         refused\n"
	    "1  tcp    192.0.2.1:40001  8.8.8.8:80  http     SAF     SAF   "
	    "      5      4     100    2000  2018-09-26T11:51:02.001000Z  "
	    "0.100000  0.020000  0.030000  SF     a\\x20b.x\n"
	    "-  udp    192.0.2.1:40007  8.8.8.8:53  dns      -       -     "
	    "      5      4     100    2000  2018-09-26T11:51:02.007000Z  "
	    "0.100000         -         -  SF     -\n"
	    "2 sessions, 1 UDP flow, packets >15 <12, bytes >300 <6000\n"
	    "from 2018-09-26T11:51:02.000000Z, "
	    "to 2018-09-26T11:51:02.107000Z, "
	    "0.107000 s\n");
	discard(&r);
}

static void
table_empty(void **state)
{
	struct run r;

	(void)state;
	begin(&r, FORMAT_TABLE, SORT_NONE, 80);
	assert_non_null(strstr(text(&r),
	    "\n0 sessions, 0 UDP flows, packets >0 <0, bytes >0 <0\n"));
	discard(&r);
}

/* No line is wider than the terminal; addresses are whole as long as they
 * fit, and seen to be cut when they do not. */
static void
table_fitted(void **state)
{
	(void)state;
	for (unsigned width = 46; width < 250; width++) {
		struct session s = a_session(0), far = a_session(1);
		struct run r;
		begin(&r, FORMAT_TABLE, SORT_NONE, width);
		s.side[1].missing = 12345;
		s.close = CLOSE_END;
		s.closed_by = CLOSED_BY_CLIENT;
		tell(&r, &s, "GET / HTTP/1.0\r\n");
		tell(&r, &far, "GET / HTTP/1.0\r\n");
		assert_non_null(
		    strstr(text(&r), "192.0.2.1:40000  8.8.8.8:80"));
		/* Both directions or none. */
		assert_int_equal(strstr(text(&r), ">pkts") != NULL,
		    strstr(text(&r), "<pkts") != NULL);
		assert_int_equal(strstr(text(&r), ">flags") != NULL,
		    strstr(text(&r), "<flags") != NULL);
		for (const char *p = text(&r); *p != '\0';) {
			size_t len = strcspn(p, "\n");

			if (len > width)
				fail_msg("%zu columns of %u: %.*s", len, width,
				    (int)len, p);
			p += len + 1;
		}
		discard(&r);
	}
}

static void
fitted_line(unsigned width, const char *want)
{
	struct session s = a_session(0);
	struct run r;
	const char *line;

	begin(&r, FORMAT_TABLE, SORT_NONE, width);
	s.side[1].missing = 12345;
	s.close = CLOSE_END;
	s.closed_by = CLOSED_BY_CLIENT;
	tell(&r, &s, "GET / HTTP/1.0\r\n");
	line = strchr(text(&r), '\n') + 1;
	assert_int_equal(strcspn(line, "\n"), strlen(want));
	assert_memory_equal(line, want, strlen(want));
	discard(&r);
}

static void
table_steps(void **state)
{
	(void)state;
	fitted_line(182,
	    "0  tcp    192.0.2.1:40000  8.8.8.8:80  http     SAF     SAF   "
	    "      5      4     100    2000  11:51:02.000000  0.100000  "
	    "0.020000  0.030000"
	    "  SF     closed by client only, 12345 byte~");
	fitted_line(153,
	    "0  tcp    192.0.2.1:40000  8.8.8.8:80  http     SAF     SAF   "
	    "      5      4     100    2000  0.100000  0.020000  0.030000"
	    "  SF     closed by client only~");
	fitted_line(80,
	    "0  192.0.2.1:40000  8.8.8.8:80  http        100    2000"
	    "  SF     closed by clien~");
	fitted_line(48, "0  192.0.2.1:40000  8.8.8.8:80     100    2000");
	fitted_line(35, "192.~0000  8.8.~:80     100    2000");
}

static void
table_ipv6_cut(void **state)
{
	struct session s = a_session(0);
	struct run r;

	(void)state;
	begin(&r, FORMAT_TABLE, SORT_NONE, 60);
	memset(s.client.addr, 0xfd, 16);
	memset(s.server.addr, 0xfe, 16);
	s.client.family = s.server.family = 6;
	tell(&r, &s, "GET / HTTP/1.0\r\n");
	assert_non_null(strstr(text(&r),
	    "\n[fdfd:fdfd~dfd]:40000  [fefe:fefe~e:fefe]:80     100    "
	    "2000\n"));
	discard(&r);
}

static void
table_colored(void **state)
{
	struct session s = a_session(0);
	struct run r;

	(void)state;
	begin_like(&r,
	    &(struct console){ .format = FORMAT_TABLE, .color = true });
	s.close = CLOSE_END;
	s.closed_by = CLOSED_BY_NONE;
	tell(&r, &s, "?");
	assert_true(strncmp(text(&r), "\033[1m#", 5) == 0);
	assert_non_null(
	    strstr(text(&r), "  \033[35mopen at the end\033[0m\n1 session,"));
	discard(&r);
}

/* Three captures, the second without a session. */
static void
tell_three(struct run *r, const struct console *c)
{
	struct session s = a_session(0), far = a_session(1);

	begin_like(r, c);
	tell(r, &s, "?");
	end_capture(r);
	begin_capture(r, "empty.pcap");
	end_capture(r);
	begin_capture(r, "d/b c.pcap");
	memset(far.client.addr, 0xfd, 16);
	far.client.family = far.server.family = 6;
	far.side[1].bytes = 123456789;
	far.close = CLOSE_END;
	far.closed_by = CLOSED_BY_NONE;
	tell(r, &far, "?");
}

/* One heading and one sum; what is wider than what came before takes no more
 * room than there is. */
static void
captures_in_one(void **state)
{
	struct console c = { .format = FORMAT_TABLE,
		.many = true,
		.capture_width = 13,
		.width = 130 };
	struct run r;

	(void)state;
	tell_three(&r, &c);
	assert_string_equal(text(&r),
	    "capture        #  proto  client           server      service"
	    "  >bytes  <bytes  duration  state  name              remark\n"
	    "=x\\n,.pcap     0  tcp    192.0.2.1:40000  8.8.8.8:80  -      "
	    "     100    2000  0.100000  SF     -\n"
	    "d/b\\x20c.pcap  1  tcp    "
	    "[fdfd:fdfd:fdfd:fdfd:fdfd:fdfd:fdfd:fdfd]:40001  "
	    "[808:808::]:80  -  100  123456789  0.100000  SF  -  ope~\n"
	    "2 sessions, 0 UDP flows, packets >10 <8, bytes >200 "
	    "<123458789\n"
	    "from 2018-09-26T11:51:02.000000Z, to 2018-09-26T11:51:02.101000Z,"
	    " 0.101000 s\n");
	discard(&r);
}

/* Sorted, the captures' sessions are among each other. */
static void
captures_sorted(void **state)
{
	struct console c = { .format = FORMAT_CSV,
		.sort = SORT_BYTES,
		.many = true };
	struct run r;
	const char *far;

	(void)state;
	tell_three(&r, &c);
	far = strstr(text(&r), "d/b c.pcap,1,");
	assert_non_null(far);
	assert_non_null(strstr(far, "\r\n\"'=x\\n,.pcap\",0,"));
	assert_null(strstr(text(&r), "empty"));
	discard(&r);
	c.format = FORMAT_ZEEK;
	c.sort = SORT_NONE;
	tell_three(&r, &c);
	assert_true(strncmp(text(&r), "#separator", 10) == 0);
	assert_null(strstr(text(&r) + 1, "#separator"));
	assert_non_null(strstr(text(&r), "\n#close\t2018-09-26-11-51-02\n"));
	discard(&r);
}

/* The sessions' numbers, in the order in which they come. */
static void
check_order(enum console_sort sort, const char *want)
{
	struct run r;
	char got[16] = "";

	begin(&r, FORMAT_CSV, sort, 0);
	for (uint64_t i = 0; i < 5; i++) {
		struct session s = a_session((i * 3 + 1) % 5);

		s.side[0].bytes = s.number * 10 % 30;
		s.side[1].packets = s.number * 7 % 5;
		s.end_ns += (int64_t)(s.number * 2 % 5) * MS;
		s.wait_ns[1] =
		    s.number * 2 % 5 == 0 ? -1 : (int64_t)(s.number * 2 % 5);
		s.rtt_ns = s.number == 2 ? -1 : (int64_t)(s.number % 4) * MS;
		r.e.close(r.e.ctx, NULL, &s);
	}
	for (const char *p = text(&r); (p = strstr(p, "\r\n\"'=x\\n,.pcap\","));
	     p++)
		strncat(got, strstr(p, "\",") + 2, 1);
	assert_string_equal(got, want);
	discard(&r);
}

static void
sorting(void **state)
{
	(void)state;
	check_order(SORT_NONE, "14203");
	check_order(SORT_START, "01234");
	check_order(SORT_BYTES, "21403");
	check_order(SORT_PACKETS, "24130");
	check_order(SORT_DURATION, "24130");
	check_order(SORT_RTT, "31042");
	check_order(SORT_WAIT, "24130");
}

static void
csv(void **state)
{
	struct run r;
	struct session s = a_session(3), flow = a_flow();
	const char *line;

	(void)state;
	begin(&r, FORMAT_CSV, SORT_NONE, 0);
	s.notes = NOTE_MIDSTREAM | NOTE_URGENT;
	s.hop[0] = (struct hop){ .vlan = UINT64_C(7) << 12 | 8,
		.src_mac = { 2, 0, 0, 0, 0, 1 },
		.has_src = true };
	s.end_ns = s.start_ns - 1500 * MS;
	s.close = CLOSE_END;
	s.closed_by = CLOSED_BY_NONE;
	s.side[0].missing = 4;
	tell(&r, &s, "?");
	tell_flow(&r, &flow);
	assert_true(strncmp(text(&r), "capture,session,proto,", 22) == 0);
	line = strstr(text(&r), "\r\n") + 2;
	assert_string_equal(line,
	    "\"'=x\\n,.pcap\",3,tcp,192.0.2.1,40003,8.8.8.8,80,,,"
	    "2018-09-26T11:51:02.003000Z,2018-09-26T11:51:00.503000Z,"
	    "-1.500000,4,103,syn,full,7 8,02:00:00:00:00:01,,"
	    "SF,ShADadFf,end,,0.020000,0.010000,0.030000,"
	    "5,300,100,SAF,4,0,0,0,0,0,0,0,0,4,2200,2000,SAF,0,0,0,0,0,0,0,0,0,"
	    "1:S5gvARAP9pLbGBc9uZz7aW5vcNM=,192.0.2.1_40003-8.8.8.8_80-6-3,"
	    "midstream urgent,\"open at the end, 4 bytes missing\"\r\n"
	    "\"'=x\\n,.pcap\",,udp,192.0.2.1,40007,8.8.8.8,53,dns,,"
	    "2018-09-26T11:51:02.007000Z,2018-09-26T11:51:02.107000Z,"
	    "0.100000,8,107,guess,none,,,,SF,Dd,end,,,,,"
	    "5,300,100,,0,0,0,0,0,0,0,0,0,4,2200,2000,,0,0,0,0,0,0,0,0,0,"
	    "1:5/bh4KldcygjXfPYqKsbnHVmXLY=,,,\r\n");
	discard(&r);
}

static void
json(void **state)
{
	struct run r;
	struct session s = a_session(3), flow = a_flow();
	const char *line;

	(void)state;
	begin(&r, FORMAT_JSON, SORT_NONE, 0);
	tell(&r, &s, "?");
	assert_true(
	    strncmp(text(&r), "{\"session\":3,\"stem\":\"192.0.2.1_", 30) == 0);
	assert_non_null(strstr(text(&r), "\"files\":[],\"notes\":[]}\n"));
	discard(&r);
	begin(&r, FORMAT_JSON, SORT_NONE, 0);
	tell_flow(&r, &flow);
	line = text(&r);
	assert_true(strncmp(line, "{\"session\":null,\"stem\":null,", 28) == 0);
	assert_non_null(strstr(line,
	    "\"roles\":\"guess\",\"handshake\":\"none\","
	    "\"vlan\":[],\"mac\":[null,null],\"state\":\"SF\",\"history\":"
	    "\"Dd\","));
	assert_non_null(strstr(line, "\"1:5/bh4KldcygjXfPYqKsbnHVmXLY=\""));
	assert_non_null(
	    strstr(line, "\"files\":[],\"notes\":[],\"proto\":\"udp\"}\n"));
	discard(&r);
}

static void
zeek(void **state)
{
	struct run r;
	struct session s = a_session(3), flow = a_flow();
	static const char row[] =
	    "\t192.0.2.1\t40003\t8.8.8.8\t80\ttcp\tssl\t"
	    "0.100000\t100\t2050\tSF\tT\tF\t50\tShADadFf\t5\t300\t"
	    "4\t2200\t-\t6\t1:S5gvARAP9pLbGBc9uZz7aW5vcNM=";
	const char *line;
	char uid[20];

	(void)state;
	begin(&r, FORMAT_ZEEK, SORT_NONE, 0);
	s.side[1].missing = 50;
	tell(&r, &s, "\x16\x03\x01\x02\x01\x01?");
	s.end_ns = s.start_ns;
	s.history = "";
	s.number = 4;
	s.start_ns++;
	tell(&r, &s, "?");
	tell_flow(&r, &flow);
	assert_non_null(strstr(text(&r), "#open\t2018-09-26-11-51-02\n"));
	assert_non_null(strstr(text(&r), "#close\t2018-09-26-11-51-02\n"));
	line = strstr(text(&r), "#types");
	line = strchr(line, '\n') + 1;
	assert_true(strncmp(line, "1537962662.003000\tC", 19) == 0);
	line = strchr(line, '\t') + 1;
	snprintf(uid, sizeof uid, "%.18s", line);
	assert_int_equal(strcspn(line, "\t"), 18);
	line += 18;
	assert_int_equal(strcspn(line, "\n"), strlen(row));
	assert_memory_equal(line, row, strlen(row));
	line = strchr(line, '\n') + 1;
	/* Another time, another name. */
	assert_null(strstr(line, uid));
	assert_non_null(
	    strstr(line, "\t80\ttcp\t-\t-\t-\t-\tSF\tT\tF\t50\t-\t"));
	assert_non_null(strstr(line,
	    "\t53\tudp\tdns\t0.100000\t100\t2000\tSF\tT"
	    "\tF\t0\tDd\t5\t300\t4\t2200\t-\t17\t1:5/bh"));
	discard(&r);
	begin(&r, FORMAT_ZEEK, SORT_NONE, 0);
	assert_string_equal(text(&r), "");
	discard(&r);
}

/* What --match does not want is not told of. */
static void
unwanted(void **state)
{
	struct run r;
	struct session s = a_session(0);
	struct sink_session ss = { .unwanted = true };
	void *st = calloc(1, sink_summary_json.size);
	struct sink_env env;
	struct buf remark = { 0 }, scratch = { 0 };
	void *run;

	(void)state;
	begin(&r, FORMAT_JSON, SORT_NONE, 0);
	env = (struct sink_env){ .console = &r.console,
		.spill = r.keep,
		.scratch = &scratch,
		.capture = "x" };
	run = sink_summary_json.begin(&env);
	ss.env = &env;
	ss.run = run;
	assert_non_null(st);
	sink_summary_json.open(st, &ss, &s);
	sink_summary_json.close(st, &s);
	free(st);
	sink_summary_json.end(run, &remark);
	assert_string_equal(text(&r), "");
	buf_free(&scratch);
	buf_free(&remark);
	discard(&r);
}

static void
remark(void **state)
{
	struct run r;
	struct session s = a_session(0);
	size_t at = 0;

	(void)state;
	begin(&r, FORMAT_JSON, SORT_NONE, 0);
	s.state = CONN_STATE_S0;
	r.e.close(r.e.ctx, NULL, &s);
	r.e.close(r.e.ctx, NULL, &s);
	s.state = CONN_STATE_REJ;
	r.e.close(r.e.ctx, NULL, &s);
	text(&r);
	assert_string_equal(sinks_remark(r.sinks, &at),
	    "no answer: 2, refused: 1");
	assert_null(sinks_remark(r.sinks, &at));
	discard(&r);
}

/* More than fits the memory of keep comes back in order. */
static void
many(void **state)
{
	struct run r;
	const char *p;

	(void)state;
	begin(&r, FORMAT_JSON, SORT_START, 0);
	for (uint64_t i = 0; i < 3000; i++) {
		struct session s = a_session(i * 7 % 3000);

		r.e.close(r.e.ctx, NULL, &s);
	}
	p = text(&r);
	for (uint64_t i = 0; i < 3000; i++) {
		char want[32];
		int n = snprintf(want, sizeof want, "{\"session\":%llu,",
		    (unsigned long long)i);

		assert_memory_equal(p, want, (size_t)n);
		p = strchr(p, '\n') + 1;
	}
	assert_int_equal(*p, '\0');
	discard(&r);
}

static void
private_addresses(void **state)
{
	static const struct {
		uint8_t addr[16];
		uint8_t family;
		bool is;
	} rows[] = {
		{ { 10, 255, 255, 255 }, 4, true },
		{ { 11, 0, 0, 0 }, 4, false },
		{ { 172, 31, 0, 1 }, 4, true },
		{ { 172, 32, 0, 1 }, 4, false },
		{ { 192, 168, 3, 4 }, 4, true },
		{ { 192, 169, 3, 4 }, 4, false },
		{ { 100, 127, 0, 1 }, 4, true },
		{ { 100, 128, 0, 1 }, 4, false },
		{ { 198, 19, 0, 1 }, 4, true },
		{ { 198, 20, 0, 1 }, 4, false },
		{ { 255, 255, 255, 255 }, 4, true },
		{ { 8, 8, 8, 8 }, 4, false },
		{ { 0 }, 6, true },
		{ { [15] = 1 }, 6, true },
		{ { [15] = 2 }, 6, false },
		{ { 0xfd, 1 }, 6, true },
		{ { 0xfe, 0xbf }, 6, true },
		{ { 0xfe, 0xc0 }, 6, false },
		{ { 0x20, 0x01, 0x0d, 0xb8, 7 }, 6, true },
		{ { 0x20, 0x01, 0x02, 0x00 }, 6, false },
		{ { 0x20, 0x02, 10, 1, 2, 3 }, 6, true },
		{ { 0x20, 0x02, 9, 1, 2, 3 }, 6, false },
		{ { 0x26, 0x06, 0x47 }, 6, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct endpoint e = { .family = rows[i].family };

		memcpy(e.addr, rows[i].addr, sizeof e.addr);
		if (address_is_private(&e) != rows[i].is)
			fail_msg("row %zu", i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(table_empty),
		cmocka_unit_test(table_fitted),
		cmocka_unit_test(table_steps),
		cmocka_unit_test(table_ipv6_cut),
		cmocka_unit_test(table_colored),
		cmocka_unit_test(captures_in_one),
		cmocka_unit_test(captures_sorted),
		cmocka_unit_test(sorting),
		cmocka_unit_test(csv),
		cmocka_unit_test(json),
		cmocka_unit_test(zeek),
		cmocka_unit_test(unwanted),
		cmocka_unit_test(remark),
		cmocka_unit_test(many),
		cmocka_unit_test(private_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
