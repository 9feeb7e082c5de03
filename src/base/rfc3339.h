/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* rfc3339.h: reads times and spans of time, as people and programs write them. */
#ifndef BASE_RFC3339_H
#define BASE_RFC3339_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

/*
 * A date and time with its distance from UTC (RFC 3339, 5.6), as nanoseconds
 * since 1970; a space may stand for the T.  What is finer than a nanosecond is
 * cut, and a leap second is the one after it.  False when it is none, or lies
 * before 1677 or after 2262, where 64 bits end.
 */
bool rfc3339_parse(const char *text, int64_t *ns) ATTR_NODISCARD;

/* Seconds that all spans of time are below; sums of few of them fit 64 bits. */
#define SECONDS_MOST 1000000000

/* A decimal number of seconds, at most SECONDS_MOST, as nanoseconds; what is
 * finer is cut. */
bool seconds_parse(const char *text, int64_t *ns) ATTR_NODISCARD;

#endif
