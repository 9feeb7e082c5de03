/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright the tcpsession authors */
/*
 * probe.c: plays a parser that somebody has taken over.  Preloaded, it waits
 * for the first write that has the text PROBE_MARK in it, anywhere but to
 * standard error, tries what such a parser would, and says on standard error
 *
 *	probe: allowed: NAME
 *	probe: tried N
 *
 * PROBE_OTHER is a directory that is none of the program's, with a file
 * `file'.  The last attempt, after these lines, replaces the process.  With
 * PROBE_ONLY there is one attempt and nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The same on all architectures. */
#define NR_PIDFD_OPEN 434
#define NR_IO_URING_SETUP 425
#define NR_CLONE3 435

static char directory[256], file[280], fresh[280];

/* An attempt has succeeded when it answers 0 or more. */
typedef long attempt(void);

static attempt
    /* files */
    read_file,
    write_file, append_file, make_file, list_directory, make_directory,
    remove_file, rename_file, link_file, cut_file, change_mode, change_owner,
    change_time, change_attribute, own_memory, passwords,
    /* networks */
    socket_tcp, socket_udp, socket_unix, socket_packet, socket_netlink,
    socket_pair, send_frame,
    /* processes */
    by_fork, by_vfork, by_clone, by_clone3, signal_parent, signal_all,
    signal_owner, pidfd, trace, write_memory, start_at,
    /* the system */
    mount_something, change_root, namespace_net, namespace_user, enter,
    load_bpf, keys, ring, counters, faults, module, host_name, set_clock,
    /* rights */
    user_root, group_root, capability, personality, resource, process_name,
    /* code */
    map_code, make_code, map_file_code, memory_file,
    /* other entries */
    typed_key, entry_32, entry_x32;

/* Of a call that fails for want of an argument, but not before rights are asked
 * for: it would do no harm. */
static long
denied(long answer)
{
	return answer < 0 && (errno == EPERM || errno == ENOSYS) ? -1 : 0;
}

static long
read_file(void)
{
	return open(file, O_RDONLY | O_CLOEXEC);
}

static long
write_file(void)
{
	return open(file, O_WRONLY | O_CLOEXEC);
}

static long
append_file(void)
{
	return open(file, O_WRONLY | O_APPEND | O_TRUNC | O_CLOEXEC);
}

static long
make_file(void)
{
	return open(fresh, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static long
list_directory(void)
{
	return open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static long
make_directory(void)
{
	return mkdir(fresh, 0700);
}

static long
remove_file(void)
{
	return unlink(file);
}

static long
rename_file(void)
{
	return rename(file, fresh);
}

static long
link_file(void)
{
	return link(file, fresh);
}

static long
cut_file(void)
{
	return truncate(file, 0);
}

static long
change_mode(void)
{
	return chmod(file, 0777);
}

static long
change_owner(void)
{
	return lchown(file, 1, 1);
}

static long
change_time(void)
{
	return utimensat(AT_FDCWD, file, NULL, 0);
}

static long
change_attribute(void)
{
	return syscall(SYS_setxattr, file, "user.probe", "1", (size_t)1, 0);
}

static long
own_memory(void)
{
	return open("/proc/self/mem", O_RDWR | O_CLOEXEC);
}

static long
passwords(void)
{
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static long
socket_tcp(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static long
socket_udp(void)
{
	return socket(AF_INET6, SOCK_DGRAM, 0);
}

static long
socket_unix(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long
socket_packet(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static long
socket_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0);
}

static long
socket_pair(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

/* On a socket that captures. */
static long
send_frame(void)
{
	static const char frame[60];
	long sent = -1;

	for (int fd = 3; fd < 100; fd++) {
		int family = 0;
		socklen_t n = sizeof(family);

		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &n) != 0 ||
		    family != AF_PACKET)
			continue;
		if (syscall(SYS_write, fd, frame, sizeof(frame)) >= 0 ||
		    dup(fd) >= 0 || dup2(fd, 200) >= 0 ||
		    send(fd, frame, sizeof(frame), 0) >= 0)
			sent = 0;
	}
	return sent;
}

static long
by_fork(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return child;
}

static long
by_vfork(void)
{
	pid_t child = vfork();

	if (child == 0)
		_exit(0);
	return child;
}

static long
by_clone(void)
{
	long child = syscall(SYS_clone, (long)SIGCHLD, NULL, NULL, NULL, NULL);

	if (child == 0)
		_exit(0);
	return child;
}

static long
by_clone3(void)
{
	uint64_t arguments[11] = { 0 };
	long child;

	arguments[4] = SIGCHLD;
	child = syscall(NR_CLONE3, arguments, sizeof(arguments));
	if (child == 0)
		_exit(0);
	return child;
}

static long
signal_parent(void)
{
	return kill(getppid(), 0);
}

static long
signal_all(void)
{
	return kill(-1, 0);
}

static long
signal_owner(void)
{
	return fcntl(0, F_SETOWN, 1);
}

static long
pidfd(void)
{
	return syscall(NR_PIDFD_OPEN, getpid(), 0);
}

static long
trace(void)
{
	return denied(ptrace(PTRACE_DETACH, getppid(), NULL, NULL));
}

static long
write_memory(void)
{
	char byte = 0;
	struct iovec v = { &byte, 1 };

	return process_vm_writev(getpid(), &v, 1, &v, 1, 0);
}

static long
start_at(void)
{
	char *none[] = { NULL };

	/* Of a directory: it fails in any case, but not for want of rights. */
	if (syscall(SYS_execveat, AT_FDCWD, "/", none, none, 0) == 0)
		return 0;
	return errno == EPERM ? -1 : 0;
}

static long
mount_something(void)
{
	return denied(mount("", directory, NULL, MS_REMOUNT, NULL));
}

static long
change_root(void)
{
	return chroot(".");
}

static long
namespace_net(void)
{
	return unshare(CLONE_NEWNET);
}

static long
namespace_user(void)
{
	return unshare(CLONE_NEWUSER);
}

static long
enter(void)
{
	return denied(setns(-1, 0));
}

static long
load_bpf(void)
{
	return denied(syscall(SYS_bpf, 0, NULL, 0));
}

static long
keys(void)
{
	return denied(syscall(SYS_keyctl, 0, -3, 0));
}

static long
ring(void)
{
	return denied(syscall(NR_IO_URING_SETUP, 1, NULL));
}

static long
counters(void)
{
	return denied(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0L));
}

static long
faults(void)
{
	return denied(syscall(SYS_userfaultfd, -1));
}

static long
module(void)
{
	return denied(syscall(SYS_init_module, NULL, 0L, NULL));
}

static long
host_name(void)
{
	return denied(syscall(SYS_sethostname, NULL, 4096));
}

static long
set_clock(void)
{
	return denied(syscall(SYS_settimeofday, NULL, NULL));
}

static long
user_root(void)
{
	return setresuid(0, 0, 0);
}

static long
group_root(void)
{
	return setresgid(0, 0, 0);
}

static long
capability(void)
{
	uint32_t header[2] = { 0x20080522, 0 };
	uint32_t data[6] = { 0xffffffff, 0xffffffff, 0, 0, 0, 0 };

	return syscall(SYS_capset, header, data);
}

static long
personality(void)
{
	return syscall(SYS_personality, 0xffffffffUL);
}

static long
resource(void)
{
	const struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	return setrlimit(RLIMIT_CPU, &limit);
}

static long
process_name(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long
map(int protection, int flags, int fd)
{
	return mmap(NULL, 4096, protection, flags, fd, 0) == MAP_FAILED ? -1 :
									  0;
}

static long
map_code(void)
{
	return map(PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static long
make_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? -1 :
				    mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static int own_library = -1;

static long
map_file_code(void)
{
	return map(PROT_READ | PROT_EXEC, MAP_PRIVATE, own_library);
}

static long
memory_file(void)
{
	return syscall(SYS_memfd_create, "probe", 0);
}

static long
typed_key(void)
{
	return denied(ioctl(0, TIOCSTI, NULL));
}

/* getpid by the entries of other kinds of programs. */
static long
entry_32(void)
{
#ifdef __x86_64__
	long answer = 20;

	__asm__ volatile("int $0x80" : "+a"(answer) : : "memory");
	return answer;
#else
	return -1;
#endif
}

static long
entry_x32(void)
{
#ifdef __x86_64__
	return syscall(0x40000000L + SYS_getpid);
#else
	return -1;
#endif
}

#define ROW(f)                                                                 \
	{                                                                      \
#f, f                                                          \
	}

static const struct {
	const char *name;
	attempt *f;
} attempts[] = {
	ROW(read_file),
	ROW(write_file),
	ROW(append_file),
	ROW(make_file),
	ROW(list_directory),
	ROW(make_directory),
	ROW(remove_file),
	ROW(rename_file),
	ROW(link_file),
	ROW(cut_file),
	ROW(change_mode),
	ROW(change_owner),
	ROW(change_time),
	ROW(change_attribute),
	ROW(own_memory),
	ROW(passwords),
	ROW(socket_tcp),
	ROW(socket_udp),
	ROW(socket_unix),
	ROW(socket_packet),
	ROW(socket_netlink),
	ROW(socket_pair),
	ROW(send_frame),
	ROW(by_fork),
	ROW(by_vfork),
	ROW(by_clone),
	ROW(by_clone3),
	ROW(signal_parent),
	ROW(signal_all),
	ROW(signal_owner),
	ROW(pidfd),
	ROW(trace),
	ROW(write_memory),
	ROW(start_at),
	ROW(mount_something),
	ROW(change_root),
	ROW(namespace_net),
	ROW(namespace_user),
	ROW(enter),
	ROW(load_bpf),
	ROW(keys),
	ROW(ring),
	ROW(counters),
	ROW(faults),
	ROW(module),
	ROW(host_name),
	ROW(set_clock),
	ROW(user_root),
	ROW(group_root),
	ROW(capability),
	ROW(personality),
	ROW(resource),
	ROW(process_name),
	ROW(map_code),
	ROW(make_code),
	ROW(map_file_code),
	ROW(memory_file),
	ROW(typed_key),
	ROW(entry_32),
	ROW(entry_x32),
};

#define ATTEMPTS (sizeof(attempts) / sizeof(attempts[0]))

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void
say(const char *format, ...)
{
	char line[300];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	(void)!syscall(SYS_write, 2, line, (size_t)n);
}

static void
try_all(void)
{
	const char *only = getenv("PROBE_ONLY");
	char *none[] = { NULL };

	for (size_t i = 0; i < ATTEMPTS; i++)
		if ((only == NULL || strcmp(only, attempts[i].name) == 0) &&
		    attempts[i].f() >= 0)
			say("probe: allowed: %s\n", attempts[i].name);
	if (only != NULL)
		return;
	say("probe: tried %zu\n", ATTEMPTS);
	execve("/bin/true", none, none);
}

static const char *mark;

/* Descriptors are opened while they may be. */
static __attribute__((constructor)) void
prepare(void)
{
	const char *other = getenv("PROBE_OTHER");

	mark = getenv("PROBE_MARK");
	own_library = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (own_library >= 0) {
		int high = fcntl(own_library, F_DUPFD_CLOEXEC, 500);

		close(own_library);
		own_library = high;
	}
	snprintf(directory, sizeof(directory), "%s", other ? other : "/root");
	snprintf(file, sizeof(file), "%s/file", directory);
	snprintf(fresh, sizeof(fresh), "%s/fresh", directory);
}

static void
look(int fd, const void *p, size_t n)
{
	static bool done;

	if (done || mark == NULL || fd == 2 || n == 0 ||
	    memmem(p, n, mark, strlen(mark)) == NULL)
		return;
	done = true;
	try_all();
}

/* -- what writes --------------------------------------------------------- */

ssize_t
write(int fd, const void *p, size_t n)
{
	look(fd, p, n);
	return syscall(SYS_write, fd, p, n);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t off)
{
	look(fd, p, n);
	return syscall(SYS_pwrite64, fd, p, n, off);
}

ssize_t
writev(int fd, const struct iovec *v, int n)
{
	for (int i = 0; i < n; i++)
		look(fd, v[i].iov_base, v[i].iov_len);
	return syscall(SYS_writev, fd, v, n);
}

ssize_t
pwritev(int fd, const struct iovec *v, int n, off_t off)
{
	for (int i = 0; i < n; i++)
		look(fd, v[i].iov_base, v[i].iov_len);
	return syscall(SYS_pwritev, fd, v, n, off, 0L);
}
