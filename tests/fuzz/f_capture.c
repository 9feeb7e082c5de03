/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* f_capture.c: any bytes as a capture file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* The text of a key log is there. */
static void
on_secrets(void *arg, struct slice text)
{
	volatile uint8_t *sum = arg;

	for (size_t i = 0; i < text.n; i++)
		*sum = (uint8_t)(*sum + text.p[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct capture *c = capture_new_mem((struct slice){ data, size });
	enum capture_status status;
	uint64_t number = 0, next = 0;
	struct packet p, again;
	uint8_t sum = 0;

	while ((status = capture_next(c, &p)) == CAPTURE_PACKET) {
		if (number == 0)
			capture_on_secrets(c, on_secrets, &sum);
		require(p.number == ++number);
		require(p.offset >= next);
		require(p.data.n <= p.len);
		require(p.ts_digits == 6 || p.ts_digits == 9);
		next = p.offset + p.data.n + 1;
		for (size_t i = 0; i < p.data.n; i++)
			sum = (uint8_t)(sum + p.data.p[i]);
	}
	require(status != CAPTURE_IO);
	require(status == CAPTURE_END || capture_message(c)[0] != '\0');
	require(strchr(capture_message(c), '\n') == NULL);
	require(capture_next(c, &again) == status);
	capture_free(c);
	return 0;
}
