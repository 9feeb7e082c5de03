/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* session.c: what a session's links say of it. */
#include "flow/session.h"

size_t
session_vlans(const struct session *s, uint16_t out[static SESSION_VLANS])
{
	size_t n = 0;

	for (int dir = 0; dir < 2; dir++)
		for (int i = HOP_VLANS; i-- > 0;) {
			uint16_t tag =
			    (uint16_t)(s->hop[dir].vlan >> i * HOP_VLAN_BITS &
				HOP_VLAN_MAX);
			size_t at = 0;

			while (at < n && out[at] != tag)
				at++;
			if (tag != 0 && at == n)
				out[n++] = tag;
		}
	return n;
}

const uint8_t *
session_mac(const struct session *s, int dir)
{
	if (s->hop[dir].has_src)
		return s->hop[dir].src_mac;
	return s->hop[!dir].has_dst ? s->hop[!dir].dst_mac : NULL;
}
