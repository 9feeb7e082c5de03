/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* port_names.h: the names of ports, as /etc/services has them. */
#ifndef APP_PORT_NAMES_H
#define APP_PORT_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "app/config.h"
#include "inspect/service.h"

/* Reads them all, once: later questions touch no file and may come from any
 * thread.  NULL when nothing that the configuration asks for shows them. */
struct port_names *port_names_load(const struct config *cfg);
/* The port that has this name, or is also called so, with TCP or else with UDP;
 * false when none is. */
bool port_names_find(const char *name, uint16_t *port);
/* s may be NULL. */
void port_names_free(struct port_names *s);

#endif
