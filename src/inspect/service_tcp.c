/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* service_tcp.c: what is spoken in a TCP session, by how each side begins. */
#include "inspect/service_parts.h"

/* One of the words, which end in NULL, is at the beginning. */
static bool
starts_any(struct slice s, const char *const *words)
{
	for (; *words != NULL && s.n > 0; words++)
		if (s.p[0] == (uint8_t) * *words && starts(s, *words))
			return true;
	return false;
}

/* Three digits and a space or hyphen, as servers answer in RFC 959, 5321. */
static bool
is_reply(struct slice s, const char *code)
{
	return starts(s, code) && s.n > 3 && (s.p[3] == ' ' || s.p[3] == '-');
}

/* ----------------------------------------------------- one side's beginning */

static bool
asks_http2(struct slice s)
{
	return starts(s, "PRI * HTTP/2.0");
}

static bool
answers_rtsp(struct slice s)
{
	return starts(s, "RTSP/1.");
}

static bool
asks_rtsp(struct slice s)
{
	return answers_rtsp(s) || has_text(s, " rtsp://");
}

static bool
asks_http(struct slice s)
{
	static const char *const methods[] = { "GET ", "POST ", "HEAD ", "PUT ",
		"DELETE ", "OPTIONS ", "CONNECT ", "PATCH ", "TRACE ",
		"PROPFIND ", "PROPPATCH ", "MKCOL ", "REPORT ", NULL };

	return starts_any(s, methods);
}

static bool
answers_http(struct slice s)
{
	return starts(s, "HTTP/1.");
}

/* What it was that the client had asked for shows its request. */
static bool
answers_upgrade(struct slice s)
{
	return answers_http(s) && s.n > 12 && memcmp(s.p + 8, " 101", 4) == 0;
}

/* RFC 8446, 5.1: a record of type handshake, with a hello in it. */
static bool
is_tls(struct slice s)
{
	return s.n >= 6 && s.p[0] == 0x16 && s.p[1] == 3 && s.p[2] <= 4 &&
	    (s.p[5] == 1 || s.p[5] == 2);
}

static bool
is_ssh(struct slice s)
{
	return starts(s, "SSH-");
}

static bool
asks_smtp(struct slice s)
{
	static const char *const words[] = { "EHLO ", "HELO ", "LHLO ", "ehlo ",
		"helo ", NULL };

	return starts_any(s, words);
}

static bool
answers_220(struct slice s)
{
	return is_reply(s, "220");
}

static bool
answers_smtp(struct slice s)
{
	return answers_220(s) && has_text(s, "SMTP");
}

static bool
asks_ftp(struct slice s)
{
	static const char *const words[] = { "USER ", "AUTH ", "FEAT", "OPTS ",
		"SYST", NULL };

	return starts_any(s, words);
}

static bool
answers_ftp(struct slice s)
{
	return answers_220(s) && has_text(s, "FTP");
}

static bool
asks_pop3(struct slice s)
{
	static const char *const words[] = { "USER ", "CAPA", "APOP ", "AUTH",
		"STLS", "QUIT", NULL };

	return starts_any(s, words);
}

static bool
answers_ok(struct slice s)
{
	return starts(s, "+OK");
}

static bool
answers_imap(struct slice s)
{
	return starts(s, "* OK") || starts(s, "* PREAUTH");
}

static bool
answers_bye(struct slice s)
{
	return starts(s, "* BYE");
}

/* Protocol version 10: length, number 0, the version, its name. */
static bool
answers_mysql(struct slice s)
{
	return s.n >= 8 && s.p[2] == 0 && s.p[3] == 0 && s.p[4] == 10 &&
	    s.p[0] > 20 && is_digit(s.p[5]);
}

/* A startup message of version 3.0, or a request for TLS or to cancel. */
static bool
asks_postgresql(struct slice s)
{
	uint32_t code;

	if (s.n < 8 || s.p[0] != 0 || s.p[1] != 0)
		return false;
	code = get_be32(s.p + 4);
	return code == 0x00030000 || (code >= 80877102 && code <= 80877104);
}

static bool
asks_redis(struct slice s)
{
	return s.n >= 5 && s.p[0] == '*' && is_digit(s.p[1]) &&
	    has_text(s, "\r\n$");
}

/* RFC 1006 and a connection request of ISO 8073. */
static bool
asks_rdp(struct slice s)
{
	return s.n >= 7 && s.p[0] == 3 && s.p[1] == 0 && s.p[2] == 0 &&
	    s.p[5] == 0xe0 && s.p[4] + 5 == s.p[3];
}

static bool
is_smb(struct slice s)
{
	return s.n >= 8 && s.p[0] == 0 &&
	    (s.p[4] == 0xff || s.p[4] == 0xfe || s.p[4] == 0xfd) &&
	    memcmp(s.p + 5, "SMB", 3) == 0;
}

/* A bind: SEQUENCE, message number, [APPLICATION 0] (RFC 4511). */
static bool
asks_ldap(struct slice s)
{
	size_t at;

	if (s.n < 8 || s.p[0] != 0x30)
		return false;
	at = 2 + (s.p[1] & 0x80 ? (size_t)(s.p[1] & 0x7f) : 0);
	return at + 4 <= s.n && s.p[at] == 2 && s.p[at + 1] == 1 &&
	    (s.p[at + 3] == 0x60 || s.p[at + 3] == 0x63 || s.p[at + 3] == 0x77);
}

static bool
asks_mqtt(struct slice s)
{
	return s.n >= 8 && s.p[0] == 0x10 &&
	    (has_text((struct slice){ s.p + 2, 8 > s.n - 2 ? s.n - 2 : 8 },
		 "MQTT") ||
		has_text((struct slice){ s.p + 2, s.n - 2 }, "MQIsdp"));
}

static bool
asks_amqp(struct slice s)
{
	return starts(s, "AMQP");
}

static bool
asks_bittorrent(struct slice s)
{
	return starts(s,
	    "\x13"
	    "BitTorrent protocol");
}

static bool
asks_irc(struct slice s)
{
	return starts(s, "NICK ") || starts(s, "CAP LS");
}

static bool
answers_vnc(struct slice s)
{
	return starts(s, "RFB 00");
}

static bool
asks_xmpp(struct slice s)
{
	return starts(s, "<stream:stream");
}

static bool
asks_xml(struct slice s)
{
	return starts(s, "<?xml");
}

static bool
is_rsync(struct slice s)
{
	return starts(s, "@RSYNCD:");
}

static bool
asks_git(struct slice s)
{
	return s.n > 8 && starts((struct slice){ s.p + 4, s.n - 4 }, "git-");
}

static bool
asks_bgp(struct slice s)
{
	for (size_t i = 0; i < 16; i++)
		if (i >= s.n || s.p[i] != 0xff)
			return false;
	return true;
}

/* Commands of RFC 854: IAC, then WILL, WONT, DO or DONT. */
static bool
is_telnet(struct slice s)
{
	return s.n >= 3 && s.p[0] == 0xff && s.p[1] >= 0xfb && s.p[1] <= 0xfe &&
	    s.p[2] < 64;
}

/* Over TCP a length stands before it. */
static bool
is_dns(struct slice s)
{
	return s.n >= 2 && get_be16(s.p) >= 12 &&
	    service_is_dns_message((struct slice){ s.p + 2, s.n - 2 });
}

static bool
is_anything(struct slice s)
{
	return s.n > 0;
}

/* -------------------------------------------------------------------- tables */

/* What is sure by what the client or the server alone says: the first row that
 * says yes.  NULL: nothing is. */
/* clang-format off */
static bool (*const sure[][2])(struct slice s) = {
	[SERVICE_HTTP2] =		{ asks_http2, NULL },
	[SERVICE_RTSP] =		{ asks_rtsp, answers_rtsp },
	[SERVICE_SIP] =			{ service_asks_sip, service_answers_sip },
	[SERVICE_WEBSOCKET] =		{ NULL, answers_upgrade },
	[SERVICE_HTTP] =		{ asks_http, answers_http },
	[SERVICE_TLS] =			{ is_tls, is_tls },
	[SERVICE_SSH] =			{ is_ssh, is_ssh },
	[SERVICE_SMTP] =		{ asks_smtp, answers_smtp },
	[SERVICE_FTP] =			{ NULL, answers_ftp },
	[SERVICE_IMAP] =		{ NULL, answers_imap },
	[SERVICE_MYSQL] =		{ NULL, answers_mysql },
	[SERVICE_POSTGRESQL] =		{ asks_postgresql, NULL },
	[SERVICE_REDIS] =		{ asks_redis, NULL },
	[SERVICE_RDP] =			{ asks_rdp, NULL },
	[SERVICE_SMB] =			{ is_smb, is_smb },
	[SERVICE_LDAP] =		{ asks_ldap, NULL },
	[SERVICE_MQTT] =		{ asks_mqtt, NULL },
	[SERVICE_AMQP] =		{ asks_amqp, NULL },
	[SERVICE_BITTORRENT] =		{ asks_bittorrent, NULL },
	[SERVICE_IRC] =			{ asks_irc, NULL },
	[SERVICE_VNC] =			{ NULL, answers_vnc },
	[SERVICE_XMPP] =		{ asks_xmpp, NULL },
	[SERVICE_RSYNC] =		{ is_rsync, is_rsync },
	[SERVICE_GIT] =			{ asks_git, NULL },
	[SERVICE_BGP] =			{ asks_bgp, NULL },
	[SERVICE_TELNET] =		{ is_telnet, is_telnet },
	[SERVICE_DNS] =			{ is_dns, NULL },
};

#define N_SURE (sizeof sure / sizeof sure[0])

/* What is a hint, which something else has to bear out; bits. */
enum hint {
	ASKED = 1 << 0, /* anything at all */
	ASKED_FTP = 1 << 1,
	ASKED_POP3 = 1 << 2,
	ASKED_XML = 1 << 3,
	ANSWERED_220 = 1 << 4,
	ANSWERED_OK = 1 << 5,
	ANSWERED_BYE = 1 << 6,
	ANSWERED_DNS = 1 << 7,
};

static const struct {
	enum hint hint;
	int dir;
	bool (*is)(struct slice s);
} hints[] = {
	{ ASKED,	0, is_anything },
	{ ASKED_FTP,	0, asks_ftp },
	{ ASKED_POP3,	0, asks_pop3 },
	{ ASKED_XML,	0, asks_xml },
	{ ANSWERED_220,	1, answers_220 },
	{ ANSWERED_OK,	1, answers_ok },
	{ ANSWERED_BYE,	1, answers_bye },
	{ ANSWERED_DNS,	1, is_dns },
};

/* Hints that are enough when those of `without` are not there, and one of the
 * ports, if any is given. */
static const struct {
	enum service service;
	unsigned with;
	unsigned without;
	uint16_t port[2];
} together[] = {
	{ SERVICE_SMTP,	ANSWERED_220,			0,	{ 25, 587 } },
	{ SERVICE_FTP,	ANSWERED_220 | ASKED_FTP,	0,	{ 0 } },
	{ SERVICE_FTP,	ANSWERED_220,			0,	{ 21 } },
	{ SERVICE_POP3,	ANSWERED_OK | ASKED_POP3,	0,	{ 0 } },
	{ SERVICE_POP3,	ANSWERED_OK,			0,	{ 110 } },
	{ SERVICE_IMAP,	ANSWERED_BYE,			0,	{ 143 } },
	{ SERVICE_XMPP,	ASKED_XML,			0,	{ 5222, 5269 } },
	{ SERVICE_DNS,	ANSWERED_DNS,			ASKED,	{ 0 } },
};

/* clang-format on */

#define N_HINTS (sizeof hints / sizeof hints[0])
#define N_TOGETHER (sizeof together / sizeof together[0])

void
service_hear(struct service_hints *h, int dir, struct slice first)
{
	h->sure[dir] = SERVICE_NONE;
	for (size_t i = 0; i < N_SURE; i++)
		if (sure[i][dir] != NULL && sure[i][dir](first)) {
			h->sure[dir] = (uint8_t)i;
			break;
		}
	for (size_t i = 0; i < N_HINTS; i++)
		if (hints[i].dir == dir && hints[i].is(first))
			h->hints |= (uint8_t)hints[i].hint;
}

/* RFC 8446, 5.1, 4: a hello of that type. */
static bool
is_hello(struct slice s, uint8_t type)
{
	return is_tls(s) && s.p[5] == type;
}

/* RFC 5656, 7.1; RFC 4419, 5: the client begins to exchange keys.  The first is
 * diffie-hellman's (RFC 4253, 8), too. */
static bool
asks_ssh_keys(struct slice s)
{
	return s.n >= 6 && s.p[0] == 0 && s.p[1] == 0 &&
	    (s.p[5] == 30 || s.p[5] == 34);
}

static bool
answers_ssh_keys(struct slice s)
{
	return s.n >= 6 && s.p[0] == 0 && s.p[1] == 0 &&
	    (s.p[5] == 31 || s.p[5] == 33);
}

static bool
speaks_as_client(struct slice s, bool ssh)
{
	return is_hello(s, 1) || asks_http2(s) || asks_smtp(s) ||
	    (asks_http(s) && has_text(s, " HTTP/1.")) ||
	    (ssh && asks_ssh_keys(s));
}

static bool
speaks_as_server(struct slice s, bool ssh)
{
	return is_hello(s, 2) || answers_http(s) || answers_220(s) ||
	    answers_imap(s) || (ssh && answers_ssh_keys(s));
}

int
service_client(const struct chunk *v, size_t n)
{
	bool ssh = false, is[2] = { false, false };

	for (size_t i = 0; i < n; i++) {
		int dir = v[i].dir;

		ssh |= is_ssh(v[i].bytes);
		is[dir] |= speaks_as_client(v[i].bytes, ssh);
		is[!dir] |= speaks_as_server(v[i].bytes, ssh);
	}
	return is[0] == is[1] ? -1 : is[1];
}

static bool
are_enough(size_t i, unsigned heard)
{
	return (heard & together[i].with) == together[i].with &&
	    (heard & together[i].without) == 0;
}

static bool
suits_ports(size_t i, const uint16_t port[2])
{
	const uint16_t *want = together[i].port;

	for (int j = 0; j < 2; j++)
		if (want[j] != 0 && (port[0] == want[j] || port[1] == want[j]))
			return true;
	return want[0] == 0;
}

static enum service
surer(enum service a, enum service b)
{
	return a == SERVICE_NONE || (b != SERVICE_NONE && b < a) ? b : a;
}

enum service
service_tcp(const struct service_hints *h, const uint16_t port[2])
{
	enum service best =
	    surer((enum service)h->sure[0], (enum service)h->sure[1]);

	for (size_t i = 0; h->hints > ASKED && i < N_TOGETHER; i++)
		if (are_enough(i, h->hints) && suits_ports(i, port))
			best = surer(best, together[i].service);
	return best;
}
