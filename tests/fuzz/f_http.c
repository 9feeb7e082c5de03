/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* f_http.c: any bytes as both directions of a session. */
#include "lib/heard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	heard_check(NULL, cur_of(data, size));
	return 0;
}
