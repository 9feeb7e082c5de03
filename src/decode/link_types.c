/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* link_types.c: the link types (LINKTYPE_ numbers) that are read.  A new one is
 * a row here, with the function that reads its header; link.c has those of the
 * common ones. */
#include "decode/layer.h"

/* clang-format off */
static const struct layer_row link_types[] = {
	{ 1, 0, link_ethernet },	/* EN10MB */
	{ 113, 0, link_sll },
	{ 276, 0, link_sll2 },
	{ 101, 0, link_raw },
	{ 12, 0, link_raw },		/* RAW as some systems number it */
	{ 14, 0, link_raw },		/* the same, OpenBSD */
	{ 228, 0, ip_v4 },
	{ 229, 0, ip_v6 },
	{ 0, 0, link_null },
	{ 108, 0, link_null },		/* LOOP */
	{ 105, 0, wlan_frame },		/* IEEE802_11 */
	{ 119, 0, wlan_prism },
	{ 127, 0, wlan_radiotap },
	{ 163, 0, wlan_avs },
	{ 192, 0, link_ppi },
	{ 9, 0, ppp_hdlc },		/* PPP */
	{ 50, 0, ppp_hdlc },
	{ 51, 0, ppp_pppoe },		/* PPP_ETHER */
	{ 104, 0, ppp_chdlc },
	{ 166, 2, ppp_framed },		/* PPP_PPPD: direction, control */
	{ 204, 1, ppp_framed },		/* PPP_WITH_DIR */
	{ 205, 1, ppp_chdlc },		/* C_HDLC_WITH_DIR */
	{ 206, 1, link_frame_relay },	/* FRELAY_WITH_DIR */
	{ 107, 0, link_frame_relay },
	{ 6, 0, link_token_ring },
	{ 7, 0, link_arcnet },
	{ 129, 0, link_arcnet_linux },
	{ 8, 16, link_raw },		/* SLIP */
	{ 102, 24, link_raw },		/* SLIP_BSDOS */
	{ 10, 0, link_fddi },
	{ 100, 0, link_atm },		/* ATM_RFC1483 */
	{ 106, 0, link_atm_clip },
	{ 123, 4, link_atm },		/* SUNATM */
	{ 109, 0, link_enc },
	{ 117, 0, link_pflog },
	{ 122, 16, link_llc },		/* IP_OVER_FC: two addresses */
	{ 138, 16, link_typed },	/* APPLE_IP_OVER_IEEE1394 */
	{ 197, 0, link_erf },
	{ 219, 0, tunnel_mpls },
	{ 226, 24, link_raw },		/* IPNET */
	{ 239, 0, link_nflog },
	{ 240, 4, link_ethernet },	/* NETANALYZER */
	{ 241, 12, link_ethernet },	/* the same with preamble */
	{ 242, 40, link_ipoib },
	{ 258, 0, link_pktap },
	{ 274, 8, link_ethernet },	/* ETHERNET_MPACKET: preamble */
	{ 178, 0, juniper_ethernet },
	{ 179, 0, juniper_ppp },
	{ 180, 0, juniper_frame_relay },
	{ 181, 0, juniper_chdlc },
	{ 167, 0, juniper_ethernet },	/* JUNIPER_PPPOE */
	{ 168, 0, juniper_typed },	/* JUNIPER_PPPOE_ATM */
	{ 130, 0, juniper_service },	/* JUNIPER_MLPPP */
	{ 131, 0, juniper_service },	/* JUNIPER_MLFR */
	{ 132, 0, juniper_service },	/* JUNIPER_ES */
	{ 133, 0, juniper_service },	/* JUNIPER_GGSN */
	{ 134, 0, juniper_service },	/* JUNIPER_MFR */
	{ 135, 0, juniper_service },	/* JUNIPER_ATM2 */
	{ 136, 0, juniper_service },	/* JUNIPER_SERVICES */
	{ 137, 0, juniper_service },	/* JUNIPER_ATM1 */
	{ 164, 0, juniper_service },	/* JUNIPER_MONITOR */
	{ 174, 0, juniper_service },	/* JUNIPER_PIC_PEER */
	{ 183, 0, juniper_service },	/* JUNIPER_VP */
	{ 194, 0, juniper_service },	/* JUNIPER_ISM */
	{ 200, 0, juniper_service },	/* JUNIPER_ST */
	{ 232, 0, juniper_service },	/* JUNIPER_VS */
	{ 233, 0, juniper_service },	/* JUNIPER_SRX_E2E */
	{ 234, 0, juniper_service },	/* JUNIPER_FIBRECHANNEL */
	{ 238, 0, juniper_service },	/* JUNIPER_ATM_CEMIC */
	{ 191, 0, link_other },		/* IEEE802_15_4_LINUX */
	{ 195, 0, link_other },		/* IEEE802_15_4_WITHFCS */
	{ 215, 0, link_other },		/* IEEE802_15_4_NONASK_PHY */
	{ 230, 0, link_other },		/* IEEE802_15_4_NOFCS */
	{ 283, 0, link_other },		/* IEEE802_15_4_TAP */
};
/* clang-format on */

bool
linktype_is_known(uint16_t linktype)
{
	for (size_t i = 0; i < sizeof(link_types) / sizeof(link_types[0]); i++)
		if (link_types[i].key == linktype)
			return true;
	return false;
}

enum outcome
link_by_type(struct layer *l, unsigned linktype)
{
	return layer_by_key(l, LAYER_ROWS(link_types), linktype,
	    DECODE_LINKTYPE_UNKNOWN);
}
