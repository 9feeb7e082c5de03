/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* rfc3339.c: reads times and spans of time. */
#include "base/rfc3339.h"

#include <stddef.h>

#define NS_PER_SECOND 1000000000
#define DECIMALS 9

static bool
is_decimal(char c)
{
	return c >= '0' && c <= '9';
}

/* Exactly so many digits; NULL when there are others there. */
static const char *
take_digits(const char *p, int n, int *out)
{
	*out = 0;
	for (; n > 0; n--, p++) {
		if (!is_decimal(*p))
			return NULL;
		*out = *out * 10 + (*p - '0');
	}
	return p;
}

/* What may stand behind whole seconds: a point and digits. */
static const char *
take_fraction(const char *p, int64_t *ns)
{
	int n = 0;

	*ns = 0;
	if (*p != '.')
		return p;
	if (!is_decimal(*++p))
		return NULL;
	for (; is_decimal(*p); p++)
		if (n < DECIMALS) {
			*ns = *ns * 10 + (*p - '0');
			n++;
		}
	for (; n < DECIMALS; n++)
		*ns *= 10;
	return p;
}

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days of the years before `year`, from the year 0 on. */
static int64_t
days_before(int year)
{
	int64_t y = year, past = y - 1;

	if (year == 0)
		return 0;
	return y * 365 + past / 4 - past / 100 + past / 400 + 1;
}

/* Days from 1970-01-01 to that date; false when there is no such. */
static bool
days_to(int year, int month, int day, int64_t *days)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243,
		273, 304, 334, 365 };
	int in_month;

	if (month < 1 || month > 12)
		return false;
	in_month =
	    before[month] - before[month - 1] + (month == 2 && is_leap(year));
	if (day < 1 || day > in_month)
		return false;
	*days = days_before(year) - days_before(1970) + before[month - 1] +
	    (month > 2 && is_leap(year)) + day - 1;
	return true;
}

/* "Z" or "+01:30": seconds that the time is ahead of UTC. */
static const char *
take_zone(const char *p, int64_t *ahead)
{
	int hours, minutes, sign = *p == '-' ? -1 : 1;

	*ahead = 0;
	if (*p == 'Z' || *p == 'z')
		return p + 1;
	if (*p != '+' && *p != '-')
		return NULL;
	p = take_digits(p + 1, 2, &hours);
	if (p == NULL || *p != ':')
		return NULL;
	p = take_digits(p + 1, 2, &minutes);
	if (p == NULL || hours > 23 || minutes > 59)
		return NULL;
	*ahead = sign * (hours * 3600 + minutes * 60);
	return p;
}

/* "11:51:02" as seconds. */
static const char *
take_clock(const char *p, int64_t *seconds)
{
	int hour, minute, second;

	p = take_digits(p, 2, &hour);
	if (p == NULL || *p != ':')
		return NULL;
	p = take_digits(p + 1, 2, &minute);
	if (p == NULL || *p != ':')
		return NULL;
	p = take_digits(p + 1, 2, &second);
	if (p == NULL || hour > 23 || minute > 59 || second > 60)
		return NULL;
	*seconds = hour * 3600 + minute * 60 + second;
	return p;
}

/* "2018-09-26" as days since 1970. */
static const char *
take_date(const char *p, int64_t *days)
{
	int year, month, day;

	p = take_digits(p, 4, &year);
	if (p == NULL || *p != '-')
		return NULL;
	p = take_digits(p + 1, 2, &month);
	if (p == NULL || *p != '-')
		return NULL;
	p = take_digits(p + 1, 2, &day);
	if (p == NULL || !days_to(year, month, day, days))
		return NULL;
	return p;
}

bool
rfc3339_parse(const char *text, int64_t *ns)
{
	int64_t days, seconds, fraction, ahead;
	const char *p = take_date(text, &days);

	if (p == NULL || (*p != 'T' && *p != 't' && *p != ' '))
		return false;
	p = take_clock(p + 1, &seconds);
	if (p != NULL)
		p = take_fraction(p, &fraction);
	if (p != NULL)
		p = take_zone(p, &ahead);
	if (p == NULL || *p != '\0')
		return false;
	seconds += days * 86400 - ahead;
	/* Before 1970 the fraction leads back towards it. */
	if (seconds < 0 && fraction > 0) {
		seconds++;
		fraction -= NS_PER_SECOND;
	}
	return !__builtin_mul_overflow(seconds, (int64_t)NS_PER_SECOND, ns) &&
	    !__builtin_add_overflow(*ns, fraction, ns);
}

bool
seconds_parse(const char *text, int64_t *ns)
{
	const char *p = text;
	int64_t seconds = 0, fraction;

	if (!is_decimal(*p))
		return false;
	for (; is_decimal(*p) && seconds <= SECONDS_MOST; p++)
		seconds = seconds * 10 + (*p - '0');
	p = take_fraction(p, &fraction);
	if (p == NULL || *p != '\0')
		return false;
	*ns = seconds * NS_PER_SECOND + fraction;
	return *ns <= (int64_t)SECONDS_MOST * NS_PER_SECOND;
}
