/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* f_http2.c: any bytes behind the prefaces of HTTP/2. */
#include "lib/heard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HELLO "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct heard_first first[] = {
		{ 0, HELLO, sizeof HELLO - 1 },
		{ 1, "\0\0\0\4\0\0\0\0\0", 9 },
		{ 0, NULL, 0 },
	};

	heard_check(first, cur_of(data, size));
	return 0;
}
