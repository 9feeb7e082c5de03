/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* http_head.c: reads the head of an HTTP/1.x message, and finds where one
 * begins. */
#include "proto/http_head.h"
#include "base/limit.h"

#include <string.h>

/* A start line may have so many bytes, and its method. */
#define START_MAX ((size_t)64 << 10)
#define METHOD_MAX 24
/* No body is longer: more digits change nothing. */
#define LENGTH_MAX ((uint64_t)1 << 60)

static const char version[] = "HTTP/1.";
#define VERSION_LEN (sizeof version - 1)

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* RFC 9110, 5.6.2. */
static bool
is_token(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    is_digit(c) || (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

/* The line without CR LF, or without LF. */
static struct slice
chomp(struct slice line)
{
	if (line.n > 0 && line.p[line.n - 1] == '\n')
		line.n--;
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* -------------------------------------------------------------- start line */

/* HTTP/1.1 200 OK; the reason may be missing. */
static bool
parse_status(struct slice line, struct http_head *out)
{
	const uint8_t *p = line.p;
	size_t i = VERSION_LEN + 1;

	if (line.n < VERSION_LEN + 5 || memcmp(p, version, VERSION_LEN) != 0 ||
	    !is_digit(p[VERSION_LEN]) || p[i] != ' ')
		return false;
	while (i < line.n && p[i] == ' ')
		i++;
	if (line.n - i < 3 || p[i] < '1' || p[i] > '9' || !is_digit(p[i + 1]) ||
	    !is_digit(p[i + 2]))
		return false;
	if (line.n - i > 3 && p[i + 3] != ' ' && p[i + 3] != '\t')
		return false;
	out->side = HTTP_RESPONSE;
	out->minor = (uint8_t)(p[VERSION_LEN] - '0');
	out->status = (uint16_t)((p[i] - '0') * 100 + (p[i + 1] - '0') * 10 +
	    (p[i + 2] - '0'));
	return true;
}

static struct slice
trim_end(struct slice s)
{
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/* The version that ends a request line; what is before it is left. */
static bool
take_version(struct slice *line, struct http_head *out)
{
	struct slice s = trim_end(*line);
	size_t at;

	if (s.n < VERSION_LEN + 2)
		return false;
	at = s.n - VERSION_LEN - 1;
	if (memcmp(s.p + at, version, VERSION_LEN) != 0 ||
	    !is_digit(s.p[s.n - 1]) ||
	    (s.p[at - 1] != ' ' && s.p[at - 1] != '\t'))
		return false;
	out->minor = (uint8_t)(s.p[s.n - 1] - '0');
	*line = trim_end((struct slice){ s.p, at });
	return true;
}

/* GET /path HTTP/1.1; the target may hold spaces, as browsers bear them. */
static bool
parse_request(struct slice line, struct http_head *out)
{
	size_t n = 0;

	if (!take_version(&line, out))
		return false;
	while (n < line.n && is_token(line.p[n]))
		n++;
	if (n == 0 || n > METHOD_MAX || n == line.n || line.p[n] != ' ')
		return false;
	out->side = HTTP_REQUEST;
	out->method = (struct slice){ line.p, n };
	out->target = slice_trim((struct slice){ line.p + n, line.n - n });
	return out->target.n > 0;
}

static const char *const methods[] = { "GET ", "POST ", "HEAD ", "PUT ",
	"DELETE ", "OPTIONS ", "PATCH ", "CONNECT ", "TRACE ", "PROPFIND " };

/* Whether s begins with the word, or is the beginning of it. */
static bool
may_begin(struct slice s, const char *word)
{
	size_t i = 0;

	while (i < s.n && word[i] != '\0' && s.p[i] == (uint8_t)word[i])
		i++;
	return i == s.n || word[i] == '\0';
}

/* A method that is known, or the beginning of one. */
static bool
may_be_method(struct slice s)
{
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
		if (may_begin(s, methods[i]))
			return true;
	return false;
}

enum http_answer
http_method_at(struct slice s)
{
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
		if (may_begin(s, methods[i]))
			return s.n < strlen(methods[i]) ? HTTP_NEED_MORE :
							  HTTP_CONSUMED;
	return HTTP_BAD;
}

/* Any method, at the beginning of a line. */
static bool
may_be_request(struct slice line)
{
	size_t n = 0;

	while (n < line.n && n < METHOD_MAX && is_token(line.p[n]))
		n++;
	return n == line.n || (n > 0 && line.p[n] == ' ');
}

/* Leaves out what is too far from the line's end; *whole no longer holds
 * then.  Returns how much. */
static size_t
skip_front(struct slice *line, bool *whole)
{
	size_t n = line->n > START_MAX ? line->n - START_MAX : 0;

	line->p += n;
	line->n -= n;
	*whole = *whole && n == 0;
	return n;
}

/* The sides whose start lines begin with a byte: methods that are known, and the
 * version. */
static const uint8_t beginnings[256] = {
	['C'] = HTTP_SIDE(HTTP_REQUEST),
	['D'] = HTTP_SIDE(HTTP_REQUEST),
	['G'] = HTTP_SIDE(HTTP_REQUEST),
	['H'] = HTTP_SIDE(HTTP_REQUEST) | HTTP_SIDE(HTTP_RESPONSE),
	['O'] = HTTP_SIDE(HTTP_REQUEST),
	['P'] = HTTP_SIDE(HTTP_REQUEST),
	['T'] = HTTP_SIDE(HTTP_REQUEST),
};

/* Whether s may be the beginning of a start line of one of the sides. */
static bool
may_start(struct slice s, unsigned sides)
{
	if ((sides & HTTP_SIDE(HTTP_RESPONSE)) != 0 && may_begin(s, version))
		return true;
	return (sides & HTTP_SIDE(HTTP_REQUEST)) != 0 && may_be_method(s);
}

size_t
http_start_hope(struct slice line, unsigned sides, bool whole)
{
	size_t i = 0, skipped = skip_front(&line, &whole);

	if ((sides & HTTP_SIDE(HTTP_REQUEST)) != 0 && whole &&
	    may_be_request(line))
		return 0;
	while (i < line.n &&
	    ((beginnings[line.p[i]] & sides) == 0 ||
		!may_start((struct slice){ line.p + i, line.n - i }, sides)))
		i++;
	return skipped + i;
}

static bool
find_request(struct slice line, bool whole, size_t *at)
{
	struct http_head head = { 0 };
	struct slice rest;

	line = rest = chomp(line);
	*at = 0;
	/* Most lines are none, and their ends tell at once. */
	if (!take_version(&rest, &head))
		return false;
	if (whole && parse_request(line, &head))
		return true;
	for (size_t i = 0; i < line.n; i++) {
		rest = (struct slice){ line.p + i, line.n - i };
		*at = i;
		if (beginnings[rest.p[0]] != 0 && may_be_method(rest))
			return parse_request(rest, &head);
	}
	return false;
}

static bool
find_status(struct slice line, size_t *at)
{
	struct http_head head = { 0 };
	struct slice rest = chomp(line);

	for (;;) {
		const uint8_t *p = memmem(rest.p, rest.n, version, VERSION_LEN);

		if (p == NULL)
			return false;
		rest.n -= (size_t)(p - rest.p);
		rest.p = p;
		*at = (size_t)(p - line.p);
		if (parse_status(rest, &head))
			return true;
		rest.p++;
		rest.n--;
	}
}

bool
http_start_find(struct slice line, enum http_side side, bool whole, size_t *at)
{
	size_t skipped = skip_front(&line, &whole);
	bool found = side == HTTP_RESPONSE ? find_status(line, at) :
					     find_request(line, whole, at);

	*at += skipped;
	return found;
}

size_t
http_start_skip(struct slice s)
{
	const uint8_t *p = memmem(s.p, s.n, version, VERSION_LEN);
	const uint8_t *lf =
	    memrchr(s.p, '\n', p != NULL ? (size_t)(p - s.p) : s.n);

	return lf != NULL ? (size_t)(lf + 1 - s.p) : 0;
}

/* ----------------------------------------------------------------- fields */

/* RFC 9112, 6.3: several that are equal are one. */
static void
take_length(struct http_head *out, struct slice value)
{
	struct cur list = cur_of(value.p, value.n);
	struct slice s;

	while (list_next(&list, &s)) {
		uint64_t v = 0;
		size_t i = 0;

		for (; i < s.n && is_digit(s.p[i]); i++)
			v = v > LENGTH_MAX ? v : v * 10 + (s.p[i] - '0');
		if (s.n == 0 || i < s.n)
			continue;
		out->bad_length |= out->has_length && v != out->length;
		if (!out->has_length || v < out->length)
			out->length = v;
		out->has_length = true;
	}
}

static void
take_transfer(struct http_head *out, struct slice value)
{
	struct cur list = cur_of(value.p, value.n);
	struct slice s;

	while (list_next(&list, &s)) {
		if (s.n == 0 || slice_is(s, "identity"))
			continue;
		out->has_transfer = true;
		out->chunked = slice_is(s, "chunked");
		if (!out->chunked)
			codings_add(&out->transfer, s);
	}
}

static void
take_content(struct http_head *out, struct slice value)
{
	codings_add_list(&out->content, value);
}

static void
take_type(struct http_head *out, struct slice value)
{
	struct mime_list list = { out->type, out->mime };

	mime_list_add(&list, value);
	out->type = list.text;
	out->mime = list.type;
}

/* Fetch, 3.6: only the first of several counts. */
static void
take_options(struct http_head *out, struct slice value)
{
	struct cur list = cur_of(value.p, value.n);
	struct slice first;

	if (out->has_options || !mime_element(&list, &first))
		return;
	out->has_options = true;
	out->nosniff = slice_is(first, "nosniff");
}

static void
take_expect(struct http_head *out, struct slice value)
{
	out->expects |= slice_is(value, "100-continue");
}

static void
take_extensions(struct http_head *out, struct slice value)
{
	ws_extensions_add(&out->extensions, value);
}

void
http_field_take(struct http_head *out, struct slice name, struct slice value)
{
	static const struct {
		const char *name;
		size_t at; /* of the slice, or SIZE_MAX */
		void (*take)(struct http_head *out, struct slice value);
	} fields[] = {
		{ "Content-Length", SIZE_MAX, take_length },
		{ "Transfer-Encoding", SIZE_MAX, take_transfer },
		{ "Content-Encoding", SIZE_MAX, take_content },
		{ "Content-Type", SIZE_MAX, take_type },
		{ "Content-Disposition",
		    offsetof(struct http_head, disposition), NULL },
		{ "X-Content-Type-Options", SIZE_MAX, take_options },
		{ "Location", offsetof(struct http_head, location), NULL },
		{ "Expect", SIZE_MAX, take_expect },
		{ "Content-Range", offsetof(struct http_head, range), NULL },
		{ "Host", offsetof(struct http_head, host), NULL },
		{ "Referer", offsetof(struct http_head, referer), NULL },
		{ "Sec-Fetch-Dest", offsetof(struct http_head, dest), NULL },
		{ "Upgrade", offsetof(struct http_head, upgrade), NULL },
		{ "Sec-WebSocket-Extensions", SIZE_MAX, take_extensions },
	};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		if (!slice_is(name, fields[i].name))
			continue;
		if (fields[i].take != NULL)
			fields[i].take(out, value);
		else
			memcpy((char *)out + fields[i].at, &value,
			    sizeof value);
	}
}

/* The length of the line that begins at from, with its LF; 0 without one. */
static size_t
line_at(struct slice in, size_t from)
{
	const uint8_t *lf = memchr(in.p + from, '\n', in.n - from);

	return lf != NULL ? (size_t)(lf - in.p) + 1 - from : 0;
}

static bool
is_folded(struct slice in, size_t at)
{
	return at < in.n && (in.p[at] == ' ' || in.p[at] == '\t');
}

static void
parse_field(struct http_head *out, struct slice line)
{
	const uint8_t *colon = memchr(line.p, ':', line.n);
	size_t n;

	if (colon == NULL || is_folded(line, 0))
		return;
	n = (size_t)(colon - line.p);
	http_field_take(out, slice_trim((struct slice){ line.p, n }),
	    slice_trim((struct slice){ colon + 1, line.n - n - 1 }));
}

static bool
parse_start(struct slice in, size_t n, struct http_head *out)
{
	struct slice line = chomp((struct slice){ in.p, n });

	*out = (struct http_head){ 0 };
	if (parse_status(line, out))
		return true;
	*out = (struct http_head){ 0 };
	return parse_request(line, out);
}

enum http_answer
http_head_parse(struct slice in, struct http_head *out, size_t *used)
{
	size_t at = line_at(in, 0);
	size_t field = at; /* where it begins; its folded lines follow */

	*used = 0;
	if (at == 0)
		return in.n > LIMIT_HTTP_HEAD ? HTTP_BAD : HTTP_NEED_MORE;
	if (!parse_start(in, at, out))
		return HTTP_BAD;
	for (unsigned lines = 1; lines <= LIMIT_HTTP_LINES; lines++) {
		size_t n = line_at(in, at);

		if (at + n > LIMIT_HTTP_HEAD)
			return HTTP_BAD;
		if (n == 0)
			return HTTP_NEED_MORE;
		if (lines > 1 && !is_folded(in, at)) {
			parse_field(out,
			    (struct slice){ in.p + field, at - field });
			field = at;
		}
		if (chomp((struct slice){ in.p + at, n }).n == 0) {
			*used = at + n;
			return HTTP_CONSUMED;
		}
		at += n;
	}
	return HTTP_BAD;
}

void
http_fields_parse(struct slice in, struct http_head *out)
{
	size_t at = 0;
	size_t n;

	for (size_t field = 0; field < in.n; field = at) {
		do {
			n = line_at(in, at);
			at += n;
		} while (n > 0 && is_folded(in, at));
		if (n == 0)
			break;
		parse_field(out, (struct slice){ in.p + field, at - field });
	}
}

bool
http_head_part(struct slice in, struct http_head *out)
{
	size_t at = line_at(in, 0);

	if (at == 0 || !parse_start(in, at, out))
		return false;
	http_fields_parse((struct slice){ in.p + at, in.n - at }, out);
	return true;
}
