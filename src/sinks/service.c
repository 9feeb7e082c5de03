/* service.c: what is spoken in a session. */
#include "sinks/service.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* ------------------------------------------------------------------- helpers */

static bool
starts(struct slice s, const char *text)
{
	size_t n = strlen(text);

	return s.n >= n && memcmp(s.p, text, n) == 0;
}

/* One of the words, which end in NULL, is at the beginning. */
static bool
starts_any(struct slice s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (starts(s, *words))
			return true;
	return false;
}

static bool
has_text(struct slice s, const char *text)
{
	return memmem(s.p != NULL ? (const void *)s.p : "", s.n, text,
		   strlen(text)) != NULL;
}

static bool
has_port(const struct beginning *b, uint16_t port)
{
	return b->port[0] == port || b->port[1] == port;
}

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Three digits and a space or hyphen, as servers answer in RFC 959, 5321. */
static bool
is_reply(struct slice s, const char *code)
{
	return starts(s, code) && s.n > 3 && (s.p[3] == ' ' || s.p[3] == '-');
}

/* ----------------------------------------------------------------- protocols */

static bool
is_http2(const struct beginning *b)
{
	return starts(b->first[0], "PRI * HTTP/2.0");
}

static bool
is_rtsp(const struct beginning *b)
{
	return starts(b->first[1], "RTSP/1.") ||
	    starts(b->first[0], "RTSP/1.") || has_text(b->first[0], " rtsp://");
}

static bool
is_sip(const struct beginning *b)
{
	return starts(b->first[0], "SIP/2.0 ") ||
	    starts(b->first[1], "SIP/2.0 ") || has_text(b->first[0], " sip:") ||
	    has_text(b->first[0], " sips:");
}

static bool
is_ssdp(const struct beginning *b)
{
	return starts(b->first[0], "M-SEARCH * HTTP/1.1") ||
	    starts(b->first[0], "NOTIFY * HTTP/1.1");
}

static bool
is_http(const struct beginning *b)
{
	static const char *const methods[] = { "GET ", "POST ", "HEAD ", "PUT ",
		"DELETE ", "OPTIONS ", "CONNECT ", "PATCH ", "TRACE ",
		"PROPFIND ", "PROPPATCH ", "MKCOL ", "REPORT ", NULL };

	return starts(b->first[1], "HTTP/1.") ||
	    starts_any(b->first[0], methods);
}

/* RFC 8446, 5.1: a record of type handshake, with a hello in it. */
static bool
is_hello(struct slice s)
{
	return s.n >= 6 && s.p[0] == 0x16 && s.p[1] == 3 && s.p[2] <= 4 &&
	    (s.p[5] == 1 || s.p[5] == 2);
}

static bool
is_tls(const struct beginning *b)
{
	return is_hello(b->first[0]) || is_hello(b->first[1]);
}

/* RFC 9147, 4: epoch 0. */
static bool
is_dtls(const struct beginning *b)
{
	struct slice s = b->first[0];

	return s.n >= 14 && s.p[0] == 0x16 && s.p[1] == 0xfe &&
	    s.p[2] >= 0xfc && s.p[3] == 0 && s.p[4] == 0 && s.p[13] == 1;
}

static bool
is_ssh(const struct beginning *b)
{
	return starts(b->first[0], "SSH-") || starts(b->first[1], "SSH-");
}

static bool
is_smtp(const struct beginning *b)
{
	static const char *const words[] = { "EHLO ", "HELO ", "LHLO ", "ehlo ",
		"helo ", NULL };

	return starts_any(b->first[0], words) ||
	    (is_reply(b->first[1], "220") &&
		(has_text(b->first[1], "SMTP") || has_port(b, 25) ||
		    has_port(b, 587)));
}

static bool
is_ftp(const struct beginning *b)
{
	static const char *const words[] = { "USER ", "AUTH ", "FEAT", "OPTS ",
		"SYST", NULL };

	return is_reply(b->first[1], "220") &&
	    (starts_any(b->first[0], words) || has_text(b->first[1], "FTP") ||
		has_port(b, 21));
}

static bool
is_pop3(const struct beginning *b)
{
	static const char *const words[] = { "USER ", "CAPA", "APOP ", "AUTH",
		"STLS", "QUIT", NULL };

	return starts(b->first[1], "+OK") &&
	    (starts_any(b->first[0], words) || has_port(b, 110));
}

static bool
is_imap(const struct beginning *b)
{
	return starts(b->first[1], "* OK") ||
	    starts(b->first[1], "* PREAUTH") ||
	    (starts(b->first[1], "* BYE") && has_port(b, 143));
}

/* Protocol version 10: length, number 0, the version, its name. */
static bool
is_mysql(const struct beginning *b)
{
	struct slice s = b->first[1];

	return s.n >= 8 && s.p[2] == 0 && s.p[3] == 0 && s.p[4] == 10 &&
	    s.p[0] > 20 && is_digit(s.p[5]);
}

/* A startup message of version 3.0, or a request for TLS or to cancel. */
static bool
is_postgresql(const struct beginning *b)
{
	struct slice s = b->first[0];
	uint32_t code;

	if (s.n < 8 || s.p[0] != 0 || s.p[1] != 0)
		return false;
	code = get_be32(s.p + 4);
	return code == 0x00030000 || (code >= 80877102 && code <= 80877104);
}

static bool
is_redis(const struct beginning *b)
{
	struct slice s = b->first[0];

	return s.n >= 5 && s.p[0] == '*' && is_digit(s.p[1]) &&
	    has_text(s, "\r\n$");
}

/* RFC 1006 and a connection request of ISO 8073. */
static bool
is_rdp(const struct beginning *b)
{
	struct slice s = b->first[0];

	return s.n >= 7 && s.p[0] == 3 && s.p[1] == 0 && s.p[2] == 0 &&
	    s.p[5] == 0xe0 && s.p[4] + 5 == s.p[3];
}

static bool
is_smb_message(struct slice s)
{
	return s.n >= 8 && s.p[0] == 0 &&
	    (s.p[4] == 0xff || s.p[4] == 0xfe || s.p[4] == 0xfd) &&
	    memcmp(s.p + 5, "SMB", 3) == 0;
}

static bool
is_smb(const struct beginning *b)
{
	return is_smb_message(b->first[0]) || is_smb_message(b->first[1]);
}

/* A bind: SEQUENCE, message number, [APPLICATION 0] (RFC 4511). */
static bool
is_ldap(const struct beginning *b)
{
	struct slice s = b->first[0];
	size_t at;

	if (s.n < 8 || s.p[0] != 0x30)
		return false;
	at = 2 + (s.p[1] & 0x80 ? (size_t)(s.p[1] & 0x7f) : 0);
	return at + 4 <= s.n && s.p[at] == 2 && s.p[at + 1] == 1 &&
	    (s.p[at + 3] == 0x60 || s.p[at + 3] == 0x63 || s.p[at + 3] == 0x77);
}

static bool
is_snmp(const struct beginning *b)
{
	struct slice s = b->first[0];
	size_t at;

	if (s.n < 8 || s.p[0] != 0x30)
		return false;
	at = 2 + (s.p[1] & 0x80 ? (size_t)(s.p[1] & 0x7f) : 0);
	return at + 4 <= s.n && s.p[at] == 2 && s.p[at + 1] == 1 &&
	    s.p[at + 2] <= 3 && (s.p[at + 3] == 4 || s.p[at + 3] == 0x30);
}

static bool
is_mqtt(const struct beginning *b)
{
	struct slice s = b->first[0];

	return s.n >= 8 && s.p[0] == 0x10 &&
	    (has_text((struct slice){ s.p + 2, 8 > s.n - 2 ? s.n - 2 : 8 },
		 "MQTT") ||
		has_text((struct slice){ s.p + 2, s.n - 2 }, "MQIsdp"));
}

static bool
is_amqp(const struct beginning *b)
{
	return starts(b->first[0], "AMQP");
}

static bool
is_bittorrent(const struct beginning *b)
{
	return starts(b->first[0],
	    "\x13"
	    "BitTorrent protocol");
}

static bool
is_irc(const struct beginning *b)
{
	return starts(b->first[0], "NICK ") || starts(b->first[0], "CAP LS");
}

static bool
is_vnc(const struct beginning *b)
{
	return starts(b->first[1], "RFB 00");
}

static bool
is_xmpp(const struct beginning *b)
{
	return starts(b->first[0], "<stream:stream") ||
	    (starts(b->first[0], "<?xml") &&
		(has_port(b, 5222) || has_port(b, 5269)));
}

static bool
is_rsync(const struct beginning *b)
{
	return starts(b->first[0], "@RSYNCD:") ||
	    starts(b->first[1], "@RSYNCD:");
}

static bool
is_git(const struct beginning *b)
{
	struct slice s = b->first[0];

	return s.n > 8 && starts((struct slice){ s.p + 4, s.n - 4 }, "git-");
}

static bool
is_bgp(const struct beginning *b)
{
	struct slice s = b->first[0];

	for (size_t i = 0; i < 16; i++)
		if (i >= s.n || s.p[i] != 0xff)
			return false;
	return true;
}

/* Commands of RFC 854: IAC, then WILL, WONT, DO or DONT. */
static bool
is_telnet(const struct beginning *b)
{
	for (int dir = 0; dir < 2; dir++) {
		struct slice s = b->first[dir];

		if (s.n >= 3 && s.p[0] == 0xff && s.p[1] >= 0xfb &&
		    s.p[1] <= 0xfe && s.p[2] < 64)
			return true;
	}
	return false;
}

/* A question or an answer to one (RFC 1035, 4.1). */
static bool
is_dns_message(struct slice s)
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

static bool
is_dns(const struct beginning *b)
{
	struct slice s = b->first[0].n > 0 ? b->first[0] : b->first[1];

	if (b->proto == PROTO_UDP)
		return is_dns_message(s);
	/* Over TCP a length stands before it. */
	return s.n >= 2 && get_be16(s.p) >= 12 &&
	    is_dns_message((struct slice){ s.p + 2, s.n - 2 });
}

static const uint32_t quic_versions[] = { 0x00000001, 0x6b3343cf, 0x51303433,
	0x51303436, 0x51303530 };

/* A long header of a version that is known (RFC 9000, 17.2; RFC 9369). */
static bool
is_quic(const struct beginning *b)
{
	struct slice s = b->first[0];
	uint32_t version;

	if (s.n < 7 || (s.p[0] & 0xc0) != 0xc0 || s.p[5] > 20)
		return false;
	version = get_be32(s.p + 1);
	for (size_t i = 0; i < sizeof quic_versions / sizeof quic_versions[0];
	     i++)
		if (version == quic_versions[i])
			return true;
	return version >> 8 == 0xff0000;
}

static bool
is_stun(const struct beginning *b)
{
	struct slice s = b->first[0];

	return s.n >= 20 && (s.p[0] & 0xc0) == 0 &&
	    get_be32(s.p + 4) == 0x2112a442;
}

/* Version 1 to 4, any mode of a client, server or peer (RFC 5905, 7.3). */
static bool
is_ntp(const struct beginning *b)
{
	struct slice s = b->first[0].n > 0 ? b->first[0] : b->first[1];

	return has_port(b, 123) && s.n >= 8 && (s.p[0] >> 3 & 7) >= 1 &&
	    (s.p[0] >> 3 & 7) <= 4 && (s.p[0] & 7) >= 1;
}

/* RFC 2131, 2: what the ports are for, and a request or reply. */
static bool
is_dhcp(const struct beginning *b)
{
	struct slice s = b->first[0].n > 0 ? b->first[0] : b->first[1];

	return (has_port(b, 67) || has_port(b, 68)) && s.n >= 4 &&
	    (s.p[0] == 1 || s.p[0] == 2) && s.p[2] <= 16;
}

static bool
is_syslog(const struct beginning *b)
{
	struct slice s = b->first[0];

	return has_port(b, 514) && s.n >= 4 && s.p[0] == '<' &&
	    is_digit(s.p[1]);
}

/* RFC 1350: a request to read or write. */
static bool
is_tftp(const struct beginning *b)
{
	struct slice s = b->first[0];

	return has_port(b, 69) && s.n >= 4 && s.p[0] == 0 &&
	    (s.p[1] == 1 || s.p[1] == 2);
}

/* --------------------------------------------------------------------- table */

enum { TCP = 1, UDP = 2, ANY = TCP | UDP };

/* The first that says yes; those whose bytes are surest stand first. */
/* clang-format off */
static const struct {
	const char *name;
	const char *zeek; /* NULL: the same */
	unsigned protos;
	bool (*is)(const struct beginning *b);
} protocols[] = {
	{ "http2",	"http",	TCP, is_http2 },
	{ "rtsp",	NULL,	TCP, is_rtsp },
	{ "sip",	NULL,	ANY, is_sip },
	{ "ssdp",	NULL,	UDP, is_ssdp },
	{ "http",	NULL,	TCP, is_http },
	{ "tls",	"ssl",	TCP, is_tls },
	{ "dtls",	"ssl",	UDP, is_dtls },
	{ "ssh",	NULL,	TCP, is_ssh },
	{ "smtp",	NULL,	TCP, is_smtp },
	{ "ftp",	NULL,	TCP, is_ftp },
	{ "pop3",	NULL,	TCP, is_pop3 },
	{ "imap",	NULL,	TCP, is_imap },
	{ "mysql",	NULL,	TCP, is_mysql },
	{ "postgresql",	NULL,	TCP, is_postgresql },
	{ "redis",	NULL,	TCP, is_redis },
	{ "rdp",	NULL,	TCP, is_rdp },
	{ "smb",	NULL,	TCP, is_smb },
	{ "ldap",	NULL,	TCP, is_ldap },
	{ "mqtt",	NULL,	TCP, is_mqtt },
	{ "amqp",	NULL,	TCP, is_amqp },
	{ "bittorrent",	NULL,	TCP, is_bittorrent },
	{ "irc",	NULL,	TCP, is_irc },
	{ "vnc",	"rfb",	TCP, is_vnc },
	{ "xmpp",	NULL,	TCP, is_xmpp },
	{ "rsync",	NULL,	TCP, is_rsync },
	{ "git",	NULL,	TCP, is_git },
	{ "bgp",	NULL,	TCP, is_bgp },
	{ "telnet",	NULL,	TCP, is_telnet },
	{ "quic",	NULL,	UDP, is_quic },
	{ "stun",	NULL,	UDP, is_stun },
	{ "dhcp",	NULL,	UDP, is_dhcp },
	{ "ntp",	NULL,	UDP, is_ntp },
	{ "syslog",	NULL,	UDP, is_syslog },
	{ "tftp",	NULL,	UDP, is_tftp },
	{ "snmp",	NULL,	UDP, is_snmp },
	{ "dns",	NULL,	ANY, is_dns },
};
/* clang-format on */

#define N_PROTOCOLS (sizeof protocols / sizeof protocols[0])

const char *
service_by_bytes(const struct beginning *b)
{
	unsigned proto = b->proto == PROTO_UDP ? UDP : TCP;

	if (b->first[0].n == 0 && b->first[1].n == 0)
		return NULL;
	for (size_t i = 0; i < N_PROTOCOLS; i++)
		if ((protocols[i].protos & proto) != 0 && protocols[i].is(b))
			return protocols[i].name;
	return NULL;
}

const char *
service_spoken(const struct session *s, const struct facts *f)
{
	struct beginning b = {
		.port = { s->client.port, s->server.port },
		.proto = s->proto,
	};

	if (f == NULL)
		return NULL;
	for (int dir = 0; dir < 2; dir++)
		b.first[dir] = (struct slice){ f->first[dir], f->n_first[dir] };
	return service_by_bytes(&b);
}

const char *
service_name(const struct services *services, const struct session *s,
    const struct facts *f)
{
	const char *name = service_spoken(s, f);

	if (name == NULL && services != NULL) {
		name =
		    services->of_port(services->arg, s->server.port, s->proto);
		/* Perhaps it is the other way round. */
		if (name == NULL && s->roles == ROLES_GUESS)
			name = services->of_port(services->arg, s->client.port,
			    s->proto);
	}
	return name != NULL ? name : "-";
}

const char *
service_in_zeek(const char *name)
{
	for (size_t i = 0; i < N_PROTOCOLS; i++)
		if (strcmp(protocols[i].name, name) == 0 &&
		    protocols[i].zeek != NULL)
			return protocols[i].zeek;
	return name;
}
