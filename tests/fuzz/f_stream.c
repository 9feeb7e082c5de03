/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * f_stream.c: any operations on one stream; its invariants hold after each.
 *
 * Five bytes of settings, then operations of four bytes: what, where (two
 * bytes), how much.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/require.h"
#include "lib/rig.h"

#define PAYLOAD_MAX 1024
#define OPERATIONS_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
settings(struct rig *r, const uint8_t *p)
{
	static const uint64_t gaps[] = { 0, 10, 300, (uint64_t)1 << 20 };
	static const uint64_t bytes[] = { 0, 1, 200, UINT64_MAX };
	static const uint32_t isns[] = { 0, 1, UINT32_MAX, UINT32_MAX - 10 };
	struct stream_rules cfg = rig_default_config();

	cfg.overlap = (enum overlap)(p[0] % 6);
	cfg.strict = p[1] & 1;
	cfg.max_gap = gaps[p[1] >> 1 & 3];
	cfg.max_bytes = bytes[p[1] >> 3 & 3];
	rig_init(r, isns[p[2] & 3] + p[3], &cfg);
	if (p[4] & 1)
		rig_syn(r);
}

static void
push(struct rig *r, uint64_t off, unsigned what, unsigned much)
{
	uint8_t bytes[PAYLOAD_MAX];
	size_t len = what & 0x80 ? much * 4 : much;
	size_t n = what & 0x40 ? len / 2 : len;

	/* Copies differ now and then. */
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(off + i + (what & 0x20));
	rig_push(r, off, (struct slice){ bytes, n }, len, (what & 0x10) != 0);
}

static void
operate(struct rig *r, const uint8_t *p, uint64_t *far)
{
	uint64_t off = *far + ((uint64_t)p[1] << 8 | p[2]);

	switch (p[0] & 0xf) {
	case 0:
		rig_syn(r);
		break;
	case 1:
	case 2:
		rig_ack(r, off);
		break;
	case 3:
		rig_fin(r, off);
		break;
	case 4:
		stream_give_up_hole(&r->s, &r->env);
		rig_check(r);
		break;
	case 5:
		stream_settle(&r->s, &r->env);
		rig_check(r);
		break;
	case 6:
		r->s.window_end = r->s.base + off;
		break;
	case 7:
		*far += (uint64_t)(int64_t)(int8_t)p[3] << 25;
		break;
	case 8:
		stream_forget_recent(&r->s, &r->env);
		break;
	case 10:
		rig_refuse(r, off & 0xff,
		    (struct slice){ p, p[3] & 1 ? 4 : 1 });
		break;
	case 11:
		push(r, off & 0xff, 0, 0);
		break;
	case 12:
		rig_spoke(r);
		r->takes_late ^= true;
		break;
	case 9:
		push(r, off - 0x8000, p[0], p[3]);
		break;
	default:
		push(r, off & 0xff, p[0], p[3]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rig r;
	struct buf held = { 0 };
	uint64_t far = 0;

	if (size < 5 || size > 5 + 4 * OPERATIONS_MAX)
		return 0;
	settings(&r, data);
	for (size_t i = 5; i + 4 <= size; i += 4)
		operate(&r, data + i, &far);
	rig_held(&r, &held);
	rig_end(&r, data[4] & 2);
	rig_facts(&r, &held);
	buf_free(&held);
	rig_fini(&r);
	return 0;
}
