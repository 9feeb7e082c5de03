/* name.c: the only place that makes a path component. */
#include "base/name.h"

#include <inttypes.h>

#include "base/fmt.h"
#include "base/xalloc.h"

#define PROTO_TCP 6

char *
name_stem(const struct peer *client, const struct peer *server, uint64_t number)
{
	char from[FMT_ADDR_LEN];
	char to[FMT_ADDR_LEN];

	fmt_addr(from, client->addr, client->family);
	fmt_addr(to, server->addr, server->family);
	return xasprintf("%s_%u-%s_%u-%d-%" PRIu64, from, client->port, to,
	    server->port, PROTO_TCP, number);
}

char *
name_file(const char *stem, const char *ending)
{
	return xasprintf("%s%s", stem, ending);
}
