/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* f_websocket.c: any bytes as frames of WebSocket; the first byte
 * says what of permessage-deflate was agreed to. */
#include "lib/heard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ASKED "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"
#define ANSWERED "HTTP/1.1 101 S\r\nUpgrade: websocket\r\n"
#define DEFLATE ANSWERED "Sec-WebSocket-Extensions: permessage-deflate"
#define ALONE "; client_no_context_takeover; server_no_context_takeover"
#define END "\r\n\r\n"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct heard_first answers[] = {
		{ 1, ANSWERED "\r\n", sizeof ANSWERED + 1 },
		{ 1, DEFLATE END, sizeof DEFLATE END - 1 },
		{ 1, DEFLATE ALONE END, sizeof DEFLATE ALONE END - 1 },
	};
	struct heard_first first[3] = { { 0, ASKED, sizeof ASKED - 1 } };

	if (size == 0)
		return 0;
	first[1] = answers[data[0] % 3];
	heard_check(first, cur_of(data + 1, size - 1));
	return 0;
}
