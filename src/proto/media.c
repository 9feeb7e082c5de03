/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* media.c: media types, the endings of their files, and magic numbers. */
#include "proto/media.h"

#include <string.h>

#include "base/utf8.h"
#include "proto/coding.h"

static const struct media table[] = {
	{ "text/html", "html", true },
	{ "application/xhtml+xml", "xhtml", true },
	{ "text/css", "css", true },
	{ "text/javascript", "js", true },
	{ "application/javascript", "js", true },
	{ "application/x-javascript", "js", true },
	{ "application/ecmascript", "js", true },
	{ "text/ecmascript", "js", true },
	{ "text/x-javascript", "js", true },
	{ "application/json", "json", true },
	{ "text/json", "json", true },
	{ "application/ld+json", "json", true },
	{ "application/manifest+json", "json", true },
	{ "application/problem+json", "json", true },
	{ "application/xml", "xml", true },
	{ "text/xml", "xml", true },
	{ "application/soap+xml", "xml", true },
	{ "application/rss+xml", "xml", true },
	{ "application/atom+xml", "xml", true },
	{ "text/plain", "txt", true },
	{ "text/csv", "csv", true },
	{ "text/markdown", "md", true },
	{ "text/calendar", "ics", true },
	{ "text/vcard", "vcf", true },
	{ "text/vtt", "vtt", true },
	{ "text/event-stream", "txt", true },
	{ "application/x-www-form-urlencoded", "txt", true },
	{ "application/x-ndjson", "jsonl", true },
	{ "application/vnd.apple.mpegurl", "m3u8", true },
	{ "application/x-mpegurl", "m3u8", true },
	{ "application/dash+xml", "mpd", true },
	{ "application/pgp-signature", "asc", true },
	{ "image/svg+xml", "svg", true },
	{ "image/png", "png", false },
	{ "image/jpeg", "jpg", false },
	{ "image/jpg", "jpg", false },
	{ "image/gif", "gif", false },
	{ "image/webp", "webp", false },
	{ "image/avif", "avif", false },
	{ "image/bmp", "bmp", false },
	{ "image/tiff", "tif", false },
	{ "image/x-icon", "ico", false },
	{ "image/vnd.microsoft.icon", "ico", false },
	{ "font/woff", "woff", false },
	{ "font/woff2", "woff2", false },
	{ "application/font-woff", "woff", false },
	{ "application/font-woff2", "woff2", false },
	{ "font/ttf", "ttf", false },
	{ "font/otf", "otf", false },
	{ "application/vnd.ms-fontobject", "eot", false },
	{ "application/pdf", "pdf", false },
	{ "application/zip", "zip", false },
	{ "application/x-zip-compressed", "zip", false },
	{ "application/gzip", "gz", false },
	{ "application/x-gzip", "gz", false },
	{ "application/x-tar", "tar", false },
	{ "application/x-bzip2", "bz2", false },
	{ "application/x-xz", "xz", false },
	{ "application/zstd", "zst", false },
	{ "application/x-7z-compressed", "7z", false },
	{ "application/vnd.rar", "rar", false },
	{ "application/x-rar-compressed", "rar", false },
	{ "application/java-archive", "jar", false },
	{ "application/msword", "doc", false },
	{ "application/vnd.ms-excel", "xls", false },
	{ "application/vnd.openxmlformats-officedocument."
	  "wordprocessingml.document",
	    "docx", false },
	{ "application/vnd.openxmlformats-officedocument."
	  "spreadsheetml.sheet",
	    "xlsx", false },
	{ "application/vnd.openxmlformats-officedocument."
	  "presentationml.presentation",
	    "pptx", false },
	{ "audio/mpeg", "mp3", false },
	{ "audio/mp4", "m4a", false },
	{ "audio/ogg", "ogg", false },
	{ "audio/wav", "wav", false },
	{ "video/mp4", "mp4", false },
	{ "video/mp2t", "ts", false },
	{ "video/webm", "webm", false },
	{ "video/x-flv", "flv", false },
	{ "application/ogg", "ogg", false },
	{ "application/wasm", "wasm", false },
	{ "application/x-shockwave-flash", "swf", false },
	{ "application/ocsp-request", "ocsp", false },
	{ "application/ocsp-response", "ocsp", false },
	{ "application/pkix-cert", "crt", false },
	{ "application/pkix-crl", "crl", false },
	{ "application/vnd.tcpdump.pcap", "pcap", false },
};

#define TABLE_LEN (sizeof table / sizeof table[0])

struct slice
media_essence(struct slice type)
{
	size_t n = 0;

	type = slice_trim(type);
	while (n < type.n && type.p[n] != ';' && type.p[n] != ' ' &&
	    type.p[n] != '\t' && type.p[n] != '\r' && type.p[n] != '\n')
		n++;
	return (struct slice){ type.p, n };
}

const struct media *
media_find(struct slice essence)
{
	for (size_t i = 0; i < TABLE_LEN; i++)
		if (slice_is(essence, table[i].type))
			return &table[i];
	return NULL;
}

bool
media_is_generic(struct slice essence)
{
	static const char *const words[] = { "", "application/octet-stream",
		"application/unknown", "unknown/unknown",
		"application/x-unknown", "application/force-download",
		"application/download", "*/*" };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (slice_is(essence, words[i]))
			return true;
	return slice_begins(essence, "binary/");
}

bool
media_is_text(struct slice s)
{
	while (s.n > 0) {
		uint32_t cp;
		int n = 1;

		if (s.p[0] >= 0x80)
			n = utf8_decode(s, &cp);
		else if (s.p[0] < 0x20 && (s.p[0] < '\t' || s.p[0] > '\r'))
			return false;
		if (n <= 0)
			return n < 0;
		s.p += n;
		s.n -= (size_t)n;
	}
	return true;
}

/* ------------------------------------------------------------ first bytes */

struct magic {
	size_t at;
	size_t n;
	const char *bytes;
	const char *type;
};

static bool
has_magic(struct slice s, size_t at, const char *bytes, size_t n)
{
	return s.n >= at + n && memcmp(s.p + at, bytes, n) == 0;
}

static const struct media *
by_magic(struct slice s)
{
	static const struct magic rows[] = {
		{ 0, 8, "\x89PNG\r\n\x1a\n", "image/png" },
		{ 0, 3, "\xff\xd8\xff", "image/jpeg" },
		{ 0, 6, "GIF87a", "image/gif" },
		{ 0, 6, "GIF89a", "image/gif" },
		{ 8, 6, "WEBPVP", "image/webp" },
		{ 8, 4, "WAVE", "audio/wav" },
		{ 4, 8, "ftypavif", "image/avif" },
		{ 4, 4, "ftyp", "video/mp4" },
		{ 0, 4, "\0\0\1\0", "image/x-icon" },
		{ 0, 4, "wOF2", "font/woff2" },
		{ 0, 4, "wOFF", "font/woff" },
		{ 0, 5, "%PDF-", "application/pdf" },
		{ 0, 4, "PK\3\4", "application/zip" },
		{ 0, 4, "PK\5\6", "application/zip" },
		{ 0, 3, "\x1f\x8b\x08", "application/gzip" },
		{ 0, 3, "BZh", "application/x-bzip2" },
		{ 0, 6,
		    "\xfd"
		    "7zXZ\0",
		    "application/x-xz" },
		{ 0, 4, "\x28\xb5\x2f\xfd", "application/zstd" },
		{ 0, 6, "7z\xbc\xaf\x27\x1c", "application/x-7z-compressed" },
		{ 0, 6, "Rar!\x1a\7", "application/vnd.rar" },
		{ 0, 8, "\0asm\1\0\0\0", "application/wasm" },
		{ 0, 4, "OggS", "application/ogg" },
		{ 0, 3, "ID3", "audio/mpeg" },
		{ 0, 4, "\x1a\x45\xdf\xa3", "video/webm" },
		{ 0, 4, "FLV\1", "video/x-flv" },
		{ 257, 5, "ustar", "application/x-tar" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (has_magic(s, rows[i].at, rows[i].bytes, rows[i].n))
			return media_find(
			    (struct slice){ (const uint8_t *)rows[i].type,
				strlen(rows[i].type) });
	return NULL;
}

static bool
is_among(uint8_t c, const char *characters)
{
	return c != 0 && strchr(characters, c) != NULL;
}

static struct slice
skip_white(struct slice s)
{
	if (has_magic(s, 0, "\xef\xbb\xbf", 3)) {
		s.p += 3;
		s.n -= 3;
	}
	while (s.n > 0 && is_among(s.p[0], " \t\r\n\f")) {
		s.p++;
		s.n--;
	}
	return s;
}

/* The word, and behind it what ends the name of a tag. */
static bool
is_tag(struct slice s, const char *word)
{
	size_t n = strlen(word);

	return slice_begins(s, word) &&
	    (s.n == n || is_among(s.p[n], " \t\r\n\f>/"));
}

/* The first characters of text (WHATWG MIME Sniffing, 7.1). */
static const char *
text_type(struct slice s)
{
	static const char *const html[] = { "<!doctype html", "<html", "<head",
		"<body", "<script", "<iframe", "<h1", "<div", "<font", "<table",
		"<a", "<style", "<title", "<b", "<br", "<p", "<form", "<meta",
		"<center" };

	s = skip_white(s);
	if (slice_begins(s, "<?xml"))
		return memmem(s.p, s.n, "<svg", 4) != NULL ?
		    "image/svg+xml" :
		    memmem(s.p, s.n, "<html", 5) != NULL ?
		    "application/xhtml+xml" :
		    "application/xml";
	if (is_tag(s, "<svg"))
		return "image/svg+xml";
	for (size_t i = 0; i < sizeof html / sizeof html[0]; i++)
		if (is_tag(s, html[i]))
			return "text/html";
	if (slice_begins(s, "<!--"))
		return "text/html";
	return NULL;
}

/* An object or a list whose first element can be one (RFC 8259). */
static bool
is_json(struct slice s)
{
	uint8_t open;

	s = skip_white(s);
	if (s.n < 2 || (s.p[0] != '{' && s.p[0] != '['))
		return false;
	open = s.p[0];
	s.p++;
	s.n--;
	s = skip_white(s);
	if (s.n == 0)
		return false;
	if (open == '{')
		return s.p[0] == '"' || s.p[0] == '}';
	return is_among(s.p[0], "]{[\"-0123456789tfn");
}

const struct media *
media_sniff(struct slice first)
{
	const struct media *m;
	const char *type = "text/plain";
	const char *found;

	if (first.n == 0)
		return NULL;
	if (first.n > MEDIA_SNIFF)
		first.n = MEDIA_SNIFF;
	m = by_magic(first);
	if (m != NULL)
		return m;
	if (!media_is_text(first))
		return NULL;
	found = text_type(first);
	if (found != NULL)
		type = found;
	else if (is_json(first))
		type = "application/json";
	return media_find(
	    (struct slice){ (const uint8_t *)type, strlen(type) });
}

bool
media_is_program(struct slice s)
{
	static const struct magic rows[] = {
		{ 0, 2, "MZ", NULL },
		{ 0, 4,
		    "\x7f"
		    "ELF",
		    NULL },
		{ 0, 2, "#!", NULL },
		{ 0, 4, "\xfe\xed\xfa\xce", NULL },
		{ 0, 4, "\xfe\xed\xfa\xcf", NULL },
		{ 0, 4, "\xce\xfa\xed\xfe", NULL },
		{ 0, 4, "\xcf\xfa\xed\xfe", NULL },
		{ 0, 4, "\xca\xfe\xba\xbe", NULL },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (has_magic(s, rows[i].at, rows[i].bytes, rows[i].n))
			return true;
	return false;
}
