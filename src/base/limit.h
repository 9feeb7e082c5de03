/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * limit.h: what one session, capture or run may take, and how that is told.
 *
 * To add a limit is a row here, LIMIT_NAME where it is held, its counter in
 * base/loss.h when something is lost by it, an attack below tests/, and its
 * line in LIMITS of tcpsession-formats(5).  tests/cli/limit_rows.py holds the
 * last four against each other.
 */
#ifndef BASE_LIMIT_H
#define BASE_LIMIT_H

#include <stdint.h>

/*
 * ROW(NAME, value, "option", "note", WORD, "attack", "text"): value, 0 for none,
 * is that without the option, which is "" where there is none.  A session that
 * comes to it has the note in the index, "" for none, and its capture
 * INCOMPLETE_WORD of base/incomplete.h, or NONE.  attack: where it is tried.
 */
/* clang-format off */
#define LIMIT_ROWS(ROW) \
	ROW(MAX_GAP, 1 << 20, "max-gap", "jumped", NONE, "jump-small", \
	    "bytes beyond what is known at which a segment is believed") \
	ROW(MISSING_GAPS, 64, "max-gap", "jumped", NONE, "jump-small", \
	    "missing bytes of a direction: so many times that") \
	ROW(MISSING_PER_S, 12500000000, "", "jumped", NONE, "jump-acked", \
	    "and so many for each second of its time") \
	ROW(MISSING_ALONE, 1 << 30, "", "jumped", NONE, "jump-alone", \
	    "and where the other side was not captured") \
	ROW(MISSING, UINT64_C(64) << 30, "", "jumped", NONE, "jump-acked", \
	    "and ever") \
	ROW(CONTINUATIONS, 64, "", "jumped", JUMPS, "jump-small", \
	    "sessions in which a connection goes on") \
	ROW(TUPLE_RECORDS, 64, "", "", NONE, "reuse", \
	    "records of the same two ends") \
	ROW(TAR_HOLES, 65535, "", "", NONE, "gaps", \
	    "holes of a member of a tar; shorter ones are zeros") \
	ROW(OUTPUT, 0, "max-output", "output_limited", OUTPUT, \
	    "max-output", "bytes of all files, the index not counted") \
	ROW(FILES, 1000000, "max-files", "files_limited", FILES, \
	    "max-files", "files of a capture, or with the option of a run") \
	ROW(SESSION_BODIES, 10000, "", "files_limited", FILES, \
	    "scripts-one-session", \
	    "scripts and bodies of a session; others are listed, without a file") \
	ROW(SCRIPT, 64 << 20, "", "", RATIO, "bomb-large", \
	    "decoded bytes of a script in a coding") \
	ROW(RATIO, 1000, "max-ratio", "", RATIO, "bomb-gzip", \
	    "growth of a body") \
	ROW(RATIO_FROM, 1 << 20, "", "", NONE, "bomb-gzip", \
	    "and the bytes from which on it counts") \
	ROW(DECODED, 64 << 20, "max-ratio", "decoding_limited", RATIO, \
	    "bomb-zstd", "decoded bytes of a session, and of a capture, " \
	    "beside a tenth of that growth for each byte of payload") \
	ROW(ZSTD_WINDOW, 8 << 20, "", "", WINDOW, "t_inflate", \
	    "window of a body, in zstd") \
	ROW(HTTP2_STREAMS, 256, "", "streams_cut", STREAMS, "t_http2", \
	    "streams of HTTP/2 that are open at a time") \
	ROW(HTTP2_FIELDS, 65536, "", "", NONE, "t_http2", \
	    "bytes of a head of HTTP/2 that are read, names and values") \
	ROW(HPACK_TABLE, 65536, "", "", NONE, "t_http2", \
	    "bytes of a table of heads of HTTP/2") \
	ROW(HTTP_HEAD, 256 << 10, "", "", NONE, "t_http", \
	    "bytes of a head of HTTP/1; a longer one is none") \
	ROW(HTTP_LINES, 8192, "", "", NONE, "t_http", "and its lines") \
	ROW(HTTP_QUEUE, 1024, "", "", NONE, "t_http", \
	    "requests of HTTP/1 that wait for their responses") \
	ROW(PARTS, 1000, "", "", NONE, "t_mime", \
	    "parts of a body, each told") \
	ROW(TLS_WAIT, 65536, "", "", NONE, "t_tls_opener", \
	    "bytes of a direction that wait until something of TLS is opened") \
	ROW(TLS_MESSAGE, 65536, "", "", NONE, "t_tls_opener", \
	    "bytes of a message of its handshake") \
	ROW(TLS_SECRETS, 1000000, "", "", NONE, "t_tls_secrets", \
	    "its secrets, all logs together") \
	ROW(TLS_VAIN, 128 << 20, "", "", NONE, "tls-holes", \
	    "bytes of its records that are tried in vain, in all sessions") \
	ROW(TLS_SHARE, 8, "", "", NONE, "tls-midstream", \
	    "of what is left of them a session has one part in so many") \
	ROW(TLS_TRIAL, 1 << 20, "", "", NONE, "tls-holes", \
	    "and at most, when it has a hello") \
	ROW(TLS_TRIAL_FACTOR, 4, "", "", NONE, "t_tls_opener", \
	    "and so many for each that was opened") \
	ROW(TLS_SEARCH_FACTOR, 16, "", "", NONE, "tls-chains", \
	    "without a hello so many for each that waits") \
	ROW(TLS_SEARCH_SECRETS, 256, "", "", NONE, "tls-midstream", \
	    "and secrets with which that is done") \
	ROW(EXPANSION_FROM, 1 << 30, "max-ratio", "", EXPANSION, \
	    "t_decompress", \
	    "bytes from which on the growth of a capture counts") \
	ROW(CAPTURE_WINDOW, 128 << 20, "max-memory", "", WINDOW, \
	    "t_decompress", \
	    "window of a capture, or a quarter of the memory") \
	ROW(CAPTURE_WINDOW_LEAST, 8 << 20, "", "", WINDOW, "t_decompress", \
	    "and what it may have always") \
	ROW(FRAGMENTS_SHARE, 4, "max-memory", "", FRAGMENTS, \
	    "fragments-large", \
	    "fragments of IP: so many of them share the memory") \
	ROW(MEMORY, 512 << 20, "max-memory", "", MEMORY, "flood", \
	    "bytes of records, and of what waits") \
	ROW(SEARCH_HEAP, 16 << 20, "", "grep_limit", SEARCH, "grep_limit", \
	    "bytes for a match of an expression") \
	ROW(SEARCH_DEPTH, 250000, "", "grep_limit", SEARCH, "grep_limit", \
	    "and its levels") \
	ROW(SEARCH_STACK, 4 << 20, "", "grep_limit", SEARCH, "grep_limit", \
	    "and its stack, where it is compiled") \
	ROW(LIST, 1000, "", "lists_cut", NONE, "lists_cut", \
	    "entries of a list in the index") \
	ROW(REPORT_ROWS, 200000, "", "", NONE, "t_report", \
	    "sessions and flows in a report") \
	ROW(REPORT_NAMES, 4 << 20, "", "", NONE, "t_report", \
	    "bytes of their names, shared by all") \
	ROW(REPORT_SESSIONS, 40000, "", "", NONE, "t_report", \
	    "sessions in it with more than that row") \
	ROW(REPORT_TEXT, 16 << 20, "", "", NONE, "t_report", \
	    "bytes of what the index has of these besides") \
	ROW(REPORT_PAYLOAD, 8 << 20, "", "", NONE, "t_report", \
	    "bytes of payload in it, shared by all directions") \
	ROW(REPORT_DIRECTION, 64 << 10, "", "", NONE, "t_report", \
	    "and of one direction, from its beginning") \
	ROW(REPORT_TURNS, 200000, "", "", NONE, "t_report", \
	    "records of transcripts in it, shared by all sessions") \
	ROW(REPORT_SESSION_TURNS, 1500, "", "", NONE, "t_report", \
	    "and of one session") \
	ROW(REPORT_PACKETS, 200000, "", "", NONE, "t_report", \
	    "packets in it, shared by all sessions") \
	ROW(REPORT_SESSION_PACKETS, 2000, "", "", NONE, "t_report", \
	    "and of one session") \
	ROW(REPORT_EXCHANGES, 20000, "", "", NONE, "t_report", \
	    "exchanges of HTTP in it, shared by all sessions") \
	ROW(REPORT_SESSION_EXCHANGES, 1000, "", "", NONE, "t_report", \
	    "and of one session") \
	ROW(REPORT_BODIES, 4 << 20, "", "", NONE, "t_report", \
	    "bytes of decoded bodies in it, shared by all sessions") \
	ROW(REPORT_SESSION_BODIES, 40 << 10, "", "", NONE, "t_report", \
	    "and of one session") \
	ROW(REPORT_BODY, 16 << 10, "", "", NONE, "t_report", \
	    "and of one body") \
	ROW(REPORT_FILES, 100000, "", "", NONE, "t_report", \
	    "names of files in it, shared by all sessions") \
	ROW(REPORT_SESSION_FILES, 1000, "", "", NONE, "t_report", \
	    "and of one session") \
	ROW(REPORT_PAGE, 46 << 20, "", "", NONE, "t_report", \
	    "bytes of a report, about: beyond that all shares fall") \
	ROW(REPORT_SCRATCH, 512 << 20, "", "", NONE, "t_report", \
	    "bytes that wait for it")
/* clang-format on */

#define LIMIT_VALUE_(name, value, option, note, word, attack, text)            \
	static const uint64_t LIMIT_##name = value;
LIMIT_ROWS(LIMIT_VALUE_)
#undef LIMIT_VALUE_

#endif
