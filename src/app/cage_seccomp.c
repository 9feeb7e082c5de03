/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * cage_seccomp.c: which system calls may be made (seccomp(2)): those of a
 * table, some of them with arguments of some kinds only.  All others answer
 * EPERM, and clone3 ENOSYS, so that the C library takes clone, whose flags can
 * be seen.
 *
 * A call without a condition costs next to nothing: the kernel knows from its
 * number what the filter says.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "app/cage_parts.h"

#if defined(__x86_64__) && !defined(__ILP32__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__) && !defined(__ILP32__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE 0
#endif

/* Numbers from here on are x32's. */
#define X32_BIT 0x40000000
/* Newer than some headers; the same everywhere. */
#define NR_CLONE3 435
#define NR_OPENAT2 437
#define NR_FACCESSAT2 439

enum check {
	CHECK_NOTHING,
	CHECK_NO_CODE,	  /* mmap, mprotect: not executable */
	CHECK_THREAD,	  /* clone: a thread, nothing of its own */
	CHECK_FORK,	  /* clone: nothing of its own */
	CHECK_SELF,	  /* kill, tgkill: this process */
	CHECK_DESCRIPTOR, /* utimensat: of a descriptor, by no name */
	CHECK_MODE,	  /* fchmod: runs as nobody else */
	CHECK_FCNTL,	  /* not: who gets signals */
	CHECK_TERMINAL,	  /* ioctl: what it is, and how wide */
	CHECK_INTERFACE,  /* ioctl: whether it is there; the above, too */
	CHECK_OWN_LIMITS, /* prlimit64: ask one's own */
};

struct call {
	long number;
	unsigned who; /* enum cage_inmate */
	enum check check;
};

#define RUN CAGE_RUN_SELF
/* What a program may do its starter may do: the program inherits it. */
#define PROGRAM (CAGE_PROGRAM | CAGE_STARTER)
#define ALL (RUN | PROGRAM)

/* clang-format off */
static const struct call calls[] = {
	/* Bytes. */
	{ SYS_read, ALL, 0 }, { SYS_write, ALL, 0 },
	{ SYS_pread64, ALL, 0 }, { SYS_pwrite64, ALL, 0 },
	{ SYS_readv, ALL, 0 }, { SYS_writev, ALL, 0 },
	{ SYS_preadv, ALL, 0 }, { SYS_pwritev, ALL, 0 },
	{ SYS_lseek, ALL, 0 }, { SYS_ftruncate, ALL, 0 },
	{ SYS_fallocate, ALL, 0 }, { SYS_fadvise64, ALL, 0 },
	{ SYS_fsync, ALL, 0 }, { SYS_fdatasync, ALL, 0 },
	/* Files and directories. */
	{ SYS_openat, ALL, 0 }, { NR_OPENAT2, ALL, 0 },
	{ SYS_close, ALL, 0 }, { SYS_fstat, ALL, 0 },
	{ SYS_newfstatat, ALL, 0 }, { SYS_statx, ALL, 0 },
	{ SYS_faccessat, ALL, 0 }, { NR_FACCESSAT2, ALL, 0 },
	{ SYS_readlinkat, ALL, 0 }, { SYS_getdents64, ALL, 0 },
	{ SYS_getcwd, ALL, 0 }, { SYS_fstatfs, ALL, 0 },
	{ SYS_statfs, ALL, 0 },
	{ SYS_mkdirat, ALL, 0 }, { SYS_unlinkat, ALL, 0 },
	{ SYS_renameat, ALL, 0 }, { SYS_renameat2, ALL, 0 },
	{ SYS_symlinkat, PROGRAM | CAGE_PEERS, 0 },
	{ SYS_fchmod, RUN, CHECK_MODE }, { SYS_fchmod, PROGRAM, 0 }, { SYS_umask, ALL, 0 },
	{ SYS_utimensat, RUN, CHECK_DESCRIPTOR }, { SYS_utimensat, PROGRAM, 0 },
	{ SYS_flock, ALL, 0 }, { SYS_fcntl, ALL, CHECK_FCNTL },
	{ SYS_dup, ALL, 0 }, { SYS_dup3, ALL, 0 },
	{ SYS_ioctl, CAGE_LIVE, CHECK_INTERFACE },
	{ SYS_ioctl, ALL, CHECK_TERMINAL },
	/* Waiting. */
	{ SYS_ppoll, ALL, 0 }, { SYS_pselect6, ALL, 0 },
	{ SYS_futex, ALL, 0 }, { SYS_sched_yield, ALL, 0 },
	{ SYS_nanosleep, ALL, 0 }, { SYS_clock_nanosleep, ALL, 0 },
	{ SYS_clock_gettime, ALL, 0 }, { SYS_clock_getres, ALL, 0 },
	{ SYS_gettimeofday, ALL, 0 }, { SYS_restart_syscall, ALL, 0 },
	/* Memory. */
	{ SYS_mmap, RUN, CHECK_NO_CODE }, { SYS_mmap, PROGRAM, 0 },
	{ SYS_mprotect, RUN, CHECK_NO_CODE }, { SYS_mprotect, PROGRAM, 0 },
	{ SYS_munmap, ALL, 0 }, { SYS_mremap, ALL, 0 },
	{ SYS_madvise, ALL, 0 }, { SYS_brk, ALL, 0 },
	{ SYS_membarrier, ALL, 0 },
	/* The process, its threads and signals. */
	{ SYS_clone, CAGE_STARTER, CHECK_FORK },
	{ SYS_clone, ALL, CHECK_THREAD },
	{ SYS_set_robust_list, ALL, 0 }, { SYS_set_tid_address, PROGRAM, 0 },
#ifdef SYS_rseq
	{ SYS_rseq, ALL, 0 },
#endif
	{ SYS_exit, ALL, 0 }, { SYS_exit_group, ALL, 0 },
	{ SYS_rt_sigaction, ALL, 0 }, { SYS_rt_sigprocmask, ALL, 0 },
	{ SYS_rt_sigreturn, ALL, 0 }, { SYS_sigaltstack, ALL, 0 },
	{ SYS_rt_sigpending, ALL, 0 },
	{ SYS_kill, CAGE_STARTER, 0 }, { SYS_kill, ALL, CHECK_SELF },
	{ SYS_tgkill, CAGE_STARTER, 0 }, { SYS_tgkill, ALL, CHECK_SELF },
	{ SYS_getpid, ALL, 0 }, { SYS_gettid, ALL, 0 },
	{ SYS_getuid, ALL, 0 }, { SYS_geteuid, ALL, 0 },
	{ SYS_getgid, ALL, 0 }, { SYS_getegid, ALL, 0 },
	{ SYS_getresuid, ALL, 0 }, { SYS_getresgid, ALL, 0 },
	{ SYS_prlimit64, RUN, CHECK_OWN_LIMITS }, { SYS_getrusage, ALL, 0 },
	{ SYS_sched_getaffinity, ALL, 0 }, { SYS_sysinfo, ALL, 0 },
	{ SYS_uname, ALL, 0 }, { SYS_getrandom, ALL, 0 },
	/* An interface that is open: packets dropped, errors. */
	{ SYS_getsockopt, CAGE_LIVE, 0 }, { SYS_getsockname, CAGE_LIVE, 0 },
	{ SYS_recvfrom, CAGE_LIVE, 0 },
	{ SYS_recvmsg, CAGE_LIVE, 0 },
	/* The starter and what it is asked. */
	{ SYS_sendmsg, CAGE_PEERS | CAGE_STARTER, 0 },
	{ SYS_recvmsg, CAGE_PEERS | CAGE_STARTER, 0 },
	{ SYS_wait4, CAGE_STARTER, 0 },
	{ SYS_getppid, PROGRAM, 0 }, { SYS_pipe2, PROGRAM | CAGE_PEERS, 0 },
	{ SYS_execve, PROGRAM, 0 }, { SYS_prlimit64, PROGRAM, 0 },
	{ SYS_prctl, PROGRAM, 0 }, { SYS_capget, PROGRAM, 0 },
	{ SYS_capset, PROGRAM, 0 }, { SYS_seccomp, PROGRAM, 0 },
	{ 444, PROGRAM, 0 }, { 445, PROGRAM, 0 }, { 446, PROGRAM, 0 }, /* Landlock */
	/* Programs give up rights that they have not. */
	{ SYS_setresuid, PROGRAM, 0 }, { SYS_setresgid, PROGRAM, 0 },
	{ SYS_eventfd2, PROGRAM, 0 }, { SYS_fchmodat, PROGRAM, 0 },
#ifdef __x86_64__
	/* What other architectures have no number for. */
	{ SYS_open, ALL, 0 }, { SYS_stat, ALL, 0 }, { SYS_lstat, ALL, 0 },
	{ SYS_access, ALL, 0 }, { SYS_poll, ALL, 0 }, { SYS_select, ALL, 0 },
	{ SYS_mkdir, ALL, 0 }, { SYS_rmdir, ALL, 0 }, { SYS_unlink, ALL, 0 },
	{ SYS_rename, ALL, 0 }, { SYS_readlink, ALL, 0 }, { SYS_dup2, ALL, 0 },
	{ SYS_getdents, ALL, 0 }, { SYS_time, ALL, 0 },
	{ SYS_symlink, CAGE_PEERS | PROGRAM, 0 }, { SYS_pipe, PROGRAM, 0 },
	{ SYS_arch_prctl, PROGRAM, 0 },
#endif
};

#ifdef INSTRUMENTED
/* What run times of sanitizers do besides, at the end or when they have found
 * something; these calls are free of conditions then. */
static const long instruments[] = {
	SYS_mmap, SYS_mprotect, SYS_clone, SYS_ptrace, SYS_wait4, SYS_prctl,
	SYS_execve, SYS_pipe2, SYS_dup3, SYS_kill, SYS_tgkill, SYS_getppid,
	SYS_process_vm_readv, SYS_mincore, SYS_personality, SYS_prlimit64,
	SYS_sched_setaffinity, SYS_setitimer, SYS_fcntl, SYS_ioctl, SYS_madvise,
#ifdef __x86_64__
	SYS_fork, SYS_arch_prctl, SYS_pipe,
#endif
	-1,
};
#else
static const long instruments[] = { -1 };
#endif
/* clang-format on */

/* -- the filter ---------------------------------------------------------- */

#define CODE_MAX 1024

struct call_filter {
	struct sock_filter code[CODE_MAX];
	unsigned short n;
};

static void
emit(struct call_filter *p, unsigned code, unsigned k, unsigned yes,
    unsigned no)
{
	if (p->n < CODE_MAX)
		p->code[p->n++] = (struct sock_filter){ (unsigned short)code,
			(unsigned char)yes, (unsigned char)no, k };
}

static void
emit_return(struct call_filter *p, unsigned value)
{
	emit(p, BPF_RET | BPF_K, value, 0, 0);
}

/* The low half of an argument, or the high one: both processors are
 * little-endian. */
static void
emit_load(struct call_filter *p, unsigned argument, unsigned high)
{
	emit(p, BPF_LD | BPF_W | BPF_ABS,
	    (unsigned)offsetof(struct seccomp_data, args) + 8 * argument +
		4 * high,
	    0, 0);
}

/* Allowed when what was loaded is k. */
static void
emit_allow(struct call_filter *p, unsigned k)
{
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, k, 0, 1);
	emit_return(p, SECCOMP_RET_ALLOW);
}

/* Allowed when all bits of `set` are, and none of `clear`. */
static void
emit_allow_bits(struct call_filter *p, unsigned set, unsigned clear)
{
	emit(p, BPF_ALU | BPF_AND | BPF_K, set | clear, 0, 0);
	emit_allow(p, set);
}

/* Allowed when the argument is a null pointer. */
#define ALLOW_NULL_LENGTH 5
static void
emit_allow_null(struct call_filter *p, unsigned argument)
{
	emit_load(p, argument, 0);
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3);
	emit_load(p, argument, 1);
	emit_allow(p, 0);
}

static void
emit_allow_any(struct call_filter *p, const unsigned *k, size_t n)
{
	for (size_t i = 0; i < n; i++)
		emit_allow(p, k[i]);
}

#define EMIT_ANY(p, ...)                                                       \
	emit_allow_any(p, (const unsigned[]){ __VA_ARGS__ },                   \
	    sizeof((const unsigned[]){ __VA_ARGS__ }) / sizeof(unsigned))

#define THREAD_FLAGS                                                           \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define NAMESPACES                                                             \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |         \
	    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)
/* Of the headers of the kernel, which go ill with those of the C library. */
#define TCGETS2_NUMBER 0x802c542a
#define SIOCGIFFLAGS_NUMBER 0x8913
#define SIOCGIFINDEX_NUMBER 0x8933

/* What allows it; what is left falls through. */
static void
emit_check(struct call_filter *p, enum check check)
{
	switch (check) {
	case CHECK_NOTHING:
		emit_return(p, SECCOMP_RET_ALLOW);
		break;
	case CHECK_NO_CODE:
		emit_load(p, 2, 0);
		emit_allow_bits(p, 0, PROT_EXEC);
		break;
	case CHECK_THREAD:
		emit_load(p, 0, 0);
		emit_allow_bits(p, THREAD_FLAGS, NAMESPACES);
		break;
	case CHECK_FORK:
		emit_load(p, 0, 0);
		emit_allow_bits(p, 0, NAMESPACES);
		break;
	case CHECK_SELF:
		emit_load(p, 0, 0);
		emit_allow(p, (unsigned)getpid());
		break;
	case CHECK_DESCRIPTOR:
		emit_allow_null(p, 1);
		break;
	case CHECK_MODE:
		emit_load(p, 1, 0);
		emit_allow_bits(p, 0, S_ISUID);
		break;
	case CHECK_FCNTL:
		emit_load(p, 1, 0);
		EMIT_ANY(p, F_DUPFD_CLOEXEC, F_DUPFD, F_GETFD, F_SETFD, F_GETFL,
		    F_SETFL, F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK,
		    F_OFD_SETLK, F_OFD_SETLKW);
		break;
	case CHECK_INTERFACE:
		emit_load(p, 1, 0);
		EMIT_ANY(p, SIOCGIFFLAGS_NUMBER, SIOCGIFINDEX_NUMBER);
		break;
	case CHECK_TERMINAL:
		emit_load(p, 1, 0);
		EMIT_ANY(p, TCGETS, TCGETS2_NUMBER, TIOCGWINSZ);
		break;
	case CHECK_OWN_LIMITS:
		emit_load(p, 0, 0);
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, ALLOW_NULL_LENGTH);
		emit_allow_null(p, 2);
		break;
	}
}

static bool
is_instrument(long number)
{
	for (size_t i = 0; instruments[i] >= 0; i++)
		if (instruments[i] == number)
			return true;
	return false;
}

/* Whether a row before that one has its number. */
static bool
is_done(size_t row, unsigned who)
{
	for (size_t i = 0; i < row; i++)
		if (calls[i].number == calls[row].number &&
		    (calls[i].who & who) != 0)
			return true;
	return false;
}

/* Calls by which frames could be sent, or the descriptor get a number that the
 * filter does not know. */
static bool
is_sending(long number)
{
	return number == SYS_write || number == SYS_writev ||
	    number == SYS_dup || number == SYS_dup3 || number == SYS_fcntl
#ifdef SYS_dup2
	    || number == SYS_dup2
#endif
	    ;
}

/* Whatever is allowed otherwise, nothing is sent on a descriptor. */
static void
emit_mute(struct call_filter *p, int fd)
{
	emit_load(p, 0, 0);
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, (unsigned)fd, 0, 1);
	emit_return(p, SECCOMP_RET_ERRNO | EPERM);
}

/* One number: what of all rows that an inmate has for it. */
static void
emit_call(struct call_filter *p, long number, unsigned who, int mute)
{
	unsigned short jump = p->n;

	emit(p, BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 0);
	if (mute >= 0 && is_sending(number))
		emit_mute(p, mute);
	if (is_instrument(number))
		emit_check(p, CHECK_NOTHING);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].number == number && (calls[i].who & who) != 0)
			emit_check(p, calls[i].check);
	emit_return(p, SECCOMP_RET_ERRNO | EPERM);
	p->code[jump].jf = (unsigned char)(p->n - jump - 1);
}

static void
emit_all(struct call_filter *p, unsigned who, int mute)
{
	const unsigned number = offsetof(struct seccomp_data, nr);
	const unsigned arch = offsetof(struct seccomp_data, arch);

	p->n = 0;
	emit(p, BPF_LD | BPF_W | BPF_ABS, arch, 0, 0);
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	emit_return(p, SECCOMP_RET_ERRNO | EPERM);
	emit(p, BPF_LD | BPF_W | BPF_ABS, number, 0, 0);
	emit(p, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
	emit_return(p, SECCOMP_RET_ERRNO | EPERM);
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, NR_CLONE3, 0, 1);
	emit_return(p, SECCOMP_RET_ERRNO | ENOSYS);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if ((calls[i].who & who) != 0 && !is_done(i, who))
			emit_call(p, calls[i].number, who, mute);
	for (size_t i = 0; instruments[i] >= 0; i++)
		emit_call(p, instruments[i], who, mute);
	emit_return(p, SECCOMP_RET_ERRNO | EPERM);
}

int
cage_seccomp_possible(void)
{
	uint32_t action = SECCOMP_RET_ERRNO;

	if (ARCHITECTURE == 0)
		return ENOTSUP;
	/* Kernels before 4.14 cannot tell, and have it. */
	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0 ||
	    errno == EINVAL)
		return 0;
	return errno;
}

int
cage_seccomp_close(unsigned who, int mute)
{
	struct call_filter p;
	struct sock_fprog filter = { .filter = p.code };

	if (ARCHITECTURE == 0)
		return ENOTSUP;
	emit_all(&p, who, mute);
	if (p.n == CODE_MAX)
		return E2BIG;
	filter.len = p.n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return errno;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0 ?
	    0 :
	    errno;
}
