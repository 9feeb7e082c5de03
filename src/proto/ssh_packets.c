/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* ssh_packets.c: SSH behind its identification. */
#include "proto/ssh_packets.h"

#include <string.h>

/* What programs accept; RFC 4253, 6.1 asks for no more than 35000. */
#define PACKET_MAX ((uint32_t)256 << 10)
/* Padding has four bytes or more, and its length one (RFC 4253, 6). */
#define PACKET_LEAST 6

/* Numbers of messages (RFC 4253, 12); those of a key exchange go up to 49. */
#define MESSAGE_KEXINIT 20
#define MESSAGE_NEWKEYS 21
#define MESSAGE_LAST 49

/* CUT: bytes are missing, or broken, so that it is not known which it is. */
enum ssh_state { SSH_KEY_EXCHANGE, SSH_ENCRYPTED, SSH_CUT };

/* The header is whole; false when it can be none of a key exchange. */
static bool
may_be_packet(const uint8_t header[static SSH_HEADER])
{
	uint32_t length = get_be32(header);
	uint8_t padding = header[SSH_LENGTH];
	uint8_t message = header[SSH_HEADER - 1];

	return length >= PACKET_LEAST && length <= PACKET_MAX &&
	    padding < length - 1 && message > 0 && message <= MESSAGE_LAST;
}

bool
ssh_begins(struct slice in)
{
	return in.n < SSH_HEADER ||
	    (may_be_packet(in.p) && in.p[SSH_HEADER - 1] == MESSAGE_KEXINIT);
}

bool
ssh_identifies(struct slice line)
{
	static const char *const begins[] = { "SSH-2.0-", "SSH-1.99-" };

	for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++) {
		size_t n = strlen(begins[i]);

		if (memcmp(line.p, begins[i], line.n < n ? line.n : n) == 0)
			return true;
	}
	return false;
}

static const char *
state_label(uint8_t state)
{
	static const char *const labels[] = {
		[SSH_KEY_EXCHANGE] = "ssh key exchange",
		[SSH_ENCRYPTED] = "ssh encrypted",
		[SSH_CUT] = "ssh",
	};

	return labels[state];
}

/*
 * Takes bytes of packets up to the last one of the key exchange, or a header
 * that can be none, with which they end.
 */
static size_t
take_packets(struct ssh_packets *s, struct cur c)
{
	const uint8_t *begin = c.pos;
	uint8_t byte;

	while (cur_left(&c) > 0) {
		size_t n = cur_left(&c);

		if (s->n_header < SSH_HEADER && cur_u8(&c, &byte)) {
			s->header[s->n_header++] = byte;
			if (s->n_header < SSH_HEADER)
				continue;
			if (!may_be_packet(s->header)) {
				s->next = SSH_CUT;
				break;
			}
			s->left = get_be32(s->header) + SSH_LENGTH - SSH_HEADER;
			n = 0;
		}
		n = n < s->left ? n : s->left;
		s->left -= (uint32_t)n;
		cur_skip(&c, n);
		if (s->left > 0)
			continue;
		s->n_header = 0;
		if (s->header[SSH_HEADER - 1] == MESSAGE_NEWKEYS) {
			s->next = SSH_ENCRYPTED;
			break;
		}
	}
	return (size_t)(c.pos - begin);
}

struct opaque_piece
ssh_packets_take(struct ssh_packets *s, struct slice in)
{
	struct opaque_piece piece = { .n = in.n };

	piece.begins = !s->begun || s->state != s->next;
	s->begun = true;
	s->state = s->next;
	if (s->state == SSH_KEY_EXCHANGE)
		piece.n = take_packets(s, cur_of(in.p, in.n));
	piece.label = state_label(s->state);
	return piece;
}

void
ssh_packets_gap(struct ssh_packets *s, uint64_t len)
{
	if (s->next != SSH_KEY_EXCHANGE)
		return;
	if (s->n_header == SSH_HEADER && len < s->left)
		s->left -= (uint32_t)len;
	else
		s->next = SSH_CUT;
}
