/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* service_parts.c: protocols that TCP and UDP carry alike, by their first
 * bytes. */
#include "inspect/service_parts.h"

/* A question or an answer to one (RFC 1035, 4.1). */
bool
service_is_dns_message(struct slice s)
{
	unsigned opcode, questions;

	if (s.n < 14)
		return false;
	opcode = s.p[2] >> 3 & 15;
	questions = get_be16(s.p + 4);
	/* Counts of answers and the like are small; the name begins with a
	 * label or is the root. */
	return (opcode == 0 || opcode == 4 || opcode == 5) &&
	    (s.p[3] & 0x40) == 0 && questions <= 1 && get_be16(s.p + 6) < 256 &&
	    get_be16(s.p + 8) < 256 && get_be16(s.p + 10) < 16 &&
	    s.p[12] < 64 &&
	    (questions == 1 || (s.p[2] & 0x80) != 0 || opcode != 0) &&
	    (s.p[12] == 0 || (s.p[13] > ' ' && s.p[13] < 0x7f));
}

bool
service_answers_sip(struct slice s)
{
	return starts(s, "SIP/2.0 ");
}

bool
service_asks_sip(struct slice s)
{
	return service_answers_sip(s) || has_text(s, " sip:") ||
	    has_text(s, " sips:");
}
