/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* live.c: reads packets from a network interface with libpcap, or from a pipe
 * with our own reader. */
#include "capture/live.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "capture/dlt.h"

/* The most that libpcap takes. */
#define SNAPLEN 262144
/* In the kernel: half a second of a busy gigabit. */
#define BUFFER_BYTES (64 << 20)
/* How long the kernel may gather packets before it hands them over. */
#define GATHER_MS 50
#define WAIT_MS 200

struct live {
	pcap_t *pcap;		 /* NULL of a stream */
	struct capture *capture; /* NULL of an interface */
	bool is_over;		 /* the owner would not wait for more of it */
	uint16_t linktype;
	uint8_t ts_digits;
	uint64_t number;
	uint64_t bytes;
	capture_wait *wait;
	void *wait_arg;
	char message[CAPTURE_MESSAGE_LEN];
};

static enum live_fault
fault_of(int code)
{
	switch (code) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
	case PCAP_ERROR_IFACE_NOT_UP:
		return LIVE_NO_INTERFACE;
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return LIVE_FORBIDDEN;
	default:
		return LIVE_FAILED;
	}
}

/* libpcap's own words, if it has any beyond those of the code. */
static void
explain(pcap_t *p, int code, char message[static CAPTURE_MESSAGE_LEN])
{
	const char *more = pcap_geterr(p);

	snprintf(message, CAPTURE_MESSAGE_LEN, "%s",
	    code == PCAP_ERROR_NO_SUCH_DEVICE	      ? "no such interface" :
		code != PCAP_ERROR || more[0] == '\0' ? pcap_statustostr(code) :
							more);
}

/* None of these can fail before the interface is activated, but for clocks
 * that are not so fine. */
static void
set_up(struct live *l)
{
	pcap_set_snaplen(l->pcap, SNAPLEN);
	pcap_set_promisc(l->pcap, 1);
	pcap_set_timeout(l->pcap, GATHER_MS);
	pcap_set_buffer_size(l->pcap, BUFFER_BYTES);
	(void)pcap_set_tstamp_precision(l->pcap, PCAP_TSTAMP_PRECISION_NANO);
}

/* Several interfaces at once: the newer header tells which. */
static void
choose_linktype(struct live *l)
{
	if (pcap_datalink(l->pcap) == DLT_LINUX_SLL)
		(void)pcap_set_datalink(l->pcap, DLT_LINUX_SLL2);
	l->linktype = linktype_of_dlt(pcap_datalink(l->pcap));
}

static int
activate(struct live *l, char message[static CAPTURE_MESSAGE_LEN])
{
	char errbuf[PCAP_ERRBUF_SIZE];
	int code = pcap_activate(l->pcap);

	/* What is greater is a warning. */
	if (code < 0) {
		explain(l->pcap, code, message);
		return code;
	}
	if (pcap_setnonblock(l->pcap, 1, errbuf) < 0) {
		snprintf(message, CAPTURE_MESSAGE_LEN, "%s", errbuf);
		return PCAP_ERROR;
	}
	return 0;
}

struct live *
live_open(const char *interface, enum live_fault *fault,
    char message[static CAPTURE_MESSAGE_LEN])
{
	struct live *l = xcalloc(1, sizeof(*l));
	char errbuf[PCAP_ERRBUF_SIZE];
	int code = PCAP_ERROR;

	l->pcap = pcap_create(interface, errbuf);
	if (l->pcap == NULL) {
		snprintf(message, CAPTURE_MESSAGE_LEN, "%s", errbuf);
	} else {
		set_up(l);
		code = activate(l, message);
	}
	*fault = code == 0 ? LIVE_OK : fault_of(code);
	if (code != 0) {
		live_close(l);
		return NULL;
	}
	choose_linktype(l);
	l->ts_digits =
	    pcap_get_tstamp_precision(l->pcap) == PCAP_TSTAMP_PRECISION_NANO ?
	    9 :
	    6;
	return l;
}

void
live_close(struct live *l)
{
	if (l == NULL)
		return;
	if (l->pcap != NULL)
		pcap_close(l->pcap);
	capture_free(l->capture);
	free(l);
}

static bool
wait_for_stream(void *arg)
{
	struct live *l = arg;

	l->is_over = l->wait != NULL && !l->wait(l->wait_arg);
	return !l->is_over;
}

struct live *
live_open_stream(int fd, const struct capture_limits *limits)
{
	struct live *l = xcalloc(1, sizeof(*l));

	l->capture = capture_new_fd(fd);
	capture_limit(l->capture, limits);
	capture_on_wait(l->capture, wait_for_stream, l);
	return l;
}

void
live_on_secrets(struct live *l, capture_secrets *secrets, void *arg)
{
	if (l->capture != NULL)
		capture_on_secrets(l->capture, secrets, arg);
}

void
live_on_wait(struct live *l, capture_wait *wait, void *arg)
{
	l->wait = wait;
	l->wait_arg = arg;
}

/* Until something is there, or for a while, or until a signal. */
static bool
wait_for_packets(struct live *l)
{
	struct pollfd wait = { .events = POLLIN };

	wait.fd = pcap_get_selectable_fd(l->pcap);
	/* What is wrong with it, the next read tells. */
	if (poll(&wait, 1, WAIT_MS) > 0 || l->wait == NULL)
		return true;
	return l->wait(l->wait_arg);
}

static void
fill_packet(struct live *l, struct packet *p, const struct pcap_pkthdr *h,
    const u_char *bytes)
{
	int64_t fraction = h->ts.tv_usec;

	l->bytes += h->caplen;
	*p = (struct packet){
		.number = ++l->number,
		.ts_ns = (int64_t)h->ts.tv_sec * 1000000000 +
		    (l->ts_digits == 9 ? fraction : fraction * 1000),
		.len = h->len > h->caplen ? h->len : h->caplen,
		.linktype = l->linktype,
		.ts_digits = l->ts_digits,
		.data = { bytes, h->caplen },
	};
}

static enum capture_status
next_of_stream(struct live *l, struct packet *p)
{
	enum capture_status status = capture_next(l->capture, p);

	if (status == CAPTURE_PACKET)
		return status;
	if (l->is_over)
		return CAPTURE_END;
	snprintf(l->message, sizeof(l->message), "%s",
	    capture_message(l->capture));
	return status;
}

enum capture_status
live_next(struct live *l, struct packet *p)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int code;

	if (l->capture != NULL)
		return next_of_stream(l, p);
	while ((code = pcap_next_ex(l->pcap, &header, &bytes)) == 0)
		if (!wait_for_packets(l))
			return CAPTURE_END;
	if (code == 1) {
		fill_packet(l, p, header, bytes);
		return CAPTURE_PACKET;
	}
	explain(l->pcap, code, l->message);
	return CAPTURE_IO;
}

const char *
live_message(const struct live *l)
{
	return l->message;
}

int
live_descriptor(const struct live *l)
{
	return l->pcap != NULL ? pcap_fileno(l->pcap) : -1;
}

bool
live_is_stream(const struct live *l)
{
	return l->capture != NULL;
}

uint16_t
live_linktype(const struct live *l)
{
	return l->linktype;
}

uint64_t
live_bytes(const struct live *l)
{
	return l->capture != NULL ? capture_bytes_in(l->capture) : l->bytes;
}

uint64_t
live_drops(const struct live *l)
{
	struct pcap_stat s;

	if (l->pcap == NULL || pcap_stats(l->pcap, &s) < 0)
		return 0;
	return (uint64_t)s.ps_drop + s.ps_ifdrop;
}
