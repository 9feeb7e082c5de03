/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/* signals.c: handlers of signals, which set two flags. */
#include "app/signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

/* Any thread looks at them; lock-free, so a handler may set them. */
static atomic_int stop_signal;
static atomic_int status_wanted;

static void
on_stop(int signum)
{
	stop_signal = signum;
}

static void
on_status(int signum)
{
	(void)signum;
	status_wanted = 1;
}

static void
set(int signum, void (*handler)(int), int flags)
{
	struct sigaction sa = { 0 };

	sa.sa_handler = handler;
	sa.sa_flags = flags;
	sigemptyset(&sa.sa_mask);
	sigaction(signum, &sa, NULL);
}

void
signals_init(void)
{
	/* Back to the default after the first: the second ends at once. */
	set(SIGINT, on_stop, (int)SA_RESETHAND);
	set(SIGTERM, on_stop, (int)SA_RESETHAND);
	set(SIGHUP, on_stop, (int)SA_RESETHAND);
	set(SIGUSR1, on_status, SA_RESTART);
	set(SIGPIPE, SIG_IGN, 0);
	set(SIGXFSZ, SIG_IGN, 0);
}

int
signals_stop(void)
{
	return stop_signal;
}

bool
signals_end_input(void)
{
	return stop_signal == SIGINT || stop_signal == SIGTERM;
}

void
signals_settle(void)
{
	set(SIGINT, SIG_DFL, 0);
	set(SIGTERM, SIG_DFL, 0);
	set(SIGHUP, SIG_DFL, 0);
	stop_signal = 0;
}

bool
signals_status(void)
{
	return status_wanted != 0 && atomic_exchange(&status_wanted, 0) != 0;
}

void
signals_raise(int signum)
{
	set(signum, SIG_DFL, 0);
	raise(signum);
	/* Only when the signal is blocked. */
	_Exit(128 + signum);
}
