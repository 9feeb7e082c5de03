/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * session.h: a TCP session as those see it who write about it.
 *
 * Direction is an index: 0 is client to server, 1 server to client.
 */
#ifndef FLOW_SESSION_H
#define FLOW_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"
#include "decode/segment.h"
#include "reassembly/types.h"

enum role_source { ROLES_SYN, ROLES_SYNACK, ROLES_GUESS, ROLES_CONTENT };
enum handshake { HANDSHAKE_NONE, HANDSHAKE_PARTIAL, HANDSHAKE_FULL };
enum close_reason {
	CLOSE_FIN,
	CLOSE_RST,
	CLOSE_REUSE,
	CLOSE_IDLE,
	CLOSE_EVICTED,
	CLOSE_END,
};
enum closed_by {
	CLOSED_BY_NONE,
	CLOSED_BY_CLIENT,
	CLOSED_BY_SERVER,
	CLOSED_BY_BOTH
};

/* Zeek's conn_state: see the documentation of its conn.log. */
enum conn_state {
	CONN_STATE_OTH,
	CONN_STATE_S0,
	CONN_STATE_S1,
	CONN_STATE_S2,
	CONN_STATE_S3,
	CONN_STATE_SF,
	CONN_STATE_REJ,
	CONN_STATE_RSTO,
	CONN_STATE_RSTOS0,
	CONN_STATE_RSTR,
	CONN_STATE_RSTRH,
	CONN_STATE_SH,
	CONN_STATE_SHR,
	CONN_STATES,
};

enum session_note {
	NOTE_MIDSTREAM = 1 << 0, /* no handshake: began before capture */
	NOTE_ONE_SIDED = 1 << 1, /* packets of one direction only */
	NOTE_CONTINUED = 1 << 2, /* goes on from an earlier session */
	NOTE_COPY_OF = 1 << 3,	 /* another's, with its numbers shifted */
	NOTE_JUMPED = 1 << 4,	 /* one goes on from it, too far ahead */
	NOTE_LISTS_CUT = 1 << 5, /* more gaps or conflicts than listed */
	NOTE_DATA_AFTER_FIN = 1 << 6,
	NOTE_DATA_AFTER_RST = 1 << 7,
	NOTE_RST_PAYLOAD = 1 << 8,    /* RST with text: not stream data */
	NOTE_RST_SUSPICIOUS = 1 << 9, /* RST out of place, not believed */
	NOTE_URGENT = 1 << 10,
	NOTE_SYN_DATA = 1 << 11,
	NOTE_ACKED_UNSEEN = 1 << 12, /* peer acknowledged uncaptured bytes */
	NOTE_FILLED_LATE = 1 << 13,  /* bytes came when a gap was told of */
	NOTE_SIMULTANEOUS_OPEN = 1 << 14,
	NOTE_SPLIT_HANDSHAKE = 1 << 15,
	/* The sinks', in struct sink_session. */
	NOTE_OUTPUT_LIMITED = 1 << 16,	 /* a file ends early, or is none */
	NOTE_FILES_LIMITED = 1 << 17,	 /* a file is none */
	NOTE_DECODING_LIMITED = 1 << 18, /* a body was not decoded (whole) */
	NOTE_GREP_LIMIT = 1 << 19,  /* what --grep would take too long for */
	NOTE_STREAMS_CUT = 1 << 20, /* HTTP/2: not all were followed */
};

/* A UDP flow is told of as a session with this number. */
#define SESSION_NO_NUMBER UINT64_MAX

#define PROTO_TCP 6
#define PROTO_UDP 17

/* What a packet was to its session; bits. */
enum packet_note {
	PACKET_RETRANSMISSION = 1 << 0, /* all in it was there already */
	PACKET_OUT_OF_ORDER = 1 << 1,	/* new, but what follows was there */
	PACKET_KEEP_ALIVE = 1 << 2,
	PACKET_ZERO_WINDOW = 1 << 3,
	PACKET_DUPLICATE_ACK = 1 << 4, /* nothing new in it at all */
	PACKET_HOLE_BEFORE = 1 << 5,   /* bytes before it are not here */
	PACKET_BAD_CHECKSUM = 1 << 6,
	PACKET_OUT_OF_WINDOW = 1 << 7, /* at an impossible position */
	PACKET_BEYOND_WINDOW = 1 << 8, /* farther than the peer has room for */
	PACKET_CAPTURED_TWICE = 1 << 9,
	PACKET_REFUSED = 1 << 10, /* and the bits after it: by enum refusal */
};

/* No receiver takes it.  What is wild is PACKET_OUT_OF_WINDOW. */
static inline unsigned
packet_refused(enum refusal why)
{
	return (unsigned)PACKET_REFUSED << why;
}

/*
 * A packet of a session.  Numbers are relative: a SYN's is 0, the first byte's
 * 1; without a SYN the first number heard is 1, and one before it is less.
 */
struct packet_event {
	int dir;
	uint64_t ordinal; /* in the session, from 1 */
	int64_t seq;
	int64_t ack;		   /* with the ACK flag, else 0 */
	uint64_t window;	   /* scaled */
	unsigned notes;		   /* enum packet_note */
	const struct segment *seg; /* borrowed; its frame is not NULL */
};

struct session {
	uint64_t number; /* from 0, by first packet in the capture */
	uint8_t proto;	 /* PROTO_TCP; PROTO_UDP for a flow of datagrams */
	struct endpoint client;
	struct endpoint server;
	int64_t start_ns;
	int64_t end_ns; /* of the last packet */
	/* What the link said of each direction: zeros when nothing of it was
	 * captured. */
	struct hop hop[2];
	uint64_t first_packet;
	uint64_t last_packet;
	uint8_t ts_digits; /* 6 or 9: decimals that times are shown with */
	enum role_source roles;
	enum handshake handshake;
	enum close_reason close;
	enum closed_by closed_by;
	enum conn_state state; /* valid at close only */
	const char *history;   /* Zeek's history; valid at close only */
	int64_t rtt_ns;	       /* negative: not known */
	/* The longest time that each side let the other wait for its answer;
	 * -1 when it never was waited for.  Valid at close only. */
	int64_t wait_ns[2];
	unsigned notes;	     /* enum session_note */
	struct side side[2]; /* valid at close only */
	bool shown;	     /* events->show has shown it */
};

/* The tags of both directions at most. */
#define SESSION_VLANS (2 * HOP_VLANS)

/* Writes the VLANs of the session, each once: of the direction from the client
 * the outermost first, then those that the other has besides; returns how many
 * there are. */
size_t session_vlans(const struct session *s,
    uint16_t out[static SESSION_VLANS]);
/* The address of the link where the packets of side dir (0: the client) come
 * from; or else where those for it go; NULL when the link has none.  It is
 * s's. */
const uint8_t *session_mac(const struct session *s, int dir);

#endif
