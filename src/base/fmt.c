/* fmt.c: numbers, times and addresses as text. */
#include "base/fmt.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define NS 1000000000

/* Writes v with width digits (more are cut on the left); returns the end. */
static char *
put_digits(char *p, uint64_t v, int width)
{
	for (int i = width - 1; i >= 0; i--) {
		p[i] = (char)('0' + v % 10);
		v /= 10;
	}
	return p + width;
}

char *
fmt_put_u64(char *p, uint64_t v)
{
	int width = 1;

	for (uint64_t rest = v / 10; rest > 0; rest /= 10)
		width++;
	return put_digits(p, v, width);
}

/* The first `digits` decimals of a fraction given in nanoseconds. */
static uint64_t
cut(uint64_t frac_ns, int digits)
{
	for (int i = digits; i < 9; i++)
		frac_ns /= 10;
	return frac_ns;
}

static char *
put_v4(char *p, const uint8_t *addr)
{
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			*p++ = '.';
		p = fmt_put_u64(p, addr[i]);
	}
	return p;
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

/* Date and time of day; marks: with separators.  Sets *frac_ns. */
static char *
put_date(char *p, int64_t ts_ns, bool marks, uint64_t *frac_ns)
{
	int64_t frac = ts_ns % NS;
	time_t secs = ts_ns / NS;
	struct tm tm;

	if (frac < 0) {
		frac += NS;
		secs--;
	}
	*frac_ns = (uint64_t)frac;
	/* 64 bits of nanoseconds reach from 1677 to 2262. */
	gmtime_r(&secs, &tm);
	const struct {
		int value, width;
		char mark;
	} part[] = {
		{ tm.tm_year + 1900, 4, '-' },
		{ tm.tm_mon + 1, 2, '-' },
		{ tm.tm_mday, 2, 'T' },
		{ tm.tm_hour, 2, ':' },
		{ tm.tm_min, 2, ':' },
		{ tm.tm_sec, 2, '.' },
	};
	for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
		char mark = part[i].mark;

		p = put_digits(p, (uint64_t)part[i].value, part[i].width);
		if (marks || mark == 'T' || mark == '.')
			*p++ = mark;
	}
	return p;
}

void
fmt_time(char out[static FMT_TIME_LEN], int64_t ts_ns, int digits)
{
	uint64_t frac;
	char *p = put_date(out, ts_ns, true, &frac);

	p = put_digits(p, cut(frac, digits), digits);
	memcpy(p, "Z", 2);
}

void
fmt_time_name(char out[static FMT_TIME_LEN], int64_t ts_ns)
{
	uint64_t frac;
	char *p = put_date(out, ts_ns, false, &frac);

	p = put_digits(p, frac, 9);
	memcpy(p, "Z", 2);
}

void
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
}

void
fmt_addr(char out[static FMT_ADDR_LEN], const uint8_t *addr, int family)
{
	*put_addr(out, addr, family) = '\0';
}

void
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
