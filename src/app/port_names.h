/* services.h: what this system says ports are for, as /etc/services has it. */
#ifndef APP_SERVICES_H
#define APP_SERVICES_H

#include "inspect/service.h"

struct service_table;

/* Reads them all, once: later questions touch no file and may come from any
 * thread. */
struct service_table *services_load(void);
/* What sinks ask; lives as long as the table. */
struct services services_of(struct service_table *t);
/* t may be NULL. */
void services_free(struct service_table *t);

#endif
