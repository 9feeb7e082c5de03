/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* cage_early.c: loads what libraries would load late, when they no longer can:
 * conversions of characters, locales, the time zone, what ends a thread, and
 * the filter's programs, for which names are looked up. */
#include <dlfcn.h>
#include <iconv.h>
#include <locale.h>
#include <time.h>
#include <wchar.h>

#include "app/cage_parts.h"
#include "decode/decode.h"

/* LINKTYPE_ numbers are below it. */
#define LINKTYPES 512

/* Stays, so that the C library does not unload it; volatile, so that the
 * compiler keeps what nobody reads, and the leak check sees it. */
static volatile locale_t held;

/* libarchive writes names in UTF-8, by conversions of the C library. */
static void
load_conversions(void)
{
	static const char text[] = "\303\244";
	mbstate_t state = { 0 };
	wchar_t wide;
	iconv_t cd = iconv_open("UTF-8", "ANSI_X3.4-1968");

	if (cd != (iconv_t)-1)
		iconv_close(cd);
	held = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (held != (locale_t)0) {
		locale_t before = uselocale(held);

		(void)mbrtowc(&wide, text, sizeof(text) - 1, &state);
		uselocale(before);
	}
}

/* libpcap asks for names of ports and hosts each time that it compiles. */
static void
compile_filter(struct filter *f)
{
	for (uint16_t i = 0; i < LINKTYPES; i++)
		if (linktype_is_known(i))
			(void)!filter_suits(f, i);
}

void
cage_load_early(struct filter *f)
{
	tzset();
	load_conversions();
	/* pthread_exit wants it; it stays. */
	(void)dlopen("libgcc_s.so.1", RTLD_NOW | RTLD_GLOBAL);
	if (f != NULL)
		compile_filter(f);
}
