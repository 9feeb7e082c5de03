/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* enum_names.h: the names of the enums' values, as products print them. */
#ifndef INSPECT_ENUM_NAMES_H
#define INSPECT_ENUM_NAMES_H

#include "base/digest.h"
#include "flow/session.h"
#include "inspect/service.h"

const char *enum_name_gap(enum gap_reason r);
/* A key of the index's `refused`. */
const char *enum_name_refusal(enum refusal r);
const char *enum_name_roles(enum role_source r);
const char *enum_name_handshake(enum handshake h);
const char *enum_name_close(enum close_reason r);
const char *enum_name_conn_state(enum conn_state s);
/* NULL for nobody. */
const char *enum_name_closed_by(enum closed_by c);
/* NULL for none. */
const char *enum_name_service(enum service s);
/* "tls/http"; "tls" of TLS itself. */
const char *enum_name_service_in_tls(enum service s);
/* As Zeek's conn.log has it. */
const char *enum_name_service_zeek(enum service s);
/* Eight letters and a NUL fit. */
#define ENUM_NAME_FLAGS_LEN 9
#define ENUM_NAME_FLAGS "SAPFRUEC"
/* Writes a letter for each TCP flag at p, which has room for all; no NUL;
 * returns the end. */
char *enum_name_put_flags(char *p, uint8_t flags);
/* The flags of a packet as tcpdump has them, in its order: "S." */
void enum_name_packet_flags(char out[static ENUM_NAME_FLAGS_LEN],
    uint8_t flags);
/* The session's Community ID, version 1, seed 0. */
void enum_name_community(char out[static COMMUNITY_ID_LEN],
    const struct session *s);
/* The name of the note that is bit i, or NULL beyond the last. */
const char *enum_name_note(unsigned i);
/* Of the packet note that is bit i, likewise: for people, and as a key. */
const char *enum_name_packet_note(unsigned i);
const char *enum_name_packet_note_key(unsigned i);

#endif
