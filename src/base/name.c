/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* name.c: names of files, from what a capture says. */
#include "base/name.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/fmt.h"
#include "base/xalloc.h"

#define PROTO_TCP "-6-"
#define NS_PER_SECOND 1000000000
/* Appended to a template that does not have the count. */
#define COUNTED "%C%c"
/* Characters that a template may have beside letters and digits. */
#define LITERALS "._:-+,=@"

/* All eight groups of an IPv6 address, in lower-case hexadecimal without zeros in
 * front. */
static char *
put_groups(char *p, const uint8_t *addr)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 16; i += 2) {
		unsigned group = (unsigned)addr[i] << 8 | addr[i + 1];
		unsigned shift = group > 0xfff ? 12 :
		    group > 0xff	       ? 8 :
		    group > 0xf		       ? 4 :
						 0;

		if (i > 0)
			*p++ = '.';
		for (int at = (int)shift; at >= 0; at -= 4)
			*p++ = digits[group >> at & 0xf];
	}
	return p;
}

/* ADDRESS_PORT */
static char *
put_peer(char *p, const struct peer *peer)
{
	p = peer->family == 6 ? put_groups(p, peer->addr) :
				fmt_addr(p, peer->addr, peer->family);
	*p++ = '_';
	return fmt_put_u64(p, peer->port);
}

size_t
name_stem(char out[static NAME_STEM_LEN], const struct peer *client,
    const struct peer *server, uint64_t number)
{
	char *p = put_peer(out, client);

	*p++ = '-';
	p = put_peer(p, server);
	p = mempcpy(p, PROTO_TCP, strlen(PROTO_TCP));
	p = fmt_put_u64(p, number);
	*p = '\0';
	return (size_t)(p - out);
}

char *
name_file(const char *stem, const char *ending)
{
	size_t n = strlen(stem);
	size_t more = strlen(ending) + 1;
	char *name = xmalloc(n + more);

	memcpy(mempcpy(name, stem, n), ending, more);
	return name;
}

/* Characters that a letter stands for at most; 0: there is no such letter. */
static size_t
most_of(char letter)
{
	static const struct {
		const char *letters;
		size_t most;
	} rows[] = {
		/* inet_ntop writes the dotted form behind at most ::ffff: */
		{ "AB", 39 },
		{ "ab", 5 },
		/* 64 bits of nanoseconds: 1677 to 2262. */
		{ "T", 20 },
		{ "t", 11 },
		{ "S", 20 },
		{ "V", 2 },
		{ "v", 4 },
		{ "C%", 1 },
		{ "c#", 10 },
		{ "NKMG", 3 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (letter != '\0' && strchr(rows[i].letters, letter) != NULL)
			return rows[i].most;
	return 0;
}

static bool
is_literal(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') || (c != '\0' && strchr(LITERALS, c));
}

/* Without such a letter in a template COUNTED comes behind it. */
static bool
is_count(char letter)
{
	return letter == 'c' || letter == '#';
}

const char *
name_template_fault(const char *fmt)
{
	bool counted = false;
	size_t most = 0;

	if (fmt[0] == '\0')
		return "it is empty";
	if (fmt[0] == '.' || fmt[0] == '-')
		return "a name does not begin with . or -";
	for (const char *p = fmt; *p != '\0'; p++) {
		if (*p == '/')
			return "a name has no / in it";
		if (*p != '%') {
			if (!is_literal(*p))
				return "a name has letters, digits and "
				       "any of " LITERALS " in it";
			most++;
			continue;
		}
		p++;
		if (*p == '\0')
			return "nothing follows the last %; a % is %%";
		if (most_of(*p) == 0)
			return "a letter behind a % is none of "
			       "AaBbCcGKMNSTtVv#%";
		most += most_of(*p);
		counted |= is_count(*p);
	}
	if (!counted)
		most += most_of('C') + most_of('c');
	return most > NAME_TEMPLATE_MOST ? "the names would be too long" : NULL;
}

/* IPv4 with zeros in front, so that names sort. */
static void
put_addr(struct buf *b, const struct peer *p)
{
	char text[FMT_ADDR_LEN];

	if (p->family == 4) {
		buf_printf(b, "%03u.%03u.%03u.%03u", p->addr[0], p->addr[1],
		    p->addr[2], p->addr[3]);
		return;
	}
	fmt_addr(text, p->addr, p->family);
	buf_str(b, text);
}

/* To the second: 2018-09-26T11:51:02Z. */
static void
put_time(struct buf *b, int64_t ns)
{
	char text[FMT_TIME_LEN];

	fmt_time(text, ns, 6);
	buf_put(b, text, strcspn(text, "."));
	buf_byte(b, 'Z');
}

static void
put_unix_time(struct buf *b, int64_t ns)
{
	buf_printf(b, "%" PRId64,
	    ns / NS_PER_SECOND - (ns % NS_PER_SECOND < 0));
}

static void
put_count(struct buf *b, char letter, uint32_t count)
{
	if (letter == 'C' && count > 0)
		buf_byte(b, 'c');
	else if (letter == '#' || (letter == 'c' && count > 0))
		buf_printf(b, "%" PRIu32, count);
}

static void
put_vlan(struct buf *b, char letter, uint16_t vlan)
{
	if (vlan == 0)
		return;
	if (letter == 'V')
		buf_str(b, "--");
	else
		buf_printf(b, "%u", vlan);
}

static void
put_number(struct buf *b, uint64_t number, uint64_t divisor)
{
	buf_printf(b, "%03" PRIu64, number / divisor % 1000);
}

static void
put_letter(struct buf *b, char letter, const struct name_facts *f,
    uint32_t count)
{
	switch (letter) {
	case 'A':
		put_addr(b, &f->from);
		break;
	case 'a':
		buf_printf(b, "%05u", f->from.port);
		break;
	case 'B':
		put_addr(b, &f->to);
		break;
	case 'b':
		buf_printf(b, "%05u", f->to.port);
		break;
	case 'T':
		put_time(b, f->start_ns);
		break;
	case 't':
		put_unix_time(b, f->start_ns);
		break;
	case 'S':
		buf_printf(b, "%020" PRIu64, f->number);
		break;
	case 'N':
		put_number(b, f->number, 1);
		break;
	case 'K':
		put_number(b, f->number, 1000);
		break;
	case 'M':
		put_number(b, f->number, 1000000);
		break;
	case 'G':
		put_number(b, f->number, 1000000000);
		break;
	case 'V':
	case 'v':
		put_vlan(b, letter, f->vlan);
		break;
	case '%':
		buf_byte(b, '%');
		break;
	default:
		put_count(b, letter, count);
	}
}

/* True when fmt has the count. */
static bool
put_all(struct buf *b, const char *fmt, const struct name_facts *f,
    uint32_t count)
{
	bool counted = false;

	for (const char *p = fmt; *p != '\0'; p++) {
		if (*p != '%') {
			buf_byte(b, (uint8_t)*p);
			continue;
		}
		p++;
		counted |= is_count(*p);
		put_letter(b, *p, f, count);
	}
	return counted;
}

char *
name_from_template(const char *fmt, const struct name_facts *f, uint32_t count)
{
	struct buf b = { 0 };
	char *name;

	if (!put_all(&b, fmt, f, count))
		put_all(&b, COUNTED, f, count);
	if (b.n == 0)
		buf_byte(&b, '_');
	/* What a letter stands for may begin so. */
	if (b.p[0] == '.' || b.p[0] == '-')
		b.p[0] = '_';
	assert(b.n <= NAME_TEMPLATE_MOST);
	name = xstrdup(buf_cstr(&b));
	buf_free(&b);
	return name;
}
