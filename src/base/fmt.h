/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* fmt.h: numbers, times and addresses as text.  Locale plays no part. */
#ifndef BASE_FMT_H
#define BASE_FMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "-2147483648-01-01T00:00:00.000000000Z" and a NUL fit. */
#define FMT_TIME_LEN 40
/* A sign, 19 digits, a point, 9 decimals and a NUL fit. */
#define FMT_SECONDS_LEN 32
/* INET6_ADDRSTRLEN */
#define FMT_ADDR_LEN 46
/* "[addr]:65535" and a NUL fit. */
#define FMT_ENDPOINT_LEN (FMT_ADDR_LEN + 8)

/* Nanoseconds from start to ts; at the ends of the range, as near as fits. */
static inline int64_t
fmt_since(int64_t ts_ns, int64_t start_ns)
{
	int64_t d;

	if (__builtin_sub_overflow(ts_ns, start_ns, &d))
		return ts_ns < start_ns ? INT64_MIN : INT64_MAX;
	return d;
}

/* Those that return a pointer return the NUL at the end. */

/* 2018-09-26T11:51:02.883718Z; digits decimals (6 or 9), cut, not rounded. */
char *fmt_time(char out[static FMT_TIME_LEN], int64_t ts_ns, int digits);
/* The same in this system's time zone, and how far it is from UTC:
 * 2018-09-26T13:51:02.883718+02:00. */
char *fmt_time_local(char out[static FMT_TIME_LEN], int64_t ts_ns, int digits);
/* The one or the other. */
static inline char *
fmt_time_as(char out[static FMT_TIME_LEN], int64_t ts_ns, int digits,
    bool local)
{
	return local ? fmt_time_local(out, ts_ns, digits) :
		       fmt_time(out, ts_ns, digits);
}
/* 20260120T192100.123456789Z, always 9 decimals: for file names. */
void fmt_time_name(char out[static FMT_TIME_LEN], int64_t ts_ns);
/* Nanoseconds as seconds: 61.440295, exact to the decimals shown; what they
 * do not show is cut towards zero. */
char *fmt_seconds(char out[static FMT_SECONDS_LEN], int64_t ns, int digits);
/* As inet_ntop prints it.  family is 4 or 6. */
char *fmt_addr(char out[static FMT_ADDR_LEN], const uint8_t *addr, int family);
/* "02:00:00:00:00:01" and a NUL */
#define FMT_MAC_LEN 18
char *fmt_mac(char out[static FMT_MAC_LEN], const uint8_t mac[6]);
/* 192.0.2.1:80 or [2001:db8::1]:80 */
char *fmt_endpoint(char out[static FMT_ENDPOINT_LEN], const uint8_t *addr,
    int family, uint16_t port);
/* Behind fmt_put_u64. */
char *fmt_put_large(char *p, uint64_t v);
/* Writes v in decimal at p, at most 20 digits, no NUL; returns the end. */
static inline char *
fmt_put_u64(char *p, uint64_t v)
{
	if (v >= 10)
		return fmt_put_large(p, v);
	*p = (char)('0' + v);
	return p + 1;
}

/* Reads a decimal count of bytes with an optional K, M or G (powers of 1024,
 * either case).  False when it is none or does not fit 64 bits. */
bool fmt_parse_size(const char *s, uint64_t *out);
/* Human size for progress, in powers of 1024: "512 B", "1.2 GB". */
void fmt_human(char out[static 16], uint64_t bytes);

#endif
