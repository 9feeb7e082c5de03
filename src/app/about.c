/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* about.c: what the program says of itself: --help and --version. */
#include "app/about.h"

#include <archive.h>
#include <nettle/version.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#ifdef HAVE_BROTLI
#include <brotli/decode.h>
#endif
#ifdef HAVE_NGHTTP2
#include <nghttp2/nghttp2.h>
#endif
#ifdef HAVE_PCRE2
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "app/cage.h"
#include "app/columns.h"
#include "app/options.h"

/* Columns of a line of --help, and of the options before what they do: those
 * where the terminal is narrow. */
#define HELP_WIDTH 80
#define HELP_LEFT 28
#define HELP_LEFT_NARROW 8
/* Below that it is. */
#define HELP_ROOM 66
#define HELP_LEAST 24

struct help {
	size_t width;
	size_t left;
};

/* Prints text in the columns from left on; the line stands there already.  A
 * word that is longer than the room gets a line of its own. */
static void
put_wrapped(const struct help *h, size_t left, const char *text)
{
	size_t column = left;

	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		if (column > left && column + 1 + len > h->width) {
			printf("\n%*s", (int)left, "");
			column = left;
		} else if (column > left) {
			putchar(' ');
			column++;
		}
		printf("%.*s", (int)len, text);
		column += len;
		text += len;
		text += strspn(text, " ");
	}
	putchar('\n');
}

/* One option: "  -o, --output-dir DIR", then what it does.  Where that leaves
 * no room, what it does begins on the next line. */
static void
help_row(const struct help *h, const struct option_row *o)
{
	char letter[4] = "  ";
	char left[HELP_WIDTH];
	int len;

	if (o->letter != 0)
		snprintf(letter, sizeof(letter), "-%c", o->letter);
	len = snprintf(left, sizeof(left), "  %s%s%s%s%s%s", letter,
	    o->name == NULL    ? "" :
		o->letter != 0 ? ", " :
				 "  ",
	    o->name == NULL ? "" : "--", o->name == NULL ? "" : o->name,
	    o->arg == NULL || o->arg[0] == '[' ? "" : " ",
	    o->arg == NULL ? "" : o->arg);
	if ((size_t)len + 2 > h->left)
		printf("%s\n%*s", left, (int)h->left, "");
	else
		printf("%-*s", (int)h->left, left);
	put_wrapped(h, h->left, o->help);
}

void
about_help(void)
{
	size_t columns = terminal_columns(STDOUT_FILENO);
	struct help h = { HELP_WIDTH, HELP_LEFT };

	/* A pager shows it on the same terminal. */
	if (columns == 0)
		columns = terminal_columns(STDERR_FILENO);
	if (columns > 0 && columns < h.width)
		h.width = columns > HELP_LEAST ? columns : HELP_LEAST;
	if (h.width < HELP_ROOM)
		h.left = HELP_LEFT_NARROW;
	puts("usage: tcpsession [option]... PATH...\n");
	put_wrapped(&h, 0,
	    "Writes what was said on every TCP connection in packet captures.");
	put_wrapped(&h, 0,
	    "PATH is a capture (pcap or pcapng, plain or compressed), a "
	    "directory, or - for standard input.");
	for (size_t i = 0; i < n_options; i++) {
		if (options[i].group != NULL)
			printf("\n%s:\n", options[i].group);
		help_row(&h, &options[i]);
	}
}

static void
put_pcap(void)
{
	static const char name[] = "libpcap version ";
	const char *version = pcap_lib_version();

	if (strncmp(version, name, sizeof(name) - 1) == 0)
		version += sizeof(name) - 1;
	printf("libpcap %s\n", version);
}

/* "libarchive 3.6.2 zlib/1.2.13 liblzma/5.4.1 ": what it reads with stands
 * behind it. */
static void
put_archive(void)
{
	const char *version = archive_version_details();
	size_t len = strlen(version);

	while (len > 0 && version[len - 1] == ' ')
		len--;
	printf("%.*s\n", (int)len, version);
}

#ifdef HAVE_BROTLI
static void
put_brotli(void)
{
	uint32_t version = BrotliDecoderVersion();

	printf("brotli %u.%u.%u\n", version >> 24, version >> 12 & 0xfff,
	    version & 0xfff);
}
#else
static void
put_brotli(void)
{
	puts("brotli: not built in");
}
#endif

#ifdef HAVE_ZSTD
static void
put_zstd(void)
{
	printf("zstd %s\n", ZSTD_versionString());
}
#else
static void
put_zstd(void)
{
	puts("zstd: not built in");
}
#endif

#ifdef HAVE_PCRE2
static void
put_pcre2(void)
{
	char version[64]; /* "10.42 2022-12-11" */

	if (pcre2_config(PCRE2_CONFIG_VERSION, NULL) <= (int)sizeof(version) &&
	    pcre2_config(PCRE2_CONFIG_VERSION, version) > 0)
		printf("pcre2 %.*s\n", (int)strcspn(version, " "), version);
}
#else
static void
put_pcre2(void)
{
	puts("pcre2: not built in");
}
#endif

#ifdef HAVE_NGHTTP2
static void
put_nghttp2(void)
{
	printf("nghttp2 %s\n", nghttp2_version(0)->version_str);
}
#else
static void
put_nghttp2(void)
{
	puts("nghttp2: not built in");
}
#endif

/* What the user has or has not by them. */
#ifdef HAVE_BROTLI
#define FEATURE_BROTLI " +brotli"
#else
#define FEATURE_BROTLI " -brotli"
#endif
#ifdef HAVE_ZSTD
#define FEATURE_ZSTD " +zstd"
#else
#define FEATURE_ZSTD " -zstd"
#endif
#ifdef HAVE_PCRE2
#define FEATURE_GREP " +grep"
#else
#define FEATURE_GREP " -grep"
#endif
#ifdef HAVE_NGHTTP2
#define FEATURE_HTTP2 " +http2"
#else
#define FEATURE_HTTP2 " -http2"
#endif

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "an unknown compiler"
#endif

void
about_version(void)
{
	struct buf cage = { 0 };

	puts("tcpsession " PACKAGE_VERSION "\n"
	     "Copyright the tcpsession authors\n"
	     "Licence: GPL-3.0-or-later\n");
	put_pcap();
	printf("zlib %s\n", zlibVersion());
	put_archive();
	printf("nettle %d.%d\n", nettle_version_major(),
	    nettle_version_minor());
	put_brotli();
	put_zstd();
	put_pcre2();
	put_nghttp2();
	puts(
	    "features:" FEATURE_BROTLI FEATURE_ZSTD FEATURE_GREP FEATURE_HTTP2);
	puts("built with " COMPILER);
	cage_describe(&cage);
	puts(buf_cstr(&cage));
	buf_free(&cage);
}
