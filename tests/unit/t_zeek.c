/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_zeek.c: conn_state and history for the usual beginnings and endings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow/zeek.h"
#include "inspect/enum_names.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* events: a letter for each packet, upper case for the originator: S SYN,
 * H SYN/ACK, A pure ACK, D data, F FIN, R RST. */
static const struct {
	const char *events;
	bool no_bytes;
	const char *state;
} endings[] = {
	{ "ShADadFf", false, "SF" },
	{ "ShADadfF", false, "SF" },
	{ "S", true, "S0" },
	{ "SSS", true, "S0" },
	{ "ShA", true, "S1" },
	{ "ShADd", false, "S1" },
	{ "hSA", true, "S1" },
	{ "Sr", true, "REJ" },
	{ "SrRr", true, "REJ" },
	{ "ShADF", false, "S2" },
	{ "ShADf", false, "S3" },
	{ "ShADR", false, "RSTO" },
	/* A reset after both FINs changes nothing. */
	{ "ShADFfR", false, "SF" },
	{ "ShADFfr", false, "SF" },
	{ "ShADFfRr", false, "SF" },
	/* The other's FIN undoes a reset after a FIN, no other one. */
	{ "ShADFR", false, "RSTO" },
	{ "ShADFRf", false, "SF" },
	{ "ShADfrF", false, "SF" },
	{ "ShADRf", false, "RSTO" },
	{ "ShADFr", false, "RSTR" },
	{ "ShADFrf", false, "RSTR" },
	{ "ShADr", false, "RSTR" },
	{ "ShR", true, "RSTO" },
	{ "SR", true, "RSTOS0" },
	{ "hr", true, "RSTRH" },
	{ "SF", true, "SH" },
	{ "hf", true, "SHR" },
	{ "hA", true, "S1" },
	{ "hADd", false, "S1" },
	{ "hd", false, "OTH" },
	{ "Dd", false, "OTH" },
	{ "D", false, "OTH" },
	{ "", true, "OTH" },
	{ "DFdf", false, "SF" },
	{ "DR", false, "OTH" },
	{ "AR", true, "OTH" },
	{ "R", true, "OTH" },
	{ "SDR", false, "RSTOS0" },
	{ "SFR", true, "OTH" },
	{ "dDr", false, "RSTRH" },
};

static void
packet(struct zeek *z, int orig, char c, uint32_t seq)
{
	int e = c >= 'a' ? !orig : orig;

	switch (c | 0x20) {
	case 's':
		zeek_seq(z, e, 's', seq);
		zeek_syn(z, e, orig, false);
		break;
	case 'h':
		zeek_seq(z, e, 'h', seq);
		zeek_syn(z, e, orig, true);
		break;
	case 'f':
		zeek_other(z, e, true);
		zeek_seq(z, e, 'f', seq);
		zeek_fin(z, e);
		break;
	case 'r':
		zeek_seq(z, e, 'r', seq);
		zeek_rst(z, e);
		break;
	default:
		zeek_other(z, e, true);
		zeek_once(z, e, (char)(c | 0x20));
	}
}

static void
states(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(endings); i++) {
		for (int orig = 0; orig < 2; orig++) {
			struct zeek z = { 0 };
			const char *got;

			for (const char *p = endings[i].events; *p != '\0'; p++)
				packet(&z, orig, *p, 1000);
			got = enum_name_conn_state(
			    zeek_state(&z, orig, endings[i].no_bytes));
			if (strcmp(got, endings[i].state) != 0)
				fail_msg("%s is %s, not %s", endings[i].events,
				    got, endings[i].state);
		}
	}
}

static void
letters(void **state)
{
	char out[ZEEK_HISTORY_MAX + 2];

	(void)state;
	for (int orig = 0; orig < 2; orig++) {
		struct zeek z = { 0 };

		for (const char *p = "SShADDaddAFFfR"; *p != '\0'; p++)
			packet(&z, orig, *p, 1000);
		zeek_history(&z, orig, false, out);
		assert_string_equal(out, "ShADadFfR");
		zeek_history(&z, !orig, true, out);
		assert_string_equal(out, "^sHadADfFr");
		/* With another number a SYN, FIN or RST is told again. */
		packet(&z, orig, 'S', 2000);
		packet(&z, orig, 'F', 2000);
		packet(&z, orig, 'F', 2000);
		packet(&z, orig, 'R', 2000);
		zeek_history(&z, orig, false, out);
		assert_string_equal(out, "ShADadFfRSFR");
	}
}

static void
powers_of_ten(void **state)
{
	char out[ZEEK_HISTORY_MAX + 2];
	struct zeek z = { 0 };

	(void)state;
	for (uint64_t n = 1; n <= 1234; n++)
		zeek_scaled(&z, 0, 't', n);
	zeek_scaled(&z, 1, 'g', 0);
	zeek_scaled(&z, 1, 'g', 1);
	zeek_scaled(&z, 1, 'g', 20);
	zeek_history(&z, 0, false, out);
	assert_string_equal(out, "TTTTg");
}

static void
no_more_than_there_is_room(void **state)
{
	char out[ZEEK_HISTORY_MAX + 2];
	struct zeek z = { 0 };

	(void)state;
	for (uint32_t seq = 0; seq < 100; seq++)
		zeek_seq(&z, 0, 'r', seq);
	zeek_history(&z, 0, true, out);
	assert_int_equal(strlen(out), ZEEK_HISTORY_MAX + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states),
		cmocka_unit_test(letters),
		cmocka_unit_test(powers_of_ten),
		cmocka_unit_test(no_more_than_there_is_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
