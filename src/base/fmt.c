/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* fmt.c: numbers, times and addresses as text. */
#include "base/fmt.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define NS 1000000000

/* clang-format off */
#define PAIR(n)		'0' + (n) / 10, '0' + (n) % 10
#define PAIRS10(n)							\
	PAIR(n), PAIR((n) + 1), PAIR((n) + 2), PAIR((n) + 3),		\
	PAIR((n) + 4), PAIR((n) + 5), PAIR((n) + 6), PAIR((n) + 7),	\
	PAIR((n) + 8), PAIR((n) + 9)

static const char pairs[200] = {
	PAIRS10(0), PAIRS10(10), PAIRS10(20), PAIRS10(30), PAIRS10(40),
	PAIRS10(50), PAIRS10(60), PAIRS10(70), PAIRS10(80), PAIRS10(90),
};
/* clang-format on */

/* v is below 100. */
static inline char *
put_pair(char *p, unsigned v)
{
	memcpy(p, pairs + 2 * v, 2);
	return p + 2;
}

/* Writes v with width digits (more are cut on the left); returns the end. */
static inline char *
put_digits(char *p, uint64_t v, int width)
{
	char *end = p + width;
	char *at = end;

	for (; width >= 2; width -= 2, v /= 100)
		put_pair(at -= 2, (unsigned)(v % 100));
	if (width > 0)
		*--at = (char)('0' + v % 10);
	return end;
}

static int
width_of(uint64_t v)
{
	int width = 1;

	for (; v >= 10000; v /= 10000)
		width += 4;
	return width + (v >= 10) + (v >= 100) + (v >= 1000);
}

char *
fmt_put_large(char *p, uint64_t v)
{
	return put_digits(p, v, width_of(v));
}

/* The first `digits` decimals of a fraction given in nanoseconds. */
static uint64_t
cut(uint64_t frac_ns, int digits)
{
	if (digits == 6)
		return frac_ns / 1000;
	for (int i = digits; i < 9; i++)
		frac_ns /= 10;
	return frac_ns;
}

static inline char *
put_octet(char *p, unsigned v)
{
	if (v < 10) {
		*p = (char)('0' + v);
		return p + 1;
	}
	if (v >= 100)
		*p++ = (char)('0' + v / 100);
	return put_pair(p, v % 100);
}

static char *
put_v4(char *p, const uint8_t *addr)
{
	for (int i = 0; i < 3; i++) {
		p = put_octet(p, addr[i]);
		*p++ = '.';
	}
	return put_octet(p, addr[3]);
}

/* As inet_ntop prints it; returns the end. */
static char *
put_addr(char *p, const uint8_t *addr, int family)
{
	assert(family == 4 || family == 6);
	if (family == 4)
		return put_v4(p, addr);
	inet_ntop(AF_INET6, addr, p, FMT_ADDR_LEN);
	return p + strlen(p);
}

static inline char *
put_mark(char *p, char mark, bool marks)
{
	*p = mark;
	return p + marks;
}

/* 64 bits of nanoseconds reach from 1677 to 2262. */
static inline time_t
whole_seconds(int64_t ts_ns)
{
	return (time_t)(ts_ns / NS - (ts_ns % NS < 0));
}

static inline uint64_t
fraction(int64_t ts_ns)
{
	return (uint64_t)(ts_ns % NS + (ts_ns % NS < 0 ? NS : 0));
}

/* Date and time of day; marks: with separators. */
static inline char *
put_date(char *p, const struct tm *t, bool marks)
{
	p = put_digits(p, (uint64_t)t->tm_year + 1900, 4);
	p = put_mark(p, '-', marks);
	p = put_mark(put_pair(p, (unsigned)t->tm_mon + 1), '-', marks);
	p = put_mark(put_pair(p, (unsigned)t->tm_mday), 'T', true);
	p = put_mark(put_pair(p, (unsigned)t->tm_hour), ':', marks);
	p = put_mark(put_pair(p, (unsigned)t->tm_min), ':', marks);
	return put_mark(put_pair(p, (unsigned)t->tm_sec), '.', true);
}

char *
fmt_time(char out[static FMT_TIME_LEN], int64_t ts_ns, int digits)
{
	time_t secs = whole_seconds(ts_ns);
	struct tm t = { 0 };
	char *p;

	gmtime_r(&secs, &t);
	p = put_date(out, &t, true);
	p = put_digits(p, cut(fraction(ts_ns), digits), digits);
	memcpy(p, "Z", 2);
	return p + 1;
}

char *
fmt_time_local(char out[static FMT_TIME_LEN], int64_t ts_ns, int digits)
{
	time_t secs = whole_seconds(ts_ns);
	struct tm t = { 0 };
	unsigned minutes;
	char *p;

	localtime_r(&secs, &t);
	minutes = (unsigned)(labs(t.tm_gmtoff) / 60);
	p = put_date(out, &t, true);
	p = put_digits(p, cut(fraction(ts_ns), digits), digits);
	*p++ = t.tm_gmtoff < 0 ? '-' : '+';
	p = put_mark(put_pair(p, minutes / 60 % 100), ':', true);
	p = put_pair(p, minutes % 60);
	*p = '\0';
	return p;
}

void
fmt_time_name(char out[static FMT_TIME_LEN], int64_t ts_ns)
{
	time_t secs = whole_seconds(ts_ns);
	struct tm t = { 0 };
	char *p;

	gmtime_r(&secs, &t);
	p = put_date(out, &t, false);
	p = put_digits(p, fraction(ts_ns), 9);
	memcpy(p, "Z", 2);
}

char *
fmt_seconds(char out[static FMT_SECONDS_LEN], int64_t ns, int digits)
{
	uint64_t size = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	uint64_t frac = cut(size % NS, digits);
	char *p = out;

	if (ns < 0 && (size >= NS || frac > 0))
		*p++ = '-';
	p = fmt_put_u64(p, size / NS);
	*p++ = '.';
	p = put_digits(p, frac, digits);
	*p = '\0';
	return p;
}

char *
fmt_addr(char out[static FMT_ADDR_LEN], const uint8_t *addr, int family)
{
	char *p = put_addr(out, addr, family);

	*p = '\0';
	return p;
}

char *
fmt_mac(char out[static FMT_MAC_LEN], const uint8_t mac[6])
{
	static const char digits[] = "0123456789abcdef";
	char *p = out;

	for (int i = 0; i < 6; i++) {
		if (i > 0)
			*p++ = ':';
		*p++ = digits[mac[i] >> 4];
		*p++ = digits[mac[i] & 15];
	}
	*p = '\0';
	return p;
}

char *
fmt_endpoint(char out[static FMT_ENDPOINT_LEN], const uint8_t *addr, int family,
    uint16_t port)
{
	char *p = out;

	if (family == 6)
		*p++ = '[';
	/* Both brackets, the colon and the port fit behind the address. */
	p = put_addr(p, addr, family);
	if (family == 6)
		*p++ = ']';
	*p++ = ':';
	p = fmt_put_u64(p, port);
	*p = '\0';
	return p;
}

static bool
unit_shift(const char *unit, unsigned *shift)
{
	static const struct {
		char lower, upper;
		unsigned shift;
	} units[] = {
		{ 'k', 'K', 10 },
		{ 'm', 'M', 20 },
		{ 'g', 'G', 30 },
	};

	*shift = 0;
	if (unit[0] == '\0')
		return true;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (unit[0] == units[i].lower || unit[0] == units[i].upper)
			*shift = units[i].shift;
	return *shift > 0 && unit[1] == '\0';
}

bool
fmt_parse_size(const char *s, uint64_t *out)
{
	uint64_t v = 0;
	unsigned shift;
	const char *p = s;

	for (; *p >= '0' && *p <= '9'; p++) {
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return false;
	}
	if (p == s || !unit_shift(p, &shift) || v > UINT64_MAX >> shift)
		return false;
	*out = v << shift;
	return true;
}

void
fmt_human(char out[static 16], uint64_t bytes)
{
	static const char units[] = "KMGTPE";
	unsigned shift = 10;
	uint64_t rest;

	if (bytes < 1024) {
		snprintf(out, 16, "%u B", (unsigned)bytes);
		return;
	}
	while (bytes >> shift >= 1024)
		shift += 10;
	/* rest < 2^60, so ten times it fits. */
	rest = bytes & (((uint64_t)1 << shift) - 1);
	snprintf(out, 16, "%u.%u %cB", (unsigned)(bytes >> shift),
	    (unsigned)(rest * 10 >> shift), units[shift / 10 - 1]);
}
