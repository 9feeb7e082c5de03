/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* enum_names.c: the model's facts as the words that products use. */
#include "inspect/enum_names.h"

#include "base/peer.h"

const char *
enum_name_gap(enum gap_reason r)
{
	static const char *const words[] = {
		[GAP_NOT_CAPTURED] = "not captured",
		[GAP_SNAPLEN] = "snaplen",
		[GAP_MAX_BYTES] = "max-bytes",
		[GAP_MEMORY] = "memory",
	};

	return words[r];
}

const char *
enum_name_roles(enum role_source r)
{
	static const char *const words[] = {
		[ROLES_SYN] = "syn",
		[ROLES_SYNACK] = "synack",
		[ROLES_GUESS] = "guess",
	};

	return words[r];
}

const char *
enum_name_handshake(enum handshake h)
{
	static const char *const words[] = {
		[HANDSHAKE_NONE] = "none",
		[HANDSHAKE_PARTIAL] = "partial",
		[HANDSHAKE_FULL] = "full",
	};

	return words[h];
}

const char *
enum_name_close(enum close_reason r)
{
	static const char *const words[] = {
		[CLOSE_FIN] = "fin",
		[CLOSE_RST] = "rst",
		[CLOSE_REUSE] = "reuse",
		[CLOSE_IDLE] = "idle",
		[CLOSE_EVICTED] = "evicted",
		[CLOSE_END] = "end",
	};

	return words[r];
}

const char *
enum_name_closed_by(enum closed_by c)
{
	static const char *const words[] = {
		[CLOSED_BY_NONE] = NULL,
		[CLOSED_BY_CLIENT] = "client",
		[CLOSED_BY_SERVER] = "server",
		[CLOSED_BY_BOTH] = "both",
	};

	return words[c];
}

const char *
enum_name_note(unsigned i)
{
	static const char *const words[] = {
		"midstream",
		"one_sided",
		"continued",
		"copy_of",
		"jumped",
		"lists_cut",
		"data_after_fin",
		"data_after_rst",
		"rst_payload",
		"rst_suspicious",
		"urgent",
		"syn_data",
		"acked_unseen",
		"simultaneous_open",
		"split_handshake",
	};
	_Static_assert(NOTE_SPLIT_HANDSHAKE ==
		1 << (sizeof words / sizeof words[0] - 1),
	    "a word for each note");

	return i < sizeof words / sizeof words[0] ? words[i] : NULL;
}

static const struct {
	const char *word;
	const char *key;
} packet_notes[] = {
	{ "retransmission", "retransmission" },
	{ "out of order", "out_of_order" },
	{ "keep-alive", "keep_alive" },
	{ "zero window", "zero_window" },
	{ "duplicate ACK", "duplicate_ack" },
	{ "hole before", "hole_before" },
	{ "bad checksum", "bad_checksum" },
	{ "out of window", "out_of_window" },
};

#define N_PACKET_NOTES (sizeof packet_notes / sizeof packet_notes[0])

_Static_assert(PACKET_OUT_OF_WINDOW == 1 << (N_PACKET_NOTES - 1),
    "a word for each note");

const char *
enum_name_packet_note(unsigned i)
{
	return i < N_PACKET_NOTES ? packet_notes[i].word : NULL;
}

const char *
enum_name_packet_note_key(unsigned i)
{
	return i < N_PACKET_NOTES ? packet_notes[i].key : NULL;
}

char *
enum_name_put_flags(char *p, uint8_t flags)
{
	static const char letters[] = ENUM_NAME_FLAGS;
	static const uint8_t bits[] = { TCP_SYN, TCP_ACK, TCP_PSH, TCP_FIN,
		TCP_RST, TCP_URG, TCP_ECE, TCP_CWR };

	_Static_assert(sizeof letters == ENUM_NAME_FLAGS_LEN &&
		sizeof bits + 1 == ENUM_NAME_FLAGS_LEN,
	    "every flag has its letter");
	for (size_t i = 0; i < sizeof bits; i++) {
		*p = letters[i];
		p += (flags & bits[i]) != 0;
	}
	return p;
}

void
enum_name_community(char out[static COMMUNITY_ID_LEN], const struct session *s)
{
	struct peer client = endpoint_peer(&s->client);
	struct peer server = endpoint_peer(&s->server);

	community_id(out, &client, &server, s->proto);
}
