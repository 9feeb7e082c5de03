/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* enum_names.c: the names of the enums' values, as products print them. */
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
		[GAP_ABOUT] = "not captured, about",
		[GAP_NOT_DECRYPTED] = "not decrypted",
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
		[ROLES_CONTENT] = "content",
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
enum_name_conn_state(enum conn_state s)
{
	static const char *const words[CONN_STATES] = {
		[CONN_STATE_OTH] = "OTH",
		[CONN_STATE_S0] = "S0",
		[CONN_STATE_S1] = "S1",
		[CONN_STATE_S2] = "S2",
		[CONN_STATE_S3] = "S3",
		[CONN_STATE_SF] = "SF",
		[CONN_STATE_REJ] = "REJ",
		[CONN_STATE_RSTO] = "RSTO",
		[CONN_STATE_RSTOS0] = "RSTOS0",
		[CONN_STATE_RSTR] = "RSTR",
		[CONN_STATE_RSTRH] = "RSTRH",
		[CONN_STATE_SH] = "SH",
		[CONN_STATE_SHR] = "SHR",
	};

	return words[s];
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
		"filled_late",
		"simultaneous_open",
		"split_handshake",
		"output_limited",
		"files_limited",
		"decoding_limited",
		"grep_limit",
		"streams_cut",
	};
	_Static_assert(NOTE_STREAMS_CUT ==
		1 << (sizeof words / sizeof words[0] - 1),
	    "a word for each note");

	return i < sizeof words / sizeof words[0] ? words[i] : NULL;
}

/* What a service is called by itself, and inside of TLS. */
#define NAMES(name)                                                            \
	{                                                                      \
		name, "tls/" name                                              \
	}

static const char *const service_names[SERVICES][2] = {
	[SERVICE_HTTP2] = NAMES("h2"),
	[SERVICE_WEBSOCKET] = NAMES("websocket"),
	[SERVICE_RTSP] = NAMES("rtsp"),
	[SERVICE_SIP] = NAMES("sip"),
	[SERVICE_HTTP] = NAMES("http"),
	[SERVICE_TLS] = { "tls", "tls" },
	[SERVICE_SSH] = NAMES("ssh"),
	[SERVICE_SMTP] = NAMES("smtp"),
	[SERVICE_FTP] = NAMES("ftp"),
	[SERVICE_POP3] = NAMES("pop3"),
	[SERVICE_IMAP] = NAMES("imap"),
	[SERVICE_MYSQL] = NAMES("mysql"),
	[SERVICE_POSTGRESQL] = NAMES("postgresql"),
	[SERVICE_REDIS] = NAMES("redis"),
	[SERVICE_RDP] = NAMES("rdp"),
	[SERVICE_SMB] = NAMES("smb"),
	[SERVICE_LDAP] = NAMES("ldap"),
	[SERVICE_MQTT] = NAMES("mqtt"),
	[SERVICE_AMQP] = NAMES("amqp"),
	[SERVICE_BITTORRENT] = NAMES("bittorrent"),
	[SERVICE_IRC] = NAMES("irc"),
	[SERVICE_VNC] = NAMES("vnc"),
	[SERVICE_XMPP] = NAMES("xmpp"),
	[SERVICE_RSYNC] = NAMES("rsync"),
	[SERVICE_GIT] = NAMES("git"),
	[SERVICE_BGP] = NAMES("bgp"),
	[SERVICE_TELNET] = NAMES("telnet"),
	[SERVICE_DNS] = NAMES("dns"),
	[SERVICE_SSDP] = NAMES("ssdp"),
	[SERVICE_DTLS] = NAMES("dtls"),
	[SERVICE_QUIC] = NAMES("quic"),
	[SERVICE_STUN] = NAMES("stun"),
	[SERVICE_DHCP] = NAMES("dhcp"),
	[SERVICE_NTP] = NAMES("ntp"),
	[SERVICE_SYSLOG] = NAMES("syslog"),
	[SERVICE_TFTP] = NAMES("tftp"),
	[SERVICE_SNMP] = NAMES("snmp"),
};

const char *
enum_name_service(enum service s)
{
	return service_names[s][0];
}

const char *
enum_name_service_in_tls(enum service s)
{
	return service_names[s][1];
}

const char *
enum_name_service_zeek(enum service s)
{
	switch (s) {
	case SERVICE_HTTP2:
	case SERVICE_WEBSOCKET:
		return "http";
	case SERVICE_TLS:
		return "ssl";
	case SERVICE_VNC:
		return "rfb";
	case SERVICE_DTLS:
		return "ssl";
	default:
		return enum_name_service(s);
	}
}

const char *
enum_name_refusal(enum refusal r)
{
	static const char *const words[] = {
		[REFUSAL_SHORT_FRAME] = "short_frame",
		[REFUSAL_IP_CHECKSUM] = "ip_checksum",
		[REFUSAL_IP_OPTIONS] = "ip_options",
		[REFUSAL_NO_ACK] = "no_ack",
		[REFUSAL_ACK_RANGE] = "ack_range",
		[REFUSAL_PAWS] = "paws",
		[REFUSAL_PAST_FIN] = "past_fin",
		[REFUSAL_WINDOW] = "window",
		[REFUSAL_WILD] = "wild",
	};
	_Static_assert(REFUSALS == sizeof words / sizeof words[0],
	    "a word for each reason");

	return words[r];
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
	{ "beyond the window", "beyond_the_window" },
	{ "captured twice", "captured_twice" },
	{ "refused: short_frame", "refused_short_frame" },
	{ "refused: ip_checksum", "refused_ip_checksum" },
	{ "refused: ip_options", "refused_ip_options" },
	{ "refused: no_ack", "refused_no_ack" },
	{ "refused: ack_range", "refused_ack_range" },
	{ "refused: paws", "refused_paws" },
	{ "refused: past_fin", "refused_past_fin" },
	{ "refused: window", "refused_window" },
};

#define N_PACKET_NOTES (sizeof packet_notes / sizeof packet_notes[0])

_Static_assert(PACKET_REFUSED << REFUSAL_WINDOW == 1 << (N_PACKET_NOTES - 1),
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
enum_name_packet_flags(char out[static ENUM_NAME_FLAGS_LEN], uint8_t flags)
{
	static const char letters[] = "FSRP.UEW";
	size_t n = 0;

	_Static_assert(sizeof letters == ENUM_NAME_FLAGS_LEN,
	    "every flag has its letter");
	for (size_t i = 0; i + 1 < sizeof letters; i++)
		if (flags & 1u << i)
			out[n++] = letters[i];
	out[n] = '\0';
}

void
enum_name_community(char out[static COMMUNITY_ID_LEN], const struct session *s)
{
	struct peer client = endpoint_peer(&s->client);
	struct peer server = endpoint_peer(&s->server);

	community_id(out, &client, &server, s->proto);
}
