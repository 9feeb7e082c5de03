/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* port_names.h: what this system says ports are for, as /etc/services has it. */
#ifndef APP_PORT_NAMES_H
#define APP_PORT_NAMES_H

#include "inspect/service.h"

struct port_name_table;

/* Reads them all, once: later questions touch no file and may come from any
 * thread. */
struct port_name_table *port_names_load(void);
/* What sinks ask; lives as long as the table. */
struct port_names port_names_of(struct port_name_table *t);
/* t may be NULL. */
void port_names_free(struct port_name_table *t);

#endif
