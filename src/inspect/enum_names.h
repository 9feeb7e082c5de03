/* words.h: the model's facts as the words that products use. */
#ifndef SINKS_WORDS_H
#define SINKS_WORDS_H

#include "base/digest.h"
#include "flow/session.h"

const char *word_gap(enum gap_reason r);
const char *word_roles(enum role_source r);
const char *word_handshake(enum handshake h);
const char *word_close(enum close_reason r);
/* NULL for nobody. */
const char *word_closed_by(enum closed_by c);
/* Eight letters and a NUL fit. */
#define WORD_FLAGS_LEN 9
#define WORD_FLAGS "SAPFRUEC"
/* Writes a letter for each TCP flag at p, which has room for all; no NUL;
 * returns the end. */
char *word_put_flags(char *p, uint8_t flags);
/* The session's Community ID, version 1, seed 0. */
void word_community(char out[static COMMUNITY_ID_LEN], const struct session *s);
/* The name of the note that is bit i, or NULL beyond the last. */
const char *word_note(unsigned i);
/* Of the packet note that is bit i, likewise: for people, and as a key. */
const char *word_packet_note(unsigned i);
const char *word_packet_note_key(unsigned i);

#endif
