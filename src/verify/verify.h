/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * verify.h: the same captures through tshark and tcpflow: do they agree?
 *
 * What flows where: packets -> frames.c (the evidence: segments by pair) and,
 * through the flow table, -> ours.c; a file with the same packets -> tshark.c
 * and tcpflow.c.  Ours and theirs become references into frames, verdict.c and
 * order.c compare these, judge.c says what frames prove, report.c prints.  What
 * TLS is opened to, here and by tshark, meets in spoken.c as it comes.
 */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/out.h"
#include "capture/packet.h"
#include "flow/model.h"
#include "proto/tls_secrets.h"

/* Programs that do some of the same. */
enum peer_program { PEER_TSHARK = 1 << 0, PEER_TCPFLOW = 1 << 1 };

/* Those of the programs that are installed; *hint: what to say when none is. */
unsigned verify_installed(unsigned programs, const char **hint);

struct verify_env {
	unsigned programs;		   /* enum peer_program */
	unsigned rounds;		   /* of --compare */
	const struct tls_secrets *secrets; /* of all captures, or NULL */
	int starter; /* that starts the programs: see starter.h */
	const struct model_config *cfg;
	struct out_file *out; /* the table goes there */
	/* A signal asks the run to stop. */
	bool (*stopped)(void);
	/* Says that something went wrong, of a capture or (NULL) not. */
	void (*say)(void *arg, const char *shown, const char *text);
	void *arg;
};

/* The file that holds the packets of what comes next. */
struct verify_source {
	const char *shown;
	const char *path; /* NULL: in no file as they are */
	bool plain;	  /* a pcap file that every program reads alike */
};

struct verify_outcome {
	bool unexplained; /* a difference remains */
	bool failed;	  /* no place for temporary files, or they failed */
};

/* Says how a program ended that failed. */
struct spawn_result;
void spawn_say(const struct verify_env *env, const char *shown,
    const char *program, const struct spawn_result *r);

struct verify;

/* env is borrowed. */
struct verify *verify_new(const struct verify_env *env);
/* A capture, or several as one, begins; false after a message. */
bool verify_begin(struct verify *v, const struct verify_source *s);
/* The text of a key log that is in the capture; more: others may come with the
 * packets. */
void verify_secrets(void *verify, struct slice text);
void verify_expect_secrets(struct verify *v);
/* Packets are numbered here. */
void verify_packet(struct verify *v, const struct packet *p);
/* All packets came: the programs run, and what they say is compared and
 * printed; or, given_up, nothing is. */
void verify_end(struct verify *v, bool given_up);
/* Prints totals and frees. */
struct verify_outcome verify_finish(struct verify *v);

#endif
