/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* thread.h: threads that never take a signal. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

#include "base/attr.h"

/* Runs fn(arg) in a thread of its own, where every signal is blocked: they
 * go to the thread that the program began with.  False when there cannot be
 * one more.  To be joined with pthread_join. */
bool thread_start(pthread_t *t, void *(*fn)(void *arg),
    void *arg) ATTR_NODISCARD;

#endif
