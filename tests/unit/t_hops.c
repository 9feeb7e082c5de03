/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* t_hops.c: what links say of packets, each combination once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/hops.h"
#include "flow/session.h"

#define MANY 3000

static struct hop
hop_of(unsigned i, uint64_t vlan)
{
	return (struct hop){
		.vlan = vlan,
		.src_mac = { 2, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i },
		.dst_mac = { 2, 1, 0, 0, 0, (uint8_t)(i * 5) },
		.has_src = true,
		.has_dst = true,
	};
}

static void
same_number(void **state)
{
	const struct hop nothing = { 0 };
	size_t memory = 0;
	struct hops h;

	(void)state;
	hops_init(&h, &memory, (uint64_t)1 << 30);
	assert_int_equal(hops_number(&h, &nothing), 0);
	for (unsigned i = 0; i < MANY; i++) {
		struct hop x = hop_of(i, i % 3);

		assert_int_equal(hops_number(&h, &x), 1 + i);
	}
	for (unsigned i = MANY; i-- > 0;) {
		struct hop x = hop_of(i, i % 3);

		assert_int_equal(hops_number(&h, &x), 1 + i);
		assert_memory_equal(hops_at(&h, 1 + i), &x, sizeof(x));
	}
	assert_true(memory >= MANY * sizeof(struct hop));
	hops_fini(&h);
}

/* A table that is full knows what it has. */
static void
full(void **state)
{
	size_t memory = 0;
	uint64_t max = (uint64_t)256 << 10;
	unsigned known = 0;
	struct hops h;

	(void)state;
	hops_init(&h, &memory, max);
	for (unsigned i = 0; i < MANY; i++) {
		struct hop x = hop_of(i, 0);

		known += hops_number(&h, &x) > 0;
	}
	assert_true(known > 100 && known < MANY);
	assert_true(memory <= max / HOPS_MEMORY_PART);
	for (unsigned i = 0; i < MANY; i++) {
		struct hop x = hop_of(i, 0);

		assert_int_equal(hops_number(&h, &x), i < known ? 1 + i : 0);
	}
	hops_fini(&h);
}

static void
vlans_of_both(void **state)
{
	uint16_t v[SESSION_VLANS];
	struct session s = { 0 };

	(void)state;
	assert_int_equal(session_vlans(&s, v), 0);
	s.hop[0].vlan = UINT64_C(1) << 12 | 4095;
	s.hop[1].vlan = UINT64_C(4095) << 24 | 2 << 12 | 1;
	assert_int_equal(session_vlans(&s, v), 3);
	assert_int_equal(v[0], 1);
	assert_int_equal(v[1], 4095);
	assert_int_equal(v[2], 2);
	s.hop[0].vlan = UINT64_C(0x001002003004005);
	s.hop[1].vlan = UINT64_C(0x006007008009010);
	assert_int_equal(session_vlans(&s, v), SESSION_VLANS);
	assert_int_equal(v[0], 1);
	assert_int_equal(v[9], 16);
}

static void
addresses(void **state)
{
	struct session s = { .hop[0] = hop_of(1, 0) };

	(void)state;
	assert_ptr_equal(session_mac(&s, 0), s.hop[0].src_mac);
	assert_ptr_equal(session_mac(&s, 1), s.hop[0].dst_mac);
	s.hop[1] = hop_of(2, 0);
	assert_ptr_equal(session_mac(&s, 1), s.hop[1].src_mac);
	s.hop[0].has_src = s.hop[1].has_dst = false;
	assert_null(session_mac(&s, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_number),
		cmocka_unit_test(full),
		cmocka_unit_test(vlans_of_both),
		cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
